import type { AlarmLevel } from './alarm';
import { QUANTITIES, type QuantityKey } from './quantities';
import type { Reading } from './reading';

export const OPERATORS = ['<', '>'] as const;

export type Operator = (typeof OPERATORS)[number];

/** When a value of a reading is an alarm. Of a list, every cell or sensor is judged on its own. */
export interface Rule {
  code: string;
  field: QuantityKey;
  /** the alarm is raised when the value is strictly below, or above, the limit */
  operator: Operator;
  /** in the unit of the field */
  limit: number;
  /** cleared at this value, and beyond it on the good side; the limit itself, or on its good side */
  clear: number;
  /** how long the readings must show it before it is raised, s */
  hold: number;
  level: AlarmLevel;
  /** one plain sentence; '' = one is made from the rule */
  message: string;
}

/** A value that a rule judges, and the cell or sensor that it belongs to. */
export interface Sample {
  value: number;
  /** cell number, from 1 */
  cell?: number;
  /** sensor number, from 1 */
  sensor?: number;
}

/** What makes a rule the same rule when its figures are changed. */
export function ruleId({ code, field, operator }: Pick<Rule, 'code' | 'field' | 'operator'>): string {
  return JSON.stringify([code, field, operator]);
}

/** The number of the cell or sensor that a rule judges on its own; undefined where it judges a single value. */
export function placeIn({ field }: Pick<Rule, 'field'>, { cell, sensor }: Omit<Sample, 'value'>): number | undefined {
  return QUANTITIES[field].each === undefined ? undefined : (cell ?? sensor);
}

/** Whether the value calls for the alarm. */
export function isBeyondLimit({ operator, limit }: Rule, value: number): boolean {
  return operator === '<' ? value < limit : value > limit;
}

/** Whether the value ends the alarm. Where `clear` is the limit, this is the exact opposite of `isBeyondLimit`. */
export function isBackFromLimit({ operator, clear }: Rule, value: number): boolean {
  return operator === '<' ? value >= clear : value <= clear;
}

/** The values that a reading has for a rule; none for what is absent, not connected or no number. */
export function samplesOf({ field }: Rule, reading: Readonly<Reading>): Sample[] {
  const value = reading[field];
  const { cellKey, each } = QUANTITIES[field];
  if (Array.isArray(value)) {
    return value.flatMap((entry, i) => (isNumber(entry) ? [each === 'sensor' ? on(entry, i) : of(entry, i)] : []));
  }
  if (!isNumber(value)) return [];
  const cell = cellKey === undefined ? undefined : reading[cellKey];
  return [cell === undefined ? { value } : { value, cell }];
}

const of = (value: number, index: number): Sample => ({ value, cell: index + 1 });
const on = (value: number, index: number): Sample => ({ value, sensor: index + 1 });

function isNumber(value: unknown): value is number {
  return Number.isFinite(value);
}

/** The sentence of an alarm: the rule's own with the cell or sensor added, else one made from its figures. */
export function sentenceFor({ field, operator, limit, message }: Rule, sample: Sample): string {
  const place = placeOf(sample);
  if (message !== '') return message.endsWith('.') ? `${message.slice(0, -1)}${place}.` : `${message}${place}`;
  const { name, unit } = QUANTITIES[field];
  const figure = (number: number): string => `${number} ${unit}`.trim();
  const side = operator === '<' ? 'below' : 'above';
  return `The ${name} is ${figure(sample.value)}${place}, ${side} ${figure(limit)}.`;
}

function placeOf({ cell, sensor }: Sample): string {
  if (cell !== undefined) return ` (cell ${cell})`;
  return sensor === undefined ? '' : ` (sensor ${sensor})`;
}
