import type { SettingRowValues } from '../../battery/settings/vocabulary';
import { parametersOf, type ParameterTerms } from '../kit/parameters';
import { number, type Row, type Scale } from '../kit/row';
import type { Parameter } from '../parameter';

/*
 * The settings of UP16S boards, as inferred from one master (settings-jbd-up16s.md): nothing is known of how they are written.
 */

/** Block 1800: the limits, each a triple of value, recovery and delay. */
export const LIMITS = '1800';
/** Block 1c00: parameters of the pack. */
export const PACK = '1c00';

const ONE_BOARD: ParameterTerms = { access: 'read', confidence: 'C 1' };
/** Also of their meaning there is no proof. */
const GUESS = { confidence: '?' };

const CELL: Scale = { divisor: 1000 };
const VOLT_PACK: Scale = { divisor: 100 };
const AMPERE: Scale = { divisor: 10 };
const CELSIUS: Scale = { divisor: 10, offset: 500 };
/** Delays are counted in ms. */
const MS: Scale = { divisor: 1000 };

/** A warning and, behind it, a protection: value, recovery and delay of each. */
const TRIPLES = [
  [0, 'cellOvervoltage', CELL],
  [12, 'cellUndervoltage', CELL],
  [24, 'packOvervoltage', VOLT_PACK],
  [36, 'packUndervoltage', VOLT_PACK],
  [88, 'chargeOvertemperature', CELSIUS],
  [100, 'chargeUndertemperature', CELSIUS],
  [112, 'dischargeOvertemperature', CELSIUS],
  [124, 'dischargeUndertemperature', CELSIUS],
  [136, 'mosOvertemperature', CELSIUS],
  [148, 'ambientOvertemperature', CELSIUS],
  [160, 'ambientUndertemperature', CELSIUS],
  [172, 'temperatureDifference', { divisor: 10 }],
  [184, 'cellDifference', CELL],
  [196, 'socLow', {}],
] as const satisfies readonly (readonly [number, string, Scale])[];

/** A warning, and two levels of a protection, with words between them that are not understood. */
const CURRENTS = [
  [48, 'chargeOvercurrent'],
  [68, 'dischargeOvercurrent'],
] as const;

type SettingRow = Row<SettingRowValues>;

const triples = TRIPLES.flatMap(([at, quantity, scale]): SettingRow[] => [
  number(at, 'u16', `${quantity}Warning`, scale),
  number(at + 2, 'u16', `${quantity}WarningRecovery`, scale),
  number(at + 4, 'u16', `${quantity}WarningDelay`, MS),
  number(at + 6, 'u16', `${quantity}Protection`, scale),
  number(at + 8, 'u16', `${quantity}Recovery`, scale),
  number(at + 10, 'u16', `${quantity}Delay`, MS),
]);

const currents = CURRENTS.flatMap(([at, quantity]): SettingRow[] => [
  number(at, 'u16', `${quantity}Warning`, AMPERE),
  number(at + 2, 'u16', `${quantity}WarningRecovery`, AMPERE),
  number(at + 4, 'u16', `${quantity}WarningDelay`, MS),
  number(at + 6, 'u16', `${quantity}Protection`, AMPERE),
  number(at + 8, 'u16', `${quantity}Delay`, MS),
  number(at + 14, 'u16', `${quantity}2Protection`, AMPERE),
  number(at + 16, 'u16', `${quantity}2Delay`, MS),
]);

const recoveryDelays = CURRENTS.map(([at, quantity]): SettingRow => number(at + 10, 'u16', `${quantity}RecoveryDelay`));

/** The parameters of both blocks, by their places (settings-jbd-up16s.md 1, 2). */
export const PARAMETERS: readonly Parameter[] = [
  ...parametersOf(LIMITS, 'big', ONE_BOARD, [
    ...[...triples, ...currents].map((row): [SettingRow, object] => [row, {}]),
    ...recoveryDelays.map((row): [SettingRow, object] => [row, GUESS]),
  ]),
  ...parametersOf(PACK, 'big', ONE_BOARD, [
    [number(4, 'u16', 'balanceStartVoltage', CELL), {}],
    [number(6, 'u16', 'balanceDelta', CELL), {}],
  ]),
];

/** What a captured board holds in block 1800; its rows are those of `TRIPLES` and `CURRENTS`. */
export const DELIVERED_LIMITS = Buffer.from(
  [
    ...['0e100d480bb80e420d480bb8', '0a8c0b540bb809c40bb80bb8', '168015400bb816d015400bb8', '106812c003e80fa012c00bb8'],
    ...['041a03e807d004b007d00258000a051401f40258', '041a03e807d004b007d0003c000a057800c8003c'],
    ...['041a03e80bb8047e03e80bb8', '0226025803e801f4022603e8', '041a03e803e8047e03e803e8', '015e019003e8012c015e03e8'],
    ...['05aa051403e8060e054603e8', '044c03e80bb8047e044c0bb8', '015e01900bb8012c015e0bb8', '005000500bb8005000500bb8'],
    ...['025801f41f40032001f41f40', '000a000f07d00003000507d0'],
  ].join(''),
  'hex',
);

/** What it holds in block 1c00 up to the texts: unknown, where balancing starts, the difference, more unknown. */
export const DELIVERED_PACK = Buffer.from('000000000d48001e01f40258163005dc', 'hex');
