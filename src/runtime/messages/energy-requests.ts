import type { NodeMessageInFlow } from 'node-red';
import { COUNTER_KEYS, isCounterKey, type CounterKey, type Counters } from '../../battery/energy/counters';
import { BmsError } from '../../battery/errors';
import { quoted, shownValue } from '../../battery/quoted';
import { say, type Sentence } from '../../battery/sentence';

/** What a message wants of energy counters. */
export type EnergyRequest =
  | { readonly kind: 'repeat' }
  | { readonly kind: 'reset' }
  | { readonly kind: 'set'; readonly counters: Partial<Counters> };

/**
 * Parses `payload: { action: "set", ...any of the four }` and `{ action: "reset" }`; a message without an action repeats the
 * counters.
 * @throws BmsError `bad_value`: nothing is set then
 */
export function energyRequestOf({ payload }: NodeMessageInFlow): EnergyRequest {
  if (typeof payload !== 'object' || payload === null) return { kind: 'repeat' };
  const { action, ...rest } = { ...payload } as { readonly action?: unknown } & Readonly<Record<string, unknown>>;
  if (action === undefined) return { kind: 'repeat' };
  if (action === 'reset') return { kind: 'reset' };
  if (action === 'set') return { kind: 'set', counters: countersOf(rest) };
  throw refused(say`There is no action ${shownValue(action)}; it is one of ${'set, reset'}.`);
}

function countersOf(values: Readonly<Record<string, unknown>>): Partial<Counters> {
  const counters: Partial<Record<CounterKey, number>> = {};
  for (const [key, value] of Object.entries(values)) {
    if (!isCounterKey(key))
      throw refused(say`There is no counter ${quoted(key)}; it is one of ${COUNTER_KEYS.join(', ')}.`);
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
      throw refused(say`The counter ${key} is ${shownValue(value)}; it must be a number from 0 on.`);
    counters[key] = value;
  }
  if (Object.keys(counters).length === 0) throw refused(say`The message sets none of ${COUNTER_KEYS.join(', ')}.`);
  return counters;
}

function refused(why: Sentence): BmsError {
  return new BmsError('bad_value', say`${why} Nothing was set.`);
}
