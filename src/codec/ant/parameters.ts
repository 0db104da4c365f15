import { connectionResistance, type SettingKey, type SettingRowValues } from '../../battery/settings/vocabulary';
import { parameter, parametersOf, type ParameterRow, type ParameterTerms } from '../kit/parameters';
import { number, type Row } from '../kit/row';
import type { Parameter, SettingsBlock, SettingsImage } from '../parameter';
import { chemistryParameter } from './chemistry';
import { sensorsParameter } from './sensors';

/*
 * The 132 settings (settings-ant.md 2). A register is the address of a byte; two bytes each, low byte first. ffff stands for
 * what is not there, or may not be read. Where the board has limits of its own that the sheet cannot name, there is no range:
 * the board refuses and names its limit.
 */

/** A block of settings: what one request reads. */
export interface AntBlock extends SettingsBlock {
  readonly register: number;
  /** bytes to ask for */
  readonly wanted: number;
}

function block(register: number, wanted: number, what: string): AntBlock {
  return { id: String(register), name: `${what} settings (02 ${register})`, register, wanted };
}

/** As the vendor's app asks for them (ant.md 4, settings-ant.md 3). What follows the last one is passwords: never read. */
export const BLOCKS = {
  voltage: block(0, 56, 'voltage'),
  temperature: block(56, 44, 'temperature'),
  current: block(104, 32, 'current'),
  balance: block(140, 12, 'balance'),
  pack: block(152, 142, 'pack'),
  system: block(298, 32, 'system'),
} as const;

type Line = [Row<SettingRowValues>, Partial<ParameterTerms>];
type NumberKey = Extract<ParameterRow['row'], { kind: 'number' }>['key'];
type Terms = Partial<ParameterTerms>;

/** ffff, in an unsigned register and in a signed one. So no temperature can be -1 °C. */
const NOT_THERE = { u16: [0xffff], s16: [-1], u32: [0xffffffff] } as const;

/** Of captured blocks, and of those that are known from documents and programs alone. */
const CAPTURED = 'D M C';
const DOCUMENTED = 'D M';

/** The line of one setting. @param steps per unit of the setting: 1000 for millivolts */
type LineOf = (register: number, key: NumberKey, steps: number, terms?: Terms) => Line;

function lines(start: number, type: 'u16' | 's16' | 'u32'): LineOf {
  return (register, key, steps, terms = {}) =>
    parameter(
      number<SettingRowValues>(register - start, type, key, { divisor: steps, notAvailable: NOT_THERE[type] }),
      {
        register: String(register),
        ...terms,
      },
    );
}

function table({ id }: SettingsBlock, confidence: string, rows: readonly Line[]): Parameter[] {
  return parametersOf(id, 'little', { access: 'write', confidence }, rows);
}

const range = (least: number, most: number): Terms => ({ range: [least, most] });

const MILLI = 1000;
const TENTH = 10;
const ONE = 1;
const MICRO = 1e6;
const TENTH_MILLI = 1e4;
const MINUTES = 1 / 60;
const HOURS = 1 / 3600;

/** V. Cells of LTO go lower than the others: the table of the app says so, and gives no number but that of level 2. */
const CELL = range(2, 4.5);
const LOW_CELL = range(1.5, 3.65);
const DIFFERENCE = range(0.01, 1);

const volt = lines(BLOCKS.voltage.register, 'u16');

const VOLTAGE = table(BLOCKS.voltage, CAPTURED, [
  volt(0, 'cellOvervoltageProtection', MILLI, { ...CELL, confidence: 'D M C H' }),
  volt(2, 'cellOvervoltageRecovery', MILLI, { ...CELL, confidence: 'D M C H' }),
  volt(4, 'cellOvervoltage2Protection', MILLI, range(2, 4.6)),
  volt(6, 'cellOvervoltage2Recovery', MILLI, CELL),
  volt(8, 'packOvervoltageProtection', TENTH),
  volt(10, 'packOvervoltageRecovery', TENTH),
  volt(12, 'cellUndervoltageProtection', MILLI, LOW_CELL),
  volt(14, 'cellUndervoltageRecovery', MILLI, LOW_CELL),
  volt(16, 'cellUndervoltage2Protection', MILLI, range(1.5, 3.6)),
  volt(18, 'cellUndervoltage2Recovery', MILLI, range(1.5, 3.6)),
  volt(20, 'packUndervoltageProtection', TENTH),
  volt(22, 'packUndervoltageRecovery', TENTH),
  volt(24, 'cellDifferenceProtection', MILLI, DIFFERENCE),
  volt(26, 'cellDifferenceRecovery', MILLI, DIFFERENCE),
  volt(32, 'cellOvervoltageWarning', MILLI, CELL),
  volt(34, 'cellOvervoltageWarningRecovery', MILLI, CELL),
  volt(36, 'packOvervoltageWarning', TENTH),
  volt(38, 'packOvervoltageWarningRecovery', TENTH),
  volt(40, 'cellUndervoltageWarning', MILLI, LOW_CELL),
  volt(42, 'cellUndervoltageWarningRecovery', MILLI, LOW_CELL),
  volt(44, 'packUndervoltageWarning', TENTH),
  volt(46, 'packUndervoltageWarningRecovery', TENTH),
  volt(48, 'cellDifferenceWarning', MILLI, DIFFERENCE),
  volt(50, 'cellDifferenceWarningRecovery', MILLI, DIFFERENCE),
]);

const heat = lines(BLOCKS.temperature.register, 's16');
const CHARGE_HOT = range(-20, 85);
const DISCHARGE_HOT = range(-20, 100);
const MOS_HOT = range(30, 120);
const COLD = range(-40, 20);

const TEMPERATURE = table(BLOCKS.temperature, DOCUMENTED, [
  heat(56, 'chargeOvertemperatureProtection', ONE, CHARGE_HOT),
  heat(58, 'chargeOvertemperatureRecovery', ONE, CHARGE_HOT),
  heat(60, 'dischargeOvertemperatureProtection', ONE, DISCHARGE_HOT),
  heat(62, 'dischargeOvertemperatureRecovery', ONE, DISCHARGE_HOT),
  heat(64, 'mosOvertemperatureProtection', ONE, MOS_HOT),
  heat(66, 'mosOvertemperatureRecovery', ONE, MOS_HOT),
  heat(68, 'chargeUndertemperatureProtection', ONE, COLD),
  heat(70, 'chargeUndertemperatureRecovery', ONE, COLD),
  heat(72, 'dischargeUndertemperatureProtection', ONE, COLD),
  heat(74, 'dischargeUndertemperatureRecovery', ONE, COLD),
  heat(80, 'chargeOvertemperatureWarning', ONE, CHARGE_HOT),
  heat(82, 'chargeOvertemperatureWarningRecovery', ONE, CHARGE_HOT),
  heat(84, 'dischargeOvertemperatureWarning', ONE, DISCHARGE_HOT),
  heat(86, 'dischargeOvertemperatureWarningRecovery', ONE, DISCHARGE_HOT),
  heat(88, 'mosOvertemperatureWarning', ONE, MOS_HOT),
  heat(90, 'mosOvertemperatureWarningRecovery', ONE, MOS_HOT),
  heat(92, 'chargeUndertemperatureWarning', ONE, COLD),
  heat(94, 'chargeUndertemperatureWarningRecovery', ONE, COLD),
  heat(96, 'dischargeUndertemperatureWarning', ONE, COLD),
  heat(98, 'dischargeUndertemperatureWarningRecovery', ONE, COLD),
]);

const ampere = lines(BLOCKS.current.register, 'u16');
const CHARGE_CURRENT = range(1, 200);
const DISCHARGE_CURRENT = range(1, 300);
const DELAY = range(1, 60);

const CURRENT = table(BLOCKS.current, DOCUMENTED, [
  ampere(104, 'chargeOvercurrentProtection', TENTH, CHARGE_CURRENT),
  ampere(106, 'chargeOvercurrentDelay', ONE, DELAY),
  // The app takes up to 300 A; a board of 130 A is delivered with 350 A.
  ampere(108, 'dischargeOvercurrentProtection', TENTH, range(1, 350)),
  ampere(110, 'dischargeOvercurrentDelay', ONE, DELAY),
  ampere(112, 'dischargeOvercurrent2Protection', TENTH, range(1, 500)),
  ampere(114, 'dischargeOvercurrent2Delay', MILLI, range(0.1, 60)),
  ampere(116, 'shortCircuitProtection', ONE, range(100, 1000)),
  // The app takes up to 1 ms; 1.2 ms was seen.
  ampere(118, 'shortCircuitDelay', MICRO, range(1e-6, 1.2e-3)),
  ampere(124, 'chargeOvercurrentWarning', TENTH, CHARGE_CURRENT),
  ampere(126, 'chargeOvercurrentWarningRecovery', TENTH, CHARGE_CURRENT),
  ampere(128, 'dischargeOvercurrentWarning', TENTH, DISCHARGE_CURRENT),
  ampere(130, 'dischargeOvercurrentWarningRecovery', TENTH, DISCHARGE_CURRENT),
  ampere(132, 'socLowWarning', ONE, range(0, 100)),
  ampere(134, 'socLow2Warning', ONE, range(0, 100)),
]);

const balance = lines(BLOCKS.balance.register, 'u16');

const BALANCE = table(BLOCKS.balance, CAPTURED, [
  balance(140, 'balanceLimitVoltage', MILLI, CELL),
  balance(142, 'balanceStartVoltage', MILLI, CELL),
  balance(144, 'balanceDelta', MILLI, range(0.01, 0.5)),
  balance(146, 'balanceStopDelta', MILLI, range(0.001, 0.45)),
  balance(148, 'antBalanceEffort', ONE, range(0, 180)),
  balance(150, 'balanceMaxChargeCurrent', TENTH, range(0.1, 20)),
]);

const pack = lines(BLOCKS.pack.register, 'u16');
/** Two registers, the lower one first. */
const wide = lines(BLOCKS.pack.register, 'u32');

/** Never written: they belong to this one board, or are no settings. */
const READ: Terms = { access: 'read' };

const SOC_VOLTAGES = ([100, 90, 80, 70, 60, 50, 40, 30, 20, 10, 0] as const).map((percent, i) =>
  pack(174 + 2 * i, `socVoltage${percent}`, MILLI, range(1.5, 4.5)),
);

/** Registers of the resistance of the connection of each cell. */
export const CONNECTIONS = 32;

const RESISTANCES = Array.from({ length: CONNECTIONS }, (_, i) =>
  pack(198 + 2 * i, connectionResistance(i + 1), TENTH_MILLI, { ...READ, confidence: 'D 1' }),
);

const PACK = [
  chemistryParameter({ block: BLOCKS.pack.id, at: 0, register: '152', access: 'write', confidence: DOCUMENTED }),
  ...table(BLOCKS.pack, DOCUMENTED, [
    pack(154, 'cellCount', ONE, range(4, CONNECTIONS)),
    pack(156, 'undervoltageResistanceCompensation', TENTH_MILLI, range(0, 0.05)),
    pack(158, 'shutdownCellVoltage', MILLI, range(0, 4.5)),
    pack(160, 'requestedChargeCurrent', TENTH, range(1, 200)),
    wide(162, 'designCapacity', MICRO, range(1, 2000)),
    wide(166, 'remainingCapacity', MICRO, READ),
    wide(170, 'antTotalCycleCapacity', MICRO, { ...READ, confidence: 'D 1' }),
    ...SOC_VOLTAGES,
    pack(196, 'antSocMethod', ONE, { confidence: 'D 1' }),
    ...RESISTANCES,
  ]),
];

const system = lines(BLOCKS.system.register, 'u16');

/** Timers whose 0 is not explained: only the message that names one writes it (settings-ant.md 7). */
const TIMER: Terms = { access: 'named', range: [0, 65_534 * 60] };

const SYSTEM = [
  ...table(BLOCKS.system, DOCUMENTED, [
    system(298, 'currentSensorRange', TENTH, READ),
    system(300, 'sleepDelay', ONE, range(10, 3600)),
    system(302, 'bluetoothAddressNumber', ONE, READ),
    system(304, 'ownConsumption', TENTH_MILLI, READ),
  ]),
  sensorsParameter({
    ...{ block: BLOCKS.system.id, at: 306 - BLOCKS.system.register, order: 'little' },
    ...{ register: '306', access: 'write', confidence: DOCUMENTED },
  }),
  ...table(BLOCKS.system, DOCUMENTED, [
    system(308, 'startCurrent', ONE, READ),
    system(310, 'systemReferenceVoltage', MILLI, READ),
    system(312, 'packVoltageFactor', ONE, READ),
    system(314, 'antRunTime', ONE, READ),
    system(316, 'forbidDischargeTime', MINUTES, TIMER),
    system(318, 'forbidChargeTime', MINUTES, TIMER),
    system(320, 'allowDischargeTime', MINUTES, TIMER),
    system(322, 'allowChargeTime', MINUTES, TIMER),
    system(324, 'antJumperLow', ONE),
    system(326, 'antJumperHigh', ONE),
  ]),
  shutdownDelay(),
];

/** The one register in which ffff is a value: never. It says so only where the rest of the block can be read. */
function shutdownDelay(): Parameter {
  const row = number<SettingRowValues>(328 - BLOCKS.system.register, 'u16', 'autoShutdownDelay', { divisor: HOURS });
  const terms = { register: '328', never: 0xffff, access: 'write', confidence: DOCUMENTED } as const;
  const [usual] = parametersOf(BLOCKS.system.id, 'little', terms, [parameter(row)]) as [Parameter];
  const isReadable = (image: SettingsImage): boolean => !isBlank(image.get(BLOCKS.system.id));
  return { ...usual, decode: (image) => (isReadable(image) ? usual.decode(image) : undefined) };
}

/** Whether a block reads all ffff: the board does not have it, or does not show it at its level of permission (ant.md 9.1). */
export function isBlank(data: Buffer | undefined): boolean {
  return data === undefined || data.every((byte) => byte === 0xff);
}

/** Every setting, in the order of the sheet. */
export const PARAMETERS: readonly Parameter[] = [
  ...VOLTAGE,
  ...TEMPERATURE,
  ...CURRENT,
  ...BALANCE,
  ...PACK,
  ...SYSTEM,
];

/** The settings of 32 bits, which take two writes (settings-ant.md 4). */
export const WIDE: ReadonlySet<SettingKey> = new Set<SettingKey>([
  'designCapacity',
  'remainingCapacity',
  'antTotalCycleCapacity',
]);
