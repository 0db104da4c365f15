import type { Memory, Target } from '../untyped';
import { boardStation, d2Station, FIRST_BOARD, LAST_BOARD, type Station } from './wire';

/**
 * Two maps of registers go by this name (daly-modbus.md 1). D2 boards have no board number; boards with one are asked by
 * it. Address 0 is whoever answers: a D2 board or, where there is none, board 1.
 */
export const ANY = 0;
/** a D2 board and nobody else */
export const D2_ONLY = 0xd2;

export const ADDRESSES = { initial: ANY, min: ANY, max: LAST_BOARD, others: [D2_ONLY] };

/** What a board has told of itself. */
export const MEMORY = {
  /** which map it has, once it has answered */
  variant: 'variant',
  /** how many status registers it has told: 62, or 80 on newer firmware */
  registers: 'registers',
  /** 0 once its extended status was found to be of no use */
  extended: 'extended',
  /** 1 while it says that it balances */
  balancing: 'balancing',
  cellCount: 'cellCount',
  /** 1 once it has told what its user has switched, apart from what the MOSFETs do */
  switches: 'switches',
} as const;

/** Some of them, by their names. */
export type NamedMemory = Partial<Record<keyof typeof MEMORY, number>>;

export const VARIANT = { d2: 1, p81: 2 } as const;

function variantOf({ memory }: { memory: Memory }): number | undefined {
  return memory[MEMORY.variant];
}

export function mayBeD2(target: Target): boolean {
  if (target.address === D2_ONLY) return true;
  return target.address === ANY && variantOf(target) !== VARIANT.p81;
}

export function isD2(target: Target): boolean {
  return mayBeD2(target) && variantOf(target) === VARIANT.d2;
}

export function mayBeP81(target: Target): boolean {
  if (target.address === ANY) return variantOf(target) !== VARIANT.d2;
  return target.address !== D2_ONLY;
}

export function isP81(target: Target): boolean {
  return mayBeP81(target) && (target.address !== ANY || variantOf(target) === VARIANT.p81);
}

/** Where a board with the p81 map listens and answers. */
export function p81Station({ address }: Target): Station {
  return boardStation(address >= FIRST_BOARD && address <= LAST_BOARD ? address : FIRST_BOARD);
}

export function d2StationOf(): Station {
  return d2Station;
}
