// MicroPython in WebAssembly, with the framework and the app in its file system. For Node.js and browsers:
//
//     import { boot } from './firmware.mjs';
//     const machine = await boot();
//     machine.runPython('from microdot import Microdot');
import { loadMicroPython } from './firmware.runtime.mjs';

// the folder that takes the place of frozen modules
const FOLDER = '/firmware';

// path: .mpy in Base64
const MODULES = {/* MODULES */};

function bytes(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

// Start MicroPython; `options` are those of its loadMicroPython(), as `heapsize` and `stdout`.
export async function boot(options = {}) {
  const url = new URL('firmware.wasm', import.meta.url).href;
  const machine = await loadMicroPython({ url, ...options });
  for (const [path, text] of Object.entries(MODULES)) {
    const file = `${FOLDER}/${path}`;
    machine.FS.mkdirTree(file.slice(0, file.lastIndexOf('/')));
    machine.FS.writeFile(file, bytes(text));
  }
  // not the modules that this runtime has frozen: some hide those in C and know less, as its `binascii`
  machine.runPython(`import sys\nsys.path[:] = ['', '${FOLDER}']`);
  return machine;
}
