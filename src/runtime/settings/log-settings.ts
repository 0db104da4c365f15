import { choiceProperty, textProperty, type Config } from './properties';

/** When a bms-log looks for new entries: by itself, or only when it is asked. */
export const LOG_EMITS = ['change', 'input'] as const;

export interface LogSettings {
  readonly topic: string;
  readonly emit: (typeof LOG_EMITS)[number];
}

/** The properties of a bms-log, checked. @throws BmsError `bad_value` */
export function logSettings(config: Config): LogSettings {
  return { topic: textProperty(config, 'topic'), emit: choiceProperty(config, 'emit', LOG_EMITS, 'change') };
}
