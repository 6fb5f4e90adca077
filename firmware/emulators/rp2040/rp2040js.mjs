// The npm package rp2040js, from the folder named by RP2040JS: it is installed in a cache, not beside these files.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(join(process.env.RP2040JS, 'package.json'));

export const { BasePeripheral, ConsoleLogger, FIFO, LogLevel, RP2040, USBCDC } = require('rp2040js');
