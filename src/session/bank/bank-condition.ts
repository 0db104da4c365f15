import type { BankResult } from '../../battery/bank/bank';
import type { BmsError } from '../../battery/errors';
import type { Device } from '../device';
import type { Condition } from '../device-condition';
import { Signal } from '../signal';
import { isAway } from './pack-device';

/**
 * How a bank stands. `connecting`: packs may come for the first time; `retrying`: it counts, but none of its packs answers now;
 * `lost`: fewer packs count than its quorum (bank.md 3).
 */
export class BankCondition {
  readonly changed = new Signal<Condition>();
  /** every outage as it begins */
  readonly outages = new Signal<BmsError>();
  private present: Condition = { phase: 'idle' };
  private presentOutage: BmsError | undefined;

  get condition(): Condition {
    return this.present;
  }

  get outage(): BmsError | undefined {
    return this.presentOutage;
  }

  /** The bank is not watched any more. */
  rest(): void {
    this.presentOutage = undefined;
    this.set({ phase: 'idle' });
  }

  /** @param devices of the packs that are not taken out */
  update(result: BankResult, devices: readonly Device[]): void {
    const next = conditionOf(result, devices);
    const isNew = this.presentOutage === undefined;
    if (next.phase === 'fresh') this.presentOutage = undefined;
    if (next.phase === 'lost') this.presentOutage = next.error;
    this.set(next);
    if (next.phase === 'lost' && isNew) this.outages.emit(next.error);
  }

  private set(next: Condition): void {
    const before = this.present;
    this.present = next;
    if (before.phase !== next.phase) this.changed.emit(next);
  }
}

function conditionOf({ reading, error, packs, isAwaited }: BankResult, devices: readonly Device[]): Condition {
  const counting = new Set(packs.filter(({ state }) => state === 'fresh' || state === 'stale').map(({ pack }) => pack));
  if (devices.length > 0 && devices.every(({ condition }) => condition.phase === 'paused')) return { phase: 'paused' };
  if (reading !== undefined) {
    const counted = devices.filter(({ name }) => counting.has(name));
    if (!counted.every(isAway)) return { phase: 'fresh' };
    const failed = counted.map(({ condition }) => condition).find((condition) => 'error' in condition);
    return { phase: 'retrying', ...(failed !== undefined && 'error' in failed && { error: failed.error }) };
  }
  const missing = devices.filter(({ name }) => !counting.has(name));
  // What is read on request only is not missed.
  if (missing.length > 0 && missing.every((device) => device.pollIntervalMs <= 0 && !isAway(device)))
    return { phase: 'reachable' };
  return isAwaited || error === undefined ? { phase: 'connecting' } : { phase: 'lost', error };
}
