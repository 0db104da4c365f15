import type { Reading } from '../reading';
import { freshFor } from '../fresh-for';
import type { Member } from './member';
import type { BankPack, BankSettings } from './settings';
import type { BankState, PackMemory } from './state';

/** A pack with what it gives now. */
export interface PackView {
  readonly pack: BankPack;
  readonly group: string;
  readonly member: Member;
  readonly reading: Readonly<Reading> | undefined;
  readonly memory: PackMemory;
}

/** How old a reading may be until its pack is lost, s. */
export function lostAfter(settings: BankSettings, member: Member): number {
  return Math.max(settings.lostAfter, freshFor(member.pollInterval ?? 0));
}

export function isLive({ condition }: PackMemory): boolean {
  return condition === 'fresh' || condition === 'stale';
}

/** Whether the charge of a lost pack still counts (bank.md 3). */
export function isHeld({ memory }: PackView, { holdFor }: BankSettings, { clock }: BankState): boolean {
  const { lostAt, held } = memory;
  return !isLive(memory) && held !== undefined && lostAt !== undefined && clock - lostAt <= holdFor * 1000;
}

/** Of a pack or string that is lost only these stay in the bank (bank.md 3); the paths say what its charge and limits are worth. */
const HELD_KEYS = [
  'soc',
  'remainingCapacity',
  'fullCapacity',
  'designCapacity',
  'remainingEnergy',
  'chargeEnabled',
  'dischargeEnabled',
  'chargeCurrentLimit',
  'dischargeCurrentLimit',
] as const satisfies readonly (keyof Reading)[];

/** What of a reading stays in the bank when its pack is lost. */
export function heldPart(reading: Readonly<Reading>): Reading {
  const entries = HELD_KEYS.map((key) => [key, reading[key]] as const).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries);
}
