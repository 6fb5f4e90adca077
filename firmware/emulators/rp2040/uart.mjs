// A PL011 UART (Arm DDI 0183) in place of rp2040js's, whose transmit interrupt never ends and which has no receive
// timeout: MicroPython's machine.UART then never leaves its interrupt handler.
import { BasePeripheral, FIFO } from './rp2040js.mjs';

const FIFO_SIZE = 32; // RP2040 datasheet 4.2.1
const TRIGGER_LEVELS = [4, 8, 16, 24, 28]; // of the FIFOs' 32 bytes, DDI 0183 3.3.9 (UARTIFLS)
const BITS_PER_BYTE = 10;
const RECEIVE_TIMEOUT_BITS = 32;

// registers, DDI 0183 table 3-1
const DR = 0x00;
const FR = 0x18;
const IBRD = 0x24;
const FBRD = 0x28;
const LCR_H = 0x2c;
const CR = 0x30;
const IFLS = 0x34;
const IMSC = 0x38;
const RIS = 0x3c;
const MIS = 0x40;
const ICR = 0x44;
const STORED = new Set([IBRD, FBRD, LCR_H, CR, IFLS, IMSC]);

const FR_RX_EMPTY = 1 << 4;
const FR_TX_FULL = 1 << 5;
const FR_RX_FULL = 1 << 6;
const FR_TX_EMPTY = 1 << 7;
const FR_BUSY = 1 << 3;

const INT_RX = 1 << 4;
const INT_TX = 1 << 5;
const INT_RX_TIMEOUT = 1 << 6;

export class Uart extends BasePeripheral {
  // `irq`: its interrupt; `onByte(byte)`: called with what the device sends.
  constructor(chip, name, irq, onByte) {
    super(chip, name);
    this.irq = irq;
    this.onByte = onByte;
    this.registers = new Map([[CR, 0x300], [IFLS, 0x12]]);
    this.raised = 0;
    this.received = new FIFO(FIFO_SIZE);
    this.sending = new FIFO(FIFO_SIZE);
    this.line = []; // bytes on their way to the device
    this.sent = chip.clock.createAlarm(() => this.finishByte());
    this.arrived = chip.clock.createAlarm(() => this.takeByte());
    this.quiet = chip.clock.createAlarm(() => this.timeOut());
  }

  // Bytes for the device. They arrive at the baud rate; none is lost: the line holds while the FIFO is full.
  send(bytes) {
    const idle = !this.line.length;
    this.line.push(...bytes);
    if (idle && this.line.length) {
      this.arrived.schedule(this.byteNanos);
    }
  }

  clkPeriChanged() {} // the clock is looked at for every byte

  get sendTrigger() {
    return TRIGGER_LEVELS[this.registers.get(IFLS) & 7];
  }

  get receiveTrigger() {
    return TRIGGER_LEVELS[(this.registers.get(IFLS) >> 3) & 7];
  }

  get byteNanos() {
    return BITS_PER_BYTE * this.bitNanos;
  }

  get bitNanos() {
    const divisor = (this.registers.get(IBRD) ?? 0) + (this.registers.get(FBRD) ?? 0) / 64;
    return (1e9 * 16 * (divisor || 1)) / this.rp2040.clkPeri;
  }

  takeByte() {
    if (!this.received.full) {
      this.received.push(this.line.shift());
      if (this.received.itemCount >= this.receiveTrigger) {
        this.raise(INT_RX);
      }
      this.expectMore();
    }
    if (this.line.length) {
      this.arrived.schedule(this.byteNanos);
    }
  }

  expectMore() {
    this.quiet.schedule(RECEIVE_TIMEOUT_BITS * this.bitNanos);
  }

  timeOut() {
    if (!this.received.empty) {
      this.raise(INT_RX_TIMEOUT);
    }
  }

  finishByte() {
    this.onByte(this.sending.pull());
    if (this.sending.itemCount === this.sendTrigger) {
      this.raise(INT_TX); // on the way down through the trigger level, DDI 0183 2.8.2
    }
    if (!this.sending.empty) {
      this.sent.schedule(this.byteNanos);
    }
  }

  raise(interrupts) {
    this.raised |= interrupts;
    this.updateInterrupt();
  }

  clear(interrupts) {
    this.raised &= ~interrupts;
    this.updateInterrupt();
  }

  updateInterrupt() {
    this.rp2040.setInterrupt(this.irq, (this.raised & (this.registers.get(IMSC) ?? 0)) !== 0);
  }

  readUint32(offset) {
    switch (offset) {
      case DR:
        return this.readData();
      case FR:
        return this.flags();
      case RIS:
        return this.raised;
      case MIS:
        return this.raised & (this.registers.get(IMSC) ?? 0);
      default:
        return this.registers.get(offset) ?? 0;
    }
  }

  readData() {
    const byte = this.received.pull();
    if (this.received.itemCount < this.receiveTrigger) {
      this.clear(INT_RX);
    }
    if (this.received.empty) {
      this.clear(INT_RX_TIMEOUT);
    } else {
      this.expectMore(); // the firmware leaves a byte behind on purpose, to be woken for it
    }
    return byte;
  }

  flags() {
    const sending = this.sending.empty ? FR_TX_EMPTY : FR_BUSY | (this.sending.full ? FR_TX_FULL : 0);
    const received = (this.received.empty ? FR_RX_EMPTY : 0) | (this.received.full ? FR_RX_FULL : 0);
    return sending | received;
  }

  writeUint32(offset, value) {
    if (offset === DR) {
      this.writeData(value & 0xff);
    } else if (offset === ICR) {
      this.clear(value);
    } else if (STORED.has(offset)) {
      this.registers.set(offset, value);
      this.updateInterrupt();
    }
  }

  writeData(byte) {
    const idle = this.sending.empty;
    this.sending.push(byte);
    if (this.sending.itemCount > this.sendTrigger) {
      this.clear(INT_TX);
    }
    if (idle) {
      this.sent.schedule(this.byteNanos);
    }
  }
}
