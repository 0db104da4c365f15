import type { Alarm } from '../../battery/alarm';
import type { Reading } from '../../battery/reading';
import { layout, number } from '../kit/fields';
import { addressedProtections, addressedWarnings } from './alarms';
import { decodeHead, encodeHead, PROTECTIONS_AT, TEMPERATURE_SCALE, temperatures } from './head';
import { decodeSwitches } from './locks';
import { wrongLength } from '../kit/malformed';
import type { Register } from './register';

const WARNINGS_AT = 22;
const SENSOR_COUNT_AT = 28;
const SENSORS_AT = 29;

const boardTemperatures = layout<Reading>([
  number(24, 'u16', 'ambientTemperature', TEMPERATURE_SCALE),
  number(26, 'u16', 'mosTemperature', TEMPERATURE_SCALE),
]);

function plausible(data: Buffer): boolean {
  return data.length >= SENSORS_AT && data.length >= SENSORS_AT + 2 * (data[SENSOR_COUNT_AT] ?? 0);
}

/** Register 03 of addressed boards: as classic up to offset 21, then with its own alarm words (jbd.md 9). */
export const basicAddressed: Register = {
  number: 0x03,
  name: 'basic information (03)',
  group: 'fast',
  plausible,

  decode(data) {
    if (!plausible(data)) throw wrongLength(basicAddressed.name, data.length);
    const reading: Reading = {};
    decodeHead(data, reading);
    boardTemperatures.decode(data, reading);
    const alarms: Alarm[] = [];
    addressedProtections.decode(data.readUInt16BE(PROTECTIONS_AT), alarms);
    addressedWarnings.decode(data.readUInt16BE(WARNINGS_AT), alarms);
    reading.alarms = alarms;
    decodeSwitches(reading);
    reading.temperatures = temperatures.decode(data, SENSORS_AT, data.readUInt8(SENSOR_COUNT_AT));
    return reading;
  },

  encode(pack) {
    const sensors = pack.temperatures ?? [];
    const alarms = pack.alarms ?? [];
    const data = Buffer.alloc(SENSORS_AT + temperatures.width * sensors.length);
    encodeHead(pack, data);
    boardTemperatures.encode(pack, data);
    data.writeUInt16BE(addressedProtections.encode(alarms), PROTECTIONS_AT);
    data.writeUInt16BE(addressedWarnings.encode(alarms), WARNINGS_AT);
    data.writeUInt8(sensors.length, SENSOR_COUNT_AT);
    temperatures.encode(sensors, data, SENSORS_AT);
    return data;
  },
};
