import type { BooleanKey, NumberKey, Reading } from '../../battery/reading';
import { dateFromBytes, dateToBytes } from '../kit/date';
import { number, onOff, type Row } from '../kit/fields';

/*
 * Rows that both maps of registers have. All offsets count from register 0: a response that begins later is decoded from base
 * `-at(start)`.
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
export const CURRENT = { divisor: 10, offset: 30000 };
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
