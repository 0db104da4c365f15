import { connectionResistance, type SettingRowValues } from '../../battery/settings/vocabulary';
import { flag, number, onOff, type Endian, type Row } from '../kit/fields';
import { parameter, type ParameterTerms } from '../kit/parameters';
import type { Parameter } from '../parameter';
import type { Ceilings } from './model';

/*
 * The settings of JK boards with a current sensor, as they stand in records 01 and 03 and in the registers of RS485, which are
 * the same image in another order of bytes (settings-jk-ble.md 1, settings-jk-modbus.md 1). Places are those in the record.
 */

/** One setting, its place, and what of its terms is the same over Bluetooth and over RS485. */
export type Line = readonly [row: Row<SettingRowValues>, terms: Partial<ParameterTerms>];

type NumberKey = Parameters<typeof number<SettingRowValues>>[2];
type SwitchKey = Parameters<typeof flag<SettingRowValues>>[2];
type Range = readonly [number, number];

const CELL: Range = [1.2, 4.35];
/** Apps for LFP end at 3.65 V; boards for NMC take more, and what belongs together is kept by the rules. */
const CHARGE: Range = [0.003, 4.35];
const DELAY: Range = [2, 600];
const HOT: Range = [30, 80];
const COLD: Range = [-45, 20];
const MOSFET: Range = [50, 110];
const HEATER: Range = [-40, 100];

/** Only read: switches, which are actions; the link; structure that turns off what protects; what is measured. */
const READ = { access: 'read' } as const;

function scaled(divisor: number, type: 'u32' | 's32' = 'u32') {
  return (at: number, key: NumberKey, range: Range): Line => parameter(number(at, type, key, { divisor }), { range });
}

const milli = scaled(1000);
/** s, or a count */
const seconds = scaled(1);
const degrees = scaled(10, 's32');

/** Record 01 up to the connections of the cells. @param ceilings of the model @param cells that the board has room for */
export function mainLines({ current, balanceCurrent }: Ceilings, cells: 24 | 32 = 32): readonly Line[] {
  return [
    milli(6, 'smartSleepVoltage', CHARGE),
    milli(10, 'cellUndervoltageProtection', CELL),
    milli(14, 'cellUndervoltageRecovery', CELL),
    milli(18, 'cellOvervoltageProtection', CELL),
    milli(22, 'cellOvervoltageRecovery', CELL),
    milli(26, 'balanceDelta', [0.003, 1]),
    milli(30, 'socVoltage100', CHARGE),
    milli(34, 'socVoltage0', CHARGE),
    milli(38, 'requestedChargeCellVoltage', CHARGE),
    milli(42, 'requestedFloatCellVoltage', CHARGE),
    milli(46, 'shutdownCellVoltage', CELL),
    milli(50, 'chargeOvercurrentProtection', [1, current ?? 600]),
    seconds(54, 'chargeOvercurrentDelay', DELAY),
    seconds(58, 'chargeOvercurrentRecoveryDelay', DELAY),
    milli(62, 'dischargeOvercurrentProtection', [1, current ?? 1200]),
    seconds(66, 'dischargeOvercurrentDelay', DELAY),
    seconds(70, 'dischargeOvercurrentRecoveryDelay', DELAY),
    seconds(74, 'shortCircuitRecoveryDelay', DELAY),
    milli(78, 'balanceCurrent', [0.3, balanceCurrent ?? 15]),
    degrees(82, 'chargeOvertemperatureProtection', HOT),
    degrees(86, 'chargeOvertemperatureRecovery', HOT),
    degrees(90, 'dischargeOvertemperatureProtection', HOT),
    degrees(94, 'dischargeOvertemperatureRecovery', HOT),
    degrees(98, 'chargeUndertemperatureProtection', COLD),
    degrees(102, 'chargeUndertemperatureRecovery', COLD),
    degrees(106, 'mosOvertemperatureProtection', MOSFET),
    degrees(110, 'mosOvertemperatureRecovery', MOSFET),
    seconds(114, 'cellCount', [2, cells]),
    parameter(onOff(118, 'u32', 'chargeSwitch'), READ),
    parameter(onOff(122, 'u32', 'dischargeSwitch'), READ),
    parameter(onOff(126, 'u32', 'balancerSwitch'), READ),
    milli(130, 'designCapacity', [2, 20_000]),
    scaled(1_000_000)(134, 'shortCircuitDelay', [0, 1]),
    milli(138, 'balanceStartVoltage', [1.2, 4.25]),
  ];
}

/** The measured resistances of the connections of the cells. */
export function connectionLines(cells: 24 | 32): readonly Line[] {
  return Array.from({ length: cells }, (_, i) =>
    parameter(number(142 + 4 * i, 'u32', connectionResistance(i + 1), { divisor: 1000 }), READ),
  );
}

/** Only boards for 32 cells have it, and what follows. */
export const ADDRESS_LINE: Line = parameter(number(270, 'u32', 'boardAddress'), READ);
export const PRECHARGE_LINE = seconds(274, 'jkPrechargeTime', [0, 255]);

/** The bits of the word of switches from the lowest on (settings-jk-modbus.md 2). */
const SWITCHES = [
  ['heatingEnabled'],
  ['jkTemperatureSensorsDisabled', READ],
  ['jkGpsHeartbeat'],
  ['jkPortRs485', READ],
  ['jkDisplayAlwaysOn'],
  ['jkSpecialCharger'],
  ['jkSmartSleep'],
  ['jkParallelModuleDisabled', READ],
  ['jkTimedStorage'],
  ['jkFloatMode'],
  ['jkEmergencyButton'],
  ['jkDryContactIntermittent'],
  ['jkDischargeOvercurrent2'],
  ['jkDischargeOvercurrent3'],
  ['jkGpsLocksCharge', READ],
  ['jkGpsLocksDischarge', READ],
] as const satisfies readonly (readonly [SwitchKey, Partial<ParameterTerms>?])[];

/** Where the word of switches stands. */
export const SWITCH_BITS_AT = 282;

export function switchLines(endian: Endian): readonly Line[] {
  return SWITCHES.map(([key, terms], bit) => {
    const isHigh = bit >= 8;
    const at = SWITCH_BITS_AT + Number(isHigh === (endian === 'little'));
    return parameter(flag(at, bit % 8, key), terms);
  });
}

/** In degC; on firmware up to 14 other settings stand there: see `hasHeaterLimits`. */
export const HEATER_LINES: readonly Line[] = [
  parameter(number(284, 's8', 'heatingStartTemperature'), { range: HEATER }),
  parameter(number(285, 's8', 'heatingStopTemperature'), { range: HEATER }),
];

const HOUR_S = 3600;
const TENTH_OF_HOUR_S = 360;

export const SLEEP_LINES: readonly Line[] = [
  parameter(number(286, 'u8', 'smartSleepDelay', { divisor: 1 / HOUR_S }), { range: [HOUR_S, 100 * HOUR_S] }),
];

/** From firmware 19 on. */
export const COLD_DISCHARGE_LINES: readonly Line[] = [
  parameter(number(296, 's8', 'dischargeUndertemperatureProtection'), { range: HEATER }),
  parameter(number(297, 's8', 'dischargeUndertemperatureRecovery'), { range: HEATER }),
];

const REQUEST_TIME = { divisor: 1 / TENTH_OF_HOUR_S };
const LONGEST_REQUEST_S = 182 * TENTH_OF_HOUR_S;

/** Record 03. A board refuses a charge time of nothing (jk-modbus.md 9). */
export const REQUEST_TIME_LINES: readonly Line[] = [
  parameter(number(266, 'u8', 'requestedChargeTime', REQUEST_TIME), { range: [TENTH_OF_HOUR_S, LONGEST_REQUEST_S] }),
  parameter(number(267, 'u8', 'requestedFloatTime', REQUEST_TIME), { range: [0, LONGEST_REQUEST_S] }),
];

/**
 * Whether the two temperatures are those of the heater. Up to firmware 14 they were limits of the battery: there the first is
 * the higher one (settings-jk-modbus.md 4, settings-jk-ble.md 5).
 * @param data in which they stand at `at`
 */
export function hasHeaterLimits(data: Buffer | undefined, at: number): boolean {
  return data !== undefined && data.length >= at + 2 && data.readInt8(at + 1) > data.readInt8(at);
}

/** Lines of a part of a record. @param from the record's offset of the first byte of that part @param to behind its last */
export function linesWithin(lines: readonly Line[], from: number, to: number): Line[] {
  return lines
    .filter(([{ at }]) => at >= from && at < to)
    .map(([row, terms]) => [{ ...row, at: row.at - from }, terms]);
}

/** Keeps tables by what decides of them, so that each is made once: few boards differ. */
export function keptTables(): (decides: readonly unknown[], make: () => readonly Parameter[]) => readonly Parameter[] {
  const kept = new Map<string, readonly Parameter[]>();
  return (decides, make) => {
    const key = decides.join();
    const found = kept.get(key) ?? make();
    kept.set(key, found);
    return found;
  };
}
