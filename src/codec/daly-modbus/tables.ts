import type { Alarm } from '../../battery/alarm';
import type { BatteryState, BooleanKey, NumberKey, Reading } from '../../battery/reading';
import { say } from '../../battery/sentence';
import type { AlarmWord } from '../kit/alarm-bits';
import { dateFromBytes, dateToBytes } from '../kit/date';
import { layout, list, number, numbersToBits, onOff, type Row } from '../kit/fields';
import { malformed } from '../kit/malformed';

/*
 * What both maps of registers have, in other places. All offsets count from register 0: a response that begins later is
 * decoded from base `-at(start)`.
 */

/** A register that the board does not have (daly-modbus.md 3). */
export const NOT_IMPLEMENTED = 0xffff;
/** A sensor that is not connected (daly-modbus.md 3). */
export const NO_SENSOR = 0x00ff;

/** The offset of a register in bytes. */
export function at(register: number): number {
  return 2 * register;
}

interface Scale {
  divisor?: number;
  offset?: number;
  notAvailable?: readonly number[];
}

export const TENTH = { divisor: 10 };
export const MILLIVOLT = { divisor: 1000 };
export const CELSIUS = { offset: 40 };
/** raw 30000 is no current; more is charging, the reverse of classic Daly boards (daly-modbus.md 12) */
const CURRENT = { divisor: 10, offset: 30000 };
/** 0 is as good as no value (daly-modbus.md 4.1, 5.1) */
export const BALANCE_CURRENT = { divisor: 1000, offset: 30000, notAvailable: [0] };

/** A row for a whole register; ffff is no value, and is written for a value that is missing. */
export function register(address: number, key: NumberKey, { notAvailable = [], ...scale }: Scale = {}): Row<Reading> {
  return number<Reading>(at(address), 'u16', key, { ...scale, notAvailable: [NOT_IMPLEMENTED, ...notAvailable] });
}

/** A row for a whole register that is a switch. */
export function switchRegister(address: number, key: BooleanKey): Row<Reading> {
  return onOff<Reading>(at(address), 'u16', key);
}

/** Where a map has the values of the pack. */
interface Places {
  /** the cells begin at register 0 */
  readonly mostCells: number;
  readonly cellCount: number;
  /** the first of them */
  readonly sensors: number;
  readonly sensorCount: number;
  /** current and SOC follow */
  readonly voltage: number;
}

const MOST_SENSORS = 8;
const SOC_MAX = 1000;
const cells = list('u16', MILLIVOLT);
const sensors = list('u16', { ...CELSIUS, notAvailable: [NO_SENSOR, NOT_IMPLEMENTED] });
const UNMEASURED = NOT_IMPLEMENTED / 1000;

/** Cells, temperatures, voltage, current and SOC. */
export interface Measurements {
  /** @throws BmsError `malformed` for what cannot be true (daly-modbus.md 9) */
  decode(name: string, data: Buffer): Reading & { cellCount: number };
  /** Slots without a cell are 0, as on boards. */
  encode(pack: Reading, data: Buffer): void;
}

/** The measurements of a map. */
export function measurements(places: Places): Measurements {
  const { voltage, cellCount: countAt, mostCells } = places;
  const pack = layout<Reading>([
    register(voltage, 'voltage', TENTH),
    register(voltage + 1, 'current', CURRENT),
    register(voltage + 2, 'soc', TENTH),
    register(countAt, 'cellCount'),
  ]);
  return {
    decode(name, data) {
      const cellCount = data.readUInt16BE(at(countAt));
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
    encode(from, data) {
      data.fill(0, 0, at(mostCells));
      cells.encode(from.cellVoltages?.slice(0, mostCells) ?? [], data, 0);
      pack.encode({ ...from, cellCount: from.cellCount ?? 0 }, data);
      const temperatures = from.temperatures?.slice(0, MOST_SENSORS);
      if (temperatures === undefined) return;
      sensors.encode(temperatures, data, at(places.sensors));
      data.writeUInt16BE(temperatures.length, at(places.sensorCount));
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

const STATES: readonly BatteryState[] = ['idle', 'charging', 'discharging'];

/** Reads the state of the pack; raw values without a meaning are none. @param offset of its register in `data` */
export function decodeState(data: Buffer, offset: number, into: Reading): void {
  const state = STATES[data.readUInt16BE(offset)];
  if (state !== undefined) into.state = state;
}

export function encodeState({ state }: Reading, data: Buffer, offset: number): void {
  if (state !== undefined) data.writeUInt16BE(STATES.indexOf(state), offset);
}

/** Bits of cells in a register. */
export const CELLS_PER_WORD = 16;

/** Writes a bit for each cell that balances. @param first the first of so many registers, from cell 1 on */
export function encodeBalancing({ balancingCells }: Reading, data: Buffer, first: number, words: number): void {
  for (let word = 0; word < words && balancingCells !== undefined; word++) {
    const bits = numbersToBits(balancingCells, 1 + CELLS_PER_WORD * word, CELLS_PER_WORD);
    data.writeUInt16BE(bits, at(first + word));
  }
}

/** Alarms in registers, two bytes each. */
export interface AlarmRegisters {
  /** @param base where register 0 is, or would be, in `data`. @returns undefined when the board has none of the registers */
  decode(data: Buffer, base: number): Alarm[] | undefined;
  /** Writes all registers; alarms that the map has no bit for are left out. */
  encode(alarms: readonly Alarm[], data: Buffer): void;
}

/** @param first register; @param bytes in the order of the vendor: the first one is in the lower half of its register */
export function alarmRegisters(first: number, bytes: readonly (AlarmWord | undefined)[]): AlarmRegisters {
  const registers = Math.ceil(bytes.length / 2);
  return {
    decode(data, base) {
      const alarms: Alarm[] = [];
      let isThere = false;
      for (let index = 0; index < registers; index++) {
        const raw = data.readUInt16BE(base + at(first + index));
        if (raw === NOT_IMPLEMENTED) continue;
        isThere = true;
        bytes[2 * index]?.decode(raw & 0xff, alarms);
        bytes[2 * index + 1]?.decode(raw >> 8, alarms);
      }
      return isThere ? alarms : undefined;
    },
    encode(alarms, data) {
      for (let index = 0; index < registers; index++) {
        const low = bytes[2 * index]?.encode(alarms) ?? 0;
        const high = bytes[2 * index + 1]?.encode(alarms) ?? 0;
        data.writeUInt16BE(((high & 0xff) << 8) | (low & 0xff), at(first + index));
      }
    },
  };
}

/** A production date, or nothing: a year of 0 or ff was never set (daly-modbus.md 4.2). @param offset of its register in `data` */
export function decodeDate(data: Buffer, offset: number): Reading {
  const year = data.readUInt8(offset);
  const manufactureDate = year === 0 || year === 0xff ? undefined : dateFromBytes(data, offset);
  return manufactureDate === undefined ? {} : { manufactureDate };
}

/** Writes a production date; for none, or a year that does not fit, the registers stay as they are. */
export function encodeDate({ manufactureDate }: Reading, data: Buffer, offset: number): void {
  const [year, month, day] = dateToBytes(manufactureDate);
  if (year !== 0 && year !== 0xff) data.set([year, month, day, 0], offset);
}
