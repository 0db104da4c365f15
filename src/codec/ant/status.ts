import { alarm, type Alarm } from '../../battery/alarm';
import type { Reading } from '../../battery/reading';
import { bitsToNumbers } from '../kit/fields';
import { checkLength } from '../kit/malformed';
import type { Direction } from '../kit/mosfet';
import { mosfets, protections, warnings } from './alarms';
import { BY_HAND, decodeCodes, encodeBalancer, encodeMosfets, highest, OFF } from './codes';
import { cyclesOf, throughputOf } from './cycles';
import {
  ACTIVE_BALANCERS,
  ACTIVE_MODELS,
  BITS,
  CELL_MASK,
  cells,
  core,
  CORE,
  CORE_LENGTH,
  extension,
  EXTENSION,
  MAX_CELLS,
  MAX_SENSORS,
  STATE_CODES,
  STATES,
  states,
  STATUS,
  temperatures,
  TYPE_BY_MODEL,
  type ActiveBalancer,
} from './tables';

export const STATUS_NAME = 'status (01)';

/**
 * Decodes the status: everything that changes, in one answer whose layout depends on its counts (ant.md 5).
 * @param model register of the model segment, where the answer has one (ant.md 3)
 * @throws BmsError `malformed` when the data are shorter than their counts demand
 */
export function decodeStatus(data: Buffer, model: number | undefined): Reading {
  checkLength(STATUS_NAME, data, STATUS.cells);
  const cellCount = data.readUInt8(STATUS.cellCount);
  const sensorCount = data.readUInt8(STATUS.sensorCount);
  const base = listLength(data);
  checkLength(STATUS_NAME, data, CORE_LENGTH + base);

  const reading: Reading = { cellCount, cellVoltages: decodeCells(data, cellCount) };
  reading.temperatures = temperatures.decode(data, STATUS.cells + cells.width * cellCount, sensorCount);
  core.decode(data, reading, base);
  const state = STATES[data.readUInt8(STATUS.state)];
  if (state !== undefined) reading.state = state;
  if (isSet(data, BITS.heating)) reading.heating = true;
  const cycles = cyclesOf(reading);
  if (cycles !== undefined) reading.cycles = cycles;
  decodeSwitches(data, base, model, reading);
  decodeExtension(data, CORE_LENGTH + base, reading);
  return reading;
}

/** How far cells and sensors shift what follows them, bytes. */
function listLength(data: Buffer): number {
  return cells.width * data.readUInt8(STATUS.cellCount) + temperatures.width * data.readUInt8(STATUS.sensorCount);
}

function isSet(data: Buffer, { at, mask }: { at: number; mask: number }): boolean {
  return (data.readUInt8(at) & mask) !== 0;
}

function decodeCells(data: Buffer, count: number): number[] {
  const voltages: number[] = [];
  for (let at = STATUS.cells; voltages.length < count; at += cells.width) {
    voltages.push((data.readUInt16LE(at) & CELL_MASK) / 1000);
  }
  return voltages;
}

/** The codes of both MOSFETs; discharge comes before charge (ant.md 12). */
function codesOf(data: Buffer, base: number): Record<Direction, number> {
  return {
    charge: data.readUInt8(base + CORE.chargeMosfet),
    discharge: data.readUInt8(base + CORE.dischargeMosfet),
  };
}

/**
 * The MOSFETs that are off for no reason that their code gives, as for seconds while they are switched on (ant.md 5.2): then
 * the missing bit of a switch proves nothing.
 */
export function unexplained(data: Buffer): Record<Direction, boolean> {
  const { charge, discharge } = codesOf(data, listLength(data));
  return { charge: charge === OFF, discharge: discharge === OFF };
}

/** MOSFETs, balancer and, as their codes are alarms too, the alarms. */
function decodeSwitches(data: Buffer, base: number, model: number | undefined, reading: Reading): void {
  const { charge, discharge } = codesOf(data, base);
  const balance = data.readUInt8(base + CORE.balancer);
  reading.chargeSwitch = !isSet(data, BITS.chargeOff) && charge !== BY_HAND;
  reading.dischargeSwitch = !isSet(data, BITS.dischargeOff) && discharge !== BY_HAND;
  const alarms: Alarm[] = [];
  protections.decode(data, STATUS.protections, alarms);
  warnings.decode(data, STATUS.warnings, alarms);
  decodeCodes({ charge, discharge, balance }, mosfets, reading, alarms);
  decodeBalancing(data, base, model, reading, alarms);
  reading.alarms = highest(alarms);
}

/** The balancing word: a bit per cell, or what an active balancer does; its fault is an alarm (ant.md 5.4). */
function decodeBalancing(data: Buffer, base: number, model: number | undefined, into: Reading, alarms: Alarm[]): void {
  const { cellCount = 0 } = into;
  const at = base + CORE.balancing;
  const type = data.readUInt8(base + CORE.boardType);
  const table = type === TYPE_BY_MODEL && !isActiveModel(model) ? undefined : ACTIVE_BALANCERS.get(type);
  if (table === undefined) {
    into.balancingCells = bitsToNumbers(data.readUInt32LE(at)).filter((cell) => cell <= cellCount);
    return;
  }
  const word: ActiveBalancer = {};
  table.decode(data, word, at);
  const { fault = 0, cell = 0, balanceCurrent } = word;
  if (fault !== 0) alarms.push(alarm('balancer_fault', 'fault'));
  into.balanceCurrent = balanceCurrent;
  into.balancingCells = cell > 0 && cell <= cellCount ? [cell] : [];
}

function isActiveModel(model = 0): boolean {
  return model >= ACTIVE_MODELS.first && model <= ACTIVE_MODELS.last;
}

/** What the board sees at its terminals. @param at where the core ends */
function decodeExtension(data: Buffer, at: number, into: Reading): void {
  const length = data.length - at;
  if (length >= EXTENSION.shortLength) extension.decode(data, into, at);
  if (length >= EXTENSION.longLength) {
    into.chargerConnected = (data.readUInt16LE(at + EXTENSION.chargerState) & EXTENSION.connected) !== 0;
  }
  // A bit that is not set means nothing on boards without that input.
  if (isSet(data, BITS.charger) || isSet(data, BITS.antCharger)) into.chargerConnected = true;
}

/** The status of a board in this state; absent values become "not available" where the table has such a value, else 0. */
export function encodeStatus(pack: Reading): Buffer {
  const voltages = (pack.cellVoltages ?? []).slice(0, MAX_CELLS);
  const sensors = (pack.temperatures ?? []).slice(0, MAX_SENSORS);
  const sensorsAt = STATUS.cells + cells.width * voltages.length;
  const base = cells.width * voltages.length + temperatures.width * sensors.length;
  const data = Buffer.alloc(CORE_LENGTH + base);
  data.writeUInt8(STATE_CODES[pack.state ?? 'idle'], STATUS.state);
  data.writeUInt8(sensors.length, STATUS.sensorCount);
  data.writeUInt8(voltages.length, STATUS.cellCount);
  cells.encode(voltages, data, STATUS.cells);
  temperatures.encode(sensors, data, sensorsAt);
  core.encode({ ...pack, cycleCapacity: throughputOf(pack) }, data, base);
  encodeSwitches(pack, data, base);
  return Buffer.concat([data, encodeExtension(pack)]);
}

function encodeSwitches(pack: Reading, data: Buffer, base: number): void {
  const alarms = pack.alarms ?? [];
  protections.encode(alarms, data, STATUS.protections);
  warnings.encode(alarms, data, STATUS.warnings);
  const reported: Alarm[] = [];
  protections.decode(data, STATUS.protections, reported);
  warnings.decode(data, STATUS.warnings, reported);
  states.encode(pack, data);
  if (pack.chargeSwitch === false) setBit(data, BITS.chargeOff);
  if (pack.dischargeSwitch === false) setBit(data, BITS.dischargeOff);
  const isReported = ({ code, level }: Alarm): boolean =>
    reported.some((one) => one.code === code && one.level === level);
  const { charge, discharge } = encodeMosfets(
    pack,
    mosfets,
    alarms.filter((entry) => !isReported(entry)),
  );
  data.writeUInt8(discharge, base + CORE.dischargeMosfet);
  data.writeUInt8(charge, base + CORE.chargeMosfet);
  data.writeUInt8(encodeBalancer(pack), base + CORE.balancer);
}

function setBit(data: Buffer, { at, mask }: { at: number; mask: number }): void {
  data.writeUInt8(data.readUInt8(at) | mask, at);
}

/** The extension of a board in this state; empty for a pack without its values. */
function encodeExtension(pack: Reading): Buffer {
  if (pack.timeSinceCharge === undefined || pack.chargerConnected === undefined) return Buffer.alloc(0);
  const data = Buffer.alloc(EXTENSION.longLength);
  extension.encode(pack, data);
  data.writeUInt16LE(pack.chargerConnected ? EXTENSION.connected : 0, EXTENSION.chargerState);
  return data;
}
