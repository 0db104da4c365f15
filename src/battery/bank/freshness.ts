import { freshFor } from '../fresh-for';
import { capacityOf, isPolled, type Member } from './member';
import { isLive, lostAfter, type PackView } from './pack-view';
import type { BankSettings } from './settings';
import type { BankState, PackCondition, PackMemory } from './state';
import { isWithin, packDelta } from './voltage-difference';

/** s: a loss this soon after the last one doubles the wait, to at most this. */
const FLAPPING = 600;
/** s, and by how much of its capacity the current of the bank must have changed: then a pack that shows no change is frozen. */
const FROZEN = 300;
const FROZEN_CHANGE = 0.05;
/** Current by capacity at which a pack is certainly connected. */
const CARRYING = 0.01;

type Freshness = 'fresh' | 'stale' | 'lost';

function freshnessOf(settings: BankSettings, { member, reading }: PackView): Freshness {
  if (reading === undefined || !Number.isFinite(member.age)) return 'lost';
  if (member.age <= freshFor(member.pollInterval ?? 0)) return 'fresh';
  return member.isLost === true || member.age > lostAfter(settings, member) ? 'lost' : 'stale';
}

/**
 * Moves every pack on to the condition that it has now (bank.md 3). Those that were counted are judged first, so that it
 * does not matter in which order packs come.
 * @param views of all packs that are not excluded; their memories are changed
 * @param size capacity of the bank, Ah, as far as it is known
 */
export function updateConditions(
  settings: BankSettings,
  views: readonly PackView[],
  state: BankState,
  size: number,
): void {
  const found = views.map((view) => ({ view, freshness: freshnessOf(settings, view) }));
  for (const { view, freshness } of found) {
    if (!isLive(view.memory)) continue;
    if (freshness === 'lost') lose(view.memory, state.clock, view.member.age * 1000, settings, view.member);
    else moveTo(view.memory, freshness === 'fresh' && isFrozen(view, state, size) ? 'stale' : freshness, state.clock);
  }
  const live = views.filter(({ memory }) => isLive(memory));
  const joining = found.filter(({ view }) => !live.includes(view));
  const joins = joining.filter(({ view, freshness }) => mayJoin(settings, view, freshness, live, state));
  for (const { view } of joins) {
    view.memory.hasCounted = true;
    delete view.memory.lostAt;
    moveTo(view.memory, 'fresh', state.clock);
  }
}

function moveTo(memory: PackMemory, condition: PackCondition, clock: number): void {
  if (memory.condition === condition) return;
  memory.condition = condition;
  memory.since = clock;
}

function lose(memory: PackMemory, clock: number, ageMs: number, settings: BankSettings, member: Member): void {
  // The loss began when its reading got too old, which may be before this step.
  const limitMs = lostAfter(settings, member) * 1000;
  const at = Number.isFinite(ageMs) ? Math.max(memory.since, clock - Math.max(0, ageMs - limitMs)) : clock;
  const last = memory.lastLossAt;
  memory.lostAt = at;
  if (isUnasked(member)) return moveTo(memory, 'lost', clock);
  memory.losses = last !== undefined && at - last <= FLAPPING * 1000 ? memory.losses + 1 : 1;
  memory.lastLossAt = at;
  delete memory.freshSince;
  delete memory.unchanged;
  moveTo(memory, 'lost', clock);
}

/** Whether a pack is only as old as the last request for it: it is not missing. */
function isUnasked(member: Member): boolean {
  return !isPolled(member) && member.isLost !== true;
}

/** How long a pack waits until it counts again, s. A pack that is read on request only shows nothing meanwhile. */
function waitOf({ joinAfter }: BankSettings, { memory: { losses }, member }: PackView): number {
  if (!isPolled(member)) return 0;
  return Math.min(FLAPPING, joinAfter * 2 ** Math.max(0, losses - 1));
}

function mayJoin(
  settings: BankSettings,
  view: PackView,
  freshness: Freshness,
  live: readonly PackView[],
  state: BankState,
): boolean {
  const { memory, member } = view;
  if (freshness !== 'fresh') {
    delete memory.freshSince;
    moveTo(memory, 'lost', state.clock);
    return false;
  }
  if (memory.freshSince === undefined && mayComeFirst(settings, view, state)) return true;
  if (isUnasked(member) && memory.losses === 0) return true;
  memory.freshSince ??= state.clock;
  moveTo(memory, 'joining', state.clock);
  if (state.clock - memory.freshSince < waitOf(settings, view) * 1000) return false;
  return isAtTheBus(settings, view, live, state);
}

/** Whether the bank is watched for so short a time that a pack which has never counted does not wait. */
export function mayComeFirst(settings: BankSettings, { memory, member }: PackView, state: BankState): boolean {
  return !memory.hasCounted && state.clock - (state.begun ?? 0) <= lostAfter(settings, member) * 1000;
}

/** Whether a pack is connected to the others already, or may be by its voltage. */
function isAtTheBus(settings: BankSettings, view: PackView, live: readonly PackView[], state: BankState): boolean {
  if (settings.topology === 'series' || settings.topology === 'strings') return true;
  const beside = live.filter(({ group }) => settings.topology === 'parallel' || group === view.group);
  if (beside.length === 0) return true;
  const { current } = view.reading ?? {};
  const capacity = capacityOf(view.reading ?? {}, view.pack);
  if (current !== undefined && capacity !== undefined && Math.abs(current) > CARRYING * capacity) return true;
  return isWithin(packDelta(settings, view, beside, state));
}

/** Whether a board repeats one reading for ever while the current of the bank changes (bank.md 3). */
function isFrozen({ reading, memory }: PackView, state: BankState, size: number): boolean {
  const { voltage, current, cellVoltages, temperatures } = reading ?? {};
  const values = JSON.stringify([voltage, cellVoltages, current, temperatures]);
  const { clock, current: bank } = state;
  if (memory.unchanged?.values !== values) {
    memory.unchanged = { values, since: clock, least: bank, greatest: bank };
    return false;
  }
  const { unchanged } = memory;
  if (bank !== undefined) {
    unchanged.least = Math.min(unchanged.least ?? bank, bank);
    unchanged.greatest = Math.max(unchanged.greatest ?? bank, bank);
  }
  const isLong = clock - unchanged.since >= FROZEN * 1000;
  const change = (unchanged.greatest ?? 0) - (unchanged.least ?? 0);
  return isLong && size > 0 && change > FROZEN_CHANGE * size;
}
