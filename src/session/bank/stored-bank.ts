import { resumeBank } from '../../battery/bank/resume';
import type { BankState } from '../../battery/bank/state';
import type { Clock } from '../../clock';

/** What of a bank outlives a deploy, and with a context store on disk a restart: plain JSON. */
export interface StoredBank {
  /** when it was kept, ms since the epoch */
  readonly at: number;
  /** names of the packs that were taken out */
  readonly excluded: readonly string[];
  readonly state: BankState | undefined;
}

/**
 * What was kept, for this run.
 * @param kept by a program or by hand
 * @returns without what is not as it should be
 */
export function storedBankIn(kept: unknown, clock: Clock): Omit<StoredBank, 'at'> {
  const { at, excluded, state }: Readonly<Record<string, unknown>> = { ...(typeof kept === 'object' ? kept : {}) };
  const awayMs = typeof at === 'number' && Number.isFinite(at) ? clock.now() - at : 0;
  return {
    excluded: Array.isArray(excluded) ? excluded.filter((name) => typeof name === 'string') : [],
    state: resumeBank(state, clock.monotonic(), awayMs),
  };
}
