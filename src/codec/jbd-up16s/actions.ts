import type { Action, Confirmation, ScriptInput, Script, Step } from '../untyped';
import { reading, stateOf } from '../kit/script';
import { CONDUCTS, isHeldOpen, OTHER, type Direction } from '../jbd/locks';
import { packStatus } from './pack-status';
import { blockQuery } from './query';
import { addressOf, buildWrite, commandOf, dataOf, endOf, startOf, WRITE } from './wire';

/** Words that are written, by the byte offset at which they begin (jbd.md 11.6). */
export const WORDS = { soc: 0x2006, mosfets: 0x2902 } as const;

/** Bits of the MOSFET word: a set one switches on (jbd.md 11.6). */
export const ON_BITS: Readonly<Record<Direction, number>> = { discharge: 1, charge: 2 };

/** A master passes on what is for its slaves, and boards want 0.3 s between requests (jbd.md 11.1). */
const FOLLOWS = { everyMs: 1000, withinMs: 10_000 };

/** The block that shows both the MOSFETs and the SOC (jbd.md 11.3). */
const read = reading(blockQuery(packStatus));

function write({ target }: ScriptInput, start: number, name: string, value: number): Step {
  const request = buildWrite(target.address, start, Buffer.of(value >> 8, value & 0xff));
  return {
    name,
    request,
    isWrite: true,
    // The acknowledgement repeats the header and has no data, unlike the echo of the request. Nothing says no:
    // boards stay silent on what they do not offer.
    match: (frame) =>
      addressOf(frame) === target.address &&
      commandOf(frame) === WRITE &&
      startOf(frame) === start &&
      endOf(frame) === endOf(request) &&
      dataOf(frame).length === 0
        ? 'complete'
        : 'foreign',
  };
}

/**
 * One word switches both MOSFETs, and nothing tells what is allowed, only what conducts. One that a protection holds
 * open would be switched off for good if it were written as it is, so that it counts as allowed; any other stays as
 * it is.
 */
function mosfet(direction: Direction): Action {
  const other = OTHER[direction];
  const key = CONDUCTS[direction];
  const confirm: Confirmation = { read, state: stateOf(key), evidence: 'effect', ...FOLLOWS };
  return {
    name: direction,
    input: { kind: 'switch' },
    confirm,
    *script(order): Script<void> {
      const { reading: before } = order.before;
      const otherOn = before[CONDUCTS[other]] === true || isHeldOpen(other, before);
      const bits = (order.value === true ? ON_BITS[direction] : 0) | (otherOn ? ON_BITS[other] : 0);
      yield write(order, WORDS.mosfets, 'MOSFET control (2902)', bits);
    },
  };
}

/** What UP16S boards can be asked to do (jbd.md 11.6); resetting them and putting them to sleep is not understood. */
export const actions: readonly Action[] = [
  mosfet('charge'),
  mosfet('discharge'),
  {
    name: 'soc',
    input: { kind: 'number', min: 0, max: 100, unit: '%' },
    confirm: { read, state: stateOf('soc'), evidence: 'switch', step: 0.01, ...FOLLOWS },
    *script(order): Script<void> {
      yield write(order, WORDS.soc, 'SOC (2006)', Math.round(Number(order.value) * 100));
    },
  },
];
