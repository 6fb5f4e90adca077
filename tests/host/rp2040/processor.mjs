// Run random instructions on our processor and on rp2040js's own, from the same registers, flags and memory, and print
// those that end differently. Usage: node processor.mjs FOLDER COUNT SEED, FOLDER being firmware/emulators/rp2040.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, count, seed] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(join(folder, name)));
const { RP2040 } = await load('rp2040js.mjs');
const { Processor } = await load('processor.mjs');

const CODE = 0x20001000;
const DATA = 0x20002000;
const HALF = 0x200;
const INTERESTING = [0, 1, 2, 31, 32, 33, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0x7fffffff, 0x80000000, 0xffffffff];

// Where rp2040js departs from the Armv6-M manual, told by mnemonic; ours is compared with the manual's pseudocode there.
const carryIn = (opcode) => [0x4140, 0x4180].includes(opcode & 0xffc0); // ADCS, SBCS: the carry out of a sum with carry
const shiftByRegister = (opcode) => [0x4080, 0x40c0, 0x4100, 0x41c0].includes(opcode & 0xffc0);

let state = Number(seed) >>> 0;
function random(limit) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // Knuth's linear congruence
  return Math.floor((state / 2 ** 32) * limit);
}
const pick = (list) => list[random(list.length)];

function chip() {
  const made = new RP2040();
  made.logger = { debug() {}, info() {}, warn() {}, error() {} };
  return made;
}

const theirs = chip();
const ours = chip();
const processor = new Processor(ours);

function prepare(opcode, second) {
  const registers = Array.from({ length: 16 }, () => (random(2) ? pick(INTERESTING) : random(2 ** 32)));
  if (touchesMemory(opcode)) {
    for (let i = 0; i < 8; i++) {
      registers[i] = DATA + 4 * random(HALF / 8);
    }
    if (opcode >> 12 === 0b0101) {
      registers[(opcode >> 6) & 7] = 4 * random(64);
    }
  }
  registers[13] = DATA + HALF + 4 * random(64);
  registers[15] = CODE;
  const flags = Object.fromEntries(['N', 'C', 'V'].map((name) => [name, random(2) === 1]));
  flags.Z = !flags.N && random(2) === 1; // a result that is both does not exist
  const memory = Uint8Array.from({ length: 2 * HALF }, () => random(256));
  for (const each of [theirs, ours]) {
    each.core.registers.set(registers);
    Object.assign(each.core, flags, { waiting: false, interruptsUpdated: false, pendingSVCall: false });
    each.sram.set(memory, DATA - 0x20000000);
    each.sramView.setUint16(CODE - 0x20000000, opcode, true);
    each.sramView.setUint16(CODE + 2 - 0x20000000, second, true);
  }
}

function touchesMemory(opcode) {
  const group = opcode >> 12;
  return (group >= 5 && group <= 9) || group === 0xc || (opcode >> 11) === 0b01001;
}

function differences() {
  const [theirCore, ourCore] = [theirs.core, ours.core];
  const found = [];
  for (let i = 0; i < 16; i++) {
    if (theirCore.registers[i] !== ourCore.registers[i]) {
      found.push(`r${i} ${ourCore.registers[i].toString(16)} for ${theirCore.registers[i].toString(16)}`);
    }
  }
  for (const flag of ['N', 'Z', 'C', 'V']) {
    if (theirCore[flag] !== ourCore[flag]) {
      found.push(`${flag} ${ourCore[flag]}`);
    }
  }
  if (Buffer.compare(data(theirs), data(ours))) {
    found.push('memory');
  }
  return found;
}

function data(made) {
  return Buffer.from(made.sram.buffer, DATA - 0x20000000, 2 * HALF);
}

// What the manual's pseudocode gives where rp2040js differs: AddWithCarry() and Shift_C()
function manual(opcode, before) {
  const d = opcode & 7;
  const a = before.registers[d] >>> 0;
  const b = before.registers[(opcode >> 3) & 7] >>> 0;
  const carry = before.C ? 1 : 0;
  const [value, c, v] = carryIn(opcode) ? sum(a, opcode & 0x80 ? ~b >>> 0 : b, carry) : shift(opcode, a, b & 0xff, carry, before.V);
  return { d, value, flags: [value >>> 31 === 1, value === 0, c === 1, v] };
}

function sum(a, b, carry) {
  const exact = BigInt(a) + BigInt(b) + BigInt(carry);
  const signed = BigInt(a | 0) + BigInt(b | 0) + BigInt(carry);
  const value = Number(BigInt.asUintN(32, exact));
  return [value, exact === BigInt(value) ? 0 : 1, signed !== BigInt(value | 0)];
}

function shift(opcode, value, amount, carry, v) {
  for (let i = 0; i < amount; i++) {
    const low = value & 1;
    switch (opcode & 0xffc0) {
      case 0x4080: carry = value >>> 31; value = (value << 1) >>> 0; break;
      case 0x40c0: carry = low; value >>>= 1; break;
      case 0x4100: carry = low; value = (value >> 1) >>> 0; break;
      default: carry = low; value = ((value >>> 1) | (low << 31)) >>> 0;
    }
  }
  return [value, carry, v];
}

// Not in Armv6-M, or unpredictable there, or wrong in rp2040js (BLX LR jumps to its own return address); BKPT stops
function undefinedHere(opcode) {
  const group = opcode >> 11;
  const storesItsBase = group === 0b11000 && (opcode >> ((opcode >> 8) & 7)) & 1;
  const strayBits = opcode >> 8 === 0x47 && (opcode & 7) !== 0;
  const jumpsToPC = (opcode & 0xff78) === 0x4778 || (opcode & 0xfff0) === 0x47f0;
  const comparesPC = opcode >> 8 === 0x45 && ((opcode & 0x78) === 0x78 || (opcode & 0x87) === 0x87);
  return (
    group === 0b11101 || group === 0b11111 || opcode >> 8 === 0xbe || storesItsBase || strayBits || jumpsToPC || comparesPC
  );
}

function departures(opcode) {
  const before = { registers: [...ours.core.registers], C: ours.core.C, V: ours.core.V };
  processor.run(1);
  if (!carryIn(opcode) && !shiftByRegister(opcode)) {
    theirs.core.executeInstruction();
    return differences();
  }
  const { d, value, flags } = manual(opcode, before);
  const { core } = ours;
  const got = `${core.registers[d].toString(16)} ${[core.N, core.Z, core.C, core.V]}`;
  const wanted = `${value.toString(16)} ${flags}`;
  return got === wanted ? [] : [`${got}, not ${wanted}`];
}

let wrong = 0;
for (let i = 0; i < Number(count); i++) {
  const opcode = random(0x10000);
  if (undefinedHere(opcode)) {
    continue;
  }
  prepare(opcode, random(0x10000) | (opcode >> 11 === 0b11110 ? 0xd000 : 0));
  const found = departures(opcode);
  if (found.length) {
    wrong++;
    console.log(`${opcode.toString(16).padStart(4, '0')}: ${found.join(', ')}`);
  }
}
console.log(`${wrong} of ${count} differ`);
process.exit(wrong ? 1 : 0);
