import { round } from '../derive';
import type { Reading } from '../reading';

/** What has gone into a battery and come out of it, Wh and Ah. */
export interface Counters {
  readonly chargedEnergy: number;
  readonly dischargedEnergy: number;
  readonly chargedCapacity: number;
  readonly dischargedCapacity: number;
}

export type CounterKey = keyof Counters & keyof Reading;

export const NO_COUNTERS: Counters = {
  chargedEnergy: 0,
  dischargedEnergy: 0,
  chargedCapacity: 0,
  dischargedCapacity: 0,
};

export const COUNTER_KEYS = Object.keys(NO_COUNTERS) as readonly CounterKey[];

export function isCounterKey(word: string): word is CounterKey {
  return Object.hasOwn(NO_COUNTERS, word);
}

export function plus(one: Counters, other: Counters): Counters {
  return {
    chargedEnergy: one.chargedEnergy + other.chargedEnergy,
    dischargedEnergy: one.dischargedEnergy + other.dischargedEnergy,
    chargedCapacity: one.chargedCapacity + other.chargedCapacity,
    dischargedCapacity: one.dischargedCapacity + other.dischargedCapacity,
  };
}

export function minus(one: Counters, other: Counters): Counters {
  return {
    chargedEnergy: one.chargedEnergy - other.chargedEnergy,
    dischargedEnergy: one.dischargedEnergy - other.dischargedEnergy,
    chargedCapacity: one.chargedCapacity - other.chargedCapacity,
    dischargedCapacity: one.dischargedCapacity - other.dischargedCapacity,
  };
}

/** The lower one of each. */
export function lower(one: Counters, other: Counters): Counters {
  return {
    chargedEnergy: Math.min(one.chargedEnergy, other.chargedEnergy),
    dischargedEnergy: Math.min(one.dischargedEnergy, other.dischargedEnergy),
    chargedCapacity: Math.min(one.chargedCapacity, other.chargedCapacity),
    dischargedCapacity: Math.min(one.dischargedCapacity, other.dischargedCapacity),
  };
}

/** The higher one of each. */
export function higher(one: Counters, other: Counters): Counters {
  return {
    chargedEnergy: Math.max(one.chargedEnergy, other.chargedEnergy),
    dischargedEnergy: Math.max(one.dischargedEnergy, other.dischargedEnergy),
    chargedCapacity: Math.max(one.chargedCapacity, other.chargedCapacity),
    dischargedCapacity: Math.max(one.dischargedCapacity, other.dischargedCapacity),
  };
}

/** As they are shown: to 0.01 Wh and 0.001 Ah. */
export function rounded(counters: Counters): Counters {
  return {
    chargedEnergy: round(counters.chargedEnergy, 2),
    dischargedEnergy: round(counters.dischargedEnergy, 2),
    chargedCapacity: round(counters.chargedCapacity, 3),
    dischargedCapacity: round(counters.dischargedCapacity, 3),
  };
}
