import { CLASS_POLICIES } from '../../battery/settings/classes';
import type { Proposal } from '../../battery/settings/presets';
import { safetyOf } from '../../battery/settings/safety';
import {
  SETTINGS,
  settingInfo,
  type SettingClass,
  type SettingGroup,
  type SettingInfo,
  type SettingKey,
  type SettingValue,
} from '../../battery/settings/vocabulary';
import type { Parameter, PermissionLevel } from '../../codec/parameter';
import { heldOrAsked, parametersByKey, sameSetting, type BoardSettings } from '../../codec/settings/board-settings';
import type { SettingsDocument } from '../../codec/settings/document';
import { refusalOf, type WritePermission } from '../../codec/settings/permission';
import type { PlannedChange, SettingsPlan } from '../../codec/settings/plan';
import type { PlannedSettings, ReadSettings, SettingsCheck } from '../../session/settings/requests';
import type { Language } from '../languages';

/** A value for people, and as it is. */
export interface ShownValue {
  readonly value: SettingValue;
  readonly text: string;
}

/** A setting as the table of the dialog shows it, whatever its value. */
interface ShownSetting {
  readonly key: SettingKey;
  readonly label: string;
  readonly unit: string;
  readonly class: SettingClass;
  readonly className: string;
}

/** One row of the table. */
export interface SettingRow extends ShownSetting, ShownValue {
  readonly group: SettingGroup;
  readonly groupName: string;
  readonly type: SettingInfo['type'];
  readonly range?: readonly [number, number];
  /** words that it may be */
  readonly choices?: readonly ShownValue[];
  readonly isExperimental: boolean;
  /** why it cannot be written; missing where it can */
  readonly whyNot?: string;
}

/** What the dialog gets of a board that was read. */
export interface SettingsView {
  readonly document: SettingsDocument;
  readonly rows: readonly SettingRow[];
  readonly level: WritePermission['level'];
  /** how null is typed */
  readonly never: string;
  /** levels of permission of the board itself, where it has any */
  readonly levels?: { readonly inForce?: number; readonly all: readonly ShownLevel[] };
  /** the file of the vendor's program, where one is known */
  readonly vendorFile?: { readonly extension: string; readonly program: string };
}

interface ShownLevel {
  readonly level: number;
  readonly may: string;
  /** how its password is entered; '' where none is */
  readonly password: string;
}

/** The chemistries by which boards are set up. */
const CHEMISTRIES = ['lfp', 'nmc', 'lto', 'sodium', 'lmfp', 'custom'] as const;

export function settingsView(read: ReadSettings, permission: WritePermission, language: Language): SettingsView {
  const { access, target, document } = read;
  const { permission: levels, vendorFile } = access;
  const inForce = levels?.inForce(target);
  return {
    document,
    rows: rowsOf(read, permission, language),
    level: permission.level,
    never: language.settings.value(null),
    ...(levels && {
      levels: {
        ...(inForce !== undefined && { inForce }),
        all: levels.levels.map((each) => shownLevel(each, language)),
      },
    }),
    ...(vendorFile && { vendorFile: { extension: vendorFile.extension, program: vendorFile.program } }),
  };
}

function shownLevel({ level, may, password }: PermissionLevel, language: Language): ShownLevel {
  return { level, may: language.text(may), password: password === undefined ? '' : language.text(password) };
}

function rowsOf(board: BoardSettings, permission: WritePermission, language: Language): SettingRow[] {
  const rows = [...parametersByKey(board).values()].flatMap((parameter) => {
    const value = parameter.decode(board.image);
    const isShown = value !== undefined && CLASS_POLICIES[settingInfo(parameter.key).class].part !== undefined;
    return isShown ? [rowOf(board, parameter, value, permission, language)] : [];
  });
  return GROUPS.flatMap((group) => rows.filter((row) => row.group === group).sort(byVocabulary));
}

/** In the order in which they are listed. */
const GROUPS: readonly SettingGroup[] = [
  ...(['voltage', 'current', 'temperature', 'soc'] as const),
  ...(['balancing', 'capacity', 'system', 'vendor'] as const),
];

const PLACES = new Map([...SETTINGS.keys()].map((key, place) => [key, place]));

function byVocabulary(one: SettingRow, other: SettingRow): number {
  return (PLACES.get(one.key) ?? 0) - (PLACES.get(other.key) ?? 0);
}

function rowOf(
  board: BoardSettings,
  parameter: Parameter,
  value: SettingValue,
  permission: WritePermission,
  language: Language,
): SettingRow {
  const { key, range } = parameter;
  const { group, type } = settingInfo(key);
  const refusal = refusalOf(key, parameter, board.access, permission);
  return {
    ...shownSetting(key, language),
    ...shownValue(value, language),
    ...{ group, groupName: language.settings.group(group), type },
    ...(range && { range }),
    ...(key === 'chemistry' && { choices: CHEMISTRIES.map((word) => shownValue(word, language)) }),
    isExperimental: parameter.access === 'experimental',
    ...(refusal && { whyNot: language.text(refusal.sentence) }),
  };
}

function shownSetting(key: SettingKey, { settings }: Language): ShownSetting {
  const { unit, class: settingClass } = settingInfo(key);
  return {
    ...{ key, label: settings.setting(key), unit: settings.unit(unit) },
    ...{ class: settingClass, className: settings.class(settingClass) },
  };
}

export function shownValue(value: SettingValue, { settings }: Language): ShownValue {
  return { value, text: settings.value(value) };
}

/** What would be written, for the dialog. */
export interface PlanView {
  readonly plan: readonly PlannedRow[];
  readonly refused: readonly { readonly label: string; readonly reason: string }[];
  readonly objections: readonly { readonly check: SettingsCheck; readonly reason: string }[];
  readonly notes: readonly string[];
  readonly stop?: string;
}

/** A step of the plan. */
export interface PlannedRow extends ShownSetting {
  readonly from: string;
  readonly to: string;
  readonly rounded: boolean;
  readonly isExperimental: boolean;
  /** a protection acts later, or lets go earlier, than before */
  readonly isLooser: boolean;
}

export function planView(planned: PlannedSettings, language: Language): PlanView {
  const { plan, refused, objections, notes, stop, present } = planned;
  const parameters = parametersByKey(present);
  return {
    plan: plan.map((change) => plannedRow(change, parameters.get(change.key), language)),
    refused: shownRefusals(refused, language),
    objections: objections.map(({ check, reason }) => ({ check, reason: language.text(reason) })),
    notes: notes.map((note) => language.text(note)),
    ...(stop && { stop: language.text(stop) }),
  };
}

function plannedRow(
  { key, from, to, rounded }: PlannedChange,
  parameter: Parameter | undefined,
  language: Language,
): PlannedRow {
  return {
    ...shownSetting(key, language),
    ...{ from: language.settings.value(from), to: language.settings.value(to), rounded: rounded === true },
    isExperimental: parameter?.access === 'experimental',
    isLooser: safetyOf(key, from, to) === -1,
  };
}

function shownRefusals(refused: SettingsPlan['refused'], language: Language): PlanView['refused'] {
  return refused.map(({ key, reason }) => ({
    label: language.settings.setting(key),
    reason: language.text(reason),
  }));
}

/** What quick setup proposes. */
export interface ProposalView {
  /** what differs from what the board holds */
  readonly rows: readonly ProposedRow[];
  readonly note: string;
}

interface ProposedRow extends ShownSetting, ShownValue {
  readonly from: string;
  /** why it cannot be written; missing where it can */
  readonly whyNot?: string;
}

/** @param propose gives a proposal for a board that has some settings */
export function proposalView(
  board: BoardSettings,
  propose: (has: (key: SettingKey) => boolean) => Proposal,
  permission: WritePermission,
  language: Language,
): ProposalView {
  const parameters = parametersByKey(board);
  const isWritable = (key: SettingKey): boolean => {
    const access = parameters.get(key)?.access;
    return access === 'write' || access === 'experimental';
  };
  const { values, note } = propose(isWritable);
  const rows = (Object.keys(values) as SettingKey[]).flatMap((key): ProposedRow[] => {
    const [parameter, asked] = [parameters.get(key), values[key]];
    if (parameter === undefined || asked === undefined) return [];
    const present = parameter.decode(board.image) ?? null;
    const value = heldOrAsked(parameter, asked, board.image);
    if (sameSetting(present, value)) return [];
    const refusal = refusalOf(key, parameter, board.access, permission);
    return [
      {
        ...shownSetting(key, language),
        ...shownValue(value, language),
        from: language.settings.value(present),
        ...(refusal && { whyNot: language.text(refusal.sentence) }),
      },
    ];
  });
  return { rows, note: language.text(note) };
}
