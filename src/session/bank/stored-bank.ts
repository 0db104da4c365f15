import { resumeBank } from '../../battery/bank/resume';
import type { BankState } from '../../battery/bank/state';
import type { Clock } from '../../clock';
import type { StoredJoin } from './one-way-joins';

/** What of a bank outlives a deploy, and with a context store on disk a restart: plain JSON. */
export interface StoredBank {
  /** when it was kept, ms since the epoch */
  readonly at: number;
  /** names of the packs that were taken out */
  readonly excluded: readonly string[];
  readonly state: BankState | undefined;
  /** packs that join by one direction */
  readonly joins: readonly StoredJoin[];
}

/**
 * What was kept, for this run.
 * @param kept by a program or by hand
 * @returns without what is not as it should be
 */
export function storedBankIn(kept: unknown, clock: Clock): Omit<StoredBank, 'at'> {
  const { at, excluded, state, joins }: Readonly<Record<string, unknown>> = {
    ...(typeof kept === 'object' ? kept : {}),
  };
  const awayMs = typeof at === 'number' && Number.isFinite(at) ? clock.now() - at : 0;
  return {
    excluded: Array.isArray(excluded) ? excluded.filter((name) => typeof name === 'string') : [],
    joins: Array.isArray(joins) ? joins.filter(isJoin) : [],
    state: resumeBank(state, clock.monotonic(), awayMs),
  };
}

function isJoin(kept: unknown): kept is StoredJoin {
  const { pack, first, follows }: Readonly<Record<string, unknown>> = { ...(typeof kept === 'object' ? kept : {}) };
  return typeof pack === 'string' && (first === 'charge' || first === 'discharge') && typeof follows === 'boolean';
}
