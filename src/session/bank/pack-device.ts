import type { Member, PackLimits } from '../../battery/bank/member';
import type { BankReading } from '../../battery/bank/reading';
import { BmsError } from '../../battery/errors';
import { printable } from '../../battery/quoted';
import { say } from '../../battery/sentence';
import type { Device } from '../device';
import type { Snapshot } from '../snapshot';

/** A device as a pack of a bank. */
export interface BankMember {
  readonly device: Device;
  /** its string or stage, where packs are grouped */
  readonly group?: string;
  /** Ah, where the board reports none */
  readonly capacity?: number;
}

/** Whether a device says that it does not answer. */
export function isAway({ condition }: Device): boolean {
  return condition.phase === 'lost' || (condition.phase === 'retrying' && condition.error !== undefined);
}

/** Whether a device is to give a reading in each round of its bank. @param freshMs how old its reading may be */
export function isExpected({ condition, ageMs = 0, pollIntervalMs }: Device, freshMs: number): boolean {
  return pollIntervalMs > 0 && ageMs <= freshMs && !['lost', 'idle', 'paused'].includes(condition.phase);
}

/** What a device gives to its bank now. */
export function memberOf({ name, last, ageMs, condition, pollIntervalMs }: Device, limits?: PackLimits): Member {
  return {
    name,
    reading: last?.reading,
    age: ageMs === undefined ? Infinity : ageMs / 1000,
    pollInterval: pollIntervalMs / 1000,
    isLost: condition.phase === 'lost',
    limits,
  };
}

/** When the oldest reading was taken that counts in that of the bank, and how much older it is than the newest, ms. */
export function timesOf(
  { packs = [] }: BankReading,
  devices: readonly Device[],
  now: number,
): Pick<Snapshot, 'timestamp' | 'duration'> {
  const live = packs.filter(({ state }) => state === 'fresh' || state === 'stale');
  const counting = new Set(live.map(({ pack }) => pack));
  const used = devices.filter(({ name, last }) => last !== undefined && counting.has(name));
  if (used.length === 0) return { timestamp: now, duration: 0 };
  const ages = used.map(({ ageMs = 0 }) => ageMs);
  const timestamps = used.map(({ last }) => last?.timestamp ?? now);
  return { timestamp: Math.min(...timestamps), duration: Math.round(Math.max(...ages) - Math.min(...ages)) };
}

/** @throws BmsError `bad_value` where a bank has no packs, or a device or a name twice */
export function checkNames(bank: string, devices: readonly Device[]): void {
  if (devices.length === 0) throw new BmsError('bad_value', say`${printable(bank)} has no packs; add its devices.`);
  const names = devices.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice === undefined) return;
  throw new BmsError(
    'bad_value',
    say`${printable(bank)} has two packs with the name ${printable(twice)}; choose each device once, and give each a name of its own.`,
  );
}
