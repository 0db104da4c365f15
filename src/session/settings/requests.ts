import type { Sentence } from '../../battery/sentence';
import type { SettingKey, SettingValue } from '../../battery/settings/vocabulary';
import type { BoardSettings } from '../../codec/settings/board-settings';
import type { SettingsDocument } from '../../codec/settings/document';
import type { SettingsPlan } from '../../codec/settings/plan';

/** How far a job about the settings of a board has come. */
export interface SettingsProgress {
  readonly phase: 'reading' | 'writing' | 'proving' | 'restoring';
  /** steps that are done, of so many in this phase */
  readonly done: number;
  readonly of: number;
  /** the setting that the last step was about; missing where it was about a block */
  readonly key?: SettingKey;
  /** what the last step was about: a block in the words of the protocol's documentation, or the key */
  readonly name: string;
}

/** How settings are read. */
export interface SettingsReadOptions {
  /** called after each step */
  progress?(progress: SettingsProgress): void;
  /** ends it, for this asker */
  readonly signal?: AbortSignal | undefined;
}

/** The settings of a board as they were read; its image has the secrets of the board, and stays inside. */
export interface ReadSettings extends BoardSettings {
  /** all but secrets, with what the last reading tells of the board */
  readonly document: SettingsDocument;
}

/** What may be done with settings, as a message names it. */
export type SettingsAction = 'write' | 'restore';

/** Settings that shall be written to a board. */
export interface SettingsRequest {
  /** `restore`: they are a document of this very board */
  readonly action: SettingsAction;
  /** as they came in a message or a file: settings by their keys, or a settings document */
  readonly settings: unknown;
  /** as it came in a message: the action, or a list of it and of checks that may fail, see `SETTINGS_CHECKS` */
  readonly confirm?: unknown;
  /** called after each step */
  progress?(progress: SettingsProgress): void;
}

/** What is checked before the first write; a user may pass over each by its name. */
export const SETTINGS_CHECKS = ['board', 'structure', 'current', 'protection', 'cells', 'master'] as const;

/** See `SETTINGS_CHECKS`. */
export type SettingsCheck = (typeof SETTINGS_CHECKS)[number];

/** A check that has failed. */
export interface SettingsObjection {
  readonly check: SettingsCheck;
  readonly reason: Sentence;
}

/** What would be written, and what speaks against it. */
export interface PlannedSettings extends SettingsPlan {
  /** the board as it is now */
  readonly present: ReadSettings;
  /** checks that have failed and are not passed over: unless it is empty nothing is written */
  readonly objections: readonly SettingsObjection[];
}

/** A setting that was written and read back. */
export interface WrittenSetting {
  readonly key: SettingKey;
  readonly before: SettingValue;
  readonly after: SettingValue;
}

/** What was written; where the board has to save it, it has. */
export interface AppliedSettings {
  readonly written: readonly WrittenSetting[];
  /** the board as it was before the first write */
  readonly snapshot: SettingsDocument;
}
