import type { Reading } from '../../battery/reading';
import { say } from '../../battery/sentence';
import { dateFromBytes } from '../kit/date';
import { bitsToNumbers } from '../kit/fields';
import { malformed } from '../kit/malformed';
import type * as protocol from '../protocol';
import { decodeAlarms } from './alarms';
import {
  CELLS,
  COUNTS,
  INPUTS,
  MAX_CELLS,
  MAX_SENSORS,
  MOSFETS,
  PACK,
  PRODUCTION_DATE_AT,
  RATING,
  STATES,
  TEMPERATURES,
  TEXT_WIDTH,
  TEXTS,
  type Counts,
  type DalyMemory,
  type Mosfets,
  type TextTable,
} from './tables';
import { buildRequest, DATA_AT, DATA_LENGTH, isResponseTo, joinSeries, matchSeries } from './wire';

type Decoded = protocol.Decoded<DalyMemory>;
type Query = protocol.Query<DalyMemory>;
type Target = protocol.Target<DalyMemory>;

type Ask = Pick<Query, 'name' | 'group' | 'optional' | 'dependsOnMemory' | 'applies'>;

/** A query whose response is one frame; `decode` gets that frame. */
function single(id: number, ask: Ask, decode: (frame: Buffer, name: string, target: Target) => Decoded): Query {
  return {
    ...ask,
    request: ({ address }) => buildRequest(address, id),
    match: (frame, _parts, { address }) => (isResponseTo(frame, address, id) ? 'complete' : 'foreign'),
    // The frame that completed a response is its last one, and here its only one.
    decode: (parts, target) => decode(parts.at(-1) ?? Buffer.alloc(0), ask.name, target),
  };
}

/**
 * A query whose response is several numbered frames.
 * @param width bytes of values in each frame
 * @param needed how many frames the response has
 * @param decode gets the values of all frames in order
 */
function series(
  id: number,
  ask: Ask,
  width: number,
  needed: (target: Target) => number,
  decode: (values: Buffer, name: string, target: Target) => Decoded,
): Query {
  return {
    ...ask,
    request: ({ address }) => buildRequest(address, id),
    match: (frame, parts, target) =>
      isResponseTo(frame, target.address, id) ? matchSeries(frame, parts, needed(target)) : 'foreign',
    decode: (parts, target) => decode(joinSeries(parts, needed(target), width), ask.name, target),
  };
}

/*
 * What cannot be true (daly.md 8) is refused as a whole, never shown in part: boards and adapters that lost their data send
 * zeros, and a sum of 8 bits lets one damaged frame in 256 pass.
 */

const VOLTAGE_MIN = 5;
const VOLTAGE_MAX = 250;
const CURRENT_LIMIT = 1500;
const SOC_MAX = 100;
const YEAR_MAX = 99;

/** For the ids that are never all zero: 90 and 94 because of what they hold, 93 because of its heartbeat. */
function checkData(name: string, frame: Buffer): void {
  for (let at = DATA_AT; at < DATA_AT + DATA_LENGTH; at++) if ((frame[at] ?? 0) !== 0) return;
  throw malformed(name, say`it holds no data`);
}

function decodePack(frame: Buffer, name: string): Decoded {
  checkData(name, frame);
  const reading: Reading = {};
  PACK.decode(frame, reading, DATA_AT);
  const { voltage = 0, current = 0, soc = 0 } = reading;
  if (voltage < VOLTAGE_MIN || voltage > VOLTAGE_MAX) throw malformed(name, say`it has ${voltage} V`);
  // A raw current of 0 means 3000 A and is refused here as well.
  if (Math.abs(current) >= CURRENT_LIMIT) throw malformed(name, say`it has ${current} A`);
  if (soc > SOC_MAX) throw malformed(name, say`it has a state of charge of ${soc} %`);
  return { reading };
}

function decodeMosfets(frame: Buffer, name: string): Decoded {
  checkData(name, frame);
  const content: Mosfets = {};
  MOSFETS.decode(frame, content, DATA_AT);
  const { stateCode = 0, chargeEnabled, dischargeEnabled, remainingCapacity } = content;
  const state = STATES[stateCode];
  if (state === undefined) throw malformed(name, say`it names state ${stateCode}, which does not exist`);
  return { reading: { state, chargeEnabled, dischargeEnabled, remainingCapacity } };
}

function decodeCounts(frame: Buffer, name: string): Decoded {
  checkData(name, frame);
  const counts: Counts = {};
  COUNTS.decode(frame, counts, DATA_AT);
  const { sensorCount = 0, inputs = 0, cellCount = 0, cycles, chargerConnected, loadConnected } = counts;
  if (cellCount === 0 || cellCount > MAX_CELLS) throw malformed(name, say`it has ${cellCount} cells`);
  if (sensorCount > MAX_SENSORS) throw malformed(name, say`it has ${sensorCount} temperature sensors`);
  const digitalInputs: boolean[] = [];
  for (let input = 0; input < INPUTS; input++) digitalInputs.push(((inputs >>> input) & 1) === 1);
  const reading: Reading = { cellCount, cycles, digitalInputs };
  if (chargerConnected !== undefined) reading.chargerConnected = chargerConnected;
  if (loadConnected !== undefined) reading.loadConnected = loadConnected;
  return { reading, memory: { cellCount, sensorCount } };
}

function decodeCells(values: Buffer, name: string, { memory }: Target): Decoded {
  const cellVoltages = CELLS.values.decode(values, 0, memory.cellCount ?? 0);
  const unmeasured = cellVoltages.indexOf(0);
  if (unmeasured >= 0) throw malformed(name, say`it has 0 V at cell ${unmeasured + 1}`);
  return { reading: { cellVoltages } };
}

function decodeTemperatures(values: Buffer, _name: string, { memory }: Target): Decoded {
  return { reading: { temperatures: TEMPERATURES.values.decode(values, 0, memory.sensorCount ?? 0) } };
}

function decodeBalancing(frame: Buffer, _name: string, { memory }: Target): Decoded {
  const cells = [...bitsToNumbers(frame.readUInt32LE(DATA_AT)), ...bitsToNumbers(frame.readUInt16LE(DATA_AT + 4), 33)];
  const count = memory.cellCount ?? MAX_CELLS;
  return { reading: { balancingCells: cells.filter((cell) => cell <= count) } };
}

function decodeDate(frame: Buffer): Decoded {
  const at = DATA_AT + PRODUCTION_DATE_AT;
  const manufactureDate = frame.readUInt8(at) > YEAR_MAX ? undefined : dateFromBytes(frame, at);
  return { reading: manufactureDate === undefined ? {} : { manufactureDate } };
}

function decodeRating(frame: Buffer): Decoded {
  const reading: Reading = {};
  RATING.decode(frame, reading, DATA_AT);
  return { reading };
}

function textQuery({ id, name, frames, table }: TextTable): Query {
  const decode = (values: Buffer): Decoded => {
    const reading: Reading = {};
    table.decode(values, reading);
    return { reading };
  };
  return series(id, { name, group: 'identity', optional: true }, TEXT_WIDTH, () => frames, decode);
}

export const pack = single(0x90, { name: 'voltage, current and SOC (90)', group: 'fast' }, decodePack);
export const mosfets = single(0x93, { name: 'state and MOSFETs (93)', group: 'fast' }, decodeMosfets);

/** What is asked of a board (daly.md 4, 7). 91 and 92 are left out: 95 and 96 have the same and more. */
export const queries: readonly Query[] = [
  pack,
  mosfets,
  single(0x94, { name: 'counts and cycles (94)', group: 'fast' }, decodeCounts),
  series(
    0x95,
    {
      name: 'cell voltages (95)',
      group: 'cells',
      dependsOnMemory: true,
      applies: ({ memory }) => memory.cellCount !== undefined,
    },
    CELLS.width,
    ({ memory }) => Math.ceil((memory.cellCount ?? 0) / CELLS.perFrame),
    decodeCells,
  ),
  series(
    0x96,
    {
      name: 'temperatures (96)',
      group: 'fast',
      dependsOnMemory: true,
      // A board without sensors does not answer.
      applies: ({ memory }) => (memory.sensorCount ?? 0) > 0,
    },
    TEMPERATURES.width,
    ({ memory }) => Math.ceil((memory.sensorCount ?? 0) / TEMPERATURES.perFrame),
    decodeTemperatures,
  ),
  single(0x97, { name: 'balancing cells (97)', group: 'fast' }, decodeBalancing),
  single(0x98, { name: 'failure flags (98)', group: 'fast' }, (frame) => ({
    reading: { alarms: decodeAlarms(frame, DATA_AT) },
  })),
  single(0x50, { name: 'rated capacity (50)', group: 'identity', optional: true }, decodeRating),
  single(0x53, { name: 'production date (53)', group: 'identity', optional: true }, decodeDate),
  ...TEXTS.map(textQuery),
];
