import type { Alarm } from '../../battery/alarm';
import type { Reading } from '../../battery/reading';
import type { AlarmWord } from '../kit/alarm-bits';
import { packDate, unpackDate } from '../kit/date';
import { bitList, flag, layout, list, number, writeOnly, type Layout } from '../kit/fields';
import { wrongLength } from '../kit/malformed';
import { decodeSwitches } from './locks';
import { addressedProtections, addressedWarnings, protections, warnings, type Register } from './tables';

/*
 * Register 03, the state of the pack: a head that both variants share, the sensors, and behind them, on most classic boards,
 * a tail (jbd.md 4.1, 9).
 */

/** Steps per A and per Ah: 100, or 10 when the board has bit 7 of byte 20 set because its figures are larger. */
export type Steps = 100 | 10;

const DATE_AT = 10;
const PROTECTIONS_AT = 16;
const VERSION_AT = 18;
const FLAGS_AT = 20;
const COARSE_UNIT = 1 << 7;

/** Offsets 0 to 21 (jbd.md 4.1). Bit 3 of the flags is called a heater's, and is set on warm packs: it says nothing. */
const HEAD: Readonly<Record<Steps, Layout<Reading>>> = { 100: headTable(100), 10: headTable(10) };

function headTable(divisor: Steps): Layout<Reading> {
  return layout<Reading>([
    number(0, 'u16', 'voltage', { divisor: 100 }),
    number(2, 's16', 'current', { divisor }),
    number(4, 'u16', 'remainingCapacity', { divisor }),
    number(6, 'u16', 'designCapacity', { divisor }),
    number(8, 'u16', 'cycles'),
    number(19, 'u8', 'soc'),
    number(21, 'u8', 'cellCount'),
    flag(FLAGS_AT, 0, 'chargeEnabled'),
    flag(FLAGS_AT, 1, 'dischargeEnabled'),
    // The low word comes first: cells 1 to 16, then 17 to 32 (jbd.md 4.1, 13).
    bitList(12, 'u32', 'balancingCells', { order: 'lowWordFirst' }),
  ]);
}

/**
 * The scale of the sensors of both variants. The two ends of the board's table mean that none is connected: -30.0
 * and 150.0 °C (jbd.md 4.1).
 */
const TEMPERATURE = { divisor: 10, offset: 2731, notAvailable: [0x097f, 0x1087] };

const temperatures = list('u16', TEMPERATURE);

/** The steps of the current and capacities of an answer. @param data at least 22 bytes */
export function stepsOf(data: Buffer): Steps {
  return (data.readUInt8(FLAGS_AT) & COARSE_UNIT) === 0 ? 100 : 10;
}

/** The steps in which a board's figures fit their 16 bits. */
export function stepsFor({ current = 0, remainingCapacity = 0, designCapacity = 0, fullCapacity = 0 }: Reading): Steps {
  const fits = current >= -327.68 && current <= 327.67;
  return fits && Math.max(remainingCapacity, designCapacity, fullCapacity) <= 655.35 ? 100 : 10;
}

function decodeHead(data: Buffer, into: Reading): Steps {
  const steps = stepsOf(data);
  HEAD[steps].decode(data, into);
  const date = unpackDate(data.readUInt16BE(DATE_AT));
  if (date !== undefined) into.manufactureDate = date;
  const version = data.readUInt8(VERSION_AT);
  // 00 is a board that has none.
  if (version !== 0) into.softwareVersion = `${(version >> 4).toString(16)}.${(version & 15).toString(16)}`;
  return steps;
}

/** @param data at least 22 zero bytes; @returns the steps in which the other capacities of this answer have to be */
function encodeHead(pack: Reading, data: Buffer): Steps {
  const steps = stepsFor(pack);
  HEAD[steps].encode({ ...pack, cellCount: pack.cellCount ?? pack.cellVoltages?.length }, data);
  if (steps === 10) data.writeUInt8(data.readUInt8(FLAGS_AT) | COARSE_UNIT, FLAGS_AT);
  data.writeUInt16BE(packDate(pack.manufactureDate), DATE_AT);
  const [major = 0, minor = 0] = (pack.softwareVersion ?? '').split('.').map((part) => Number.parseInt(part, 16) & 15);
  data.writeUInt8((major << 4) | minor, VERSION_AT);
  return steps;
}

/** What only one of the variants has. */
interface Variant {
  readonly protections: AlarmWord;
  /** offset of the number of sensors, which stand behind it */
  readonly sensorCountAt: number;
  /** @param end where the sensors end */
  decode(data: Buffer, end: number, steps: Steps, into: Reading, alarms: Alarm[]): void;
  /** @param data the answer up to the sensors, completed in place; @returns what follows the sensors */
  encode(pack: Reading, data: Buffer, steps: Steps): Buffer;
}

function basicRegister({ sensorCountAt, ...variant }: Variant): Register {
  const name = 'basic information (03)';
  const sensorsAt = sensorCountAt + 1;
  // Beyond the data where they cannot be an answer.
  const endOf = (data: Buffer): number => sensorsAt + temperatures.width * (data[sensorCountAt] ?? 0);
  const plausible = (data: Buffer): boolean => data.length >= endOf(data);
  return {
    number: 0x03,
    name,
    group: 'fast',
    plausible,

    decode(data) {
      if (!plausible(data)) throw wrongLength(name, data.length);
      const reading: Reading = {};
      const steps = decodeHead(data, reading);
      const alarms: Alarm[] = [];
      variant.protections.decode(data.readUInt16BE(PROTECTIONS_AT), alarms);
      variant.decode(data, endOf(data), steps, reading, alarms);
      reading.alarms = alarms;
      decodeSwitches(reading);
      reading.temperatures = temperatures.decode(data, sensorsAt, data.readUInt8(sensorCountAt));
      return reading;
    },

    encode(pack) {
      const sensors = pack.temperatures ?? [];
      const data = Buffer.alloc(sensorsAt + temperatures.width * sensors.length);
      const steps = encodeHead(pack, data);
      data.writeUInt16BE(variant.protections.encode(pack.alarms ?? []), PROTECTIONS_AT);
      data.writeUInt8(sensors.length, sensorCountAt);
      temperatures.encode(sensors, data, sensorsAt);
      return Buffer.concat([data, variant.encode(pack, data, steps)]);
    },
  };
}

/** Register 03 of classic boards (jbd.md 4.1). */
export const basic = basicRegister({ protections, sensorCountAt: 22, decode: decodeTail, encode: encodeTail });

const ADDRESSED_WARNINGS_AT = 22;

const boardTemperatures = layout<Reading>([
  number(24, 'u16', 'ambientTemperature', TEMPERATURE),
  number(26, 'u16', 'mosTemperature', TEMPERATURE),
]);

/** Register 03 of addressed boards: as classic up to offset 21, then with its own alarm words (jbd.md 9). */
export const basicAddressed = basicRegister({
  protections: addressedProtections,
  sensorCountAt: 28,
  decode(data, _end, _steps, into, alarms) {
    boardTemperatures.decode(data, into);
    addressedWarnings.decode(data.readUInt16BE(ADDRESSED_WARNINGS_AT), alarms);
  },
  encode(pack, data) {
    boardTemperatures.encode(pack, data);
    data.writeUInt16BE(addressedWarnings.encode(pack.alarms ?? []), ADDRESSED_WARNINGS_AT);
    return Buffer.alloc(0);
  },
});

/*
 * The tail, counted from the end of the sensors (jbd.md 4.1). Nothing in the answer says what it is, and boards have put
 * something else there, such as two more temperatures.
 */

/** Lengths of the tails that were seen to be this one; what the longer ones have behind it is not known. */
const TAIL_LENGTHS: readonly number[] = [9, 16, 17];
const TAIL_LENGTH = 9;
const WARNINGS_AT = 1;
const FULL_CAPACITY_AT = 3;
const REMAINING_AT = 5;

const TAIL: Readonly<Record<Steps, Layout<Reading>>> = { 100: tailTable(100), 10: tailTable(10) };

function tailTable(divisor: Steps): Layout<Reading> {
  return layout<Reading>([
    number(FULL_CAPACITY_AT, 'u16', 'fullCapacity', { divisor, notAvailable: [0] }),
    // The one in the head is read.
    writeOnly(number(REMAINING_AT, 'u16', 'remainingCapacity', { divisor })),
    number(7, 'u16', 'balanceCurrent', { divisor: 1000 }),
  ]);
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

/** Decodes the tail, if it is one: of a length that is known, and in accord with what the head says. */
function decodeTail(data: Buffer, at: number, steps: Steps, into: Reading, alarms: Alarm[]): void {
  if (!TAIL_LENGTHS.includes(data.length - at) || !agrees(data, at, steps, into)) return;
  warnings.decode(data.readUInt16BE(at + WARNINGS_AT), alarms);
  TAIL[steps].decode(data, into, at);
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

/** Old boards, and those that have nothing to say in it, send none. */
function encodeTail(pack: Reading, _data: Buffer, steps: Steps): Buffer {
  const warned = warnings.encode(pack.alarms ?? []);
  const isEmpty = pack.fullCapacity === undefined && pack.balanceCurrent === undefined && warned === 0;
  if (isEmpty) return Buffer.alloc(0);
  const tail = Buffer.alloc(TAIL_LENGTH);
  tail.writeUInt16BE(warned, WARNINGS_AT);
  TAIL[steps].encode(pack, tail);
  return tail;
}

/** Of the nominal capacity: what a pack can have learned to hold. Beyond, its meter was never set, or is another one's. */
const LEAST_LEARNED = 0.3;
const MOST_LEARNED = 1.3;

/** Whether a pack of this nominal capacity can have learned to hold so much; any, where that is 0, not known. Both in Ah. */
export function isBelievable(learned: number, nominal: number): boolean {
  return nominal === 0 || (learned >= LEAST_LEARNED * nominal && learned <= MOST_LEARNED * nominal);
}

/** What 100 % is: the learned capacity, else the nominal one (jbd.md 5); 0 when neither is known. */
export function wholeCapacity({ fullCapacity = 0, designCapacity = 0 }: Reading): number {
  return fullCapacity > 0 ? fullCapacity : designCapacity;
}
