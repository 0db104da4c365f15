import type { AlarmLevel } from './alarm';
import { cellPlace } from './bank/cell-place';
import type { BankReading } from './bank/reading';
import { QUANTITIES, type QuantityKey } from './quantities';
import { readBack, say, Sentence, verbatim, type SentenceValue } from './sentence';

export const OPERATORS = ['<', '>'] as const;

export type Operator = (typeof OPERATORS)[number];

/** A value of a reading that is strictly below, or above, a limit. */
export interface Condition {
  field: QuantityKey;
  operator: Operator;
  /** in the unit of the field */
  limit: number;
}

/** When a value of a reading is an alarm. Of a list, every cell or sensor is judged on its own. */
export interface Rule extends Condition {
  code: string;
  /** cleared at this value, and beyond it on the good side; the limit itself, or on its good side */
  clear: number;
  /** how long the readings must show it before it is raised, s */
  hold: number;
  level: AlarmLevel;
  /** one plain sentence; '' = one is made from the rule */
  message: string;
  /** the rule counts only while a second, single value is so; absent: always */
  onlyWhile?: Condition;
}

/** A value that a rule judges, and the cell or sensor that it belongs to. */
export interface Sample {
  value: number;
  /** cell number, from 1; in the whole of a bank */
  cell?: number;
  /** of a bank: the pack that the cell belongs to */
  pack?: string;
  /** number of the cell in that pack, from 1 */
  packCell?: number;
  /** sensor number, from 1 */
  sensor?: number;
}

/** What makes a rule the same rule when its figures are changed. */
export function ruleId({ code, field, operator }: Pick<Rule, 'code' | 'field' | 'operator'>): string {
  return JSON.stringify([code, field, operator]);
}

/**
 * The cell or sensor that a rule judges on its own; undefined where it judges a single value. That of a bank goes by its pack:
 * the numbers in the bank change when a pack is taken out.
 */
export function placeIn({ field }: Pick<Rule, 'field'>, sample: Omit<Sample, 'value'>): number | string | undefined {
  if (QUANTITIES[field].each === undefined) return undefined;
  const { cell, sensor, pack, packCell } = sample;
  return pack === undefined ? (cell ?? sensor) : `${packCell} ${pack}`;
}

/** Whether the value calls for the alarm, or meets the condition. */
export function isBeyondLimit({ operator, limit }: Pick<Condition, 'operator' | 'limit'>, value: number): boolean {
  return operator === '<' ? value < limit : value > limit;
}

/** Whether a rule counts at a reading; undefined where the reading lacks what decides it. */
export function counts({ onlyWhile }: Rule, reading: Readonly<BankReading>): boolean | undefined {
  if (onlyWhile === undefined) return true;
  const value = reading[onlyWhile.field];
  return isNumber(value) ? isBeyondLimit(onlyWhile, value) : undefined;
}

/** Whether the value ends the alarm. Where `clear` is the limit, this is the exact opposite of `isBeyondLimit`. */
export function isBackFromLimit({ operator, clear }: Rule, value: number): boolean {
  return operator === '<' ? value >= clear : value <= clear;
}

/** The values that a reading has for a rule; none for what is absent, not connected or no number. */
export function samplesOf({ field }: Rule, reading: Readonly<BankReading>): Sample[] {
  const value = reading[field];
  const { cellKey, each } = QUANTITIES[field];
  if (Array.isArray(value)) {
    return value.flatMap((entry, i) =>
      isNumber(entry) ? [each === 'sensor' ? { value: entry, sensor: i + 1 } : cellSample(entry, i + 1, reading)] : [],
    );
  }
  if (!isNumber(value)) return [];
  const cell = cellKey === undefined ? undefined : reading[cellKey];
  return [cell === undefined ? { value } : cellSample(value, cell, reading)];
}

/** A value of a cell; of a bank also which cell of which pack it is, as far as the packs before it have been seen. */
function cellSample(value: number, cell: number, reading: Readonly<BankReading>): Sample {
  return { value, cell, ...cellPlace(cell, reading) };
}

function isNumber(value: unknown): value is number {
  return Number.isFinite(value);
}

type Made = (name: SentenceValue, value: string, limit: string, place: number, pack: string) => Sentence;

/** What a value belongs to. */
type Owner = 'pack' | 'cell' | 'sensor' | 'packCell';

/** Sentences made from the figures of a rule, by its operator and by what the value belongs to. */
const MADE: Record<Operator, Record<Owner, Made>> = {
  '<': {
    pack: (name, value, limit) => say`The ${name} is ${value}, below ${limit}.`,
    cell: (name, value, limit, cell) => say`The ${name} is ${value} (cell ${cell}), below ${limit}.`,
    sensor: (name, value, limit, sensor) => say`The ${name} is ${value} (sensor ${sensor}), below ${limit}.`,
    packCell: (name, value, limit, cell, pack) =>
      say`The ${name} is ${value} (cell ${cell} of ${pack}), below ${limit}.`,
  },
  '>': {
    pack: (name, value, limit) => say`The ${name} is ${value}, above ${limit}.`,
    cell: (name, value, limit, cell) => say`The ${name} is ${value} (cell ${cell}), above ${limit}.`,
    sensor: (name, value, limit, sensor) => say`The ${name} is ${value} (sensor ${sensor}), above ${limit}.`,
    packCell: (name, value, limit, cell, pack) =>
      say`The ${name} is ${value} (cell ${cell} of ${pack}), above ${limit}.`,
  },
};

/** The sentence of an alarm: the rule's own with the cell or sensor added, else one made from its figures. */
export function sentenceFor({ field, operator, limit, message }: Rule, sample: Sample): string {
  if (message !== '') return String(ownSentence(message, sample));
  const { name, unit } = QUANTITIES[field];
  const figure = (number: number): string => `${number} ${unit}`.trim();
  const made = MADE[operator][ownerOf(sample)];
  return String(made(name, figure(sample.value), figure(limit), placeOf(sample), sample.pack ?? ''));
}

/** The translatable sentence of an alarm of a rule; the alarm itself has the English text. */
export function ruleSentence(alarm: Omit<Sample, 'value'> & Pick<Rule, 'field' | 'operator' | 'message'>): Sentence {
  const { field, operator, message } = alarm;
  const made = readBack(MADE[operator][ownerOf(alarm)]('', '', '', 0, ''), message);
  const { name } = QUANTITIES[field];
  if (made?.values[0] === name) return new Sentence(made.template, [new Sentence(name, []), ...made.values.slice(1)]);
  const text = ownText(message, String(ownSentence('', alarm)));
  return text === undefined ? verbatim(message) : ownSentence(text, alarm);
}

/** What the user has written, without the place that was added to it. */
function ownText(message: string, place: string): string | undefined {
  if (place === '') return undefined;
  if (message.endsWith(place)) return message.slice(0, -place.length);
  return message.endsWith(`${place}.`) ? `${message.slice(0, -place.length - 1)}.` : undefined;
}

/** The user's own sentence, with the cell or sensor before its full stop. */
function ownSentence(message: string, place: Omit<Sample, 'value'>): Sentence {
  const hasDot = message.endsWith('.');
  const text = hasDot ? message.slice(0, -1) : message;
  switch (ownerOf(place)) {
    case 'pack':
      return verbatim(message);
    case 'cell':
      return hasDot ? say`${text} (cell ${placeOf(place)}).` : say`${text} (cell ${placeOf(place)})`;
    case 'sensor':
      return hasDot ? say`${text} (sensor ${placeOf(place)}).` : say`${text} (sensor ${placeOf(place)})`;
    case 'packCell': {
      const pack = place.pack ?? '';
      return hasDot
        ? say`${text} (cell ${placeOf(place)} of ${pack}).`
        : say`${text} (cell ${placeOf(place)} of ${pack})`;
    }
  }
}

function ownerOf({ cell, sensor, packCell }: Omit<Sample, 'value'>): Owner {
  if (packCell !== undefined) return 'packCell';
  if (cell !== undefined) return 'cell';
  return sensor === undefined ? 'pack' : 'sensor';
}

function placeOf({ cell, sensor, packCell }: Omit<Sample, 'value'>): number {
  return packCell ?? cell ?? sensor ?? 0;
}
