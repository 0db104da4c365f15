import { RULES } from '../../daly/parameters';
import { d2StationOf } from '../memory';
import {
  chemistry,
  limit,
  parametersIn,
  quantity,
  registerBlock,
  toggle,
  type RegisterSettings,
} from '../register-settings';
import { CELSIUS, MILLIVOLT, TENTH } from '../tables';

/* The settings of boards without a board number (settings-daly-modbus.md 1). */

/**
 * Boards are silent to what their firmware does not have, as the last register: it is read with the switches, as these are
 * elsewhere.
 */
const BLOCKS = [registerBlock(0x80, 37), registerBlock(0xa5, 4, true)];

/** The vendor's document lets them be written, and one program offers it; no write of a threshold was captured. */
const TERMS = { access: 'experimental', confidence: 'D C M' } as const;

const READ = { access: 'read' } as const;
const NEVER = { never: 0xffff };
const CELL = { range: [0, 5] } as const;
const TEMPERATURE = { range: [-40, 100] } as const;
/** the most that is not ffff */
const CAPACITY = { range: [0, 6553.4] } as const;

export const d2Settings: RegisterSettings = {
  blocks: BLOCKS,
  parameters: parametersIn(BLOCKS, TERMS, [
    quantity(0x80, 'designCapacity', TENTH, CAPACITY),
    quantity(0x81, 'cellReferenceVoltage', MILLIVOLT),
    quantity(0x82, 'dalyAcquisitionBoards'),
    quantity(0x83, 'dalyBoard1Cells'),
    quantity(0x84, 'dalyBoard2Cells'),
    quantity(0x85, 'dalyBoard3Cells'),
    quantity(0x86, 'dalyBoard1Sensors'),
    quantity(0x87, 'dalyBoard2Sensors'),
    quantity(0x88, 'dalyBoard3Sensors'),
    chemistry(0x89),
    quantity(0x8a, 'sleepDelay', {}, NEVER),
    quantity(0x8b, 'cellOvervoltageWarning', MILLIVOLT, CELL),
    quantity(0x8c, 'cellOvervoltageProtection', MILLIVOLT, CELL),
    quantity(0x8d, 'cellUndervoltageWarning', MILLIVOLT, CELL),
    quantity(0x8e, 'cellUndervoltageProtection', MILLIVOLT, CELL),
    quantity(0x8f, 'packOvervoltageWarning', TENTH),
    quantity(0x90, 'packOvervoltageProtection', TENTH),
    quantity(0x91, 'packUndervoltageWarning', TENTH),
    quantity(0x92, 'packUndervoltageProtection', TENTH),
    limit(0x93, 'chargeOvercurrentWarning', -1),
    limit(0x94, 'chargeOvercurrentProtection', -1),
    limit(0x95, 'dischargeOvercurrentWarning', 1),
    limit(0x96, 'dischargeOvercurrentProtection', 1),
    quantity(0x97, 'chargeOvertemperatureWarning', CELSIUS, TEMPERATURE),
    quantity(0x98, 'chargeOvertemperatureProtection', CELSIUS, TEMPERATURE),
    quantity(0x99, 'chargeUndertemperatureWarning', CELSIUS, TEMPERATURE),
    quantity(0x9a, 'chargeUndertemperatureProtection', CELSIUS, TEMPERATURE),
    quantity(0x9b, 'dischargeOvertemperatureWarning', CELSIUS, TEMPERATURE),
    quantity(0x9c, 'dischargeOvertemperatureProtection', CELSIUS, TEMPERATURE),
    quantity(0x9d, 'dischargeUndertemperatureWarning', CELSIUS, TEMPERATURE),
    quantity(0x9e, 'dischargeUndertemperatureProtection', CELSIUS, TEMPERATURE),
    // From 0.255 V and 255 °C on they are off, and still numbers.
    quantity(0x9f, 'cellDifferenceWarning', MILLIVOLT),
    quantity(0xa0, 'cellDifferenceProtection', MILLIVOLT),
    quantity(0xa1, 'temperatureDifferenceWarning'),
    quantity(0xa2, 'temperatureDifferenceProtection'),
    quantity(0xa3, 'balanceStartVoltage', MILLIVOLT),
    quantity(0xa4, 'balanceDelta', MILLIVOLT),
    toggle(0xa5, 'chargeSwitch'),
    toggle(0xa6, 'dischargeSwitch'),
    quantity(0xa7, 'dalySocSetting', TENTH, READ),
    quantity(0xa8, 'mosOvertemperatureProtection', CELSIUS, TEMPERATURE),
  ]),
  rules: RULES,
  stationOf: d2StationOf,
};
