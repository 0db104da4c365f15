import type { Reading } from '../reading';
import type { BankPack } from './settings';

/** What a pack gives to its bank at one time. */
export interface Member {
  /** name of the pack, as in the settings */
  readonly name: string;
  /** its last one */
  readonly reading: Readonly<Reading> | undefined;
  /** of the reading, s */
  readonly age: number;
  /** s; undefined: it is not polled */
  readonly pollInterval?: number;
  /** whether its device says that it does not answer */
  readonly isLost?: boolean;
  /** what a limits node makes of it alone */
  readonly limits?: PackLimits;
}

/** What one pack allows (bank.md 7, way b). */
export interface PackLimits {
  /** V */
  readonly chargeVoltageTarget?: number;
  /** V; undefined: no ceiling */
  readonly chargeVoltageCeiling?: number;
  /** A */
  readonly chargeCurrentLimit?: number;
  /** A */
  readonly dischargeCurrentLimit?: number;
  /** V */
  readonly dischargeVoltageLimit?: number;
}

/** What of a reading can be combined: without numbers that are none, which arithmetic would spread to the whole bank. */
export function finite(reading: Readonly<Reading>): Readonly<Reading> {
  if ((Object.values(reading) as unknown[]).every((value) => value === undefined || isFiniteValue(value)))
    return reading;
  const kept = Object.entries(reading).filter(([, value]) => isFiniteValue(value));
  return Object.fromEntries(kept);
}

function isFiniteValue(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (Array.isArray(value)) return value.every((entry) => entry === null || isFiniteValue(entry));
  if (typeof value === 'object' && value !== null) return Object.values(value).every(isFiniteValue);
  return value !== undefined && value !== null;
}

/** Capacity of a pack by which means are weighted, Ah (bank.md 2); undefined where nothing gives it. */
export function capacityOf(reading: Readonly<Reading>, pack?: BankPack): number | undefined {
  const { fullCapacity, designCapacity } = reading;
  // A capacity of 0 was never set.
  return [fullCapacity, designCapacity, pack?.capacity].find((capacity) => capacity !== undefined && capacity > 0);
}

/** Whether a pack can carry current: not both paths are known to be off. */
export function isConnected({ chargeEnabled, dischargeEnabled }: Readonly<Reading>): boolean {
  return chargeEnabled !== false || dischargeEnabled !== false;
}

/** Whether a pack is read by itself; else on request only. */
export function isPolled({ pollInterval = 0 }: Member): boolean {
  return pollInterval > 0;
}
