import type { Reading } from '../../battery/reading';
import { list, number, writeOnly, type Endian } from '../kit/fields';
import { FIRST_MAJOR_OF_32S, type SoftwareMemory } from './device-info';
import { inBothOrders, tables } from './tables';
import { inData } from './wire';

export type Temperatures = (number | null)[];

/** -200.0 °C stand for a sensor that is not connected (jk-ble.md 6, jk-modbus.md 5). */
const TEMPERATURE = { divisor: 10, notAvailable: [-2000] };

const temperatures = inBothOrders((endian) => list('s16', TEMPERATURE, endian));

/** The temperatures of one layout of the cell record: that of the MOSFETs, and the list of those of the battery. */
export interface Sensors {
  /** @param data of the record; without its end the list has the first two sensors only */
  decode(data: Buffer, endian: Endian, memory: SoftwareMemory, into: Reading): void;
  /** Places without a sensor are marked as such. */
  encode(pack: Reading, data: Buffer, endian: Endian): void;
}

/** As many places for sensors as there are, the empty ones filled with null. */
function places(pack: Reading, count: number): Temperatures {
  return Array.from({ length: count }, (_, i) => pack.temperatures?.[i] ?? null);
}

const mosfetsFor24 = tables<Reading>([number(134, 's16', 'mosTemperature', TEMPERATURE)]);
const LIST_AT_24 = inData(130);

/** 24S: two sensors; the order of the bits that tell which are present is not proven, so that they are not used. */
export const sensorsFor24: Sensors = {
  decode(data, endian, _memory, into) {
    mosfetsFor24[endian].decode(data, into);
    into.temperatures = temperatures[endian].decode(data, LIST_AT_24, 2);
  },
  encode(pack, data, endian) {
    mosfetsFor24[endian].encode(pack, data);
    temperatures[endian].encode(places(pack, 2), data, LIST_AT_24);
  },
};

const mosfetsFor32 = tables<Reading>([
  number(144, 's16', 'mosTemperature', TEMPERATURE),
  // The third sensor repeats that of the MOSFETs.
  writeOnly(number(254, 's16', 'mosTemperature', TEMPERATURE)),
]);
const LIST_AT_32 = inData(162);
/** where the fourth sensor stands in the data, the fifth behind it */
export const MORE_AT = inData(256);
const MORE_END = MORE_AT + 4;
const PRESENT_AT = inData(214);

/** bits of the byte at 214: 1 = connected */
const MOSFETS_PRESENT = 1 << 0;
const PRESENT = [1 << 1, 1 << 2, 1 << 4, 1 << 5] as const;

/** 32S: two sensors, from software 14 on four. */
export const sensorsFor32: Sensors = {
  decode(data, endian, memory, into) {
    const present = presentIn(data);
    if ((present & MOSFETS_PRESENT) !== 0) mosfetsFor32[endian].decode(data, into);
    const found = temperatures[endian].decode(data, LIST_AT_32, 2);
    const more = data.length >= MORE_END ? moreSensors(data, MORE_AT, endian, memory) : [];
    into.temperatures = connected(more.length === 0 ? found : [...found, ...more], present);
  },
  encode(pack, data, endian) {
    mosfetsFor32[endian].encode(pack, data);
    const four = places(pack, PRESENT.length);
    temperatures[endian].encode(four.slice(0, 2), data, LIST_AT_32);
    // Boards with two sensors leave the places of the others zero.
    if ((pack.temperatures?.length ?? 0) > 2) temperatures[endian].encode(four.slice(2), data, MORE_AT);
    let present = pack.mosTemperature === undefined ? 0 : MOSFETS_PRESENT;
    four.forEach((value, i) => (present |= value === null ? 0 : (PRESENT[i] ?? 0)));
    data.writeUInt8(present, PRESENT_AT);
  },
};

/** The byte of a 32S record that says which sensors are connected, for `connected`. */
export function presentIn(data: Buffer): number {
  return data.readUInt8(PRESENT_AT);
}

/** The list with null for each sensor that is not connected. @param present the byte that says so */
export function connected(found: Temperatures, present: number): Temperatures {
  const known: Temperatures = [];
  for (const value of found) known.push((present & (PRESENT[known.length] ?? 0)) !== 0 ? value : null);
  return known;
}

const FIRST_MAJOR_WITH_FOUR = 14;

/**
 * The fourth and fifth sensor, which boards have from software 14 on. A version older than any 32S does not belong to this
 * layout; then, as without a version, the content decides (jk-ble.md 6).
 * @param at of the fourth
 */
export function moreSensors(data: Buffer, at: number, endian: Endian, memory: SoftwareMemory): Temperatures {
  const major = memory.softwareMajor ?? 0;
  const hasThem = major < FIRST_MAJOR_OF_32S ? data.readUInt32BE(at) !== 0 : major >= FIRST_MAJOR_WITH_FOUR;
  return hasThem ? temperatures[endian].decode(data, at, 2) : [];
}
