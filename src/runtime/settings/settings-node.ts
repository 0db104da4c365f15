import { choiceProperty, textProperty, type Config } from './properties';

/** What a bms-settings can do. */
export const SETTINGS_ACTIONS = ['read', 'compare', 'write', 'restore'] as const;

/** See `SETTINGS_ACTIONS`. */
export type SettingsNodeAction = (typeof SETTINGS_ACTIONS)[number];

export interface SettingsNodeSettings {
  /** '' = from the message */
  readonly action: SettingsNodeAction | '';
  readonly topic: string;
  /** id of a second device, for compare; '' for none */
  readonly other: string;
  /** where a read is kept too, and where the other actions find settings that a message does not bring; '' for none */
  readonly file: string;
}

/** The properties of a bms-settings, checked. @throws BmsError `bad_value` */
export function settingsNodeSettings(config: Config): SettingsNodeSettings {
  return {
    action: choiceProperty(config, 'action', SETTINGS_ACTIONS, ''),
    topic: textProperty(config, 'topic'),
    other: textProperty(config, 'other'),
    file: textProperty(config, 'file'),
  };
}
