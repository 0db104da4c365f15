import { alarmSentence, unknownCode, type AlarmCode } from '../../battery/alarm';
import { say, type Sentence } from '../../battery/sentence';
import { alarmEvent, recoveryEvent, stateEvent, type LogEvent } from '../kit/log-events';

/*
 * The events of the log and what the board notes with them (ant.md 8.2): one source, not checked on hardware.
 */

/** From event 2 on: each protection and then its end. */
const PROTECTIONS: readonly AlarmCode[] = [
  ...(['cell_overvoltage', 'cell_overvoltage', 'pack_overvoltage'] as const),
  ...(['cell_undervoltage', 'cell_undervoltage', 'pack_undervoltage', 'cell_imbalance'] as const),
  ...(['charge_overtemperature', 'discharge_overtemperature', 'mos_overtemperature'] as const),
  ...(['charge_undertemperature', 'discharge_undertemperature'] as const),
  ...(['charge_overcurrent', 'discharge_overcurrent', 'discharge_overcurrent', 'short_circuit'] as const),
];

/** From event 47 on. */
const WARNINGS: readonly AlarmCode[] = [
  ...(['cell_overvoltage', 'cell_undervoltage', 'cell_imbalance', 'pack_overvoltage', 'pack_undervoltage'] as const),
  ...(['charge_overtemperature', 'discharge_overtemperature'] as const),
  ...(['charge_undertemperature', 'discharge_undertemperature', 'mos_overtemperature'] as const),
  ...(['charge_overcurrent', 'discharge_overcurrent', 'soc_low', 'soc_low'] as const),
  ...(['cell_voltage_check_failed', 'cell_count_mismatch', 'precharge_failed'] as const),
];

const FAULTS: Readonly<Record<number, AlarmCode>> = {
  42: 'balance_wire_open',
  43: 'current_sensor_fault',
  44: 'discharge_mos_fault',
  45: 'charge_mos_fault',
  46: 'communication_fault',
  84: 'communication_fault',
  91: 'balancer_fault',
  92: 'precharge_mos_fault',
  93: 'precharge_mos_fault',
  94: 'heater_fault',
};

const STATES: Readonly<Record<number, LogEvent>> = {
  64: stateEvent('full', say`The battery is full.`),
  65: stateEvent('charging', say`Charging began.`),
  66: stateEvent('discharging', say`Discharging began.`),
  67: stateEvent('charger_can', say`A charger was found by CAN.`),
  68: stateEvent('charger_rs485', say`A charger was found by RS485.`),
  69: stateEvent('charger_current', say`A charger was found by its current.`),
  70: stateEvent('charge_mos_on', say`The charge MOSFET was switched on.`),
  71: stateEvent('discharge_mos_on', say`The discharge MOSFET was switched on.`),
  72: stateEvent('balancing', say`Balancing began.`),
  73: stateEvent('standby', say`The board went to standby.`),
  74: stateEvent('balance_limit', say`Balancing by the limit began.`),
  75: stateEvent('balance_difference', say`Balancing by the difference began.`),
  76: stateEvent('balance_automatic', say`Automatic balancing began.`),
  78: stateEvent('reset', say`The board was reset.`),
  79: stateEvent('firmware_update', say`The firmware was updated.`),
  80: stateEvent('boot_update', say`The boot program was updated.`),
  81: stateEvent('power_off', say`The board switched itself off.`),
  82: stateEvent('start', say`The board started.`),
  83: stateEvent('charge_end', say`Charging ended.`),
  85: stateEvent('maker_check', say`The password of the maker was checked.`),
  86: stateEvent('licence_check', say`The licence was checked.`),
  87: stateEvent('settings_restored', say`The settings were restored.`),
  88: stateEvent('maker_settings', say`The settings of the maker were written.`),
  89: stateEvent('settings_saved', say`The settings were saved.`),
  90: stateEvent('preset', say`The settings for a chemistry were written.`),
};

const EVENTS: ReadonlyMap<number, LogEvent> = new Map<number, LogEvent>([
  [1, alarmEvent('cell_type_not_set', 'protection')],
  ...PROTECTIONS.flatMap((code, i): [number, LogEvent][] => [
    [2 + 2 * i, alarmEvent(code, 'protection')],
    [3 + 2 * i, recoveryEvent(code)],
  ]),
  ...([1, 2, 3, 4] as const).flatMap((number, i): [number, LogEvent][] => [
    [34 + i, stateEvent(`discharge_switch_${number}`, say`Discharge switch ${number} was switched.`)],
    [38 + i, stateEvent(`charge_switch_${number}`, say`Charge switch ${number} was switched.`)],
  ]),
  ...WARNINGS.map((code, i): [number, LogEvent] => [47 + i, alarmEvent(code, 'warning')]),
  [77, alarmEvent('balancer_overtemperature', 'warning')],
  ...Object.entries(FAULTS).map(([event, code]): [number, LogEvent] => [Number(event), alarmEvent(code, 'fault')]),
  ...Object.entries(STATES).map(([event, state]): [number, LogEvent] => [Number(event), state]),
]);

/** What an event of the log is. */
export function eventOf(number: number): LogEvent {
  const found = EVENTS.get(number);
  if (found !== undefined) return found;
  const unknown = unknownCode('log_event', number);
  return { code: unknown.code, level: 'none', message: alarmSentence(unknown) };
}

/** A value that the board notes with an event. */
interface Item {
  readonly text: (value: string) => Sentence;
  /** per unit of the text */
  readonly steps?: number;
}

/** The items that say something to a user; the others are numbers of the firmware. */
const ITEMS: ReadonlyMap<number, Item> = new Map<number, Item>([
  [1, { text: (value) => say`pack ${value} V`, steps: 10 }],
  [2, { text: (value) => say`current ${value} A`, steps: 10 }],
  [3, { text: (value) => say`state of charge ${value} %` }],
  [4, { text: (value) => say`MOSFETs ${value} °C` }],
  [5, { text: (value) => say`balancer ${value} °C` }],
  [6, { text: (value) => say`warmest sensor ${value} °C` }],
  [7, { text: (value) => say`coldest sensor ${value} °C` }],
  [10, { text: (value) => say`highest cell ${value} V`, steps: 1000 }],
  [12, { text: (value) => say`lowest cell ${value} V`, steps: 1000 }],
  [15, { text: (value) => say`difference ${value} V`, steps: 1000 }],
]);

/** The current is positive while discharging, as in the status; a message has it the other way round (ant.md 5). */
const CURRENT = 2;

/** What the board notes with an event, in words. @returns undefined for what is for its maker only */
export function itemText(number: number, raw: number): Sentence | undefined {
  const item = ITEMS.get(number);
  return item?.text(String((number === CURRENT ? -raw : raw) / (item.steps ?? 1) + 0));
}
