import type { Reading } from '../../battery/reading';
import { bitsToNumbers, flag, layout, list, number, numbersToBits, type Layout } from '../kit/fields';
import { packDate, unpackDate } from '../kit/date';

/** Offsets 0 to 21 of register 03, which classic and addressed boards share (jbd.md 4.1, 9). */

const DATE_AT = 10;
const BALANCING_AT = 12;
export const PROTECTIONS_AT = 16;
const VERSION_AT = 18;
const FLAGS_AT = 20;
const COARSE_UNIT = 1 << 7;

/** Steps per A and per Ah: 100, or 10 when the board has bit 7 of byte 20 set because its figures are larger. */
export type Steps = 100 | 10;

const tables: Readonly<Record<Steps, Layout<Reading>>> = { 100: table(100), 10: table(10) };

function table(divisor: Steps): Layout<Reading> {
  return layout<Reading>([
    number(0, 'u16', 'voltage', { divisor: 100 }),
    number(2, 's16', 'current', { divisor }),
    number(4, 'u16', 'remainingCapacity', { divisor }),
    number(6, 'u16', 'designCapacity', { divisor }),
    number(8, 'u16', 'cycles'),
    number(19, 'u8', 'soc'),
    flag(FLAGS_AT, 0, 'chargeEnabled'),
    flag(FLAGS_AT, 1, 'dischargeEnabled'),
    number(21, 'u8', 'cellCount'),
  ]);
}

/**
 * The scale of the sensors of both variants. The two ends of the board's table mean that none is connected: -30.0
 * and 150.0 °C (jbd.md 4.1).
 */
export const TEMPERATURE_SCALE = { divisor: 10, offset: 2731, notAvailable: [0x097f, 0x1087] };

export const temperatures = list('u16', TEMPERATURE_SCALE);

/** The steps of the current and capacities of an answer. @param data at least 22 bytes */
export function stepsOf(data: Buffer): Steps {
  return (data.readUInt8(FLAGS_AT) & COARSE_UNIT) === 0 ? 100 : 10;
}

/**
 * Decodes the head of register 03.
 * @param data at least 22 bytes
 * @param into completed in place: V, A, Ah, %
 * @returns the steps of the current and capacities of this answer
 */
export function decodeHead(data: Buffer, into: Reading): Steps {
  // Bit 3 of the flags is called a heater's, and is set on warm packs: it says nothing (jbd.md 4.1).
  const steps = stepsOf(data);
  tables[steps].decode(data, into);
  const date = unpackDate(data.readUInt16BE(DATE_AT));
  if (date !== undefined) into.manufactureDate = date;
  // The low word comes first: cells 1 to 16, then 17 to 32 (jbd.md 4.1, 13).
  const low = data.readUInt16BE(BALANCING_AT);
  const high = data.readUInt16BE(BALANCING_AT + 2);
  into.balancingCells = bitsToNumbers((high << 16) | low);
  const version = data.readUInt8(VERSION_AT);
  // 00 is a board that has none.
  if (version !== 0) into.softwareVersion = `${(version >> 4).toString(16)}.${(version & 15).toString(16)}`;
  return steps;
}

/**
 * Encodes the head of register 03; `cellCount` falls back to the number of cell voltages.
 * @param data at least 22 zero bytes
 * @returns the steps in which the other capacities of this answer have to be
 */
export function encodeHead(pack: Reading, data: Buffer): Steps {
  const steps = stepsFor(pack);
  tables[steps].encode({ ...pack, cellCount: pack.cellCount ?? pack.cellVoltages?.length }, data);
  if (steps === 10) data.writeUInt8(data.readUInt8(FLAGS_AT) | COARSE_UNIT, FLAGS_AT);
  data.writeUInt16BE(packDate(pack.manufactureDate), DATE_AT);
  const balancing = numbersToBits(pack.balancingCells ?? []);
  data.writeUInt16BE(balancing & 0xffff, BALANCING_AT);
  data.writeUInt16BE(balancing >>> 16, BALANCING_AT + 2);
  data.writeUInt8(encodeVersion(pack.softwareVersion), VERSION_AT);
  return steps;
}

/** The steps in which a board's figures fit their 16 bits. */
export function stepsFor({ current = 0, remainingCapacity = 0, designCapacity = 0, fullCapacity = 0 }: Reading): Steps {
  const fits = current >= -327.68 && current <= 327.67;
  return fits && Math.max(remainingCapacity, designCapacity, fullCapacity) <= 655.35 ? 100 : 10;
}

function encodeVersion(version = ''): number {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 16) & 15);
  return (major << 4) | minor;
}
