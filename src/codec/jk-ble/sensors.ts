import type { Reading } from '../../battery/reading';
import { layout, list, number, type Layout } from '../fields';
import type { Facts } from '../protocol';
import { FACTS } from './facts';

type Temperatures = (number | null)[];

/** -200.0 °C: not connected (jk-ble 6). */
const TEMPERATURE = { per: 10, absent: [-2000] };

const temperatures = list('s16', TEMPERATURE, 'little');

/** The temperatures of one layout: that of the MOSFETs, and the list of those of the battery. */
export interface Sensors {
  decode(record: Buffer, facts: Facts, into: Reading): void;
  encode(pack: Reading, record: Buffer): void;
}

function mosfets(at: number): Layout<Reading> {
  return layout<Reading>([number(at, 's16', 'mosTemperature', TEMPERATURE)], 'little');
}

/** As many places for sensors as there are, the empty ones filled with null. */
function slots(pack: Reading, count: number): Temperatures {
  return Array.from({ length: count }, (_, i) => pack.temperatures?.[i] ?? null);
}

const mosfetsFor24 = mosfets(134);
const LIST_AT_24 = 130;

/** 24S: two sensors; the order of the bits that tell which are present is not proven, so that they are not used. */
export const sensorsFor24: Sensors = {
  decode(record, _facts, into) {
    mosfetsFor24.decode(record, into);
    into.temperatures = temperatures.decode(record, LIST_AT_24, 2);
  },
  encode(pack, record) {
    mosfetsFor24.encode(pack, record);
    temperatures.encode(slots(pack, 2), record, LIST_AT_24);
  },
};

const mosfetsFor32 = mosfets(144);
/** the sensor that some call T3 repeats the one of the MOSFETs and is only written */
const mirror = mosfets(254);
const LIST_AT_32 = 162;
const MORE_AT_32 = 256;
const PRESENT_AT = 214;
/** bits of the byte at 214: 1 = connected */
const MOSFETS_PRESENT = 1 << 0;
const PRESENT = [1 << 1, 1 << 2, 1 << 4, 1 << 5] as const;

/** 32S: two sensors, from software 14 on four (jk-ble 6). */
export const sensorsFor32: Sensors = {
  decode(record, facts, into) {
    const present = record.readUInt8(PRESENT_AT);
    if ((present & MOSFETS_PRESENT) !== 0) mosfetsFor32.decode(record, into);
    const found = temperatures.decode(record, LIST_AT_32, 2);
    if (hasFour(record, facts)) found.push(...temperatures.decode(record, MORE_AT_32, 2));
    into.temperatures = found.map((value, i) => ((present & (PRESENT[i] ?? 0)) !== 0 ? value : null));
  },
  encode(pack, record) {
    mosfetsFor32.encode(pack, record);
    mirror.encode(pack, record);
    const four = slots(pack, PRESENT.length);
    temperatures.encode(four.slice(0, 2), record, LIST_AT_32);
    // Boards with two sensors leave the places of the others zero.
    if ((pack.temperatures?.length ?? 0) > 2) temperatures.encode(four.slice(2), record, MORE_AT_32);
    let present = pack.mosTemperature === undefined ? 0 : MOSFETS_PRESENT;
    four.forEach((value, i) => (present |= value === null ? 0 : (PRESENT[i] ?? 0)));
    record.writeUInt8(present, PRESENT_AT);
  },
};

const FIRST_MAJOR_OF_32S = 11;
const FIRST_MAJOR_WITH_FOUR = 14;

/** Software older than any 32S does not speak of this layout; then, as without a version, the content decides. */
function hasFour(record: Buffer, facts: Facts): boolean {
  const major = facts[FACTS.softwareMajor] ?? 0;
  if (major >= FIRST_MAJOR_WITH_FOUR) return true;
  return major < FIRST_MAJOR_OF_32S && record.readUInt32LE(MORE_AT_32) !== 0;
}
