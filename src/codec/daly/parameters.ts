import { above, type OrderingRule } from '../../battery/settings/ordering-rule';
import type { SettingKey, SettingRowValues } from '../../battery/settings/vocabulary';
import { parameter, parametersOf, type ParameterTerms } from '../kit/parameters';
import { choice, number, type Row } from '../kit/row';
import type { Parameter, SettingsBlock } from '../parameter';
import { currentLimit } from './current-limit';

/*
 * The 44 settings (settings-daly.md 1): one request per id, eight bytes each, high byte first. No public source has proven a
 * write.
 */

type Line = [Row<SettingRowValues>, Partial<ParameterTerms>];
type NumberKey = Extract<Row<SettingRowValues>, { kind: 'number' }>['key'];

const CAPTURED = 'C';
const PROGRAMS = 'M';
const ONE_PROGRAM = '1';

const MILLI = 1000;
const TENTH = 10;
const ONE = 1;
const MICRO = 1e6;

/** What boards of the newer kind take (settings-daly-modbus.md 1). */
const CELL = { range: [0, 5] } as const;
const TEMPERATURE = { range: [-40, 100] } as const;
const SOC = { range: [0, 100] } as const;

type Range = Pick<ParameterTerms, 'range'>;

const word = (at: number, key: NumberKey, steps: number, range?: Range): Line =>
  parameter(number(at, 'u16', key, { divisor: steps }), range);
const byte = (at: number, key: NumberKey): Line => parameter(number(at, 'u8', key));
/** Raw 0 is -40 °C. */
const temperature = (at: number, key: NumberKey): Line => parameter(number(at, 'u8', key, { offset: 40 }), TEMPERATURE);

/** What an id holds. @param access `read` for structure, sensor and shunt, which are never written (settings-daly.md 2) */
function table(id: string, access: 'read' | 'experimental', confidence: string, rows: readonly Line[]): Parameter[] {
  return parametersOf(id, 'big', { access, confidence }, rows);
}

/** @param usual see `CurrentLimitPlace` */
function current(at: number, key: SettingKey, usual: 1 | -1): Parameter {
  return currentLimit(key, { block: '5b', at, usual }, { access: 'experimental', confidence: PROGRAMS });
}

/** Every setting, in the order of the sheet. */
export const PARAMETERS: readonly Parameter[] = [
  ...table('50', 'read', CAPTURED, [
    parameter(number(0, 'u32', 'designCapacity', { divisor: MILLI }), { range: [0, 4e6] }),
    word(6, 'cellReferenceVoltage', MILLI),
  ]),
  ...table('51', 'read', CAPTURED, [
    byte(0, 'dalyAcquisitionBoards'),
    byte(1, 'dalyBoard1Cells'),
    byte(2, 'dalyBoard2Cells'),
    byte(3, 'dalyBoard3Cells'),
    byte(4, 'dalyBoard1Sensors'),
    byte(5, 'dalyBoard2Sensors'),
    byte(6, 'dalyBoard3Sensors'),
  ]),
  ...table('53', 'read', CAPTURED, [
    byte(0, 'dalyOperatingMode'),
    parameter(choice(1, 'u8', 'chemistry', ['lfp', 'nmc', 'lto'])),
    parameter(number(5, 'u16', 'sleepDelay'), { never: 0xffff }),
  ]),
  ...table('59', 'experimental', PROGRAMS, [
    word(0, 'cellOvervoltageWarning', MILLI, CELL),
    word(2, 'cellOvervoltageProtection', MILLI, CELL),
    word(4, 'cellUndervoltageWarning', MILLI, CELL),
    word(6, 'cellUndervoltageProtection', MILLI, CELL),
  ]),
  ...table('5a', 'experimental', PROGRAMS, [
    word(0, 'packOvervoltageWarning', TENTH),
    word(2, 'packOvervoltageProtection', TENTH),
    word(4, 'packUndervoltageWarning', TENTH),
    word(6, 'packUndervoltageProtection', TENTH),
  ]),
  current(0, 'chargeOvercurrentWarning', -1),
  current(2, 'chargeOvercurrentProtection', -1),
  current(4, 'dischargeOvercurrentWarning', 1),
  current(6, 'dischargeOvercurrentProtection', 1),
  ...table('5c', 'experimental', ONE_PROGRAM, [
    temperature(0, 'chargeOvertemperatureWarning'),
    temperature(1, 'chargeOvertemperatureProtection'),
    temperature(2, 'chargeUndertemperatureWarning'),
    temperature(3, 'chargeUndertemperatureProtection'),
    temperature(4, 'dischargeOvertemperatureWarning'),
    temperature(5, 'dischargeOvertemperatureProtection'),
    temperature(6, 'dischargeUndertemperatureWarning'),
    temperature(7, 'dischargeUndertemperatureProtection'),
  ]),
  ...table('5d', 'experimental', ONE_PROGRAM, [
    word(0, 'socHighWarning', TENTH, SOC),
    word(2, 'socHighProtection', TENTH, SOC),
    word(4, 'socLowWarning', TENTH, SOC),
    word(6, 'socLowProtection', TENTH, SOC),
  ]),
  ...table('5e', 'experimental', PROGRAMS, [
    word(0, 'cellDifferenceWarning', MILLI),
    word(2, 'cellDifferenceProtection', MILLI),
  ]),
  // One program subtracts 40 here as well.
  ...table('5e', 'read', PROGRAMS, [
    byte(4, 'temperatureDifferenceWarning'),
    byte(5, 'temperatureDifferenceProtection'),
  ]),
  ...table('5f', 'experimental', `${CAPTURED} ${PROGRAMS}`, [
    word(0, 'balanceStartVoltage', MILLI),
    word(2, 'balanceDelta', MILLI),
  ]),
  ...table('60', 'read', CAPTURED, [word(0, 'shortCircuitProtection', ONE), word(2, 'shuntResistance', MICRO)]),
];

/** One per id. Boards leave ids unanswered that they do not know (settings-daly.md 5, daly.md 7). */
export const BLOCKS: readonly SettingsBlock[] = [...new Set(PARAMETERS.map(({ block }) => block))].map((id) => ({
  id,
  name: `parameters (${id})`,
  optional: true,
}));

/**
 * There are no recovery values. Warnings are delivered beyond protections, and no rule (settings-daly.md 3, 4,
 * settings-daly-modbus.md 3).
 */
export const RULES: readonly OrderingRule[] = [
  above('cellOvervoltageProtection', 'balanceStartVoltage'),
  above('cellOvervoltageProtection', 'cellUndervoltageProtection'),
];
