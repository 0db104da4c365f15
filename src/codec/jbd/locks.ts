import type { Alarm } from '../../battery/alarm';
import type { Reading } from '../../battery/reading';

export type Direction = 'charge' | 'discharge';

export const OTHER = { charge: 'discharge', discharge: 'charge' } as const;

/** Whether a MOSFET conducts. */
export const CONDUCTS = { charge: 'chargeEnabled', discharge: 'dischargeEnabled' } as const;

const BOTH = [
  'afe_fault',
  'mos_overtemperature',
  'ambient_overtemperature',
  'ambient_undertemperature',
  'cell_imbalance',
  'temperature_imbalance',
  'cell_disconnected',
  'sensor_fault',
  'fire_detector_fault',
  'reverse_connection',
];

/** Protections and faults that open a MOSFET, of classic and UP16S boards (jbd.md 4.2, 11.4). */
const OPENED_BY: Readonly<Record<Direction, ReadonlySet<string>>> = {
  charge: new Set([
    ...BOTH,
    'cell_overvoltage',
    'pack_overvoltage',
    'charge_overtemperature',
    'charge_undertemperature',
    'charge_overcurrent',
    'charge_mos_fault',
    'full_charge_protection',
  ]),
  discharge: new Set([
    ...BOTH,
    'cell_undervoltage',
    'pack_undervoltage',
    'discharge_overtemperature',
    'discharge_undertemperature',
    'discharge_overcurrent',
    'discharge_mos_fault',
    'short_circuit',
    'soc_low',
  ]),
};

/** Only ever reported as a warning, though the charge MOSFET is open (jbd.md 11.4). */
const FULL = 'full_charge_protection';

/** Whether a protection keeps the MOSFET of this direction open, so that no command has to have done it. */
export function isHeldOpen(direction: Direction, { alarms = [] }: Reading): boolean {
  const acts = ({ code, level }: Alarm): boolean => level !== 'warning' || code === FULL;
  return alarms.some((entry) => acts(entry) && OPENED_BY[direction].has(entry.code));
}

/** Whether a MOSFET is switched off by command (bit 12 of the protections, jbd.md 4.2); not which one. */
export function hasLock({ alarms = [] }: Reading): boolean {
  return alarms.some(({ code }) => code === 'software_lock');
}

/**
 * Whether the MOSFET of this direction is switched off by command. Boards report only that one of the two is, and
 * whether each conducts: a MOSFET opened by a protection must not be taken for a locked one, because writing that
 * back would lock it for good (jbd.md 5). So the lock is attributed to the MOSFET that nothing else explains. Where a
 * protection could explain both MOSFETs, an open one counts as locked: it must not be switched on unasked.
 */
export function isLocked(direction: Direction, reading: Reading): boolean {
  const other = OTHER[direction];
  if (!hasLock(reading) || reading[CONDUCTS[direction]] === true) return false;
  const otherIsCertain = reading[CONDUCTS[other]] === false && !isHeldOpen(other, reading);
  return !(isHeldOpen(direction, reading) && otherIsCertain);
}

const SWITCHES = { charge: 'chargeSwitch', discharge: 'dischargeSwitch' } as const;

/** What both MOSFETs are commanded to do, where it is certain. @param reading of register 03; completed in place */
export function decodeSwitches(reading: Reading): void {
  if (!hasLock(reading)) {
    reading.chargeSwitch = true;
    reading.dischargeSwitch = true;
    return;
  }
  for (const direction of ['charge', 'discharge'] as const) {
    const isOn = reading[CONDUCTS[direction]] === true;
    const mayBeHeld = reading[CONDUCTS[OTHER[direction]]] === false && isHeldOpen(direction, reading);
    if (isOn || !mayBeHeld) reading[SWITCHES[direction]] = isOn;
  }
}
