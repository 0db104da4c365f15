import type { SettingClass, SettingGroup, SettingKey, SettingUnit, SettingValue } from '../battery/settings/vocabulary';

type Texts = Readonly<Record<string, string>>;

/** `nodes/locales/<language>/settings.json`. */
export interface SettingsCatalogue {
  /** how the label of a protection or a warning is put together: `__quantity__: __role__` */
  readonly composed: string;
  /** what a protection watches, by the beginning of its keys: `cellOvervoltage` */
  readonly quantity: Texts;
  /** what a setting is to its protection, by the end of its key: `RecoveryDelay` */
  readonly role: Texts;
  /** settings that are numbered, by the beginning of their keys; `__n__` is the number */
  readonly numbered: Texts;
  /** all other settings by their keys */
  readonly label: Texts;
  readonly group: Texts;
  readonly class: Texts;
  /** units that are not written as in the vocabulary */
  readonly unit: Texts;
  /** values that are no numbers: words, `true`, `false`, and `never` for null */
  readonly value: Texts;
}

const COMPOSED = /^(.+?)(Protection|Recovery|RecoveryDelay|Delay|Warning|WarningRecovery|WarningDelay)$/;
const NUMBERED = /^(\D+)(\d+)$/;

/** What settings are called in one language, in dialogs and status texts. What has no text is shown by its key. */
export class SettingLabels {
  constructor(private readonly catalogue: Partial<SettingsCatalogue>) {}

  setting(key: SettingKey): string {
    return this.catalogue.label?.[key] ?? this.numbered(key) ?? this.composed(key) ?? key;
  }

  group(group: SettingGroup): string {
    return this.catalogue.group?.[group] ?? group;
  }

  class(settingClass: SettingClass): string {
    return this.catalogue.class?.[settingClass] ?? settingClass;
  }

  /** '' for words, switches and plain numbers. */
  unit(unit: SettingUnit): string {
    return this.catalogue.unit?.[unit] ?? (unit === '1' ? '' : unit);
  }

  /** A value without its unit. */
  value(value: SettingValue): string {
    if (typeof value === 'object' && value !== null) return value.join(', ');
    const word = value === null ? 'never' : String(value);
    return this.catalogue.value?.[word] ?? word;
  }

  private numbered(key: string): string | undefined {
    const [, beginning = '', number = ''] = NUMBERED.exec(key) ?? [];
    return this.catalogue.numbered?.[beginning]?.replace('__n__', number);
  }

  private composed(key: string): string | undefined {
    const [, beginning = '', end = ''] = COMPOSED.exec(key) ?? [];
    const [quantity, role] = [this.catalogue.quantity?.[beginning], this.catalogue.role?.[end]];
    if (quantity === undefined || role === undefined) return undefined;
    return this.catalogue.composed?.replace('__quantity__', quantity).replace('__role__', role);
  }
}
