import type { Alarm } from '../../battery/alarm';
import type { Reading } from '../../battery/reading';
import { protections } from './alarms';
import { decodeHead, encodeHead, PROTECTIONS_AT, temperatures } from './head';
import { decodeSwitches } from './locks';
import { wrongLength } from '../kit/malformed';
import type { Register } from './register';
import { decodeTail, encodeTail } from './tail';

const SENSOR_COUNT_AT = 22;
const SENSORS_AT = 23;
/** The shortest answer: no sensor, nothing behind. */
const SHORTEST = SENSORS_AT;

/** Where the tail begins; beyond the data when they cannot be an answer. */
function tailAt(data: Buffer): number {
  return SENSORS_AT + 2 * (data[SENSOR_COUNT_AT] ?? 0);
}

function plausible(data: Buffer): boolean {
  return data.length >= SHORTEST && data.length >= tailAt(data);
}

/** Register 03 of classic boards: the state of the pack (jbd.md 4.1). */
export const basic: Register = {
  number: 0x03,
  name: 'basic information (03)',
  group: 'fast',
  plausible,

  decode(data) {
    if (!plausible(data)) throw wrongLength(basic.name, data.length);
    const end = tailAt(data);
    const reading: Reading = {};
    const steps = decodeHead(data, reading);
    const alarms: Alarm[] = [];
    protections.decode(data.readUInt16BE(PROTECTIONS_AT), alarms);
    decodeTail(data, end, steps, reading, alarms);
    reading.alarms = alarms;
    decodeSwitches(reading);
    reading.temperatures = temperatures.decode(data, SENSORS_AT, data.readUInt8(SENSOR_COUNT_AT));
    return reading;
  },

  encode(pack) {
    const sensors = pack.temperatures ?? [];
    const data = Buffer.alloc(SENSORS_AT + temperatures.width * sensors.length);
    const steps = encodeHead(pack, data);
    data.writeUInt16BE(protections.encode(pack.alarms ?? []), PROTECTIONS_AT);
    data.writeUInt8(sensors.length, SENSOR_COUNT_AT);
    temperatures.encode(sensors, data, SENSORS_AT);
    return Buffer.concat([data, encodeTail(pack, steps)]);
  },
};
