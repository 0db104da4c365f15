import { alarm, unknownAlarm, type Alarm, type AlarmCode, type AlarmLevel } from '../../battery/alarm';

/** What one bit of a status word means: a code and its level. */
export type AlarmBit = readonly [AlarmCode, AlarmLevel];

export interface AlarmWord {
  /** Adds the alarms of the set bits; the same code at the same level is added once. */
  decode(word: number, into: Alarm[]): void;
  /** The word that reports these alarms: the lowest bit of each, none for alarms it cannot say. */
  encode(alarms: readonly Alarm[]): number;
}

/**
 * A status word of up to 32 bits as a table.
 * @param register the word's name, part of the code of a bit that is in no table: `unknown_<register>_<bit>`
 * @param bits bit number -> alarm
 * @param reserved bits that the documentation calls reserved: ignored
 */
export function alarmWord(
  register: string,
  bits: Readonly<Record<number, AlarmBit | Alarm>>,
  reserved: readonly number[] = [],
): AlarmWord {
  const ignored = new Set(reserved);
  const table: (Alarm | undefined)[] = [];
  for (let bit = 0; bit < 32; bit++) {
    if (ignored.has(bit)) table.push(undefined);
    else table.push(toAlarm(bits[bit]) ?? unknownAlarm(register, bit));
  }
  return wordOf(table);
}

/**
 * The same for a word of which all bits are documented.
 * @param bits bit 0 first; those that are undefined or missing are reserved: ignored
 */
export function alarmBits(bits: readonly (AlarmBit | undefined)[]): AlarmWord {
  return wordOf(bits.map(toAlarm));
}

/** @param table bit 0 first; undefined is ignored */
function wordOf(table: readonly (Alarm | undefined)[]): AlarmWord {
  return {
    decode(word, into) {
      for (let rest = word >>> 0, bit = 0; rest !== 0; rest >>>= 1, bit++) {
        const found = table[bit];
        if ((rest & 1) === 1 && found !== undefined && !has(into, found)) into.push({ ...found });
      }
    },
    encode(alarms) {
      let word = 0;
      for (const wanted of alarms) {
        const bit = table.findIndex((entry) => entry?.code === wanted.code && entry.level === wanted.level);
        if (bit >= 0) word |= 1 << bit;
      }
      return word >>> 0;
    },
  };
}

function toAlarm(entry: AlarmBit | Alarm | undefined): Alarm | undefined {
  return entry !== undefined && 'code' in entry ? entry : entry && alarm(...entry);
}

function has(alarms: readonly Alarm[], wanted: Alarm): boolean {
  return alarms.some((entry) => entry.code === wanted.code && entry.level === wanted.level);
}
