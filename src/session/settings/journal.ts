import { toBmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import type { SettingKey, SettingValue, SettingValues } from '../../battery/settings/vocabulary';
import { isHeld, parametersByKey } from '../../codec/settings/board-settings';
import type { SettingsDocument } from '../../codec/settings/document';
import { parseDocument, parseValues } from '../../codec/settings/parse-document';
import { isTakenOf } from './origin';
import type { ReadSettings } from './requests';

export const JOURNAL_FORMAT = 'openbms-settings-journal/1';

/** What is kept on disk while settings are being written: after a crash it says what was begun. It holds no secret. */
export interface JournalEntry {
  readonly format: typeof JOURNAL_FORMAT;
  /** ms since the epoch */
  readonly begunAt: number;
  /** the board as it was before the first write, with what tells it from others */
  readonly snapshot: SettingsDocument;
  /** what each setting was to become, in the order of the writes */
  readonly wanted: SettingValues;
  /** what each was before */
  readonly before: SettingValues;
}

/** Keeps a journal of writing settings, beyond a crash. */
export interface SettingsJournal {
  /** Resolves once the entry is on disk. When it rejects nothing is sent. */
  begin(entry: JournalEntry): Promise<void>;
  /** The board holds all of the entry, or nothing of it. It never rejects: a journal that stays only says what stands. */
  end(): Promise<void>;
}

/** What stands on a board of one setting that was being written when the host stopped. */
export interface UnfinishedSetting {
  readonly key: SettingKey;
  readonly before: SettingValue;
  readonly wanted: SettingValue;
  /** what the board holds now; missing where it does not show it */
  readonly present?: SettingValue;
  readonly stands: 'before' | 'written' | 'neither' | 'unknown';
}

/** What stands on a board after writing its settings was cut off. */
export interface Unfinished {
  /** whether it may be the board that was written to */
  readonly isThatBoard: boolean;
  readonly settings: readonly UnfinishedSetting[];
}

/** Says which settings stand at what after a crash. It writes nothing. @param now the board as it was read since */
export function describeUnfinished({ snapshot, before, wanted }: JournalEntry, now: ReadSettings): Unfinished {
  const parameters = parametersByKey(now);
  const keys = Object.keys(wanted) as SettingKey[];
  const settings = keys.map((key): UnfinishedSetting => {
    const values = { key, before: before[key] ?? null, wanted: wanted[key] ?? null };
    const parameter = parameters.get(key);
    const present = parameter?.decode(now.image);
    if (parameter === undefined || present === undefined) return { ...values, stands: 'unknown' };
    const holds = (value: SettingValue): boolean => isHeld(parameter, value, now.image);
    const stands = holds(values.wanted) ? 'written' : holds(values.before) ? 'before' : 'neither';
    return { ...values, present, stands };
  });
  return { isThatBoard: isTakenOf(snapshot, now.document), settings };
}

/** An entry as a file gives it back; undefined where it is none. */
export function journalEntryIn(kept: unknown): JournalEntry | undefined {
  if (typeof kept !== 'object' || kept === null) return undefined;
  const { format, begunAt, snapshot, wanted, before } = kept as Readonly<Record<string, unknown>>;
  if (format !== JOURNAL_FORMAT || typeof begunAt !== 'number') return undefined;
  try {
    return {
      ...{ format, begunAt, snapshot: parseDocument(snapshot) },
      ...{ wanted: parseValues(wanted, say`The settings`), before: parseValues(before, say`The settings`) },
    };
  } catch (thrown) {
    if (toBmsError(thrown).code === 'bad_value') return undefined;
    throw thrown;
  }
}
