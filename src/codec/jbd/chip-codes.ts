import { say } from '../../battery/sentence';
import type { SettingKey } from '../../battery/settings/vocabulary';
import { badSetting, blockOf, checkSetting, parametersOf, rounded, type ParameterTerms } from '../kit/parameters';
import { flag, number } from '../kit/row';
import type { Parameter, SettingsImage } from '../parameter';

/*
 * Registers 38 and 39, the protections of the measuring chip: codes, which stand for voltages across the shunt and for times
 * (jbd.md 7.3, settings-jbd.md 4).
 */

/** Register that tells the measuring chip (jbd.md 4). */
export const CHIP_TYPE = '00';
/** The shunt, by which voltages across it become currents. */
const SHUNT = '2c';

const SHORT_CIRCUIT = '38';
const HARDWARE_DELAYS = '39';

/** Its codes are those of the BQ769x0; boards that do not tell their chip have it. */
const USUAL_CHIP = 0;

/** The number of the measuring chip. @returns undefined for one whose codes are not known */
export function chipOf(image: SettingsImage): ChipType | undefined {
  const number = image.get(CHIP_TYPE)?.[1] ?? USUAL_CHIP;
  return isKnown(number) ? number : undefined;
}

/** A code in some bits of a register. */
interface CodeField {
  readonly block: string;
  readonly key: SettingKey;
  /** its byte, the lowest of its bits, and how many they are */
  readonly at: 0 | 1;
  readonly bit: number;
  readonly width: number;
  /** what the codes stand for, from 0, in the unit of the key */
  readonly values: readonly number[];
}

const MICRO = 1e-6;
const MILLI = 1e-3;

const times = (scale: number, values: readonly number[]): number[] => values.map((value) => rounded(value * scale));

/** What 16 codes stand for, where it rises evenly. */
const rising = (first: number, step: number): number[] => Array.from({ length: 16 }, (_, code) => first + step * code);

const USUAL_FIELDS: readonly CodeField[] = [
  {
    ...{ block: SHORT_CIRCUIT, key: 'jbdShortCircuitThreshold', at: 0, bit: 0, width: 3 },
    values: times(MILLI, [22, 33, 44, 56, 67, 78, 89, 100]),
  },
  {
    ...{ block: SHORT_CIRCUIT, key: 'shortCircuitDelay', at: 0, bit: 3, width: 2 },
    values: times(MICRO, [70, 100, 200, 400]),
  },
  {
    ...{ block: SHORT_CIRCUIT, key: 'jbdDischargeOvercurrent2Threshold', at: 1, bit: 0, width: 4 },
    values: times(MILLI, [8, 11, 14, 17, 19, 22, 25, 28, 31, 33, 36, 39, 42, 44, 47, 50]),
  },
  {
    ...{ block: SHORT_CIRCUIT, key: 'dischargeOvercurrent2Delay', at: 1, bit: 4, width: 3 },
    values: times(MILLI, [8, 20, 40, 80, 160, 320, 640, 1280]),
  },
  {
    ...{ block: HARDWARE_DELAYS, key: 'hardwareCellUndervoltageDelay', at: 0, bit: 6, width: 2 },
    values: [1, 4, 8, 16],
  },
  { ...{ block: HARDWARE_DELAYS, key: 'hardwareCellOvervoltageDelay', at: 0, bit: 4, width: 2 }, values: [1, 2, 4, 8] },
];

/** What the codes of another chip stand for: thresholds in mV, the delay of a short circuit in µs, the other in ms. */
interface NibbleCodes {
  readonly shortCircuit: readonly number[];
  readonly shortCircuitDelay: readonly number[];
  readonly overcurrent: readonly number[];
  readonly overcurrentDelay: readonly number[];
}

/** In other chips each byte is a threshold in its upper four bits and a delay in its lower four. */
function nibbleFields(codes: NibbleCodes): readonly CodeField[] {
  const upper = { block: SHORT_CIRCUIT, bit: 4, width: 4 };
  const lower = { block: SHORT_CIRCUIT, bit: 0, width: 4 };
  const fields: readonly CodeField[] = [
    { ...upper, key: 'jbdShortCircuitThreshold', at: 0, values: times(MILLI, codes.shortCircuit) },
    { ...lower, key: 'shortCircuitDelay', at: 0, values: times(MICRO, codes.shortCircuitDelay) },
    { ...upper, key: 'jbdDischargeOvercurrent2Threshold', at: 1, values: times(MILLI, codes.overcurrent) },
    { ...lower, key: 'dischargeOvercurrent2Delay', at: 1, values: times(MILLI, codes.overcurrentDelay) },
  ];
  return fields.filter(({ values }) => values.length > 0);
}

const FIELDS = {
  [USUAL_CHIP]: USUAL_FIELDS,
  1: nibbleFields({
    shortCircuit: rising(20, 20),
    shortCircuitDelay: rising(62.5, 62.5),
    overcurrent: rising(5, 10),
    // The document has none of it.
    overcurrentDelay: [],
  }),
  2: nibbleFields({
    shortCircuit: rising(20, 40),
    shortCircuitDelay: rising(31.25, 62.5),
    overcurrent: rising(10, 20),
    overcurrentDelay: rising(10, 20),
  }),
  3: nibbleFields({
    shortCircuit: [50, 80, 110, 140, 170, 200, 230, 260, 290, 320, 350, 400, 500, 600, 800, 1000],
    shortCircuitDelay: rising(0, 64),
    overcurrent: [20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 140, 160, 180, 200],
    overcurrentDelay: [
      ...[50, 100, 200, 400, 600, 800, 1000, 2000],
      ...[4000, 6000, 8000, 10_000, 15_000, 20_000, 30_000, 40_000],
    ],
  }),
  5: nibbleFields({
    shortCircuit: [19, 30, 41, 53, 64, 75, 87, 98, 110, 120, 132, 143, 155, 166, 177, 190],
    shortCircuitDelay: [560, 800, 1600, 3200],
    overcurrent: [4, 10, 16, 21, 28, 33, 38, 44, 50, 55, 61, 67, 73, 78, 84, 90],
    overcurrentDelay: [32, 80, 160, 320, 640, 1280, 2560, 5120],
  }),
  6: nibbleFields({
    shortCircuit: rising(40, 40),
    shortCircuitDelay: rising(62.5, 62.5),
    overcurrent: rising(10, 10),
    overcurrentDelay: rising(2, 2),
  }),
} satisfies Record<number, readonly CodeField[]>;

/** A measuring chip whose codes are known. */
export type ChipType = keyof typeof FIELDS;

function isKnown(number: number): number is ChipType {
  return number in FIELDS;
}

/** The currents that are the voltages across the shunt, by the key of each voltage. */
const CURRENTS: ReadonlyMap<SettingKey, SettingKey> = new Map([
  ['jbdShortCircuitThreshold', 'shortCircuitProtection'],
  ['jbdDischargeOvercurrent2Threshold', 'dischargeOvercurrent2Protection'],
]);

/** Only what the usual chip holds is written (settings-jbd.md 4). */
const USUAL_TERMS: ParameterTerms = { access: 'experimental', confidence: 'D C M H' };
const OTHER_TERMS: ParameterTerms = { access: 'read', confidence: 'D' };

/**
 * The parameters of registers 38 and 39. The doubling of the thresholds comes first and the thresholds come last: where several
 * of a document are written one after the other into a register, it is the exact ones that stand (settings-jbd.md 4).
 * @param chip undefined for one whose codes are not known: they can only be kept as they are
 * @param ohms the shunt's least step
 */
export function codedParameters(chip: ChipType | undefined, ohms: number): Parameter[] {
  if (chip === undefined) return [];
  const terms = chip === USUAL_CHIP ? USUAL_TERMS : OTHER_TERMS;
  const coded = FIELDS[chip].map((field) => codedParameter(field, terms));
  const doubled = chip === USUAL_CHIP ? usualFlag : undefined;
  const currents = FIELDS[chip].flatMap((field) => {
    const key = CURRENTS.get(field.key);
    return key === undefined ? [] : [currentParameter(key, field, terms, doubled, ohms)];
  });
  return [...(doubled ? [doubled, recoveryDelay] : []), ...currents, ...coded];
}

const [usualFlag, recoveryDelay] = [
  parametersOf(SHORT_CIRCUIT, 'big', USUAL_TERMS, [[flag(0, 7, 'jbdThresholdsDoubled'), {}]]),
  parametersOf(HARDWARE_DELAYS, 'big', USUAL_TERMS, [[number(1, 'u8', 'shortCircuitRecoveryDelay'), {}]]),
].flat() as [Parameter, Parameter];

function codeIn({ at, bit, width }: CodeField, data: Buffer): number {
  return ((data[at] ?? 0) >> bit) & ((1 << width) - 1);
}

/** The block with another code in it. */
function withCode({ at, bit, width }: CodeField, data: Buffer, code: number): Buffer {
  const changed = Buffer.from(data);
  const mask = ((1 << width) - 1) << bit;
  changed[at] = ((changed[at] ?? 0) & ~mask) | (code << bit);
  return changed;
}

function codedParameter(field: CodeField, terms: ParameterTerms): Parameter {
  const { block, key, values } = field;
  return {
    ...{ key, block, register: block, ...terms, range: [Math.min(...values), Math.max(...values)] },
    decode(image) {
      const data = image.get(block);
      return data === undefined ? undefined : values[codeIn(field, data)];
    },
    encode(value, image) {
      const data = blockOf(image, block, key);
      checkSetting(key, value, [Math.min(...values), Math.max(...values)]);
      return withCode(field, data, nearestCode(values, Number(value)));
    },
  };
}

function nearestCode(values: readonly number[], wanted: number): number {
  const distances = values.map((value) => Math.abs(value - wanted));
  return distances.indexOf(Math.min(...distances));
}

/**
 * A threshold as a current, to 1 A. Of the codes that there are, the one that is written never stands for more than what was
 * asked for (settings-jbd.md 4); whether the thresholds are doubled stays as it is, since that counts for both.
 */
function currentParameter(
  key: SettingKey,
  field: CodeField,
  terms: ParameterTerms,
  doubled: Parameter | undefined,
  ohmsPerStep: number,
): Parameter {
  const { block, values } = field;
  const currentsIn = (image: SettingsImage): readonly number[] | undefined => {
    const ohms = (image.get(SHUNT)?.readUInt16BE(0) ?? 0) * ohmsPerStep;
    const factor = doubled?.decode(image) === true ? 2 : 1;
    return ohms === 0 ? undefined : values.map((volts) => Math.round((volts * factor) / ohms));
  };
  return {
    ...{ key, block, register: block, ...terms },
    decode(image) {
      const data = image.get(block);
      return data === undefined ? undefined : currentsIn(image)?.[codeIn(field, data)];
    },
    encode(value, image) {
      const data = blockOf(image, block, key);
      const currents = currentsIn(image);
      if (currents === undefined) throw badSetting(key, value, say`the board has no resistance of its shunt set`);
      checkSetting(key, value, [Math.min(...currents), Math.max(...currents)]);
      return withCode(
        field,
        data,
        currents.findLastIndex((current) => current <= Number(value)),
      );
    },
  };
}
