import type { Alarm } from '../../battery/alarm';
import type { Reading } from '../../battery/reading';
import { layout, number, type Layout } from '../fields';
import { protections, warnings } from './alarms';
import { decodeHead, encodeHead, PROTECTIONS_AT, temperatures, type Steps } from './head';
import { malformed, type Register } from './register';

const SENSOR_COUNT_AT = 22;
const SENSORS_AT = 23;
/** The shortest answer: no sensor, nothing behind. */
const SHORTEST = SENSORS_AT;

/**
 * What may follow the sensors, counted from their end. Boards stop where they like, and some send bytes of their
 * own after it, so that each field counts only when the answer reaches its end (jbd 4.1).
 */
const WARNINGS_AT = 1;
const WARNINGS_END = 3;
const FULL_CAPACITY_END = 7;
const BALANCE_CURRENT_END = 9;

const tails: Readonly<Record<Steps, Layout<Reading>>> = { 100: tail(100), 10: tail(10) };
/** The remaining capacity comes again in the tail; the one in the head is read. */
const repeated: Readonly<Record<Steps, Layout<Reading>>> = { 100: repetition(100), 10: repetition(10) };

function tail(per: Steps): Layout<Reading> {
  return layout<Reading>([
    number(3, 'u16', 'fullCapacity', { per }),
    number(7, 'u16', 'balanceCurrent', { per: 1000 }),
  ]);
}

function repetition(per: Steps): Layout<Reading> {
  return layout<Reading>([number(5, 'u16', 'remainingCapacity', { per })]);
}

/** Where the tail begins; beyond the data when they cannot be an answer. */
function tailAt(data: Buffer): number {
  return SENSORS_AT + 2 * (data[SENSOR_COUNT_AT] ?? 0);
}

function plausible(data: Buffer): boolean {
  return data.length >= SHORTEST && data.length >= tailAt(data);
}

/** Register 03 of classic boards: the state of the pack (jbd 4.1). */
export const basic: Register = {
  number: 0x03,
  name: 'basic information (03)',
  group: 'fast',
  plausible,

  decode(data) {
    if (!plausible(data)) throw malformed(basic.name, data.length);
    const end = tailAt(data);
    const reading: Reading = {};
    const steps = decodeHead(data, reading);
    const alarms: Alarm[] = [];
    protections.decode(data.readUInt16BE(PROTECTIONS_AT), alarms);
    if (data.length >= end + WARNINGS_END) warnings.decode(data.readUInt16BE(end + WARNINGS_AT), alarms);
    reading.alarms = alarms;
    reading.temperatures = temperatures.decode(data, SENSORS_AT, data.readUInt8(SENSOR_COUNT_AT));
    tails[steps].decode(data, reading, end);
    return reading;
  },

  encode(pack) {
    const sensors = pack.temperatures ?? [];
    const alarms = pack.alarms ?? [];
    const end = SENSORS_AT + temperatures.width * sensors.length;
    const warned = warnings.encode(alarms);
    // One buffer for the longest tail; as much of it is sent as this pack has values for, as old boards do.
    const data = Buffer.alloc(end + BALANCE_CURRENT_END);
    const steps = encodeHead(pack, data);
    data.writeUInt16BE(protections.encode(alarms), PROTECTIONS_AT);
    data.writeUInt8(sensors.length, SENSOR_COUNT_AT);
    temperatures.encode(sensors, data, SENSORS_AT);
    data.writeUInt16BE(warned, end + WARNINGS_AT);
    tails[steps].encode(pack, data, end);
    repeated[steps].encode(pack, data, end);
    return data.subarray(0, end + tailLength(pack, warned));
  },
};

function tailLength(pack: Reading, warned: number): number {
  if (pack.balanceCurrent !== undefined) return BALANCE_CURRENT_END;
  if (pack.fullCapacity !== undefined) return FULL_CAPACITY_END;
  return warned === 0 ? 0 : WARNINGS_END;
}
