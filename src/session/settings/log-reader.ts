import type { LogAccess, LogEntry } from '../../codec/log-entry';
import type { BoardSessions } from './board-sessions';

const KIND = { purpose: 'read', priority: 'request' } as const;

/**
 * Reads the event log of a board: in one session, or entry by entry, so that polls and actions go between.
 * @param isKnown whether an entry was read earlier: those before it may be left out
 * @returns oldest first
 * @throws BmsError why it could not be read, or the job is to be ended
 */
export async function readLog(
  sessions: BoardSessions,
  log: LogAccess,
  isKnown: (entry: LogEntry) => boolean,
): Promise<readonly LogEntry[]> {
  const { mostEntries } = log;
  if (mostEntries === undefined) return sessions.run(() => log.read(sessions.order, isKnown), KIND);
  const entries: LogEntry[] = [];
  for (let index = 0; index < mostEntries; index++) {
    sessions.checkGoesOn();
    const [entry] = await sessions.run(() => log.read(sessions.order, isKnown, index), KIND);
    if (entry === undefined || isKnown(entry)) break;
    // What happens meanwhile moves all entries on by one: then the last one comes once more.
    if (!entries.some((other) => isSame(entry, other))) entries.push(entry);
    await sessions.giveWay();
  }
  return entries.reverse();
}

function isSame(one: LogEntry, other: LogEntry): boolean {
  return one.entry === other.entry && one.code === other.code && String(one.message) === String(other.message);
}
