// A Raspberry Pi Pico: an RP2040 with 2 MB of flash, a USB console, and UART 1 on a wire of its own.
import { ConsoleLogger, LogLevel, RP2040 } from './rp2040js.mjs';
import { Processor } from './processor.mjs';
import { RingOscillator } from './rosc.mjs';
import { Frames } from './frames.mjs';
import { Uart } from './uart.mjs';
import { UsbConsole } from './usb.mjs';

export const FLASH_SIZE = 2 * 1024 * 1024;
const UART1 = { base: 0x40038, irq: 21 }; // RP2040 datasheet, 2.2.4 and 2.3.2; rp2040js drops the last 3 digits
const WATCHDOG = 0x40058;
const ROSC = 0x40060;
const LOW = 0; // rp2040js's GPIOPinState
const HIGH = 1;

export class Board {
  // `rom`, `flash`: what the mask ROM and the flash hold, as Buffers; `usb`, `uart`: endpoints for the console and for
  // UART 1, the latter may be missing; `onReset()`: called when the board has started again.
  constructor({ rom, flash, usb, uart, onReset }) {
    this.rom = rom;
    this.usb = usb;
    this.uart = uart;
    this.onReset = onReset;
    this.powerOn(flash);
  }

  get clock() {
    return this.chip.clock;
  }

  get flash() {
    return this.chip.flash.subarray(0, FLASH_SIZE);
  }

  get waiting() {
    return this.chip.core.waiting;
  }

  powerOn(flash) {
    const chip = new RP2040();
    this.chip = chip;
    this.resetWanted = false;
    chip.logger = new ConsoleLogger(LogLevel.Error, false);
    chip.loadBootrom(new Uint32Array(new Uint8Array(this.rom).buffer)); // before the flash, which it erases
    chip.flash.set(flash);
    chip.core.reset();
    this.processor = new Processor(chip);
    chip.peripherals[WATCHDOG].onWatchdogTrigger = () => {
      this.resetWanted = true;
    };
    chip.peripherals[ROSC] = new RingOscillator(chip, 'ROSC');
    feedBackPins(chip);
    this.connectConsole(chip);
    if (this.uart) {
      this.connectUart(chip);
    }
  }

  connectConsole(chip) {
    const console = new UsbConsole(chip.usbCtrl, (bytes) => this.usb.send(bytes));
    console.onDeviceConnected = () => process.stdout.write('console ready\n');
    this.usb.onData = (bytes) => console.send(bytes);
  }

  connectUart(chip) {
    const frames = new Frames((bytes) => this.uart.send(bytes));
    const uart = new Uart(chip, 'UART1', UART1.irq, (byte) => frames.push(byte));
    chip.peripherals[UART1.base] = chip.uart[1] = uart;
    this.uart.onData = (bytes) => uart.send(bytes);
  }

  // Run for about `cycles`, less when the processor waits for an interrupt.
  run(cycles) {
    this.processor.run(cycles);
    if (this.resetWanted) {
      this.reset();
    }
  }

  // What machine.reset() does: RAM is lost, flash stays.
  reset() {
    this.powerOn(this.flash);
    this.onReset();
  }
}

// rp2040js does not let a pin that drives a level read it back.
function feedBackPins(chip) {
  for (const pin of chip.gpio) {
    pin.addListener((state) => {
      if (state === LOW || state === HIGH) {
        pin.setInputValue(state === HIGH);
      }
    });
  }
}
