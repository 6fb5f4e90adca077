// The ring oscillator (RP2040 datasheet 2.17), as far as it is the chip's source of randomness; rp2040js has none.
import { randomInt } from 'node:crypto';

import { BasePeripheral } from './rp2040js.mjs';

const STATUS = 0x18;
const RANDOMBIT = 0x1c;
const STATUS_STABLE_AND_ENABLED = (1 << 31) | (1 << 12);

export class RingOscillator extends BasePeripheral {
  readUint32(offset) {
    switch (offset) {
      case RANDOMBIT:
        return randomInt(2);
      case STATUS:
        return STATUS_STABLE_AND_ENABLED;
      default:
        return 0;
    }
  }

  writeUint32() {} // its frequency is of no consequence here
}
