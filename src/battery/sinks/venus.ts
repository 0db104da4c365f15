import type { Alarm, AlarmLevel } from '../alarm';
import { roundedDown } from '../derive';
import type { SinkLimits } from './sink';

/** How Venus OS counts the level of an alarm: 0 ok, 1 warning, 2 alarm. */
export type VenusLevel = 0 | 1 | 2;

type AlarmTable = Readonly<Record<string, readonly string[]>>;

/** Codes by the last part of the path of an alarm of the virtual battery (victron.md 3). */
export const VIRTUAL_BATTERY_ALARMS = {
  LowVoltage: ['pack_undervoltage'],
  HighVoltage: ['pack_overvoltage'],
  LowCellVoltage: ['cell_undervoltage'],
  HighCellVoltage: ['cell_overvoltage'],
  CellImbalance: ['cell_imbalance'],
  HighChargeCurrent: ['charge_overcurrent'],
  HighDischargeCurrent: ['discharge_overcurrent'],
  HighCurrent: ['short_circuit'],
  HighTemperature: ['charge_overtemperature', 'discharge_overtemperature', 'mos_overtemperature', 'overtemperature'],
  LowTemperature: ['charge_undertemperature', 'discharge_undertemperature', 'undertemperature'],
  LowSoc: ['soc_low', 'low_capacity'],
  StateOfHealth: [],
} as const satisfies AlarmTable;

/** The same of dbus-mqtt-battery (victron.md 8): temperatures while charging have their own, the highest cell has none. */
export const MQTT_BATTERY_ALARMS = {
  LowVoltage: ['pack_undervoltage'],
  HighVoltage: ['pack_overvoltage', 'cell_overvoltage'],
  LowSoc: ['soc_low', 'low_capacity'],
  HighChargeCurrent: ['charge_overcurrent'],
  HighDischargeCurrent: ['discharge_overcurrent'],
  HighCurrent: ['short_circuit'],
  CellImbalance: ['cell_imbalance'],
  HighChargeTemperature: ['charge_overtemperature'],
  LowChargeTemperature: ['charge_undertemperature'],
  LowCellVoltage: ['cell_undervoltage'],
  LowTemperature: ['discharge_undertemperature', 'undertemperature'],
  HighTemperature: ['discharge_overtemperature', 'mos_overtemperature', 'overtemperature'],
  FuseBlown: ['charge_fuse_fault', 'discharge_fuse_fault'],
} as const satisfies AlarmTable;

const LEVELS: Readonly<Record<AlarmLevel, VenusLevel>> = { warning: 1, protection: 2, fault: 2 };

/** The highest level of each entry of a table; 0 where none of its codes is among the alarms. */
export function venusLevels<T extends AlarmTable>(table: T, alarms: readonly Alarm[]): Record<keyof T, VenusLevel> {
  const levels = Object.entries(table).map(([name, codes]) => [
    name,
    highest(alarms.filter(({ code }) => codes.includes(code))),
  ]);
  return Object.fromEntries(levels) as Record<keyof T, VenusLevel>;
}

/** 2 where a protection or a fault has no entry in a table, else 0: a warning without an entry is not passed on. */
export function otherFailures(table: AlarmTable, alarms: readonly Alarm[]): 0 | 2 {
  const known = new Set(Object.values(table).flat());
  return highest(alarms.filter(({ code }) => !known.has(code))) === 2 ? 2 : 0;
}

function highest(alarms: readonly Alarm[]): VenusLevel {
  return alarms.reduce<VenusLevel>((level, alarm) => (LEVELS[alarm.level] > level ? LEVELS[alarm.level] : level), 0);
}

/** V and A; a limit that is not known is undefined. */
export interface VenusLimits {
  readonly chargeVoltage?: number;
  readonly chargeCurrent?: number;
  readonly dischargeCurrent?: number;
  readonly dischargeVoltage?: number;
}

/** Limits as Venus OS is to get them: a voltage is never 0, as it would be handed on; a current below 1 A is none. */
export function venusLimits(limits: SinkLimits): VenusLimits {
  return {
    chargeVoltage: volts(limits.chargeVoltageLimit),
    chargeCurrent: amperes(limits.chargeCurrentLimit),
    dischargeCurrent: amperes(limits.dischargeCurrentLimit),
    dischargeVoltage: volts(limits.dischargeVoltageLimit),
  };
}

function volts(value: number | undefined): number | undefined {
  const rounded = roundedDown(value ?? 0, 2);
  return rounded > 0 && Number.isFinite(rounded) ? rounded : undefined;
}

/** Chargers of Victron make 1 A of a fraction (charge-limits.md 10). */
function amperes(value: number | undefined): number | undefined {
  if (value === undefined || !Number.isFinite(value)) return undefined;
  return value < 1 ? 0 : roundedDown(value, 1);
}
