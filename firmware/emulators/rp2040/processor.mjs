// A faster Cortex-M0+ for rp2040js: decodes by the tables of the Armv6-M Architecture Reference Manual (chapter A5),
// where the package's own tries 80 patterns in turn. Registers, exceptions, and the instructions that programs rarely
// run stay the package's.

// top bytes of addresses: RP2040 datasheet 2.2
const ROM = 0x00;
const FLASH = 0x10; // execute in place, cached
const SRAM = 0x20;
const ROM_SIZE = 16 * 1024;
const SRAM_SIZE = 264 * 1024;
const SIO = 0xd; // top 4 bits
const SIO_DIVIDER = 0xd0000060;
const SP = 13;
const LR = 14;
const PC = 15;
const EXCEPTION_RETURN = 0xf; // top 4 bits of an address that means: return from exception (B1.5.8)

// cycles beyond an instruction's own; SIO accesses cost none
const MEMORY = 1;
const IO_READ = 3;
const IO_WRITE = 4;
const BRANCH = 1;

export class Processor {
  constructor(chip) {
    this.chip = chip;
    this.core = chip.core;
    this.r = new Int32Array(chip.core.registers.buffer);
    this.flash = views(chip.flash);
    this.sram = views(chip.sram);
    this.rom = views(chip.bootrom);
    this.nz = 1; // the last result: the flag N is `nz < 0`, Z is `nz === 0`
    this.c = 0;
    this.v = 0;
    this.budget = 0; // cycles that this run may still take
    this.granted = 0; // cycles until something outside the processor may happen ...
    this.left = 0; // ... and how many of them are not used up
  }

  // Run for about `cycles`, less when the processor waits for an interrupt. Time passes on the chip's clock.
  run(cycles) {
    const { core } = this;
    this.takeFlags();
    this.budget = cycles;
    while (this.budget > 0 && !core.waiting) {
      if (core.interruptsUpdated) {
        this.withCore(() => core.checkForInterrupts());
      }
      this.granted = this.left = Math.min(this.budget, this.cyclesToAlarm());
      this.execute();
      this.settle();
    }
    this.giveFlags();
  }

  cyclesToAlarm() {
    const { nextAlarm, nanosCounter } = this.chip.clock;
    return nextAlarm ? Math.max(1, Math.ceil((nextAlarm.nanos - nanosCounter) / this.cycleNanos)) : Infinity;
  }

  // Let the clock know of the cycles used so far.
  settle() {
    const used = this.granted - this.left;
    this.granted = this.left;
    this.budget -= used;
    this.chip.clock.tick(used * this.cycleNanos);
  }

  // Before the world outside is touched: have the clock right, and look for interrupts after this instruction.
  pause() {
    this.settle();
    this.granted = this.left = 0;
  }

  get cycleNanos() {
    return 1e9 / this.chip.clkSys;
  }

  // Call something of rp2040js's core that sees or changes the flags.
  withCore(action) {
    this.giveFlags();
    const result = action();
    this.takeFlags();
    return result;
  }

  giveFlags() {
    const { core } = this;
    core.N = this.nz < 0;
    core.Z = this.nz === 0;
    core.C = this.c === 1;
    core.V = this.v === 1;
  }

  takeFlags() {
    const { core } = this;
    this.nz = core.Z ? 0 : core.N ? -1 : 1;
    this.c = core.C ? 1 : 0;
    this.v = core.V ? 1 : 0;
  }

  // A5.2: the top five bits tell the group. The program counter is one instruction ahead while each runs.
  execute() {
    const { r } = this;
    while (this.left > 0) {
      const opcode = this.fetch(r[PC] >>> 0);
      r[PC] += 2;
      this.left--;
      switch (opcode >>> 11) {
        case 0b00000: this.shiftLeft(opcode & 7, r[(opcode >>> 3) & 7], (opcode >>> 6) & 31); break;
        case 0b00001: this.shiftRight(opcode & 7, r[(opcode >>> 3) & 7], (opcode >>> 6) & 31 || 32); break;
        case 0b00010: this.shiftArithmetic(opcode & 7, r[(opcode >>> 3) & 7], (opcode >>> 6) & 31 || 32); break;
        case 0b00011: this.addOrSubtract(opcode); break;
        case 0b00100: r[(opcode >>> 8) & 7] = this.nz = opcode & 0xff; break; // MOVS
        case 0b00101: this.subtract(r[(opcode >>> 8) & 7], opcode & 0xff); break; // CMP
        case 0b00110: r[(opcode >>> 8) & 7] = this.add(r[(opcode >>> 8) & 7], opcode & 0xff); break; // ADDS
        case 0b00111: r[(opcode >>> 8) & 7] = this.subtract(r[(opcode >>> 8) & 7], opcode & 0xff); break; // SUBS
        case 0b01000: this.processData(opcode); break;
        case 0b01001: r[(opcode >>> 8) & 7] = this.load32(((r[PC] + 2) & ~3) + ((opcode & 0xff) << 2)); break; // LDR
        case 0b01010:
        case 0b01011: this.transferIndexed(opcode); break;
        case 0b01100: this.store32(r[(opcode >>> 3) & 7] + ((opcode >>> 4) & 0x7c), r[opcode & 7]); break; // STR
        case 0b01101: r[opcode & 7] = this.load32(r[(opcode >>> 3) & 7] + ((opcode >>> 4) & 0x7c)); break; // LDR
        case 0b01110: this.store8(r[(opcode >>> 3) & 7] + ((opcode >>> 6) & 31), r[opcode & 7]); break; // STRB
        case 0b01111: r[opcode & 7] = this.load8(r[(opcode >>> 3) & 7] + ((opcode >>> 6) & 31)); break; // LDRB
        case 0b10000: this.store16(r[(opcode >>> 3) & 7] + ((opcode >>> 5) & 0x3e), r[opcode & 7]); break; // STRH
        case 0b10001: r[opcode & 7] = this.load16(r[(opcode >>> 3) & 7] + ((opcode >>> 5) & 0x3e)); break; // LDRH
        case 0b10010: this.store32(r[SP] + ((opcode & 0xff) << 2), r[(opcode >>> 8) & 7]); break; // STR
        case 0b10011: r[(opcode >>> 8) & 7] = this.load32(r[SP] + ((opcode & 0xff) << 2)); break; // LDR
        case 0b10100: r[(opcode >>> 8) & 7] = ((r[PC] + 2) & ~3) + ((opcode & 0xff) << 2); break; // ADR
        case 0b10101: r[(opcode >>> 8) & 7] = r[SP] + ((opcode & 0xff) << 2); break; // ADD from SP
        case 0b10110:
        case 0b10111: this.miscellaneous(opcode); break;
        case 0b11000: this.storeMultiple(opcode); break;
        case 0b11001: this.loadMultiple(opcode); break;
        case 0b11010:
        case 0b11011: this.branchIf(opcode); break;
        case 0b11100: this.jump(r[PC] + 2 + ((opcode << 21) >> 20)); break; // B
        case 0b11110: this.wide(opcode); break;
        default: this.leaveToCore();
      }
    }
  }

  fetch(address) {
    switch (address >>> 24) {
      case FLASH: return this.flash.u16[(address & 0xffffff) >>> 1];
      case SRAM: return this.sram.u16[(address & 0xffffff) >>> 1];
      default: return this.chip.readUint16(address);
    }
  }

  // Undo the fetch and let rp2040js run the instruction.
  leaveToCore() {
    const { core, r } = this;
    r[PC] -= 2;
    this.left++;
    this.pause();
    this.left -= this.withCore(() => core.executeInstruction());
  }

  jump(address) {
    this.r[PC] = address;
    this.left -= BRANCH;
  }

  // BX and POP: an address that leaves an exception is the core's affair.
  jumpOrReturn(address) {
    if (address >>> 28 === EXCEPTION_RETURN) {
      this.pause();
      this.withCore(() => this.core.BXWritePC(address >>> 0));
      this.left -= BRANCH;
    } else {
      this.jump(address & ~1);
    }
  }

  // Arithmetic that sets the flags, A2.2.1

  add(a, b, carry = 0) {
    const sum = (a >>> 0) + (b >>> 0) + carry;
    const result = sum | 0;
    this.nz = result;
    this.c = sum > 0xffffffff ? 1 : 0;
    this.v = ((a ^ result) & (b ^ result)) >>> 31;
    return result;
  }

  subtract(a, b) {
    const result = (a - b) | 0;
    this.nz = result;
    this.c = a >>> 0 >= b >>> 0 ? 1 : 0;
    this.v = ((a ^ b) & (a ^ result)) >>> 31;
    return result;
  }

  shiftLeft(register, value, count) {
    if (count > 0) {
      this.c = count > 32 ? 0 : (value >>> (32 - count)) & 1;
      value = count > 31 ? 0 : value << count;
    }
    this.r[register] = this.nz = value;
  }

  shiftRight(register, value, count) {
    if (count > 0) {
      this.c = count > 32 ? 0 : (value >>> (count - 1)) & 1;
      value = count > 31 ? 0 : value >>> count;
    }
    this.r[register] = value;
    this.nz = value | 0;
  }

  shiftArithmetic(register, value, count) {
    if (count > 0) {
      this.c = (value >> Math.min(count - 1, 31)) & 1;
      value >>= Math.min(count, 31);
    }
    this.r[register] = this.nz = value;
  }

  rotateRight(register, value, count) {
    if (count > 0) {
      value = (value >>> (count & 31)) | (value << (-count & 31));
      this.c = value >>> 31;
    }
    this.r[register] = this.nz = value;
  }

  addOrSubtract(opcode) {
    const { r } = this;
    const a = r[(opcode >>> 3) & 7];
    const b = opcode & 0x400 ? (opcode >>> 6) & 7 : r[(opcode >>> 6) & 7];
    r[opcode & 7] = opcode & 0x200 ? this.subtract(a, b) : this.add(a, b);
  }

  // A5.2.2 data processing and A5.2.3 special data instructions
  processData(opcode) {
    const { r } = this;
    const d = opcode & 7;
    const m = r[(opcode >>> 3) & 7];
    switch ((opcode >>> 6) & 31) {
      case 0b00000: r[d] = this.nz = r[d] & m; break; // ANDS
      case 0b00001: r[d] = this.nz = r[d] ^ m; break; // EORS
      case 0b00010: this.shiftLeft(d, r[d], m & 0xff); break;
      case 0b00011: this.shiftRight(d, r[d], m & 0xff); break;
      case 0b00100: this.shiftArithmetic(d, r[d], m & 0xff); break;
      case 0b00101: r[d] = this.add(r[d], m, this.c); break; // ADCS
      case 0b00110: r[d] = this.add(r[d], ~m, this.c); break; // SBCS
      case 0b00111: this.rotateRight(d, r[d], m & 0xff); break;
      case 0b01000: this.nz = r[d] & m; break; // TST
      case 0b01001: r[d] = this.subtract(0, m); break; // RSBS
      case 0b01010: this.subtract(r[d], m); break; // CMP
      case 0b01011: this.add(r[d], m); break; // CMN
      case 0b01100: r[d] = this.nz = r[d] | m; break; // ORRS
      case 0b01101: r[d] = this.nz = Math.imul(r[d], m); break; // MULS
      case 0b01110: r[d] = this.nz = r[d] & ~m; break; // BICS
      case 0b01111: r[d] = this.nz = ~m; break; // MVNS
      default: this.processHigh(opcode);
    }
  }

  // The instructions that reach all sixteen registers
  processHigh(opcode) {
    const { r } = this;
    const d = ((opcode >>> 4) & 8) | (opcode & 7);
    const m = (opcode >>> 3) & 15;
    const value = m === PC ? r[PC] + 2 : r[m];
    switch ((opcode >>> 7) & 7) {
      case 0b000:
      case 0b001: this.writeHigh(d, (d === PC ? r[PC] + 2 : r[d]) + value); break; // ADD
      case 0b010:
      case 0b011: this.subtract(r[d], value); break; // CMP
      case 0b100:
      case 0b101: this.writeHigh(d, value); break; // MOV
      case 0b110: this.jumpOrReturn(value); break; // BX
      case 0b111: // BLX
        r[LR] = r[PC] | 1;
        this.jump(value & ~1);
    }
  }

  writeHigh(register, value) {
    if (register === PC) {
      this.jump(value & ~1);
    } else {
      this.r[register] = register === SP ? value & ~3 : value;
    }
  }

  // A5.2.4, the address a sum of two registers
  transferIndexed(opcode) {
    const { r } = this;
    const address = r[(opcode >>> 3) & 7] + r[(opcode >>> 6) & 7];
    const t = opcode & 7;
    switch ((opcode >>> 9) & 7) {
      case 0b000: this.store32(address, r[t]); break;
      case 0b001: this.store16(address, r[t]); break;
      case 0b010: this.store8(address, r[t]); break;
      case 0b011: r[t] = (this.load8(address) << 24) >> 24; break;
      case 0b100: r[t] = this.load32(address); break;
      case 0b101: r[t] = this.load16(address); break;
      case 0b110: r[t] = this.load8(address); break;
      case 0b111: r[t] = (this.load16(address) << 16) >> 16;
    }
  }

  // A5.2.5
  miscellaneous(opcode) {
    const { r } = this;
    const d = opcode & 7;
    const m = r[(opcode >>> 3) & 7];
    switch ((opcode >>> 6) & 0x3f) {
      case 0b000000:
      case 0b000001: r[SP] += (opcode & 0x7f) << 2; break; // ADD to SP
      case 0b000010:
      case 0b000011: r[SP] -= (opcode & 0x7f) << 2; break; // SUB from SP
      case 0b001000: r[d] = (m << 16) >> 16; break; // SXTH
      case 0b001001: r[d] = (m << 24) >> 24; break; // SXTB
      case 0b001010: r[d] = m & 0xffff; break; // UXTH
      case 0b001011: r[d] = m & 0xff; break; // UXTB
      default: this.stackOrRare(opcode);
    }
  }

  stackOrRare(opcode) {
    switch (opcode >>> 9) {
      case 0b1011010: this.push(opcode & 0x1ff); break;
      case 0b1011110: this.pop(opcode & 0x1ff); break;
      default: opcode === 0xbf40 ? this.sendEvent() : this.leaveToCore();
    }
  }

  // SEV, which rp2040js ignores: the WFE after it must not wait.
  sendEvent() {
    this.core.eventRegistered = true;
  }

  push(list) {
    const { r } = this;
    let address = r[SP];
    if (list & 0x100) {
      this.store32((address -= 4), r[LR]);
    }
    for (let i = 7; i >= 0; i--) {
      if (list & (1 << i)) {
        this.store32((address -= 4), r[i]);
      }
    }
    r[SP] = address;
  }

  pop(list) {
    const { r } = this;
    let address = r[SP];
    for (let i = 0; i < 8; i++) {
      if (list & (1 << i)) {
        r[i] = this.load32(address);
        address += 4;
      }
    }
    r[SP] = list & 0x100 ? address + 4 : address;
    if (list & 0x100) {
      this.jumpOrReturn(this.load32(address));
    }
  }

  storeMultiple(opcode) {
    const { r } = this;
    const n = (opcode >>> 8) & 7;
    let address = r[n];
    for (let i = 0; i < 8; i++) {
      if (opcode & (1 << i)) {
        this.store32(address, r[i]);
        address += 4;
      }
    }
    r[n] = address;
  }

  loadMultiple(opcode) {
    const { r } = this;
    const n = (opcode >>> 8) & 7;
    let address = r[n];
    for (let i = 0; i < 8; i++) {
      if (opcode & (1 << i)) {
        r[i] = this.load32(address);
        address += 4;
      }
    }
    if (!(opcode & (1 << n))) {
      r[n] = address;
    }
  }

  // A5.2.6; conditions 14 and 15 are UDF and SVC
  branchIf(opcode) {
    const condition = (opcode >>> 8) & 15;
    if (condition > 13) {
      this.leaveToCore();
    } else if (this.holds(condition)) {
      this.jump(this.r[PC] + 2 + ((opcode << 24) >> 23));
    }
  }

  // A6.3 conditional execution: the lowest bit inverts
  holds(condition) {
    return this.holdsEven(condition >>> 1) !== ((condition & 1) === 1);
  }

  holdsEven(condition) {
    const n = this.nz < 0 ? 1 : 0;
    switch (condition) {
      case 0: return this.nz === 0; // EQ
      case 1: return this.c === 1; // CS
      case 2: return n === 1; // MI
      case 3: return this.v === 1; // VS
      case 4: return this.c === 1 && this.nz !== 0; // HI
      case 5: return n === this.v; // GE
      default: return n === this.v && this.nz !== 0; // GT
    }
  }

  // A5.3: of the 32 bit instructions only BL (A6.7.13) is common
  wide(opcode) {
    const { r } = this;
    const second = this.fetch(r[PC] >>> 0);
    if ((second & 0xd000) !== 0xd000) {
      this.leaveToCore();
      return;
    }
    const sign = (opcode >>> 10) & 1;
    const i1 = ((second >>> 13) & 1) ^ sign ^ 1;
    const i2 = ((second >>> 11) & 1) ^ sign ^ 1;
    const offset = (-sign << 24) | (i1 << 23) | (i2 << 22) | ((opcode & 0x3ff) << 12) | ((second & 0x7ff) << 1);
    r[LR] = (r[PC] + 2) | 1;
    this.jump(r[PC] + 2 + offset);
    this.left -= BRANCH;
  }

  // Loads and stores: memory here, everything else through rp2040js

  load32(address) {
    const offset = address & 0xffffff;
    this.left -= MEMORY;
    if ((address & 3) === 0) {
      switch (address >>> 24) {
        case FLASH: return this.flash.i32[offset >>> 2];
        case SRAM: if (offset < SRAM_SIZE) return this.sram.i32[offset >>> 2]; break;
        case ROM: if (offset < ROM_SIZE) return this.rom.i32[offset >>> 2];
      }
    }
    this.reach(address, IO_READ);
    return this.chip.readUint32(address >>> 0) | 0;
  }

  load16(address) {
    const offset = address & 0xffffff;
    this.left -= MEMORY;
    if ((address & 1) === 0) {
      switch (address >>> 24) {
        case FLASH: return this.flash.u16[offset >>> 1];
        case SRAM: if (offset < SRAM_SIZE) return this.sram.u16[offset >>> 1];
      }
    }
    this.reach(address, IO_READ);
    return this.chip.readUint16(address >>> 0);
  }

  load8(address) {
    const offset = address & 0xffffff;
    this.left -= MEMORY;
    switch (address >>> 24) {
      case FLASH: return this.flash.u8[offset];
      case SRAM: if (offset < SRAM_SIZE) return this.sram.u8[offset];
    }
    this.reach(address, IO_READ);
    return this.chip.readUint8(address >>> 0);
  }

  store32(address, value) {
    const offset = address & 0xffffff;
    this.left -= MEMORY;
    if (address >>> 24 === SRAM && offset < SRAM_SIZE && (address & 3) === 0) {
      this.sram.i32[offset >>> 2] = value;
    } else {
      this.reach(address, IO_WRITE);
      this.chip.writeUint32(address >>> 0, value >>> 0);
    }
  }

  store16(address, value) {
    const offset = address & 0xffffff;
    this.left -= MEMORY;
    if (address >>> 24 === SRAM && offset < SRAM_SIZE && (address & 1) === 0) {
      this.sram.u16[offset >>> 1] = value;
    } else {
      this.reach(address, IO_WRITE);
      this.chip.writeUint16(address >>> 0, value & 0xffff);
    }
  }

  store8(address, value) {
    const offset = address & 0xffffff;
    this.left -= MEMORY;
    if (address >>> 24 === SRAM && offset < SRAM_SIZE) {
      this.sram.u8[offset] = value;
    } else {
      this.reach(address, IO_WRITE);
      this.chip.writeUint8(address >>> 0, value & 0xff);
    }
  }

  // Something that is not plain memory, and that may look at the clock or raise an interrupt: all but the divider.
  reach(address, cycles) {
    const divider = (address & ~0x1f) >>> 0 === SIO_DIVIDER;
    if (!divider) {
      this.pause();
    }
    this.left -= address >>> 28 === SIO ? -MEMORY : cycles - MEMORY;
  }
}

function views(memory) {
  const { buffer, byteOffset, byteLength } = memory;
  return {
    u8: new Uint8Array(buffer, byteOffset, byteLength),
    u16: new Uint16Array(buffer, byteOffset, byteLength / 2),
    i32: new Int32Array(buffer, byteOffset, byteLength / 4),
  };
}
