import { refusalOf } from '../kit/refusal';
import { queryStep } from '../kit/script';
import type { Decoded, Query, Script, Target } from '../protocol';
import { basic, stepsOf, type Steps } from './basic';
import type { Register } from './tables';
import { classicWire, READ, READ_REFUSALS, STATUS, type Wire } from './wire';

/** What actions read besides a reading. */
export interface JbdMemory {
  /** the unit of the capacities */
  stepsPerAh?: Steps;
  /** register 2d (jbd.md 7.2) */
  functionBits?: number;
}

/**
 * The query for one register.
 * @param lenient whether a reply with a5 in place of its register is taken, as one old board sends it (jbd.md 3, 12)
 */
export function registerQuery(wire: Wire, register: Register, lenient: boolean): Query<JbdMemory> {
  return {
    name: register.name,
    group: register.group,
    optional: register.optional ?? false,
    request: (target) => wire.build(target.address, READ, register.number),
    match(frame, _parts, target) {
      if (wire.addressOf(frame) !== target.address) return 'foreign';
      const head = wire.headOf(frame);
      const status = wire.tailOf(frame);
      if (head === register.number) {
        return status === STATUS.done ? 'complete' : refusalOf(READ_REFUSALS, status, register.name);
      }
      // The echo of our own request is a valid reply of register a5, with the register asked as its status and
      // without data. A reply that really came from the board has status 00 and data that fit.
      const old = lenient && head === READ && status === STATUS.done;
      return old && register.plausible(wire.dataOf(frame)) ? 'complete' : 'foreign';
    },
    decode([frame]) {
      return { reading: register.decode(frame === undefined ? Buffer.alloc(0) : wire.dataOf(frame)) };
    },
  };
}

const basicQuery = registerQuery(classicWire, basic, true);

/** Reads register 03, and the unit of its capacities. */
export function* readBasic(target: Target<JbdMemory>): Script<Decoded<JbdMemory>> {
  const parts = yield queryStep(basicQuery, target);
  const data = Buffer.concat(parts.map((frame) => classicWire.dataOf(frame)));
  return { ...basicQuery.decode(parts, target), memory: { ...target.memory, stepsPerAh: stepsOf(data) } };
}

/** The steps per Ah of what `readBasic` has read. */
export function stepsPerAh({ memory }: Decoded<JbdMemory>): number {
  return memory?.stepsPerAh ?? 100;
}

/** In captures the state shows 0.6 to 1 s after the acknowledgement (jbd.md 5). */
export const FOLLOWS = { everyMs: 500, withinMs: 5000 };
