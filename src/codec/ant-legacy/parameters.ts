import { connectionResistance, type SettingRowValues } from '../../battery/settings/vocabulary';
import { sensorsParameter } from '../ant/sensors';
import { parameter, parametersOf, type ParameterRow, type ParameterTerms } from '../kit/parameters';
import { number } from '../kit/row';
import type { Parameter, SettingsBlock } from '../parameter';

/*
 * The 84 settings (settings-ant-legacy.md 1). Each is a register of two bytes, high byte first, or two registers, the lower half
 * first. ffff stands for what is not there. No capture of a read or a write exists.
 */

type NumberKey = Extract<ParameterRow['row'], { kind: 'number' }>['key'];
type Terms = Partial<ParameterTerms>;

const USUAL = { access: 'experimental', confidence: 'D' } as const;

/** The setting at a register. @param steps per unit of the setting: 1000 for millivolts */
function setting(register: number, key: NumberKey, steps: number, terms: Terms = {}, type: Type = 'u16'): Parameter {
  const order = type === 'u32' ? ('lowWordFirst' as const) : ('big' as const);
  const row = number<SettingRowValues>(0, type, key, { divisor: steps, notAvailable: NOT_THERE[type], order });
  const [made] = parametersOf(String(register), order, { ...USUAL, ...terms }, [parameter(row)]) as [Parameter];
  return made;
}

/** ffff, in an unsigned register and in a signed one. So no temperature can be -1 °C. */
const NOT_THERE = { u16: [0xffff], s16: [-1], u32: [0xffffffff] } as const;
type Type = keyof typeof NOT_THERE;

const MILLI = 1000;
const TENTH = 10;
const ONE = 1;
const MICRO = 1e6;
const TENTH_MILLI = 1e4;

/** What the old app takes at most. */
const upTo = (most: number): Terms => ({ range: [0, most] });
const CELL = upTo(4.6);
const PACK = upTo(150);
const CURRENT = upTo(600);
const DELAY = upTo(100);
/** Calibration, structure and link are never written (settings-ant-legacy.md 5); nor is what is no setting. */
const READ: Terms = { access: 'read' };

const CONNECTIONS = 24;
const SOC_STEPS = [100, 90, 80, 70, 60, 50, 40, 30, 20, 10, 0] as const;

/** Every setting, in the order of the sheet. */
export const PARAMETERS: readonly Parameter[] = [
  setting(1, 'cellOvervoltageWarning', MILLI, CELL),
  setting(2, 'cellUndervoltageWarning', MILLI, CELL),
  setting(3, 'cellOvervoltageProtection', MILLI, CELL),
  setting(4, 'cellUndervoltageProtection', MILLI, CELL),
  setting(5, 'cellOvervoltageRecovery', MILLI, CELL),
  setting(6, 'cellUndervoltageRecovery', MILLI, CELL),
  setting(7, 'packOvervoltageProtection', TENTH, PACK),
  setting(8, 'packUndervoltageProtection', TENTH, PACK),
  setting(9, 'chargeOvercurrentProtection', TENTH, CURRENT),
  setting(10, 'chargeOvercurrentDelay', ONE, DELAY),
  setting(11, 'dischargeOvercurrentProtection', TENTH, CURRENT),
  setting(12, 'dischargeOvercurrentDelay', ONE, DELAY),
  setting(13, 'balanceLimitVoltage', MILLI, CELL),
  setting(14, 'balanceStartVoltage', MILLI, CELL),
  setting(15, 'balanceDelta', MILLI, CELL),
  setting(16, 'balanceCurrent', 100, { range: [0.01, 0.2] }),
  setting(17, 'systemReferenceVoltage', MILLI, READ),
  setting(18, 'currentSensorRange', TENTH, READ),
  setting(19, 'startCurrent', ONE, READ),
  setting(20, 'shortCircuitProtection', ONE, CURRENT),
  setting(21, 'shortCircuitDelay', MICRO),
  setting(22, 'sleepDelay', ONE),
  setting(23, 'packVoltageFactor', ONE, READ),
  setting(24, 'cellCount', ONE, READ),
  setting(25, 'chargeOvertemperatureProtection', ONE, upTo(70)),
  setting(26, 'chargeOvertemperatureRecovery', ONE, upTo(65)),
  setting(27, 'dischargeOvertemperatureProtection', ONE, upTo(70)),
  setting(28, 'dischargeOvertemperatureRecovery', ONE, upTo(65)),
  setting(29, 'mosOvertemperatureProtection', ONE, upTo(80)),
  setting(30, 'mosOvertemperatureRecovery', ONE, upTo(75)),
  setting(31, 'designCapacity', MICRO, {}, 'u32'),
  setting(33, 'remainingCapacity', MICRO, READ, 'u32'),
  setting(35, 'antTotalCycleCapacity', MILLI, READ, 'u32'),
  setting(37, 'chargeUndertemperatureProtection', ONE, {}, 's16'),
  setting(38, 'chargeUndertemperatureRecovery', ONE, {}, 's16'),
  setting(39, 'dischargeUndertemperatureProtection', ONE, {}, 's16'),
  setting(40, 'dischargeUndertemperatureRecovery', ONE, {}, 's16'),
  setting(41, 'antTyreLength', ONE),
  setting(42, 'antPulses', ONE),
  setting(43, 'shutdownCellVoltage', MILLI),
  setting(44, 'cellDifferenceProtection', MILLI),
  setting(45, 'antSlaves', ONE, READ),
  setting(46, 'undervoltageResistanceCompensation', TENTH_MILLI),
  setting(47, 'ownConsumption', TENTH_MILLI, READ),
  sensorsParameter({ block: '48', register: '48', at: 0, order: 'big', access: 'read', confidence: USUAL.confidence }),
  setting(49, 'bluetoothAddressNumber', ONE, READ),
  ...Array.from({ length: CONNECTIONS }, (_, i) => setting(51 + i, connectionResistance(i + 1), TENTH_MILLI, READ)),
  setting(100, 'antRunTime', ONE, READ),
  ...SOC_STEPS.map((percent, i) => setting(150 + i, `socVoltage${percent}`, MILLI)),
  setting(162, 'dischargeOvercurrent2Protection', TENTH),
  setting(163, 'dischargeOvercurrent2Delay', MILLI),
];

/** Two registers, the lower half of the number in the first. */
const WIDE: ReadonlySet<string> = new Set(['31', '33', '35']);

/** Registers that not every board has: a speedometer, slaves, connections, a second level. */
const OPTIONAL: ReadonlySet<number> = new Set([
  ...[41, 42, 45, 46, 47, 49, 100, 162, 163],
  ...Array.from({ length: CONNECTIONS }, (_, i) => 51 + i),
  ...SOC_STEPS.map((_, i) => 150 + i),
]);

/** What one setting needs to be read: a register, or two. */
export interface LegacyBlock extends SettingsBlock {
  readonly registers: readonly number[];
}

/** The register that is never 0. */
export const CELL_COUNT = '24';

function blockOf({ block, key }: Parameter): LegacyBlock {
  const register = Number(block);
  const registers = WIDE.has(block) ? [register, register + 1] : [register];
  return { id: block, name: key, registers, ...(OPTIONAL.has(register) && { optional: true }) };
}

/** One per setting; the number of cells comes first, since it shows whether the line repeats what is sent. */
export const BLOCKS: readonly LegacyBlock[] = PARAMETERS.map(blockOf).sort(
  (one, other) => Number(other.id === CELL_COUNT) - Number(one.id === CELL_COUNT),
);
