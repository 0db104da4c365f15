import { BmsError, NotSentError } from '../../battery/errors';
import { say, sequenceOf, type Sentence } from '../../battery/sentence';
import { CLASS_POLICIES } from '../../battery/settings/classes';
import { settingInfo, type SettingKey, type SettingValue } from '../../battery/settings/vocabulary';
import type { SettingsImage } from '../../codec/parameter';
import { parametersByKey, sameSetting, type BoardSettings } from '../../codec/settings/board-settings';
import type { PlannedChange, SettingsPlan } from '../../codec/settings/plan';

/** What has become of one setting when not all could be written: see `SettingsFailure`. */
export interface SettingReport {
  readonly key: SettingKey;
  /** what it should have become; missing where it should have stayed */
  readonly wanted?: SettingValue;
  readonly before?: SettingValue;
  /** what the board holds now; missing where it could not be read */
  readonly present?: SettingValue;
  /** whether the board holds what it held before */
  readonly restored: boolean;
  /** why it is not written */
  readonly reason?: string;
}

/** `cause` of the error when settings are not written. */
export interface SettingsFailure {
  readonly report: readonly SettingReport[];
  /** what the error is due to */
  readonly cause?: unknown;
}

/** The error when something may not be written: nothing was. Its code is that of the first refusal. */
export function refusedError({ refused, plan }: SettingsPlan): BmsError | undefined {
  const [first] = refused;
  if (first === undefined) return undefined;
  const byKey = new Map(plan.map((change) => [change.key, change]));
  const report = refused.map(({ key, reason }): SettingReport => {
    const change = byKey.get(key);
    return {
      key,
      ...(change && { wanted: change.to, before: change.from, present: change.from }),
      restored: true,
      reason: String(reason),
    };
  });
  const reasons = [...new Set(refused.map(({ reason }) => reason))].slice(0, MOST_REASONS);
  return new NotSentError(first.code, sequenceOf(reasons), failure(report));
}

/** Reasons that one sentence holds; the report has all. */
const MOST_REASONS = 3;

/**
 * What a board holds after settings could not be written.
 * @param before the board as it was
 * @param plan what should have changed
 * @param after undefined where the board could not be read
 * @param touched registers that were written, or possibly were
 */
export function reportOf(
  before: BoardSettings,
  plan: readonly PlannedChange[],
  after: SettingsImage | undefined,
  touched: { has(register: string): boolean },
): SettingReport[] {
  const planned = new Map(plan.map((change) => [change.key, change]));
  return [...parametersByKey(before).values()].flatMap((parameter): SettingReport[] => {
    const { key } = parameter;
    const change = planned.get(key);
    const former = parameter.decode(before.image);
    const known = after ?? (touched.has(parameter.register) ? undefined : before.image);
    const present = known && parameter.decode(known);
    const restored = present !== undefined && sameSetting(present, former);
    const isOther = CLASS_POLICIES[settingInfo(key).class].compared === 'yes' && former !== undefined;
    if (change === undefined && (!isOther || known === undefined || restored)) return [];
    return [
      {
        key,
        ...(change && { wanted: change.to }),
        ...(former !== undefined && { before: former }),
        ...(present !== undefined && { present }),
        restored,
      },
    ];
  });
}

/** The error when something has gone wrong before anything was written. */
export function nothingWritten(error: BmsError, report: readonly SettingReport[]): BmsError {
  const { code, sentence, cause } = error;
  const saysSo = error instanceof NotSentError;
  const message = saysSo ? sentence : sequenceOf([sentence, say`Nothing was written.`]);
  return new NotSentError(code, message, failure(report, cause));
}

/**
 * The error when settings could not be written.
 * @param error what went wrong
 * @param left why not all could be put back, where that is so
 */
export function notWritten(error: BmsError, report: readonly SettingReport[], left: BmsError | undefined): BmsError {
  const missing = report.filter(({ restored }) => !restored).map(({ key }) => key);
  const outcome =
    missing.length === 0
      ? say`Everything that was written was put back.`
      : say`Not put back, as far as can be seen: ${missing.join(', ')}.`;
  const reasons: Sentence[] = left === undefined || left.message === error.message ? [] : [left.sentence];
  return new BmsError(error.code, sequenceOf([error.sentence, outcome, ...reasons]), failure(report, error.cause));
}

function failure(report: readonly SettingReport[], cause?: unknown): SettingsFailure {
  return { report, ...(cause !== undefined && { cause }) };
}
