// Boot a Pico: node main.mjs --rom ROM --image FIRMWARE.bin --console-fd N [--uart-fd N] [--transcript FILE] [--flash FILE]
//
// The sockets are open and listen already. What the console shows goes to the transcript too. The flash is kept in
// --flash from one boot to the next; the image is programmed into it as one flashes a board, files stay.
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

const transcript = options.transcript && openSync(options.transcript, 'w');
const board = new Board({
  rom: readFileSync(options.rom),
  flash: loadFlash(options.flash, readFileSync(options.image)),
  usb: new Endpoint(Number(options['console-fd']), transcript, () => pace.wake()),
  uart: options['uart-fd'] && new Endpoint(Number(options['uart-fd']), undefined, () => pace.wake()),
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
