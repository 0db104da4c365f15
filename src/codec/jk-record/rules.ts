import { holds } from '../../battery/settings/order';
import { above, notBelow, type OrderingRule } from '../../battery/settings/ordering-rule';
import { CHARGE_PROFILE_RULES, RECOVERY_RULES } from '../../battery/settings/ordering-rules';
import type { SettingKey } from '../../battery/settings/vocabulary';
import type { Endian } from '../kit/fields';
import type { Parameter, SettingsImage } from '../parameter';
import type { BoardInfo } from './model';
import { inData } from './wire';

/*
 * What must hold between the settings of a board (settings-jk-modbus.md 5, settings-jk-ble.md 4).
 */

/** Boards themselves are said to refuse what breaks these. */
const OF_BOARD: readonly OrderingRule[] = [
  above('cellOvervoltageProtection', 'socVoltage100'),
  notBelow('socVoltage100', 'cellOvervoltageRecovery'),
];

const ALL: readonly OrderingRule[] = [
  ...RECOVERY_RULES,
  ...CHARGE_PROFILE_RULES,
  above('cellOvervoltageProtection', 'balanceStartVoltage'),
  above('heatingStopTemperature', 'heatingStartTemperature'),
];

const REQUESTED_CHARGE_AT = inData(38);
/** Software on which the voltage of 0 % lies between undervoltage protection and its end. */
const MAJORS_WITH_EMPTY = [14, 15];

/**
 * The rules of one board.
 * @param data of record 01, or the registers from 1000 on
 */
export function rulesOf(data: Buffer | undefined, endian: Endian, { major = 0 }: BoardInfo): readonly OrderingRule[] {
  const unused: readonly SettingKey[] = [
    ...(requestsCharge(data, endian) ? [] : (['requestedChargeCellVoltage', 'requestedFloatCellVoltage'] as const)),
    ...(MAJORS_WITH_EMPTY.includes(major) ? [] : (['socVoltage0'] as const)),
  ];
  return ALL.filter(({ upper, lower }) => !unused.includes(upper) && !unused.includes(lower));
}

/** Boards that ask no charger for a voltage leave it 0. */
function requestsCharge(data: Buffer | undefined, endian: Endian): boolean {
  if (data === undefined || data.length < REQUESTED_CHARGE_AT + 4) return false;
  return (endian === 'big' ? data.readUInt32BE(REQUESTED_CHARGE_AT) : data.readUInt32LE(REQUESTED_CHARGE_AT)) > 0;
}

/**
 * Whether the simulated board takes a change: it refuses what breaks a rule of its own.
 * @param keys what is written @param image with the new values
 */
export function isTaken(keys: readonly SettingKey[], parameters: readonly Parameter[], image: SettingsImage): boolean {
  const valueOf = (key: SettingKey) => parameters.find((each) => each.key === key)?.decode(image);
  return OF_BOARD.filter(({ upper, lower }) => keys.includes(upper) || keys.includes(lower)).every((rule) =>
    holds(rule, valueOf(rule.upper), valueOf(rule.lower)),
  );
}
