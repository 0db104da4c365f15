import type { SettingClass, SettingKey } from '../../battery/settings/vocabulary';
import { CLASS_POLICIES } from '../../battery/settings/classes';
import { settingInfo, type SettingValues } from '../../battery/settings/vocabulary';
import { BmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import { parametersByKey, valuesIn, type BoardSettings } from '../../codec/settings/board-settings';
import {
  compareBoards,
  compareSettings,
  valuesOfDocument,
  type SettingsComparison,
} from '../../codec/settings/compare';
import { parseWanted, type WantedSettings } from '../../codec/settings/parse-document';
import type { WritePermission } from '../../codec/settings/permission';
import type { ReadSettings } from '../../session/settings/requests';
import type { Language } from '../languages';
import { shownValue, type ShownValue } from './settings-views';

/** The other side of a comparison, for the dialog. */
export interface ComparisonView {
  /** what the other side has, also where it is the same */
  readonly there: Readonly<Partial<Record<SettingKey, ShownValue>>>;
  readonly differences: readonly ShownDifference[];
  /** what the other side has and this board does not, by its label */
  readonly onlyThere: readonly string[];
  /** why the other side is probably not meant for this board */
  readonly stop?: string;
  /** lines of a vendor's file that say nothing known here, to be kept when it is written */
  readonly others?: readonly string[];
}

/** A setting that differs. */
export interface ShownDifference {
  readonly key: SettingKey;
  readonly class: SettingClass;
  /** what the board would hold */
  readonly wanted: ShownValue;
  readonly writable: boolean;
}

/** Compares with a file of settings, or with some of them. @throws BmsError `bad_value` */
export function compareWithFile(
  read: ReadSettings,
  settings: unknown,
  permission: WritePermission,
  language: Language,
): ComparisonView {
  const wanted = parseWanted(settings);
  return comparisonView(compareSettings(read, wanted, permission), valuesOf(wanted), language);
}

function valuesOf(wanted: WantedSettings): SettingValues {
  return wanted.kind === 'document' ? valuesOfDocument(wanted.document) : wanted.values;
}

/** Compares with another board. */
export function compareWithBoard(
  read: ReadSettings,
  other: BoardSettings,
  permission: WritePermission,
  language: Language,
): ComparisonView {
  const values = valuesIn(other.image, parametersByKey(other).values());
  return comparisonView(compareBoards(read, other, permission), values, language);
}

/**
 * Compares with the file of the vendor's own program.
 * @throws BmsError `bad_value` for another file, `unsupported` where no such program is known
 */
export function compareWithVendorFile(
  read: ReadSettings,
  text: string,
  permission: WritePermission,
  language: Language,
): ComparisonView {
  const { access, target } = read;
  const { image, others } = vendorFileOf(read).parse(text);
  return { ...compareWithBoard(read, { access, target, image }, permission, language), others };
}

/** The file of the vendor's own program. @param others lines of an earlier file that are to stay */
export function vendorFileText(read: ReadSettings, others: readonly string[]): string {
  return vendorFileOf(read).format({ image: read.image, others });
}

function vendorFileOf({ access }: ReadSettings) {
  if (access.vendorFile !== undefined) return access.vendorFile;
  throw new BmsError(
    'unsupported',
    say`No program of the vendor is known that keeps the settings of this board in a file.`,
  );
}

function comparisonView(compared: SettingsComparison, there: SettingValues, language: Language): ComparisonView {
  const { differences, apart, onlyThere, stop } = compared;
  return {
    there: shownValues(there, language),
    differences: [...differences, ...apart].map(({ key, class: settingClass, wanted, writable }) => ({
      ...{ key, class: settingClass, writable },
      wanted: shownValue(wanted, language),
    })),
    onlyThere: onlyThere.map((key) => language.settings.setting(key)),
    ...(stop && { stop: language.text(stop) }),
  };
}

/** Values that may be shown. */
function shownValues(values: SettingValues, language: Language): ComparisonView['there'] {
  const shown = (Object.keys(values) as SettingKey[]).flatMap((key) => {
    const value = values[key];
    const isShown = value !== undefined && CLASS_POLICIES[settingInfo(key).class].part !== undefined;
    return isShown ? [[key, shownValue(value, language)] as const] : [];
  });
  return Object.fromEntries(shown);
}
