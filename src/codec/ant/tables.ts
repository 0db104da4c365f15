import type { BatteryState, Reading } from '../../battery/reading';
import { bitList, flag, layout, list, number, text, writeOnly, type Layout } from '../kit/fields';

/** mV, mAh */
const MILLI = { divisor: 1000 };

/** A sensor that is not connected reads -40 °C. */
const ABSENT_SENSOR = { notAvailable: [-40] };

/*
 * Status, function 01 (ant.md 5): a head, the cells, the sensors, and then the core, whose offsets are those of a board with
 * neither: the length of both lists is added.
 */

/** Bytes of the head. */
export const STATUS = {
  /** the level of permission in force (ant.md 9.1) */
  level: 0,
  state: 1,
  sensorCount: 2,
  cellCount: 3,
  protections: 4,
  warnings: 12,
  cells: 28,
} as const;

/** Bytes of the core that are codes, and the balancing word. */
export const CORE = { dischargeMosfet: 40, chargeMosfet: 41, balancer: 42, boardType: 43, balancing: 64 } as const;

/** What follows the core is an extension of varying length. */
export const CORE_LENGTH = 106;

/** A balancing word has bits for 32 cells; 186 bytes are the longest answer seen. */
export const MAX_CELLS = 32;
export const MAX_SENSORS = 8;

/** None, idle, charging, standby, discharging; 5, fault, leaves the state to the current. */
export const STATES: readonly BatteryState[] = ['idle', 'idle', 'charging', 'idle', 'discharging'];
export const STATE_CODES: Readonly<Record<BatteryState, number>> = { idle: 1, charging: 2, discharging: 4 };

/** Newer firmware keeps error flags in the upper three bits of a cell voltage. */
export const CELL_MASK = 0x1fff;
export const cells = list('u16', MILLI, 'little');
export const temperatures = list('s16', ABSENT_SENSOR, 'little');

/** The wire counts discharging as positive, a reading charging (ant.md 12). */
export const core = layout<Reading>(
  [
    number(28, 's16', 'mosTemperature', ABSENT_SENSOR),
    number(30, 's16', 'balancerTemperature', ABSENT_SENSOR),
    number(32, 'u16', 'voltage', { divisor: 100 }),
    number(34, 's16', 'current', { divisor: -10 }),
    number(36, 'u16', 'soc'),
    number(38, 'u16', 'soh'),
    number(44, 'u32', 'designCapacity', { divisor: 1e6, notAvailable: [0] }),
    number(48, 'u32', 'remainingCapacity', { divisor: 1e6 }),
    number(52, 'u32', 'cycleCapacity', MILLI),
    number(56, 's32', 'power', { divisor: -1 }),
    number(60, 'u32', 'runtime'),
    // What it holds depends on the type of the board; a simulated one has a bit per cell.
    writeOnly(bitList(64, 'u32', 'balancingCells')),
    // Extremes follow from the cells, which are read.
    writeOnly(number(68, 'u16', 'cellVoltageMax', MILLI)),
    writeOnly(number(70, 'u16', 'maxCell')),
    writeOnly(number(72, 'u16', 'cellVoltageMin', MILLI)),
    writeOnly(number(74, 'u16', 'minCell')),
    writeOnly(number(76, 'u16', 'cellVoltageDelta', MILLI)),
    writeOnly(number(78, 'u16', 'cellVoltageAverage', MILLI)),
    number(90, 'u32', 'dischargedCapacity', MILLI),
    number(94, 'u32', 'chargedCapacity', MILLI),
  ],
  'little',
);

/** Bits of the head that are states (ant.md 6.1, 6.2). Boards without a heater or a charger input leave theirs 0. */
export const BITS = {
  chargeOff: { at: 6, mask: 1 << 5 },
  dischargeOff: { at: 6, mask: 1 << 1 },
  /** a charger that speaks, or shows in the current */
  charger: { at: 14, mask: 0b111 << 4 },
  antCharger: { at: 18, mask: 1 << 2 },
  heating: { at: 16, mask: 1 << 4 },
} as const;

/** Further ones, for the simulator: the codes of the core are more exact. The heater is read as a bit: only 1 means something. */
export const states = layout<Reading>(
  [
    flag<Reading>(14, 7, 'chargeEnabled'),
    flag<Reading>(15, 0, 'dischargeEnabled'),
    flag<Reading>(15, 5, 'balancing'),
    flag<Reading>(16, 4, 'heating'),
  ].map(writeOnly),
);

/** The extension, of newer firmware; lengths are the two that were seen: a shorter one is something else (ant.md 5). */
export const EXTENSION = { shortLength: 14, longLength: 24, chargerState: 22, connected: 1 << 15 } as const;
export const extension = layout<Reading>([number(4, 'u32', 'timeSinceCharge')], 'little');

/** The word of an active balancer, which moves charge into one cell at a time (ant.md 5.4). */
export interface ActiveBalancer extends Pick<Reading, 'balanceCurrent'> {
  /** 0: it works */
  fault?: number;
  /** number of the cell, 0 for none */
  cell?: number;
}

function activeBalancer(divisor: number): Layout<ActiveBalancer> {
  return layout<ActiveBalancer>([
    number(0, 'u8', 'fault'),
    number(1, 's8', 'balanceCurrent', { divisor }),
    number(3, 'u8', 'cell'),
  ]);
}

/** Boards of this type have an active balancer only when their model segment names one. */
export const TYPE_BY_MODEL = 33;
/** Registers of the model segment that stand for "double_balance", the one active model (ant.md 3). */
export const ACTIVE_MODELS = { first: 512, last: 767 } as const;

/** By the type of the board. */
export const ACTIVE_BALANCERS: ReadonlyMap<number, Layout<ActiveBalancer>> = new Map([
  [1, activeBalancer(100)],
  [2, activeBalancer(10)],
  [TYPE_BY_MODEL, activeBalancer(10)],
]);

/** Protection counters, function 05, by their place among twenty; charges (13) and cycles (14) count no fault (ant.md 8.1). */
const COUNTERS: Readonly<Record<number, string>> = {
  0: 'cellOvervoltage',
  1: 'packOvervoltage',
  2: 'cellUndervoltage',
  3: 'packUndervoltage',
  4: 'cellImbalance',
  5: 'chargeOvertemperature',
  6: 'dischargeOvertemperature',
  7: 'mosOvertemperature',
  8: 'chargeUndertemperature',
  9: 'dischargeUndertemperature',
  10: 'chargeOvercurrent',
  11: 'dischargeOvercurrent',
  12: 'shortCircuit',
  15: 'lowVoltageShutdowns',
  16: 'currentSensorFault',
  17: 'manualRestarts',
  18: 'watchdogResets',
  19: 'abnormalResets',
};

/** ffff stands for "not available or not permitted" wherever a board is read (ant.md 10.1). */
export const counters = layout<Record<string, number>>(
  Object.entries(COUNTERS).map(([place, key]) =>
    number<Record<string, number>>(2 * Number(place), 'u16', key, { notAvailable: [0xffff] }),
  ),
  'little',
);

/** Registers 620 to 651: the board's model, which is its hardware version as well, and its firmware (ant.md 4). */
export const versions = layout<Reading>([text(0, 16, 'hardwareVersion'), text(16, 16, 'softwareVersion')]);

/** Registers 262 to 293: a name for the pack that its user can set, and what they hold as long as there is none (ant.md 4). */
export const packName = layout<Reading>([text(0, 32, 'deviceName')]);
export const UNNAMED = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ12345';

/** The chip's id, function 04: twelve bytes, which the vendor's app shows as numbers with dots (ant.md 4). */
export const CHIP_ID_LENGTH = 12;

/** Remaining capacity in four bytes; the upper two are a register of their own (ant.md 10.2). */
export const REMAINING = { register: 166, highRegister: 168, length: 4, perAh: 1e6 } as const;
