import { say } from '../../battery/sentence';
import type { SettingValue } from '../../battery/settings/vocabulary';
import { badSetting, blockOf, checkSetting } from '../kit/parameters';
import { rawReader, rawWriter, type Endian } from '../kit/raw';
import type { Parameter } from '../parameter';

/** Bits of the register: sensors 1 to 4 (settings-ant.md 2, settings-ant-legacy.md 1). */
const SENSORS = [1, 2, 3, 4] as const;
const NOT_THERE = 0xffff;

const KEY = 'temperatureSensorsUsed';

/** Where the register stands, and how it may be written. */
type Place = Pick<Parameter, 'block' | 'register' | 'access' | 'confidence'> & {
  readonly at: number;
  readonly order: Endian;
};

/**
 * Which temperature sensors the board uses, in both protocols of ANT. The register is inverted: a bit that is set masks its
 * sensor. What its other bits are is not known; they stay as they are.
 */
export function sensorsParameter({ at, order, ...terms }: Place): Parameter {
  const read = rawReader('u16', order);
  const write = rawWriter('u16', order);
  const bitOf = (sensor: number): number => 1 << (sensor - 1);
  return {
    ...terms,
    key: KEY,
    decode(image) {
      const data = image.get(terms.block);
      const mask = data === undefined || at + 2 > data.length ? NOT_THERE : read(data, at);
      return mask === NOT_THERE ? undefined : SENSORS.filter((sensor) => (mask & bitOf(sensor)) === 0);
    },
    encode(value, image) {
      const data = Buffer.from(blockOf(image, terms.block, KEY));
      const used = new Set(sensorNumbers(value));
      const others = read(data, at) & ~0b1111;
      write(
        data,
        at,
        SENSORS.reduce((mask, sensor) => (used.has(sensor) ? mask : mask | bitOf(sensor)), others),
      );
      return data;
    },
  };
}

function sensorNumbers(value: SettingValue): readonly number[] {
  checkSetting(KEY, value);
  const numbers = value as readonly number[];
  if (numbers.every((sensor) => sensor >= 1 && sensor <= SENSORS.length)) return numbers;
  throw badSetting(KEY, value, say`the board has sensors 1 to ${SENSORS.length}`);
}
