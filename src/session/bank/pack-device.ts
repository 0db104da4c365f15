import type { Member, PackLimits } from '../../battery/bank/member';
import type { Device } from '../device';

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
