import { alarm, unknownCode, type Alarm } from '../../battery/alarm';
import type { Reading } from '../../battery/reading';
import type { AlarmBit } from '../kit/alarm-bits';
import type { EmulatedBoard } from '../protocol';

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
/** MOSFET code of one that is off for no reason that it tells. */
export const OFF = 0;
/** MOSFET code of a switch that its user has opened. */
export const BY_HAND = 15;

/** The codes of both MOSFETs (ant.md 5.2, ant-legacy.md 4.1). */
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
  { chargeEnabled, dischargeEnabled, chargeSwitch, dischargeSwitch, alarms = [] }: Reading,
  { charge, discharge }: SwitchTables,
  unsaid: readonly Alarm[],
): { charge: number; discharge: number } {
  const forCharge = mustSay(chargeSwitch, dischargeEnabled, dischargeSwitch)
    ? unsaid
    : onlyOf(charge, discharge, unsaid);
  const byCharge = chargeEnabled === true ? ON : pick(charge, discharge, forCharge);
  const left = unsaid.filter((entry) => byCharge === undefined || charge.codeOf([entry]) !== byCharge);
  const forDischarge = mustSay(dischargeSwitch, chargeEnabled, chargeSwitch) ? left : onlyOf(discharge, charge, left);
  const byDischarge = dischargeEnabled === true ? ON : pick(discharge, charge, forDischarge);
  return {
    charge: byCharge ?? offCode(charge, chargeEnabled, chargeSwitch, alarms),
    discharge: byDischarge ?? offCode(discharge, dischargeEnabled, dischargeSwitch, alarms),
  };
}

/** Whether a MOSFET says alarms that both could say: not when its user has switched it off and the other one can say them. */
function mustSay(allowed?: boolean, otherEnabled?: boolean, otherAllowed?: boolean): boolean {
  return allowed !== false || otherEnabled === true || otherAllowed === false;
}

/** Those of some alarms that the other MOSFET has no code for. */
function onlyOf(mine: CodeTable, other: CodeTable, alarms: readonly Alarm[]): Alarm[] {
  return alarms.filter((entry) => mine.codeOf([entry]) !== undefined && other.codeOf([entry]) === undefined);
}

/** A code for one of these alarms, rather one that the other MOSFET has no code for. */
function pick(mine: CodeTable, other: CodeTable, alarms: readonly Alarm[]): number | undefined {
  return mine.codeOf(onlyOf(mine, other, alarms)) ?? mine.codeOf(alarms);
}

/** @param allowed by its user, where that is known: then it is off for another reason, which may have no code here */
function offCode(
  mine: CodeTable,
  enabled: boolean | undefined,
  allowed: boolean | undefined,
  alarms: readonly Alarm[],
): number {
  const byHand = enabled === false && allowed !== true ? BY_HAND : OFF;
  return allowed === false ? byHand : (mine.codeOf(alarms) ?? byHand);
}

/** Balancer codes with which it works: limit, by difference, automatic, manual (ant.md 5.3). */
const BALANCING = new Set([1, 2, 4, 5]);
const AUTOMATIC = 4;

/** The balancer is the same in both protocols (ant.md 5.3, ant-legacy.md 4). */
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

/**
 * The pack as the status shows it to the simulator: left alone the balancer works when the cells need it; told to, it works
 * until it is told to stop (ant.md 7, ant-legacy.md 5).
 */
export function withBalancer(pack: Reading, board: EmulatedBoard | undefined): Reading {
  return board?.balances === true ? { ...pack, balancing: true } : pack;
}
