import type { Alarm } from '../../battery/alarm';
import type { Reading } from '../../battery/reading';
import { layout, number, type Layout } from '../kit/fields';
import { warnings } from './alarms';
import { isBelievable } from './capacity';
import type { Steps } from './head';

/*
 * What stands behind the sensors of register 03, counted from their end (jbd.md 4.1). Nothing in the answer tells what it is,
 * and boards have put something else there, such as two more temperatures.
 */

/** Bytes of the tails that were seen to be this one; what the longer ones have behind it is not known. */
const LENGTHS: readonly number[] = [9, 16, 17];
const LENGTH = 9;
const WARNINGS_AT = 1;
const FULL_CAPACITY_AT = 3;
const REMAINING_AT = 5;

const TABLES: Readonly<Record<Steps, Layout<Reading>>> = { 100: table(100), 10: table(10) };

function table(divisor: Steps): Layout<Reading> {
  return layout<Reading>([
    number(FULL_CAPACITY_AT, 'u16', 'fullCapacity', { divisor, notAvailable: [0] }),
    number(7, 'u16', 'balanceCurrent', { divisor: 1000 }),
  ]);
}

/** The remaining capacity comes again in the tail; the one in the head is read. */
const REPEATED: Readonly<Record<Steps, Layout<Reading>>> = { 100: repetition(100), 10: repetition(10) };

function repetition(divisor: Steps): Layout<Reading> {
  return layout<Reading>([number(REMAINING_AT, 'u16', 'remainingCapacity', { divisor })]);
}

/** How far apart both remaining capacities may be, of the nominal one: a board may count between them. */
const REPEATED_WITHIN = 0.001;
const LEAST_WITHIN = 2;

/** Warnings of which no pack has both: then they are no warnings. */
const EXCLUSIVE: readonly number[] = [
  (1 << 2) | (1 << 3), // pack overvoltage and undervoltage
  (1 << 4) | (1 << 5), // charging too hot and too cold
  (1 << 6) | (1 << 7), // discharging too hot and too cold
  (1 << 8) | (1 << 9), // charge and discharge overcurrent
];

/**
 * Decodes the tail, if it is one: of a length that is known, and in accord with what the head says.
 * @param at where the sensors end
 * @param into with the values of the head; completed in place
 * @param alarms completed in place
 */
export function decodeTail(data: Buffer, at: number, steps: Steps, into: Reading, alarms: Alarm[]): void {
  if (!LENGTHS.includes(data.length - at) || !agrees(data, at, steps, into)) return;
  warnings.decode(data.readUInt16BE(at + WARNINGS_AT), alarms);
  TABLES[steps].decode(data, into, at);
}

function agrees(
  data: Buffer,
  at: number,
  steps: Steps,
  { remainingCapacity = 0, designCapacity = 0 }: Reading,
): boolean {
  const warned = data.readUInt16BE(at + WARNINGS_AT);
  if (warned !== 0 && EXCLUSIVE.some((pair) => (warned & pair) === pair)) return false;
  const repeated = data.readUInt16BE(at + REMAINING_AT);
  const within = Math.max(LEAST_WITHIN, designCapacity * steps * REPEATED_WITHIN);
  if (Math.abs(repeated - Math.round(remainingCapacity * steps)) > within) return false;
  // Two zeros agree in anything.
  const full = data.readUInt16BE(at + FULL_CAPACITY_AT) / steps;
  return repeated > 0 || isBelievable(full, designCapacity);
}

/** The tail of a board in this state; none where it has nothing to say in it, as old boards. */
export function encodeTail(pack: Reading, steps: Steps): Buffer {
  const warned = warnings.encode(pack.alarms ?? []);
  const isEmpty = pack.fullCapacity === undefined && pack.balanceCurrent === undefined && warned === 0;
  if (isEmpty) return Buffer.alloc(0);
  const data = Buffer.alloc(LENGTH);
  data.writeUInt16BE(warned, WARNINGS_AT);
  TABLES[steps].encode(pack, data);
  REPEATED[steps].encode(pack, data);
  return data;
}
