import { BmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import { allows, CLASS_POLICIES, type SettingsLevel } from '../../battery/settings/classes';
import { settingInfo, type SettingKey } from '../../battery/settings/vocabulary';
import type { Parameter, SettingsAccess } from '../parameter';

/** What the user of a device lets be written. */
export interface WritePermission {
  readonly level: SettingsLevel;
  /** whether also what no public source has proven */
  readonly allowExperimental: boolean;
}

/**
 * Why a setting may not be written.
 * @param parameter undefined where the board does not have it
 * @returns undefined where it may; `denied` where the user of the device can allow it, `unsupported` where nobody can
 */
export function refusalOf(
  key: SettingKey,
  parameter: Parameter | undefined,
  access: SettingsAccess,
  { level, allowExperimental }: WritePermission,
): BmsError | undefined {
  const info = settingInfo(key);
  const needed = CLASS_POLICIES[info.class].level;
  if (parameter === undefined) {
    return new BmsError('unsupported', say`The board has no ${key}, or does not show it. Nothing was written.`);
  }
  if (needed === undefined) return new BmsError('unsupported', neverWritten(key));
  if (access.write === undefined || parameter.access === 'read') {
    return new BmsError('unsupported', say`No way is known to write ${key} to this board. Nothing was written.`);
  }
  if (!allows(level, needed)) {
    return new BmsError(
      'denied',
      say`${key} may be written when the device allows settings up to "${needed}"; it allows "${level}". Nothing was written.`,
    );
  }
  if (parameter.access === 'experimental' && !allowExperimental) {
    return new BmsError(
      'denied',
      say`No public source has proven how ${key} is written to this board. To try it all the same, tick "experimental" in the device. Nothing was written.`,
    );
  }
  return undefined;
}

function neverWritten(key: SettingKey) {
  return settingInfo(key).class === 'V'
    ? say`${key} is no setting but a state; switches and the state of charge are set with bms-control. Nothing was written.`
    : say`${key} is never written: it belongs to this one board. Nothing was written.`;
}
