import { finite, type Member } from './member';
import { heldPart, isHeld, isLive, type PackView } from './pack-view';
import type { BankSettings } from './settings';
import { noteLive } from './shares';
import { entryOf, setEntry, type BankState, type PackCondition, type PackMemory } from './state';
import { noteBusRest } from './voltage-difference';

/**
 * The packs that are not excluded, in the order of the settings, with what they give and what is kept of them. Of packs that
 * are not in the settings any more nothing is kept.
 */
export function viewsOf(settings: BankSettings, members: readonly Member[], state: BankState): PackView[] {
  const byName = new Map(members.map((member) => [member.name, member]));
  for (const name of Object.keys(state.packs))
    if (!settings.packs.some((pack) => pack.name === name)) delete state.packs[name];
  for (const name of settings.excluded) {
    if (entryOf(state.packs, name)?.condition !== 'excluded')
      setEntry(state.packs, name, newMemory('excluded', state.clock));
  }
  return settings.packs
    .filter(({ name }) => !settings.excluded.includes(name))
    .map((pack) => {
      const member = byName.get(pack.name) ?? { name: pack.name, reading: undefined, age: Infinity };
      const known = entryOf(state.packs, pack.name);
      const memory = known === undefined || known.condition === 'excluded' ? newMemory('lost', state.clock) : known;
      setEntry(state.packs, pack.name, memory);
      const reading = member.reading === undefined ? undefined : finite(member.reading);
      return { pack, group: pack.group, member, reading, memory };
    });
}

/** What is kept of a pack of which nothing is known. */
export function newMemory(condition: PackCondition, clock: number): PackMemory {
  return { condition, since: clock, hasCounted: false, losses: 0 };
}

/** Which packs count and which are held: when this changes, a limit must not jump. */
export function hasStandingChanged(settings: BankSettings, views: readonly PackView[], state: BankState): boolean {
  const standing = views.map((view) => {
    const how = isLive(view.memory) ? 'live' : isHeld(view, settings, state) ? 'held' : '';
    return `${view.pack.name} ${how}`;
  });
  const before = state.standing;
  state.standing = standing.join();
  return before !== undefined && before !== state.standing;
}

/** Keeps of the packs what is needed when they are lost, or wait to be connected. */
export function remember(settings: BankSettings, views: readonly PackView[], state: BankState): void {
  const live = views.filter(({ memory }) => isLive(memory));
  for (const { memory, reading = {}, member } of live) {
    memory.cells = reading.cellCount ?? reading.cellVoltages?.length ?? memory.cells;
    memory.sensors = reading.temperatures?.length ?? memory.sensors;
    memory.held = heldPart(reading);
    memory.heldLimits = member.limits;
  }
  noteLive(
    state,
    live.map(({ pack }) => pack.name),
  );
  const nodes = settings.topology === 'stages' ? new Set(views.map(({ group }) => group)) : [''];
  for (const node of nodes) {
    noteBusRest(
      live.filter(({ group }) => settings.topology !== 'stages' || group === node),
      node,
      state,
    );
  }
}
