// Run Python in a WebAssembly image as a program on the terminal: `node main.mjs IMAGE SOURCE`.
import fs from 'node:fs';
import { pathToFileURL } from 'node:url';

const [image, source] = process.argv.slice(2);
const { boot } = await import(pathToFileURL(image));

const NEWLINE = 10;
// by number: Node.js makes what is asked for as `process.stdin` non-blocking
const STDIN = 0;
const STDOUT = 1;
const input = Buffer.alloc(1);
let shown = [];

function flush() {
  fs.writeSync(STDOUT, Uint8Array.from(shown));
  shown = [];
}

function print(bytes) {
  shown.push(...bytes);
  if (bytes.at(-1) === NEWLINE) {
    flush();
  }
}

// Blocks until there is a byte, as reading does on a board; null is the end of the input.
function readByte() {
  flush();
  return fs.readSync(STDIN, input, 0, 1) ? input[0] : null;
}

const machine = await boot({ stdin: readByte, stdout: print, linebuffer: false });
try {
  machine.runPython(source);
} catch (error) {
  console.error(error.message); // without the line of the runtime that threw it, which is 100 KB long
  process.exitCode = 1;
}
flush();
