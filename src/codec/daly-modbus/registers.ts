import type { BatteryState, BooleanKey, NumberKey, Reading } from '../../battery/reading';
import { list, number, onOff, type Row } from '../kit/fields';

/** A register that the board does not have (daly-modbus.md 3). */
export const NOT_IMPLEMENTED = 0xffff;

/** The offset of a register, counted from register 0; an answer that begins later is read from base `-at(start)`. */
export function at(register: number): number {
  return 2 * register;
}

/** Registers that the board does not have, until something is written to them. */
export function emptyRegisters(count: number): Buffer {
  return Buffer.alloc(at(count), 0xff);
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
export const CURRENT = { divisor: 10, offset: 30000 };
/** 0 is as good as no value (daly-modbus.md 4.1, 5.1) */
export const BALANCE_CURRENT = { divisor: 1000, offset: 30000, notAvailable: [0] };

/** A sensor that is not connected (daly-modbus.md 3). */
export const NO_SENSOR = 0x00ff;

/** A row for a whole register; ffff is no value, and is written for a value that is missing. */
export function register(address: number, key: NumberKey, { notAvailable = [], ...scale }: Scale = {}): Row<Reading> {
  return number<Reading>(at(address), 'u16', key, { ...scale, notAvailable: [NOT_IMPLEMENTED, ...notAvailable] });
}

/** A row for a whole register that is a switch. */
export function switchRegister(address: number, key: BooleanKey): Row<Reading> {
  return onOff<Reading>(at(address), 'u16', key);
}

const STATES: readonly BatteryState[] = ['idle', 'charging', 'discharging'];

/** The state of a raw value; undefined for one that has no meaning. */
export function stateOf(raw: number): BatteryState | undefined {
  return STATES[raw];
}

/** The raw value of a state. */
export function stateCode(state: BatteryState): number {
  return STATES.indexOf(state);
}

const cells = list('u16', MILLIVOLT);
const sensors = list('u16', { ...CELSIUS, notAvailable: [NO_SENSOR, NOT_IMPLEMENTED] });
const UNMEASURED = NOT_IMPLEMENTED / 1000;

/** The first `count` cells, V; undefined when one of them is not measured at all, since a list has no gaps. */
export function decodeCells(data: Buffer, count: number): number[] | undefined {
  const voltages = cells.decode(data, 0, count);
  return voltages.includes(UNMEASURED) ? undefined : voltages;
}

/** Writes so many cells; the others of the block are 0, as on boards. */
export function encodeCells(voltages: readonly number[], data: Buffer, slots: number): void {
  data.fill(0, 0, at(slots));
  cells.encode(voltages.slice(0, slots), data, 0);
}

/**
 * The temperatures that the board counts. What lies behind them are unrelated numbers (daly-modbus.md 4.1).
 * @param counted the number that the board tells; undefined is returned when it tells none
 */
export function decodeTemperatures(
  data: Buffer,
  first: number,
  slots: number,
  counted: number,
): (number | null)[] | undefined {
  if (counted === NOT_IMPLEMENTED) return undefined;
  return sensors.decode(data, at(first), Math.min(counted, slots));
}

/** Writes the temperatures and, at `countAt`, how many they are. */
export function encodeTemperatures(
  temperatures: readonly (number | null)[],
  data: Buffer,
  first: number,
  slots: number,
  countAt: number,
): void {
  const values = temperatures.slice(0, slots);
  sensors.encode(values, data, at(first));
  data.writeUInt16BE(values.length, at(countAt));
}
