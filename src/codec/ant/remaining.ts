import type { ScriptInput, Script, Step } from '../untyped';
import { isRefusal } from '../kit/refusal';
import {
  addressOf,
  ANSWER,
  buildFrame,
  buildRequest,
  dataOf,
  functionOf,
  limitOf,
  registerOf,
  resultOf,
  WRITE,
  WRITE_ANSWER,
} from './frame';
import { permitted } from './password';
import { refusalOf } from './refusal';

/** Remaining capacity, 1e-6 Ah, in four bytes; the upper two are a register of their own (ant.md 10.2). */
export const REMAINING = 166;
export const REMAINING_HIGH = 168;
export const READ = 0x02;
const LENGTH = 4;
const PER_AH = 1e6;

const TIMEOUT_MS = 1500;

/** How far the register may have gone on counting when it is read back, as a part of the capacity. */
const TOLERANCE = 0.01;

/**
 * Writes the remaining capacity, which is kept only when it is saved afterwards (ant.md 10.1). After a lost answer the
 * register is read: it goes on when the value is there.
 * @param remaining Ah; @param capacity Ah
 */
export function* writeRemaining(order: ScriptInput, remaining: number, capacity: number): Script<void> {
  const value = Math.round(remaining * PER_AH);
  const data = Buffer.alloc(LENGTH);
  data.writeUInt32LE(value);
  try {
    yield* permitted(order, write(order, REMAINING, data));
  } catch (thrown) {
    if (isRefusal(thrown)) {
      if (thrown.code !== 'unsupported') throw thrown;
      // Firmware that has only registers of two bytes takes it as two of them, the lower one first (ant.md 10.1).
      yield* permitted(order, write(order, REMAINING, data.subarray(0, 2)));
      yield* permitted(order, write(order, REMAINING_HIGH, data.subarray(2)));
      return;
    }
    const held = yield* readBack(order);
    if (held === undefined || Math.abs(held - value) > TOLERANCE * capacity * PER_AH) throw thrown;
  }
}

function write({ target: { address } }: ScriptInput, register: number, data: Buffer): Step {
  const name = `remaining capacity (22 ${register})`;
  return {
    name,
    request: buildFrame(address, WRITE, register, data),
    isWrite: true,
    // The answer echoes the data also when they are refused: only the result tells (ant.md 10.1).
    match(frame) {
      if (addressOf(frame) !== address || functionOf(frame) !== WRITE + WRITE_ANSWER) return 'foreign';
      if (registerOf(frame) !== register) return 'foreign';
      return refusalOf(resultOf(frame), name, limitOf(frame)) ?? 'complete';
    },
    timeoutMs: TIMEOUT_MS,
  };
}

/** What the register holds, 1e-6 Ah; undefined when it cannot be read, which leaves the write in doubt. */
function* readBack({ target: { address } }: ScriptInput): Script<number | undefined> {
  const name = `remaining capacity (02 ${REMAINING})`;
  try {
    const [frame] = yield {
      name,
      request: buildRequest(address, READ, REMAINING, LENGTH),
      isWrite: false,
      match(frame) {
        if (addressOf(frame) !== address || functionOf(frame) !== READ + ANSWER) return 'foreign';
        if (registerOf(frame) !== REMAINING || dataOf(frame).length !== LENGTH) return 'foreign';
        return refusalOf(resultOf(frame), name) ?? 'complete';
      },
    };
    return frame && dataOf(frame).readUInt32LE(0);
  } catch {
    // Whatever keeps it from being read: the error of the write is the one that counts.
    return undefined;
  }
}
