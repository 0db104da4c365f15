import { actionsOf, confirmation } from '../kit/actions';
import { CONDUCTS, isHeldOpen, OTHER, type Direction } from '../jbd/locks';
import type { Action, Script, ScriptInput, Step } from '../protocol';
import { packStatus } from './pack-status';
import { blockQuery } from './queries';
import type { Up16sMemory } from './tables';
import { addressOf, buildWrite, commandOf, dataOf, endOf, startOf, WRITE } from './wire';

/** Words that are written, by the byte offset at which they begin (jbd.md 11.6). */
export const WORDS = { soc: 0x2006, mosfets: 0x2902 } as const;

/** Bits of the MOSFET word: a set one switches on (jbd.md 11.6). */
export const ON_BITS: Readonly<Record<Direction, number>> = { discharge: 1, charge: 2 };

/**
 * The pack status shows both the MOSFETs and the SOC (jbd.md 11.3). A master passes on what is for its slaves, and boards
 * require 0.3 s between requests (jbd.md 11.1).
 */
const SHOWN = { queries: [blockQuery(packStatus)], everyMs: 1000, withinMs: 10_000 };

function write({ target: { address } }: ScriptInput<Up16sMemory>, start: number, name: string, value: number): Step {
  const request = buildWrite(address, start, Buffer.of(value >> 8, value & 0xff));
  return {
    name,
    request,
    isWrite: true,
    // The acknowledgement repeats the header and has no data, unlike the echo of the request. Boards never refuse: they stay
    // silent on what they do not offer.
    match: (frame) =>
      addressOf(frame) === address &&
      commandOf(frame) === WRITE &&
      startOf(frame) === start &&
      endOf(frame) === endOf(request) &&
      dataOf(frame).length === 0
        ? 'complete'
        : 'foreign',
  };
}

/**
 * One word switches both MOSFETs, and boards report only what conducts, not what is allowed. One that a protection holds
 * open would be switched off for good if it were written as it is, so that it counts as allowed; any other stays as
 * it is.
 */
function mosfet(direction: Direction): Action<Up16sMemory> {
  const other = OTHER[direction];
  return {
    name: direction,
    input: { kind: 'switch' },
    confirm: confirmation({ ...SHOWN, state: CONDUCTS[direction], evidence: 'effect' }),
    *script(order): Script<void> {
      const { reading: before } = order.before;
      const otherOn = before[CONDUCTS[other]] === true || isHeldOpen(other, before);
      const bits = (order.value === true ? ON_BITS[direction] : 0) | (otherOn ? ON_BITS[other] : 0);
      yield write(order, WORDS.mosfets, 'MOSFET control (2902)', bits);
    },
  };
}

/** What UP16S boards can be asked to do (jbd.md 11.6); resetting them and putting them to sleep is not understood. */
export const actions: readonly Action<Up16sMemory>[] = [
  mosfet('charge'),
  mosfet('discharge'),
  ...actionsOf<Up16sMemory, number>(
    [
      {
        name: 'soc',
        takes: 'number',
        min: 0,
        max: 100,
        unit: '%',
        divisor: 100,
        to: WORDS.soc,
        confirm: { ...SHOWN, state: 'soc', evidence: 'switch', step: 0.01 },
      },
    ],
    function* (order, { to }, raw) {
      yield write(order, to, 'SOC (2006)', raw);
    },
  ),
];
