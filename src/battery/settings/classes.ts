import type { SettingClass } from './vocabulary';

/** What the user of a device allows to be written, each with what stands before it. */
export const SETTINGS_LEVELS = ['none', 'comfort', 'protection', 'structure'] as const;

/** See `SETTINGS_LEVELS`. */
export type SettingsLevel = (typeof SETTINGS_LEVELS)[number];

/** What may be done with the settings of a class (settings-vocabulary.md 1.1). */
export interface ClassPolicy {
  /** the least level that allows writing; undefined: never written as a setting */
  readonly level: SettingsLevel | undefined;
  /** the part of a settings document that holds it; undefined: never read, stored, shown or logged */
  readonly part: 'settings' | 'link' | 'calibration' | 'state' | 'identity' | undefined;
  /** whether it is compared, shown apart, or ignored, in a comparison */
  readonly compared: 'yes' | 'apart' | 'no';
  /** whether it may be copied to another board */
  readonly isCopied: boolean;
}

const PROTECTS: ClassPolicy = { level: 'protection', part: 'settings', compared: 'yes', isCopied: true };
const NEVER = { level: undefined, isCopied: false } as const;

export const CLASS_POLICIES: Readonly<Record<SettingClass, ClassPolicy>> = {
  P: PROTECTS,
  W: PROTECTS,
  B: PROTECTS,
  S: PROTECTS,
  O: { ...PROTECTS, level: 'comfort' },
  T: { ...PROTECTS, level: 'structure', isCopied: false },
  L: { ...NEVER, part: 'link', compared: 'apart' },
  C: { ...NEVER, part: 'calibration', compared: 'apart' },
  V: { ...NEVER, part: 'state', compared: 'no' },
  I: { ...NEVER, part: 'identity', compared: 'no' },
  X: { ...NEVER, part: undefined, compared: 'no' },
};

/** Whether a level allows what needs another. */
export function allows(level: SettingsLevel, needed: SettingsLevel): boolean {
  return SETTINGS_LEVELS.indexOf(level) >= SETTINGS_LEVELS.indexOf(needed);
}
