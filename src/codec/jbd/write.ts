import type { Step } from '../untyped';
import { refusal, STATUS, writeRefusal, type Refusal } from './refusal';
import { classicWire, READ, WRITE } from './wire';

/** Registers that are written, and parameters of factory mode (jbd.md 5, 6, 7.1). */
export const REGISTERS = {
  enter: 0x00,
  leave: 0x01,
  password: 0x06,
  command: 0x0a,
  capacity: 0x10,
  capacityPerCycle: 0x11,
  functions: 0x2d,
  remaining: 0xe0,
  mosfets: 0xe1,
  oneMosfet: 0xfb,
} as const;

/** A number as it stands in a register. @param value 0 to 65535 */
export function word(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff);
}

/** The number that a register holds. @param parts the answer to `readParameter` */
export function wordOf(parts: readonly Buffer[]): number {
  return Buffer.concat(parts.map((frame) => classicWire.dataOf(frame))).readUInt16BE(0);
}

interface Manner {
  /** bytes that an acknowledgement may carry */
  longestAck?: number;
  refused?: (status: number, name: string) => Refusal;
}

/**
 * A request that changes something: sent once. Its acknowledgement has status 00 and no data, so that neither a late
 * answer to a read of the same register nor the echo of the request is taken for it (jbd.md 3).
 */
export function write(register: number, name: string, data: Buffer, manner: Manner = {}): Step {
  const { longestAck = 0, refused = writeRefusal } = manner;
  return {
    name,
    request: classicWire.build(0, WRITE, register, data),
    isWrite: true,
    match(frame) {
      if (classicWire.headOf(frame) !== register) return 'foreign';
      const status = classicWire.tailOf(frame);
      if (status !== STATUS.done) return refused(status, name);
      return classicWire.dataOf(frame).length <= longestAck ? 'complete' : 'foreign';
    },
  };
}

/** Reads a parameter of 16 bits; answered in factory mode only (jbd.md 6, 7). */
export function readParameter(register: number, name: string): Step {
  return {
    name,
    request: classicWire.build(0, READ, register),
    isWrite: false,
    match(frame) {
      if (classicWire.headOf(frame) !== register) return 'foreign';
      const status = classicWire.tailOf(frame);
      if (status !== STATUS.done) return refusal(status, name);
      return classicWire.dataOf(frame).length === 2 ? 'complete' : 'foreign';
    },
  };
}
