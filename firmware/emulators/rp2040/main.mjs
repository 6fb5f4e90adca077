// Boot a Pico:
//     node main.mjs --rom ROM --image FIRMWARE.bin --console-fd N --transcript FILE [--uart-fd N] [--flash FILE]
//
// The console's socket listens already, that of UART 1 is connected. What the console shows goes to the transcript too.
// The flash is kept in --flash from one boot to the next; the image is programmed into it as one flashes a board, files
// stay.
import { openSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { Board } from './board.mjs';
import { Endpoint } from './endpoint.mjs';
import { loadFlash, saveFlash } from './flash.mjs';
import { Pace } from './pace.mjs';

const SAVE_MS = 1000;

const names = ['rom', 'image', 'console-fd', 'uart-fd', 'transcript', 'flash'];
const { values: options } = parseArgs({
  options: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
});

const wake = () => pace.wake();
const uartFd = options['uart-fd'];
const board = new Board({
  rom: readFileSync(options.rom),
  flash: loadFlash(options.flash, readFileSync(options.image)),
  usb: new Endpoint(wake, openSync(options.transcript, 'w')).listen(Number(options['console-fd'])),
  uart: uartFd && new Endpoint(wake).connect(Number(uartFd)),
  onReset: () => pace.restart(),
});
const pace = new Pace(board);

function stop() {
  saveFlash(options.flash, board.flash);
  process.exit(0);
}

process.on('SIGTERM', stop);
process.on('SIGINT', stop);
setInterval(() => saveFlash(options.flash, board.flash), SAVE_MS);
pace.turn();
