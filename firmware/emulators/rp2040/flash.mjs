// The board's flash, kept in a file between two boots.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

import { FLASH_SIZE } from './board.mjs';

let saved = null;

// The content of `file` with `image` programmed at its start; without a file, erased flash with the image.
export function loadFlash(file, image) {
  const flash = Buffer.alloc(FLASH_SIZE, 0xff);
  if (file && existsSync(file)) {
    readFileSync(file).copy(flash);
  }
  image.copy(flash);
  return flash;
}

// Write `flash` to `file` unless it is there already, whole or not at all.
export function saveFlash(file, flash) {
  if (!file || saved?.equals(flash)) {
    return;
  }
  saved = Buffer.from(flash);
  writeFileSync(`${file}.part`, saved);
  renameSync(`${file}.part`, file);
}
