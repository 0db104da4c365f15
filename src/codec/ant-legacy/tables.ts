import type { Alarm } from '../../battery/alarm';
import type { Reading } from '../../battery/reading';
import { say } from '../../battery/sentence';
import { BY_HAND, decodeCodes, encodeBalancer, encodeMosfets, highest, mosfetTables, ON } from '../ant/codes';
import { cyclesOf, throughputOf } from '../ant/cycles';
import { bitList, layout, list, number, writeOnly } from '../kit/fields';
import { malformed } from '../kit/malformed';
import { seal, STATUS_LENGTH } from './wire';

const CELLS_AT = 6;
const SENSORS_AT = 95;
const CHARGE_MOS_AT = 103;
const DISCHARGE_MOS_AT = 104;
const BALANCER_AT = 105;
const RELAY_AT = 110;

const MAX_CELLS = 32;
const SENSORS = 4;
const NO_RELAY = 0xff;

/** A sensor that is not connected reads -40 °C. */
const ABSENT_SENSOR = { notAvailable: [-40] };
const MILLIVOLT = { divisor: 1000 };

const cells = list('u16', MILLIVOLT);
const temperatures = list('s16', ABSENT_SENSOR);

/** Offsets in the frame (ant-legacy.md 4). The wire counts discharging as positive, a reading charging. */
const table = layout<Reading>([
  number(4, 'u16', 'voltage', { divisor: 10 }),
  number(70, 's32', 'current', { divisor: -10 }),
  number(74, 'u8', 'soc'),
  number(75, 'u32', 'designCapacity', { divisor: 1e6, notAvailable: [0] }),
  number(79, 'u32', 'remainingCapacity', { divisor: 1e6 }),
  number(83, 'u32', 'cycleCapacity', MILLIVOLT),
  number(87, 'u32', 'runtime'),
  number(91, 's16', 'mosTemperature', ABSENT_SENSOR),
  number(93, 's16', 'balancerTemperature', ABSENT_SENSOR),
  number(111, 's32', 'power', { divisor: -1 }),
  // Extremes follow from the cells; the cell numbers of several boards are wrong here (ant-legacy.md 4).
  writeOnly(number(115, 'u8', 'maxCell')),
  writeOnly(number(116, 'u16', 'cellVoltageMax', MILLIVOLT)),
  writeOnly(number(118, 'u8', 'minCell')),
  writeOnly(number(119, 'u16', 'cellVoltageMin', MILLIVOLT)),
  writeOnly(number(121, 'u16', 'cellVoltageAverage', MILLIVOLT)),
  number(123, 'u8', 'cellCount'),
  bitList(132, 'u32', 'balancingCells'),
]);

/** The codes of the MOSFETs are the only alarms of the status; this protocol has none beyond those of both (ant-legacy.md 4.1). */
const NONE = { alarms: {}, silent: [] };
const mosfets = mosfetTables({ charge: NONE, discharge: NONE });

/** How far the reported power may be off before voltage times current is believed instead, W and parts of it. */
const POWER_TOLERANCE = 20;
const POWER_TOLERANCE_PART = 0.1;

/**
 * Decodes a whole status frame.
 * @throws BmsError `malformed` when its number of cells cannot be
 */
export function decodeStatus(frame: Buffer): Reading {
  const reading: Reading = {};
  table.decode(frame, reading);
  const { cellCount = 0 } = reading;
  if (cellCount < 1 || cellCount > MAX_CELLS) throw malformed('status', say`it has ${cellCount} cells`);
  reading.cellVoltages = cells.decode(frame, CELLS_AT, cellCount);
  reading.temperatures = temperatures.decode(frame, SENSORS_AT, SENSORS);
  const cycles = cyclesOf(reading);
  if (cycles !== undefined) reading.cycles = cycles;
  if (!isPlausiblePower(reading)) reading.power = Number.NaN;
  reading.balancingCells = reading.balancingCells?.filter((cell) => cell <= cellCount);
  decodeSwitches(frame, reading);
  return reading;
}

/** Some boards send 9999 W at rest (ant-legacy.md 4, 8): what is NaN here is left out of the reading, and counted. */
function isPlausiblePower({ power = 0, voltage = 0, current = 0 }: Reading): boolean {
  const product = voltage * current;
  return Math.abs(power - product) <= POWER_TOLERANCE + POWER_TOLERANCE_PART * Math.abs(product);
}

function decodeSwitches(frame: Buffer, reading: Reading): void {
  const charge = frame.readUInt8(CHARGE_MOS_AT);
  const discharge = frame.readUInt8(DISCHARGE_MOS_AT);
  const alarms: Alarm[] = [];
  decodeCodes({ charge, discharge, balance: frame.readUInt8(BALANCER_AT) }, mosfets, reading, alarms);
  const chargeSwitch = switchOf(charge);
  const dischargeSwitch = switchOf(discharge);
  if (chargeSwitch !== undefined) reading.chargeSwitch = chargeSwitch;
  if (dischargeSwitch !== undefined) reading.dischargeSwitch = dischargeSwitch;
  reading.alarms = highest(alarms);
}

/** The switch of a MOSFET: unknown while the MOSFET is off for another reason. */
function switchOf(code: number): boolean | undefined {
  if (code === ON) return true;
  return code === BY_HAND ? false : undefined;
}

/** The status frame of a board in this state; absent values become 0, absent sensors -40 °C. */
export function encodeStatus(pack: Reading): Buffer {
  const frame = Buffer.alloc(STATUS_LENGTH);
  const voltages = (pack.cellVoltages ?? []).slice(0, MAX_CELLS);
  const sensors = Array.from({ length: SENSORS }, (_, i) => pack.temperatures?.[i] ?? null);
  table.encode({ ...pack, cellCount: voltages.length, cycleCapacity: throughputOf(pack) }, frame);
  cells.encode(voltages, frame, CELLS_AT);
  temperatures.encode(sensors, frame, SENSORS_AT);
  const { charge, discharge } = encodeMosfets(pack, mosfets, pack.alarms ?? []);
  frame.writeUInt8(charge, CHARGE_MOS_AT);
  frame.writeUInt8(discharge, DISCHARGE_MOS_AT);
  frame.writeUInt8(encodeBalancer(pack), BALANCER_AT);
  frame.writeUInt8(NO_RELAY, RELAY_AT);
  return seal(frame);
}
