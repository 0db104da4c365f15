import { settingInfo, type SettingKey, type SettingValue } from './vocabulary';

/** Limits of what must not fall too low: the higher, the earlier they act. */
const LOW_LIMITS = /Under(voltage|temperature)|^socLow|^shutdownCellVoltage/;
/** The longer a protection lasts, the safer. */
const RECOVERY_DELAYS = /RecoveryDelay$/;
const DELAYS = /Delay$/;
/** Switches of protections: whether `true` protects more. */
const SWITCHES: Readonly<Partial<Record<SettingKey, boolean>>> = {
  jbdThresholdsDoubled: false,
  jkDischargeOvercurrent2: true,
  jkDischargeOvercurrent3: true,
};

/**
 * Whether a change of a protection makes it act earlier or longer (1), later or shorter (-1); 0 where it is neither, or no
 * protection.
 */
export function safetyOf(key: SettingKey, from: SettingValue | undefined, to: SettingValue): -1 | 0 | 1 {
  if (settingInfo(key).class !== 'P' || from === undefined || from === to) return 0;
  if (typeof from === 'boolean' || typeof to === 'boolean') return to === (SWITCHES[key] ?? true) ? 1 : -1;
  if (from === null || to === null) return from === null ? 1 : -1;
  const isSaferHigher = RECOVERY_DELAYS.test(key) || (LOW_LIMITS.test(key) && !DELAYS.test(key));
  return to > from === isSaferHigher ? 1 : -1;
}
