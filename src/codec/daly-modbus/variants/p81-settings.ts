import { p81Station } from '../memory';
import {
  limit,
  parametersIn,
  quantity,
  registerBlock,
  toggle,
  wide,
  type RegisterSettings,
} from '../register-settings';
import { CELSIUS, MILLIVOLT, TENTH } from '../tables';

/* The settings of boards with a board number (settings-daly-modbus.md 4). */

/** Between the first two, at 126 to 128, lies the password. */
const BLOCKS = [registerBlock(0x100, 0x26), registerBlock(0x129, 0x28, true), registerBlock(0x151, 0x27, true)];

/** What they mean was found out from captures; nothing is known of how they are written. */
const TERMS = { access: 'read', confidence: 'C 1' } as const;

const MILLI = { divisor: 1000 };
const MILLISECOND = MILLI;
const MICROSECOND = { divisor: 1e6 };
const TEN_SECONDS = { divisor: 0.1 };
const NEVER = { never: 0xffff };
/** In captures the warning and the protection are the wrong way round. */
const DOUBTFUL = { isDoubtful: true };

export const p81Settings: RegisterSettings = {
  blocks: BLOCKS,
  parameters: parametersIn(BLOCKS, TERMS, [
    quantity(0x100, 'boardAddress'),
    quantity(0x101, 'cellCount'),
    quantity(0x102, 'dalyAcquisitionBoards'),
    quantity(0x103, 'dalyBoard1Cells'),
    quantity(0x104, 'dalyBoard2Cells'),
    quantity(0x105, 'dalyBoard3Cells'),
    quantity(0x106, 'dalyBoard1Sensors'),
    quantity(0x107, 'dalyBoard2Sensors'),
    quantity(0x108, 'dalyBoard3Sensors'),
    wide(0x109, 'designCapacity', MILLI),
    wide(0x10b, 'fullCapacity', MILLI),
    quantity(0x114, 'cellReferenceVoltage', MILLIVOLT),
    quantity(0x115, 'sleepDelay', TEN_SECONDS, NEVER),
    quantity(0x116, 'dalySocSetting', TENTH),
    quantity(0x11a, 'balanceStartVoltage', MILLIVOLT),
    quantity(0x11b, 'balanceDelta', MILLIVOLT),
    toggle(0x121, 'chargeSwitch'),
    toggle(0x122, 'dischargeSwitch'),
    quantity(0x130, 'cellOvervoltageWarning', MILLIVOLT),
    quantity(0x131, 'cellOvervoltageProtection', MILLIVOLT),
    quantity(0x132, 'cellOvervoltageRecovery', MILLIVOLT),
    quantity(0x133, 'cellOvervoltageDelay', MILLISECOND),
    quantity(0x134, 'cellUndervoltageWarning', MILLIVOLT),
    quantity(0x135, 'cellUndervoltageProtection', MILLIVOLT),
    quantity(0x136, 'cellUndervoltageRecovery', MILLIVOLT),
    quantity(0x137, 'cellUndervoltageDelay', MILLISECOND),
    quantity(0x138, 'packOvervoltageWarning', TENTH),
    quantity(0x139, 'packOvervoltageProtection', TENTH),
    quantity(0x13a, 'packOvervoltageRecovery', TENTH),
    quantity(0x13b, 'packOvervoltageDelay', MILLISECOND),
    quantity(0x13c, 'packUndervoltageWarning', TENTH),
    quantity(0x13d, 'packUndervoltageProtection', TENTH),
    quantity(0x13e, 'packUndervoltageRecovery', TENTH),
    quantity(0x13f, 'packUndervoltageDelay', MILLISECOND),
    limit(0x140, 'chargeOvercurrentWarning', -1),
    limit(0x141, 'chargeOvercurrentProtection', -1),
    quantity(0x142, 'chargeOvercurrentDelay', MILLISECOND),
    limit(0x143, 'chargeOvercurrent2Protection', -1),
    quantity(0x144, 'chargeOvercurrent2Delay', MILLISECOND),
    limit(0x145, 'dischargeOvercurrentWarning', 1),
    limit(0x146, 'dischargeOvercurrentProtection', 1),
    quantity(0x147, 'dischargeOvercurrentDelay', MILLISECOND),
    limit(0x148, 'dischargeOvercurrent2Protection', 1),
    quantity(0x149, 'dischargeOvercurrent2Delay', MILLISECOND),
    quantity(0x14a, 'chargeOvertemperatureWarning', CELSIUS),
    quantity(0x14b, 'chargeOvertemperatureProtection', CELSIUS),
    quantity(0x14c, 'chargeOvertemperatureRecovery', CELSIUS),
    quantity(0x14d, 'chargeOvertemperatureDelay', MILLISECOND),
    quantity(0x14e, 'chargeUndertemperatureWarning', CELSIUS),
    quantity(0x14f, 'chargeUndertemperatureProtection', CELSIUS),
    quantity(0x150, 'chargeUndertemperatureRecovery', CELSIUS),
    quantity(0x151, 'chargeUndertemperatureDelay', MILLISECOND),
    quantity(0x152, 'dischargeOvertemperatureWarning', CELSIUS),
    quantity(0x153, 'dischargeOvertemperatureProtection', CELSIUS),
    quantity(0x154, 'dischargeOvertemperatureRecovery', CELSIUS),
    quantity(0x155, 'dischargeOvertemperatureDelay', MILLISECOND),
    quantity(0x156, 'dischargeUndertemperatureWarning', CELSIUS, DOUBTFUL),
    quantity(0x157, 'dischargeUndertemperatureProtection', CELSIUS, DOUBTFUL),
    quantity(0x158, 'dischargeUndertemperatureRecovery', CELSIUS, DOUBTFUL),
    quantity(0x159, 'dischargeUndertemperatureDelay', MILLISECOND, DOUBTFUL),
    quantity(0x15a, 'cellDifferenceWarning', MILLIVOLT),
    quantity(0x15b, 'cellDifferenceProtection', MILLIVOLT),
    quantity(0x15c, 'cellDifferenceRecovery', MILLIVOLT),
    quantity(0x15d, 'cellDifferenceDelay', MILLISECOND),
    quantity(0x15e, 'temperatureDifferenceWarning'),
    quantity(0x15f, 'temperatureDifferenceProtection'),
    quantity(0x160, 'temperatureDifferenceRecovery'),
    quantity(0x161, 'temperatureDifferenceDelay', MILLISECOND),
    quantity(0x166, 'mosOvertemperatureWarning', CELSIUS),
    quantity(0x167, 'mosOvertemperatureProtection', CELSIUS),
    quantity(0x168, 'mosOvertemperatureRecovery', CELSIUS),
    quantity(0x169, 'mosOvertemperatureDelay', MILLISECOND),
    quantity(0x16a, 'boardOvertemperatureWarning', CELSIUS),
    quantity(0x16b, 'boardOvertemperatureProtection', CELSIUS),
    quantity(0x16c, 'boardOvertemperatureRecovery', CELSIUS),
    quantity(0x16d, 'boardOvertemperatureDelay', MILLISECOND),
    quantity(0x16e, 'shortCircuitProtection'),
    quantity(0x16f, 'shortCircuitDelay', MICROSECOND),
  ]),
  rules: [],
  stationOf: p81Station,
};
