import type { Reading } from '../../battery/reading';
import { list, number, type Endian } from '../fields';
import type { Facts } from '../protocol';
import { tables } from './block';
import { FACTS } from './facts';

type Temperatures = (number | null)[];

/** °C that stand for a sensor that is not connected (jk-modbus 5). */
const NOT_CONNECTED = -200;
const TEMPERATURE = { per: 10, absent: [10 * NOT_CONNECTED] };

const LIST_AT = 0x9c;
const PRESENT_AT = 0xd0;
const MORE_AT = 0xfa;
const MORE_END = 0xfe;

/** bits of the byte at d0: 1 = connected */
const MOSFETS_PRESENT = 1 << 0;
const PRESENT = [1 << 1, 1 << 2, 1 << 4, 1 << 5] as const;

const FIRST_MAJOR_WITH_TWO = 11;
const FIRST_MAJOR_WITH_FOUR = 14;

const mosfets = tables<Reading>([number(0x8a, 's16', 'mosTemperature', TEMPERATURE)]);
/** the third sensor, which repeats the one of the MOSFETs, is only written (jk-modbus 5) */
const mirror = tables<Reading>([number(0xf8, 's16', 'mosTemperature', TEMPERATURE)]);
const temperatures = { big: list('s16', TEMPERATURE, 'big'), little: list('s16', TEMPERATURE, 'little') };

/**
 * The temperatures of block 1200. When it was read only in part, the list has the first two sensors.
 * @returns the facts that `decodeMore` needs
 */
export function decodeSensors(data: Buffer, endian: Endian, facts: Facts, into: Reading): Facts {
  const present = data.readUInt8(PRESENT_AT);
  if ((present & MOSFETS_PRESENT) !== 0) mosfets[endian].decode(data, into);
  const found: Temperatures = temperatures[endian].decode(data, LIST_AT, 2);
  if (data.length >= MORE_END) found.push(...moreOf(data, MORE_AT, endian, facts));
  into.temperatures = connected(found, present);
  const [first = null, second = null] = found;
  return {
    [FACTS.first]: first ?? NOT_CONNECTED,
    [FACTS.second]: second ?? NOT_CONNECTED,
    [FACTS.present]: present,
  };
}

/** The whole list from an answer that has the rest of block 1200. @param at of the fourth sensor */
export function decodeMore(data: Buffer, at: number, endian: Endian, facts: Facts): Temperatures {
  const near = [facts[FACTS.first], facts[FACTS.second]].map((value = NOT_CONNECTED) =>
    value === NOT_CONNECTED ? null : value,
  );
  return connected([...near, ...moreOf(data, at, endian, facts)], facts[FACTS.present] ?? 0);
}

/**
 * The fourth and fifth sensor, which boards have from software 14 on. Without a version, or with one that this
 * protocol does not have, the content decides (jk-ble 6).
 */
function moreOf(data: Buffer, at: number, endian: Endian, facts: Facts): Temperatures {
  const major = facts[FACTS.softwareMajor] ?? 0;
  if (major >= FIRST_MAJOR_WITH_TWO && major < FIRST_MAJOR_WITH_FOUR) return [];
  if (major < FIRST_MAJOR_WITH_TWO && data.readUInt32BE(at) === 0) return [];
  return temperatures[endian].decode(data, at, 2);
}

function connected(found: Temperatures, present: number): Temperatures {
  return found.map((value, i) => ((present & (PRESENT[i] ?? 0)) !== 0 ? value : null));
}

/** Writes the temperatures of a pack; places without a sensor are marked as such. */
export function encodeSensors(pack: Reading, data: Buffer, endian: Endian): void {
  mosfets[endian].encode(pack, data);
  mirror[endian].encode(pack, data);
  const four = PRESENT.map((_, i) => pack.temperatures?.[i] ?? null);
  temperatures[endian].encode(four.slice(0, 2), data, LIST_AT);
  // Boards with two sensors leave the places of the others zero.
  if ((pack.temperatures?.length ?? 0) > 2) temperatures[endian].encode(four.slice(2), data, MORE_AT);
  let present = pack.mosTemperature === undefined ? 0 : MOSFETS_PRESENT;
  four.forEach((value, i) => (present |= value === null ? 0 : (PRESENT[i] ?? 0)));
  data.writeUInt8(present, PRESENT_AT);
}
