import type { Direction } from './current-limit';
import type { BankView } from './groups';
import { roundedDown } from '../derive';
import { limitsOf, type BankLimits } from './pack-limits';
import { isLive, type PackView } from './pack-view';
import type { BankReading } from './reading';
import type { BankSettings } from './settings';
import { shareOf } from './shares';
import type { BankState } from './state';
import { loadsOf, steadyLimit } from './steady-limit';

/** Current limits of the reading do not jump up when packs come and go. */
export function steadyReading(
  bank: BankView,
  views: readonly PackView[],
  state: BankState,
  reading: BankReading,
  hasChanged: boolean,
): void {
  const isStale = views.some(({ memory }) => memory.condition === 'stale');
  for (const direction of ['charge', 'discharge'] as const) {
    const key = `${direction}CurrentLimit` as const;
    const raw = reading[key];
    if (raw === undefined) continue;
    const own = new Map(views.map((view) => [view.pack.name, view.reading?.[key]]));
    const loads = bank.layout.outer === 'parallel' ? loadsOf(bank, direction, (name) => own.get(name)) : [];
    reading[key] = steadyLimit(state, key, raw, loads, { hasChanged, isStale });
  }
}

/** Limits of packs that each have their own; only for packs in parallel. */
export function packLimits(
  settings: BankSettings,
  bank: BankView,
  views: readonly PackView[],
  state: BankState,
  hasChanged: boolean,
): BankLimits | undefined {
  if (settings.topology !== 'parallel') return undefined;
  const own = new Map(
    views.map(({ pack, member, memory }) => [pack.name, isLive(memory) ? member.limits : memory.heldLimits]),
  );
  const units = bank.groups.flatMap(({ unit }) => {
    const limits = unit === undefined ? undefined : own.get(unit.name);
    return unit === undefined || limits === undefined ? [] : [{ unit, limits }];
  });
  if (units.length === 0 || units.length < bank.groups.filter(({ unit }) => unit !== undefined).length)
    return undefined;
  const { currentRule, balanceAssist } = settings;
  const shares = (unit: string, direction: Direction): number | undefined => shareOf(state, '', unit, direction);
  const raw = limitsOf(units, { currentRule, balanceAssist, shareOf: shares }, settings.isMixed === true);
  const isStale = views.some(({ memory }) => memory.condition === 'stale');
  const given = (direction: Direction): number | undefined => {
    const key = `${direction}CurrentLimit` as const;
    const limit = raw[key];
    if (limit === undefined) return undefined;
    const loads = loadsOf(bank, direction, (name) => own.get(name)?.[key]);
    return roundedDown(steadyLimit(state, `packs ${key}`, limit, loads, { hasChanged, isStale }), 1);
  };
  return { ...raw, chargeCurrentLimit: given('charge'), dischargeCurrentLimit: given('discharge') };
}
