import { alarm, ALARM_LEVELS, unknownCode, type Alarm } from '../../battery/alarm';
import type { Reading } from '../../battery/reading';
import type { AlarmBit } from '../kit/alarm-bits';
import type { Direction } from '../kit/mosfet';
import type { EmulatedBoard } from '../protocol';

/*
 * Status bytes whose value is one of many, in both protocols of ANT: MOSFETs and balancer.
 */

/** What the values of such a byte mean. */
export interface CodeTable {
  /** Adds the alarm of a code; the same code at the same level is added once. */
  decode(code: number, into: Alarm[]): void;
  /** The lowest code that stands for one of these alarms. @returns undefined when none does */
  codeOf(alarms: readonly Alarm[]): number | undefined;
}

/**
 * @param register part of the code of an alarm for a value in no table: `unknown_<register>_<value>`
 * @param codes value -> alarm
 * @param silent values that are no alarm
 */
function codeTable(register: string, codes: Readonly<Record<number, AlarmBit>>, silent: readonly number[]): CodeTable {
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

/** Code of a MOSFET that conducts. */
export const ON = 1;
/** Code of one that is off for no reason that it gives. */
export const OFF = 0;
/** Code of one that the user has switched off. */
export const BY_HAND = 15;

/** The codes of both MOSFETs. */
export type MosfetTables = Readonly<Record<Direction, CodeTable>>;

/** What only one of the protocols has. */
interface Further {
  readonly alarms: Readonly<Record<number, AlarmBit>>;
  /** further values that are no alarm */
  readonly silent: readonly number[];
}

/** What the codes of the MOSFETs mean in both protocols; 0 and 1 are off and on, 15 is off by hand (ant.md 5.2, ant-legacy.md 4.1). */
export function mosfetTables(further: Readonly<Record<Direction, Further>>): MosfetTables {
  const { charge, discharge } = further;
  return {
    charge: codeTable(
      'charge_mos',
      {
        2: ['cell_overvoltage', 'protection'],
        3: ['charge_overcurrent', 'protection'],
        5: ['pack_overvoltage', 'protection'],
        6: ['charge_overtemperature', 'protection'],
        ...EITHER,
        16: ['cell_overvoltage', 'protection'],
        17: ['charge_undertemperature', 'protection'],
        ...charge.alarms,
      },
      // 4: the battery is full
      [OFF, ON, 4, BY_HAND, ...charge.silent],
    ),
    discharge: codeTable(
      'discharge_mos',
      {
        2: ['cell_undervoltage', 'protection'],
        3: ['discharge_overcurrent', 'protection'],
        4: ['discharge_overcurrent', 'protection'],
        5: ['pack_undervoltage', 'protection'],
        6: ['discharge_overtemperature', 'protection'],
        ...EITHER,
        12: ['short_circuit', 'protection'],
        14: ['discharge_mos_fault', 'fault'],
        16: ['cell_undervoltage', 'protection'],
        17: ['discharge_undertemperature', 'protection'],
        ...discharge.alarms,
      },
      // 11: off because charging is on
      [OFF, ON, 11, BY_HAND, ...discharge.silent],
    ),
  };
}

const EITHER: Readonly<Record<number, AlarmBit>> = {
  7: ['mos_overtemperature', 'protection'],
  8: ['current_sensor_fault', 'fault'],
  9: ['balance_wire_open', 'fault'],
  10: ['board_overtemperature', 'protection'],
  13: ['discharge_mos_fault', 'fault'],
  18: ['cell_imbalance', 'protection'],
};

/**
 * The MOSFET codes of a board in this state. The code of a MOSFET that is off is its reason: preferably an alarm that no bit
 * of the status reports, else any alarm that has a code.
 * @param unreported the alarms that no bit of the status reports
 */
export function encodeMosfets(
  { chargeEnabled, dischargeEnabled, chargeSwitch, dischargeSwitch, alarms = [] }: Reading,
  { charge, discharge }: MosfetTables,
  unreported: readonly Alarm[],
): { charge: number; discharge: number } {
  const isForCharge = reportsShared(chargeSwitch, dischargeEnabled, dischargeSwitch);
  const forCharge = isForCharge ? unreported : onlyOf(charge, discharge, unreported);
  const byCharge = chargeEnabled === true ? ON : pick(charge, discharge, forCharge);
  const left = unreported.filter((entry) => byCharge === undefined || charge.codeOf([entry]) !== byCharge);
  const isForDischarge = reportsShared(dischargeSwitch, chargeEnabled, chargeSwitch);
  const forDischarge = isForDischarge ? left : onlyOf(discharge, charge, left);
  const byDischarge = dischargeEnabled === true ? ON : pick(discharge, charge, forDischarge);
  return {
    charge: byCharge ?? offCode(charge, chargeEnabled, chargeSwitch, alarms),
    discharge: byDischarge ?? offCode(discharge, dischargeEnabled, dischargeSwitch, alarms),
  };
}

/** Whether a MOSFET reports alarms that both have codes for: not when it is off by hand and the other one can report them. */
function reportsShared(allowed?: boolean, otherEnabled?: boolean, otherAllowed?: boolean): boolean {
  return allowed !== false || otherEnabled === true || otherAllowed === false;
}

/** Those of some alarms that the other MOSFET has no code for. */
function onlyOf(mine: CodeTable, other: CodeTable, alarms: readonly Alarm[]): Alarm[] {
  return alarms.filter((entry) => mine.codeOf([entry]) !== undefined && other.codeOf([entry]) === undefined);
}

/** A code for one of these alarms, preferably one that the other MOSFET has no code for. */
function pick(mine: CodeTable, other: CodeTable, alarms: readonly Alarm[]): number | undefined {
  return mine.codeOf(onlyOf(mine, other, alarms)) ?? mine.codeOf(alarms);
}

/** @param allowed whether the user has it switched on, where known: then it is off for another reason, perhaps without a code */
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
const balancer = codeTable(
  'balancer',
  { 3: ['balancer_overtemperature', 'warning'], 10: ['board_overtemperature', 'warning'] },
  [0, 1, 2, 4, 5],
);

/** MOSFETs and balancer from their codes, and the alarms that the codes are. */
export function decodeCodes(
  { charge, discharge, balance }: Record<Direction | 'balance', number>,
  tables: MosfetTables,
  into: Reading,
  alarms: Alarm[],
): void {
  into.chargeEnabled = charge === ON;
  into.dischargeEnabled = discharge === ON;
  into.balancing = BALANCING.has(balance);
  tables.charge.decode(charge, alarms);
  tables.discharge.decode(discharge, alarms);
  balancer.decode(balance, alarms);
}

/** The balancer code of a board in this state. */
export function encodeBalancer({ balancing, alarms = [] }: Reading): number {
  return balancing === true ? AUTOMATIC : (balancer.codeOf(alarms) ?? OFF);
}

/** One alarm per code, at its highest level (ant.md 6, ant-legacy.md 4.1). The list itself is returned when that changes nothing. */
export function highest(alarms: Alarm[]): Alarm[] {
  if (alarms.length < 2) return alarms;
  const byCode = new Map<string, Alarm>();
  for (const entry of alarms) {
    const known = byCode.get(entry.code);
    if (known === undefined || rank(entry) > rank(known)) byCode.set(entry.code, entry);
  }
  return byCode.size === alarms.length ? alarms : [...byCode.values()];
}

function rank({ level }: Alarm): number {
  return ALARM_LEVELS.indexOf(level);
}

/**
 * The pack as a simulated board shows it: the balancer works when the cells need it, and once switched on by a command until
 * another one switches it off (ant.md 7, ant-legacy.md 5).
 */
export function withBalancer(pack: Reading, board: EmulatedBoard | undefined): Reading {
  return board?.balances === true ? { ...pack, balancing: true } : pack;
}
