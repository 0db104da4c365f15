import type { SettingKey } from '../../battery/settings/vocabulary';
import { blockOf, checkSetting, rounded, type ParameterTerms } from '../kit/parameters';
import type { Parameter } from '../parameter';

/** Raw number of 0 A. */
const ZERO = 30_000;
const STEPS_PER_AMPERE = 10;
const RANGE = [0, ZERO / STEPS_PER_AMPERE] as const;

/** Where a limit stands, and in which direction boards count it. */
export interface CurrentLimitPlace {
  readonly block: string;
  /** offset of its two bytes, the higher one first */
  readonly at: number;
  /** on most boards: -1 down from 30000, 1 up */
  readonly usual: 1 | -1;
  /** the raw number of a board that has no such limit */
  readonly none?: number;
}

/**
 * A limit of the current. Most boards count charging down from 30000 and discharging up, but not all of them, and not all limits
 * of one board alike: the direction in which it was read is kept (daly.md 7, settings-daly-modbus.md 1).
 */
export function currentLimit(key: SettingKey, place: CurrentLimitPlace, terms: ParameterTerms): Parameter {
  const { block, at, usual, none } = place;
  return {
    ...{ key, block, register: block, range: RANGE, ...terms },
    decode(image) {
      const data = image.get(block);
      if (data === undefined || at + 2 > data.length) return undefined;
      const raw = data.readUInt16BE(at);
      return raw === none ? undefined : rounded(Math.abs(raw - ZERO) / STEPS_PER_AMPERE);
    },
    encode(value, image) {
      const data = Buffer.from(blockOf(image, block, key));
      checkSetting(key, value, RANGE);
      const raw = data.readUInt16BE(at);
      const direction = raw === none ? usual : Math.sign(raw - ZERO) || usual;
      data.writeUInt16BE(ZERO + direction * Math.round(Number(value) * STEPS_PER_AMPERE), at);
      return data;
    },
  };
}
