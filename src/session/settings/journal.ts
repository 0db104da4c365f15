import type { SettingKey, SettingValue } from '../../battery/settings/vocabulary';
import type { SettingsDocument } from '../../codec/settings/document';

/** What is kept on disk while settings are being written: after a crash it says what was begun. */
export interface JournalEntry {
  readonly format: 'openbms-settings-journal/1';
  /** ms since the epoch */
  readonly begunAt: number;
  /** the board as it was before the first write, with what tells it from others */
  readonly snapshot: SettingsDocument;
  /** in the order of the writes */
  readonly plan: readonly { readonly key: SettingKey; readonly from: SettingValue; readonly to: SettingValue }[];
}

/** Keeps a journal of writing settings, beyond a crash. */
export interface SettingsJournal {
  /** Resolves once the entry is on disk. When it rejects nothing is sent. */
  begin(entry: JournalEntry): Promise<void>;
  /** The board holds all of the entry, or nothing of it. It never rejects: a journal that stays says what stands, no more. */
  end(): Promise<void>;
}
