import { alarm, unknownCode, type Alarm } from '../../battery/alarm';
import type { Reading } from '../../battery/reading';
import type { AlarmBit } from '../alarm-bits';

/** A status byte whose value is one of many: what each value means besides on and off. */
export interface CodeTable {
  /** Adds the alarm of a code; the same code at the same level is added once. */
  decode(code: number, into: Alarm[]): void;
  /** The lowest code that says one of these alarms. @returns undefined when none can be said */
  codeOf(alarms: readonly Alarm[]): number | undefined;
}

/**
 * @param register part of the code of an alarm for a value in no table: `unknown_<register>_<value>`
 * @param codes value -> alarm
 * @param silent values that are no alarm
 */
export function codeTable(
  register: string,
  codes: Readonly<Record<number, AlarmBit>>,
  silent: readonly number[],
): CodeTable {
  const table = Array.from({ length: 256 }, (_, code) => {
    const entry = codes[code];
    if (entry !== undefined) return alarm(...entry);
    return silent.includes(code) ? undefined : unknownCode(register, code);
  });
  return {
    decode(code, into) {
      const found = table[code];
      if (found !== undefined && !into.some((entry) => same(entry, found))) into.push({ ...found });
    },
    codeOf(alarms) {
      const code = table.findIndex((entry) => entry !== undefined && alarms.some((wanted) => same(wanted, entry)));
      return code < 0 ? undefined : code;
    },
  };
}

function same(one: Alarm, other: Alarm): boolean {
  return one.code === other.code && one.level === other.level;
}

/** MOSFET code of a switch that conducts. */
export const ON = 1;
const OFF = 0;
const BY_HAND = 15;

/** The codes of both MOSFETs (ant 5.2, ant-legacy 4.1). */
export interface SwitchTables {
  charge: CodeTable;
  discharge: CodeTable;
}

/**
 * The MOSFET codes of a board in this state. A MOSFET that is off says why: of the alarms first those that nothing
 * else in the answer says, then any that it can say.
 * @param unsaid the alarms that only these codes can say
 */
export function encodeSwitches(
  { chargeEnabled, dischargeEnabled, alarms = [] }: Reading,
  { charge, discharge }: SwitchTables,
  unsaid: readonly Alarm[],
): { charge: number; discharge: number } {
  const byCharge = chargeEnabled === true ? ON : pick(charge, discharge, unsaid);
  const left = unsaid.filter((entry) => byCharge === undefined || charge.codeOf([entry]) !== byCharge);
  const byDischarge = dischargeEnabled === true ? ON : pick(discharge, charge, left);
  return {
    charge: byCharge ?? charge.codeOf(alarms) ?? offCode(chargeEnabled),
    discharge: byDischarge ?? discharge.codeOf(alarms) ?? offCode(dischargeEnabled),
  };
}

/** A code for one of these alarms, rather one that the other MOSFET has no code for. */
function pick(mine: CodeTable, other: CodeTable, alarms: readonly Alarm[]): number | undefined {
  return mine.codeOf(alarms.filter((entry) => other.codeOf([entry]) === undefined)) ?? mine.codeOf(alarms);
}

function offCode(enabled: boolean | undefined): number {
  return enabled === false ? BY_HAND : OFF;
}

/** Balancer codes with which it works: limit, by difference, automatic, manual (ant 5.3). */
const BALANCING = new Set([1, 2, 4, 5]);
const AUTOMATIC = 4;

/** The balancer is the same in both protocols (ant 5.3, ant-legacy 4). */
export const balancer = codeTable(
  'balancer',
  { 3: ['balancer_overtemperature', 'warning'], 10: ['board_overtemperature', 'warning'] },
  [0, 1, 2, 4, 5],
);

/** Whether a balancer with that code works. */
export function isBalancing(code: number): boolean {
  return BALANCING.has(code);
}

/** The balancer code of a board in this state. */
export function encodeBalancer({ balancing, alarms = [] }: Reading): number {
  return balancing === true ? AUTOMATIC : (balancer.codeOf(alarms) ?? OFF);
}
