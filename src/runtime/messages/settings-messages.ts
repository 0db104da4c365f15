import type { ErrorCode } from '../../battery/errors';
import type { SettingKey, SettingValue } from '../../battery/settings/vocabulary';
import type { SettingDifference, SettingsComparison } from '../../codec/settings/compare';
import type { SettingsDocument } from '../../codec/settings/document';
import type { PlannedChange } from '../../codec/settings/plan';
import type { AppliedSettings, PlannedSettings, SettingsCheck, WrittenSetting } from '../../session/settings/requests';
import type { Language } from '../languages';

/** Payload of a comparison: see `SettingsComparison`. */
export interface ComparisonPayload extends Omit<SettingsComparison, 'stop'> {
  readonly stop?: string;
}

/** Payload of a dry run: what would be written, and what forbids it. */
export interface PlanPayload {
  readonly plan: readonly PlannedChange[];
  readonly refused: readonly { readonly key: SettingKey; readonly code: ErrorCode; readonly reason: string }[];
  /** checks that have failed, with the word by which a message passes over each */
  readonly objections: readonly { readonly check: SettingsCheck; readonly reason: string }[];
  readonly notes: readonly string[];
  readonly stop?: string;
}

/** Payload of what was written. */
export interface AppliedPayload {
  readonly confirmed: true;
  readonly written: readonly WrittenSetting[];
  /** it lasts: where the board has to be asked for that, it was */
  readonly saved: true;
  readonly snapshot: SettingsDocument;
}

export function comparisonPayload(compared: SettingsComparison, language: Language): ComparisonPayload {
  const { stop, differences, apart, ...rest } = compared;
  const copies = (list: readonly SettingDifference[]): SettingDifference[] => list.map((each) => ({ ...each }));
  return {
    ...rest,
    differences: copies(differences),
    apart: copies(apart),
    ...(stop && { stop: language.text(stop) }),
  };
}

export function planPayload(
  { plan, refused, objections, notes, stop }: PlannedSettings,
  language: Language,
): PlanPayload {
  return {
    plan: plan.map((change) => ({ ...change })),
    refused: refused.map(({ key, code, reason }) => ({ key, code, reason: language.text(reason) })),
    objections: objections.map(({ check, reason }) => ({ check, reason: language.text(reason) })),
    notes: notes.map((note) => language.text(note)),
    ...(stop && { stop: language.text(stop) }),
  };
}

export function appliedPayload({ written, snapshot }: AppliedSettings): AppliedPayload {
  return { confirmed: true, written: written.map((each) => ({ ...each })), saved: true, snapshot };
}

/** A value as people read it, where one sentence holds it. */
export function shownSetting(value: SettingValue | undefined): string {
  return value === undefined ? '?' : Array.isArray(value) ? value.join(', ') : String(value);
}
