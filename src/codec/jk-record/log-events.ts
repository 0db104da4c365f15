import { unknownCode, alarmSentence, type AlarmCode, type AlarmLevel } from '../../battery/alarm';
import { say, type SentenceValue } from '../../battery/sentence';
import { alarmEvent, recoveryEvent, stateEvent, type LogEvent } from '../kit/log-events';

/*
 * The codes of the log book (jk-ble.md 12).
 */

const APP = say`the app`;
const BUTTON = say`the button`;
const REMOTE = say`the remote module`;

/** From which code on charging off, charging on, discharging off and discharging on follow each other, and by whom. */
const SWITCHED: readonly (readonly [first: number, by: SentenceValue])[] = [
  [0x03, APP],
  [0x07, REMOTE],
  [0x30, 'CAN'],
  [0x34, 'RS485'],
];

function switchedBy(by: SentenceValue): readonly LogEvent[] {
  return [
    stateEvent('charge_off', say`Charging was switched off by ${by}.`),
    stateEvent('charge_on', say`Charging was switched on by ${by}.`),
    stateEvent('discharge_off', say`Discharging was switched off by ${by}.`),
    stateEvent('discharge_on', say`Discharging was switched on by ${by}.`),
  ];
}

/** Alarms, each followed by the code of its end. */
const PAIRS: readonly (readonly [first: number, code: AlarmCode, level?: AlarmLevel])[] = [
  [0x0b, 'mos_overtemperature'],
  [0x0d, 'current_sensor_fault', 'fault'],
  [0x0f, 'communication_fault', 'fault'],
  [0x11, 'cell_overvoltage'],
  [0x13, 'pack_overvoltage'],
  [0x15, 'charge_overcurrent'],
  [0x17, 'short_circuit'],
  [0x19, 'charge_overtemperature'],
  [0x1b, 'charge_undertemperature'],
  [0x1d, 'cell_undervoltage'],
  [0x1f, 'pack_undervoltage'],
  [0x21, 'discharge_overcurrent'],
  [0x23, 'short_circuit'],
  [0x25, 'discharge_overtemperature'],
  [0x48, 'discharge_undertemperature'],
];

const EMERGENCY_ON = stateEvent('emergency_on', say`Emergency mode was switched on.`);
const EMERGENCY_OFF = stateEvent('emergency_off', say`Emergency mode was switched off.`);
const PRESET = stateEvent('preset', say`The settings for a chemistry were written.`);

const OTHERS: Readonly<Record<number, LogEvent>> = {
  0x01: stateEvent('start', say`The board started.`),
  0x02: stateEvent('power_off', say`The board switched itself off.`),
  0x27: stateEvent('watchdog', say`The watchdog restarted the board.`),
  0x28: alarmEvent('short_circuit', 'protection'),
  0x29: EMERGENCY_ON,
  0x2a: EMERGENCY_OFF,
  0x2b: stateEvent('emergency_off', say`Emergency mode ended by itself.`),
  0x2c: stateEvent('power_off', say`The board was switched off by ${APP}.`),
  0x2d: stateEvent('power_off', say`The board was switched off by ${BUTTON}.`),
  0x2e: alarmEvent('discharge_start_failed', 'fault'),
  0x2f: stateEvent('power_off', say`The board was switched off by ${'RS485'}.`),
  0x38: stateEvent('sleep', say`The board went to sleep.`),
  0x39: alarmEvent('charge_mos_fault', 'fault'),
  0x3a: alarmEvent('discharge_mos_fault', 'fault'),
  0x3b: stateEvent('clock_set', say`The clock was set.`),
  0x3c: alarmEvent('cell_count_mismatch', 'fault'),
  0x3d: EMERGENCY_ON,
  0x3e: EMERGENCY_OFF,
  0x3f: stateEvent('forced_heating', say`The heater was switched on by force.`),
  0x40: alarmEvent('discharge_overcurrent', 'protection'),
  0x41: alarmEvent('discharge_overcurrent', 'protection'),
  0x42: alarmEvent('short_circuit_release_failed', 'fault'),
  0x43: PRESET,
  0x44: PRESET,
  0x45: PRESET,
  0x46: EMERGENCY_ON,
  0x47: EMERGENCY_OFF,
};

const MOST_CELLS = 32;

/** Codes that name a cell, from the first cell on. */
function cellEvents(first: number, code: AlarmCode): [number, LogEvent][] {
  const event = alarmEvent(code, 'protection');
  return Array.from({ length: MOST_CELLS }, (_, i) => [
    first + i,
    { ...event, message: say`Cell ${i + 1}: ${event.message}` },
  ]);
}

const EVENTS: ReadonlyMap<number, LogEvent> = new Map<number, LogEvent>([
  ...SWITCHED.flatMap(([first, by]) => switchedBy(by).map((event, i): [number, LogEvent] => [first + i, event])),
  ...PAIRS.flatMap(([first, code, level = 'protection']): [number, LogEvent][] => [
    [first, alarmEvent(code, level)],
    [first + 1, recoveryEvent(code)],
  ]),
  ...Object.entries(OTHERS).map(([code, event]): [number, LogEvent] => [Number(code), event]),
  ...cellEvents(0x64, 'cell_overvoltage'),
  ...cellEvents(0xc8, 'cell_undervoltage'),
]);

/** What a code of the log book says. */
export function eventOf(code: number): LogEvent {
  const known = EVENTS.get(code);
  if (known !== undefined) return known;
  const unknown = unknownCode('log', code);
  return { code: unknown.code, level: 'none', message: alarmSentence(unknown) };
}
