import { summarise } from '../../battery/derive';
import type { Alarm } from '../../battery/alarm';
import type { BatteryState, Reading } from '../../battery/reading';
import { say } from '../../battery/sentence';
import type { AlarmWord } from '../kit/alarm-bits';
import { layout, list, numbersToBits, type Row } from '../kit/fields';
import { malformed } from '../kit/malformed';
import { at, CELSIUS, CURRENT, MILLIVOLT, NO_SENSOR, NOT_IMPLEMENTED, register, TENTH } from './tables';

/** Where a map has its status; the cells begin at register 0. */
interface Places {
  readonly mostCells: number;
  readonly cellCount: number;
  /** the first of them */
  readonly sensors: number;
  readonly sensorCount: number;
  /** current and SOC follow */
  readonly voltage: number;
  readonly state: number;
  /** the first of the registers with a bit for each cell that balances */
  readonly balancingCells: number;
  /** the first register of the alarms, and its bytes: the first byte is in the lower half of the register */
  readonly alarms: readonly [first: number, bytes: readonly (AlarmWord | undefined)[]];
  readonly rows: readonly Row<Reading>[];
}

export interface Status {
  /**
   * Reads cells, temperatures, voltage, current and SOC, all of them in the registers from 0 on.
   * @param name of the request, for messages
   * @throws BmsError `malformed` for what cannot be true (daly-modbus.md 9)
   */
  decodeMeasurements(name: string, data: Buffer): Reading & { cellCount: number };
  /** Reads the rows, the state and the alarms. @param base where register 0 is, or would be, in `data` */
  decodeRest(data: Buffer, base: number, into: Reading): void;
  /** Writes all of it into the registers from 0 on. @returns the pack with what boards work out by themselves: extremes, state */
  encode(pack: Reading, data: Buffer): Reading;
}

/** Bits of cells in a register. */
export const CELLS_PER_WORD = 16;

const MOST_SENSORS = 8;
const SOC_MAX = 1000;
const STATES: readonly BatteryState[] = ['idle', 'charging', 'discharging'];
const cells = list('u16', MILLIVOLT);
const sensors = list('u16', { ...CELSIUS, notAvailable: [NO_SENSOR, NOT_IMPLEMENTED] });
const UNMEASURED = NOT_IMPLEMENTED / 1000;

/** The status of a map. */
export function statusOf(places: Places): Status {
  const { voltage, mostCells } = places;
  const pack = layout<Reading>([
    register(voltage, 'voltage', TENTH),
    register(voltage + 1, 'current', CURRENT),
    register(voltage + 2, 'soc', TENTH),
    register(places.cellCount, 'cellCount'),
  ]);
  const rest = layout<Reading>(places.rows);
  return {
    decodeMeasurements(name, data) {
      const cellCount = data.readUInt16BE(at(places.cellCount));
      if (cellCount === 0 || cellCount > mostCells) throw malformed(name, say`it has ${cellCount} cells`);
      checkPack(name, data, voltage);
      const reading: Reading & { cellCount: number } = { cellCount };
      pack.decode(data, reading);
      const cellVoltages = cells.decode(data, 0, cellCount);
      // A list has no gaps: with a cell that is not measured there is none.
      if (!cellVoltages.includes(UNMEASURED)) reading.cellVoltages = cellVoltages;
      const counted = data.readUInt16BE(at(places.sensorCount));
      // Registers behind those that the board counts hold unrelated numbers (daly-modbus.md 4.1).
      if (counted !== NOT_IMPLEMENTED) {
        reading.temperatures = sensors.decode(data, at(places.sensors), Math.min(counted, MOST_SENSORS));
      }
      return reading;
    },

    decodeRest(data, base, into) {
      rest.decode(data, into, base);
      const state = STATES[data.readUInt16BE(base + at(places.state))];
      if (state !== undefined) into.state = state;
      const alarms = decodeAlarms(data, base, places.alarms);
      if (alarms !== undefined) into.alarms = alarms;
    },

    encode(from, data) {
      const whole = summarise({ ...from });
      data.fill(0, 0, at(mostCells));
      cells.encode(whole.cellVoltages?.slice(0, mostCells) ?? [], data, 0);
      pack.encode({ ...whole, cellCount: whole.cellCount ?? 0 }, data);
      rest.encode({ ...whole, power: Math.abs(whole.power ?? 0) }, data);
      if (whole.state !== undefined) data.writeUInt16BE(STATES.indexOf(whole.state), at(places.state));
      encodeSensors(whole, data, places);
      encodeBalancing(whole, data, places);
      if (whole.alarms !== undefined) encodeAlarms(whole.alarms, data, places.alarms);
      return whole;
    },
  };
}

/** @param first the register of the voltage; current and SOC follow */
function checkPack(name: string, data: Buffer, first: number): void {
  if (data.readUInt16BE(at(first)) === 0) throw malformed(name, say`it has 0 V`);
  if (data.readUInt16BE(at(first + 1)) === 0) throw malformed(name, say`it has no current measurement`);
  const soc = data.readUInt16BE(at(first + 2));
  if (soc > SOC_MAX && soc !== NOT_IMPLEMENTED) throw malformed(name, say`it has a state of charge of ${soc / 10} %`);
}

function encodeSensors({ temperatures }: Reading, data: Buffer, places: Places): void {
  if (temperatures === undefined) return;
  const values = temperatures.slice(0, MOST_SENSORS);
  sensors.encode(values, data, at(places.sensors));
  data.writeUInt16BE(values.length, at(places.sensorCount));
}

function encodeBalancing(
  { balancingCells }: Reading,
  data: Buffer,
  { balancingCells: first, mostCells }: Places,
): void {
  for (let word = 0; word < mostCells / CELLS_PER_WORD && balancingCells !== undefined; word++) {
    const bits = numbersToBits(balancingCells, 1 + CELLS_PER_WORD * word, CELLS_PER_WORD);
    data.writeUInt16BE(bits, at(first + word));
  }
}

/** @returns undefined when the board has none of the registers */
function decodeAlarms(data: Buffer, base: number, [first, bytes]: Places['alarms']): Alarm[] | undefined {
  const alarms: Alarm[] = [];
  let isThere = false;
  for (let index = 0; index < bytes.length; index += 2) {
    const raw = data.readUInt16BE(base + at(first) + index);
    if (raw === NOT_IMPLEMENTED) continue;
    isThere = true;
    bytes[index]?.decode(raw & 0xff, alarms);
    bytes[index + 1]?.decode(raw >> 8, alarms);
  }
  return isThere ? alarms : undefined;
}

/** Writes all registers; alarms that the map has no bit for are left out. */
function encodeAlarms(alarms: readonly Alarm[], data: Buffer, [first, bytes]: Places['alarms']): void {
  for (let index = 0; index < bytes.length; index += 2) {
    const low = bytes[index]?.encode(alarms) ?? 0;
    const high = bytes[index + 1]?.encode(alarms) ?? 0;
    data.writeUInt16BE(((high & 0xff) << 8) | (low & 0xff), at(first) + index);
  }
}
