import { alarmSentence } from '../../battery/alarm';
import type { BmsError } from '../../battery/errors';
import { NotSentError } from '../../battery/errors';
import { shownValue } from '../../battery/quoted';
import type { Reading } from '../../battery/reading';
import { say, sequenceOf, type Sentence } from '../../battery/sentence';
import { settingInfo, type SettingKey } from '../../battery/settings/vocabulary';
import type { SettingsPlan } from '../../codec/settings/plan';
import { SETTINGS_CHECKS, type SettingsAction, type SettingsCheck, type SettingsObjection } from './requests';

/*
 * What is checked before settings are written (settings-vocabulary.md 2.3). Each check that fails forbids it, unless the message
 * names it.
 */

/** Above it a pack is in use, A. */
const MOST_CURRENT = 1;

/** What a message consents to. */
export interface Consent {
  /** whether it names the action: else nothing is written */
  readonly isGiven: boolean;
  /** the checks that may fail */
  readonly passed: ReadonlySet<SettingsCheck>;
}

/**
 * Reads `confirm` of a message.
 * @throws BmsError `bad_value` when it holds anything but the action and names of checks
 */
export function consentOf(action: SettingsAction, confirm: unknown): Consent {
  const isNothing = confirm === undefined || confirm === null || confirm === false || confirm === '';
  const words: readonly unknown[] = isNothing ? [] : Array.isArray(confirm) ? confirm : [confirm];
  const passed = new Set<SettingsCheck>();
  for (const word of words) {
    if (word === action) continue;
    const check = SETTINGS_CHECKS.find((each) => each === word);
    if (check === undefined) throw unknownWord(action, word);
    passed.add(check);
  }
  return { isGiven: words.includes(action), passed };
}

function unknownWord(action: SettingsAction, word: unknown): BmsError {
  return new NotSentError(
    'bad_value',
    say`confirm cannot hold ${shownValue(word)}: it is "${action}", or a list of that and of the checks that may fail: ${SETTINGS_CHECKS.join(', ')}. Nothing was written.`,
  );
}

/** What speaks against a plan, by the last reading of the board. */
export function objectionsTo(plan: SettingsPlan, reading: Readonly<Reading>): SettingsObjection[] {
  return [
    ...objection('structure', structureReason(plan)),
    ...objection('current', currentReason(reading)),
    ...objection('protection', protectionReason(reading)),
    ...objection('cells', cellsReason(plan, reading)),
  ];
}

/** A check that has failed, if there is a reason. */
export function objection(check: SettingsCheck, reason: Sentence | undefined): SettingsObjection[] {
  return reason === undefined ? [] : [{ check, reason }];
}

function structureReason({ plan, stop }: SettingsPlan): Sentence | undefined {
  const structure = plan.filter(({ key }) => settingInfo(key).class === 'T').map(({ key }) => key);
  if (structure.length === 0) return stop;
  const changed = say`It changes how the pack is built: ${structure.join(', ')}.`;
  return stop === undefined ? changed : sequenceOf([stop, changed]);
}

function currentReason({ current }: Readonly<Reading>): Sentence | undefined {
  if (current === undefined || Math.abs(current) <= MOST_CURRENT) return undefined;
  return say`A current of ${current} A flows; more than ${MOST_CURRENT} A must not.`;
}

function protectionReason({ alarms = [] }: Readonly<Reading>): Sentence | undefined {
  const active = alarms.filter(({ level }) => level === 'protection');
  if (active.length === 0) return undefined;
  return say`A protection is active: ${sequenceOf(active.map(alarmSentence))}`;
}

/** Where the board disconnects at once, and what it compares with the limit. */
interface Limit {
  readonly keys: readonly SettingKey[];
  readonly measured: keyof Reading & ('cellVoltageMax' | 'cellVoltageMin' | 'voltage');
  readonly isUpper: boolean;
}

const LIMITS: readonly Limit[] = [
  {
    keys: ['cellOvervoltageProtection', 'cellOvervoltage2Protection', 'hardwareCellOvervoltageProtection'],
    measured: 'cellVoltageMax',
    isUpper: true,
  },
  {
    keys: [
      'cellUndervoltageProtection',
      'cellUndervoltage2Protection',
      'hardwareCellUndervoltageProtection',
      'shutdownCellVoltage',
    ],
    measured: 'cellVoltageMin',
    isUpper: false,
  },
  { keys: ['packOvervoltageProtection'], measured: 'voltage', isUpper: true },
  { keys: ['packUndervoltageProtection'], measured: 'voltage', isUpper: false },
];

function cellsReason({ plan }: SettingsPlan, reading: Readonly<Reading>): Sentence | undefined {
  const reasons = LIMITS.flatMap(({ keys, measured, isUpper }) => {
    const value = reading[measured];
    if (value === undefined) return [];
    return plan
      .filter(({ key, to }) => keys.includes(key) && typeof to === 'number' && (isUpper ? to <= value : to >= value))
      .map(({ key, to }) => say`${key} would be ${Number(to)} V, and ${measured} is ${value} V.`);
  });
  if (reasons.length === 0) return undefined;
  return say`${sequenceOf(reasons)} The board would disconnect at once.`;
}

/** @throws BmsError `denied` which checks have failed, and how to pass over them */
export function throwObjections(objections: readonly SettingsObjection[], action: SettingsAction): void {
  const [first] = objections;
  if (first === undefined) return;
  const names = [...new Set(objections.map(({ check }) => check))];
  const remedy = say`To write all the same, the message must carry confirm: ${JSON.stringify([action, ...names])}. Nothing was written.`;
  throw new NotSentError('denied', sequenceOf([...objections.map(({ reason }) => reason), remedy]));
}
