/*
 * Values that are no plain number on the wire (jk.md 6).
 */

/** From here on a code is below zero: the warmest that can be sent is one less (jk.md 6). */
const TEMPERATURE_SEAM = 100;
const TEMPERATURE_END = 140;
const NO_TEMPERATURE = 0xff;

/** °C: 0 to 99 stand for themselves, 100 to 140 for 0 to -40; null for no sensor, NaN for what cannot be. */
export function temperatureOf(raw: number): number | null {
  if (raw === NO_TEMPERATURE) return null;
  if (raw > TEMPERATURE_END) return Number.NaN;
  return raw < TEMPERATURE_SEAM ? raw : TEMPERATURE_SEAM - raw;
}

/** The raw value of a temperature in °C, cut to what can be sent. */
export function rawTemperature(temperature: number | null): number {
  if (temperature === null) return NO_TEMPERATURE;
  const coldest = TEMPERATURE_SEAM - TEMPERATURE_END;
  const whole = Math.min(TEMPERATURE_SEAM - 1, Math.max(coldest, Math.round(temperature)));
  return whole >= 0 ? whole : TEMPERATURE_SEAM - whole;
}

const CHARGING = 0x8000;
const AMOUNT = 0x7fff;
const OFFSET = 10_000;
const PER_AMPERE = 100;

/** A, positive while charging. @param version of the protocol: 0, and boards without this id, count from an offset */
export function currentOf(raw: number, version = 0): number {
  if (version === 0) return (OFFSET - raw) / PER_AMPERE;
  const amount = (raw & AMOUNT) / PER_AMPERE;
  // Adding 0 turns -0 into 0.
  return (raw & CHARGING) !== 0 ? amount : -amount + 0;
}

/** The protocol version that the simulated board speaks. */
export const VERSION = 1;

/** The raw value of a current in A, in protocol version 1. */
export function rawCurrent(current: number): number {
  const amount = Math.min(AMOUNT, Math.round(Math.abs(current) * PER_AMPERE));
  return current > 0 && amount > 0 ? amount | CHARGING : amount;
}

/** Bytes of a cell: its number, and its voltage in mV. */
const WIDTH = 3;
const MOST_CELLS = Math.floor(0xff / WIDTH);

/** Id 79: the number of bytes that follow, then the cells, numbered from 1 (jk.md 5). */
export const cellList = {
  /** bytes of the whole list, its count included */
  lengthOf: (data: Buffer, at: number): number => 1 + (data[at] ?? 0),

  /** The voltages in the order of the cell numbers, V. */
  decode(data: Buffer, at: number): number[] {
    const voltages: number[] = [];
    const end = at + cellList.lengthOf(data, at);
    let last = 0;
    let isInOrder = true;
    for (let entry = at + 1; entry + WIDTH <= end; entry += WIDTH) {
      const cell = data[entry] ?? 0;
      if (cell < last) isInOrder = false;
      last = cell;
      voltages.push((((data[entry + 1] ?? 0) << 8) | (data[entry + 2] ?? 0)) / 1000);
    }
    return isInOrder ? voltages : inOrder(data, at + 1, voltages);
  },

  /** @param voltages V */
  encode(voltages: readonly number[]): Buffer {
    const cells = voltages.slice(0, MOST_CELLS);
    const data = Buffer.alloc(1 + WIDTH * cells.length);
    data.writeUInt8(data.length - 1, 0);
    cells.forEach((voltage, i) => {
      const millivolts = Math.round(voltage * 1000);
      data.writeUInt8(i + 1, 1 + WIDTH * i);
      data.writeUInt16BE(Math.min(0xffff, Math.max(0, millivolts)), 2 + WIDTH * i);
    });
    return data;
  },
};

/** The voltages in the order of the cells that they belong to. @param at of the first cell */
function inOrder(data: Buffer, at: number, voltages: readonly number[]): number[] {
  const entries = voltages.map((voltage, i) => ({ cell: data[at + WIDTH * i] ?? 0, voltage }));
  return entries.sort((a, b) => a.cell - b.cell).map(({ voltage }) => voltage);
}
