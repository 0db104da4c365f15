import { say, sequenceOf, type Sentence } from '../../battery/sentence';
import { CLASS_POLICIES } from '../../battery/settings/classes';
import {
  settingInfo,
  type SettingClass,
  type SettingKey,
  type SettingUnit,
  type SettingValue,
  type SettingValues,
} from '../../battery/settings/vocabulary';
import type { Parameter } from '../parameter';
import { heldOrAsked, parametersByKey, sameSetting, valuesIn, type BoardSettings } from './board-settings';
import { DOCUMENT_PARTS, type SettingsDocument } from './document';
import type { WantedSettings } from './parse-document';
import { refusalOf, type WritePermission } from './permission';

/** A setting that is not the same here and there. */
export interface SettingDifference {
  readonly key: SettingKey;
  /** what this board holds */
  readonly present: SettingValue;
  /** what it would hold if it were set to that of the other side; as it is there, where the board cannot hold it */
  readonly wanted: SettingValue;
  readonly unit: SettingUnit;
  readonly class: SettingClass;
  /** whether it may be written to this board */
  readonly writable: boolean;
  /** that of the other side is no multiple of the step of this board */
  readonly rounded?: true;
}

/** How a board differs from a document, a set of keys, or another board. */
export interface SettingsComparison {
  /** whether nothing differs but what belongs to each board alone (`apart`, identity, state) */
  readonly same: boolean;
  readonly differences: readonly SettingDifference[];
  /** differences of what belongs to each board alone: calibration, links */
  readonly apart: readonly SettingDifference[];
  /** settings of this board that the other side does not have; none for a set of keys */
  readonly onlyHere: readonly SettingKey[];
  readonly onlyThere: readonly SettingKey[];
  /** why the other side is probably not meant for this board */
  readonly stop?: Sentence;
}

/** All settings of a document, of whatever part. */
export function valuesOfDocument(document: SettingsDocument): SettingValues {
  return Object.assign({}, ...DOCUMENT_PARTS.map((part) => document[part])) as SettingValues;
}

/** Compares a board with settings from outside, in the steps of the board. */
export function compareSettings(
  board: BoardSettings,
  wanted: WantedSettings,
  permission: WritePermission,
): SettingsComparison {
  return wanted.kind === 'document'
    ? compareValues(board, valuesOfDocument(wanted.document), permission, true)
    : compareValues(board, wanted.values, permission, false);
}

/** Compares a board with another one, in the steps of the first. */
export function compareBoards(
  board: BoardSettings,
  other: BoardSettings,
  permission: WritePermission,
): SettingsComparison {
  return compareValues(board, valuesIn(other.image, parametersByKey(other).values()), permission, true);
}

function compareValues(
  board: BoardSettings,
  there: SettingValues,
  permission: WritePermission,
  isWhole: boolean,
): SettingsComparison {
  const parameters = parametersByKey(board);
  const here = valuesIn(board.image, parameters.values());
  const found = [...parameters.values()].flatMap((parameter) => differenceAt(board, parameter, there, permission));
  const differences = found.filter((each) => howCompared(each.key) === 'yes');
  const onlyHere = isWhole ? comparedKeys(here).filter((key) => there[key] === undefined) : [];
  const onlyThere = comparedKeys(there).filter((key) => here[key] === undefined);
  const stop = structureStop(found, board.access.mustMatch);
  return {
    same: differences.length + onlyHere.length + onlyThere.length === 0,
    differences,
    apart: found.filter((each) => howCompared(each.key) === 'apart'),
    onlyHere,
    onlyThere,
    ...(stop && { stop }),
  };
}

function howCompared(key: SettingKey): 'yes' | 'apart' | 'no' {
  return CLASS_POLICIES[settingInfo(key).class].compared;
}

function comparedKeys(values: SettingValues): SettingKey[] {
  return (Object.keys(values) as SettingKey[]).filter((key) => howCompared(key) === 'yes');
}

function differenceAt(
  { access, image }: BoardSettings,
  parameter: Parameter,
  there: SettingValues,
  permission: WritePermission,
): SettingDifference[] {
  const { key } = parameter;
  const present = parameter.decode(image);
  const asked = there[key];
  if (present === undefined || asked === undefined || howCompared(key) === 'no') return [];
  if (parameter.isDoubtful === true) return [];
  const wanted = heldOrAsked(parameter, asked, image);
  if (sameSetting(present, wanted)) return [];
  const { unit, class: settingClass } = settingInfo(key);
  return [
    {
      key,
      present,
      wanted,
      unit,
      class: settingClass,
      writable: refusalOf(key, parameter, access, permission) === undefined,
      ...(!sameSetting(wanted, asked) && { rounded: true }),
    },
  ];
}

/** A pack that is built otherwise: the file is probably that of another pack (settings-vocabulary.md 1.1). */
function structureStop(
  differences: readonly SettingDifference[],
  mustMatch: readonly SettingKey[] = [],
): Sentence | undefined {
  const structure = differences.filter((each) => each.class === 'T' || mustMatch.includes(each.key));
  if (structure.length === 0) return undefined;
  const found = structure.map(
    ({ key, present, wanted }) => say`${key} is ${shown(present)} here, ${shown(wanted)} there.`,
  );
  return say`The packs are not built alike: ${sequenceOf(found)} The settings are probably those of another pack.`;
}

function shown(value: SettingValue): string {
  return typeof value === 'object' && value !== null ? value.join(', ') : String(value);
}
