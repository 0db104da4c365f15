import type { Reading } from '../../battery/reading';
import { bitsToNumbers } from '../kit/fields';
import type { Decoded, Query, Target } from '../untyped';
import { decodeAlarms } from './alarms';
import { DATA_AT, encodeRequest, isAnswer } from './frame';
import { joinSeries, judgeSeries } from './series';
import {
  CELLS,
  COUNTS,
  dateText,
  INPUTS,
  MAX_CELLS,
  MOSFETS,
  PACK,
  PRODUCTION_DATE,
  RATING,
  STATES,
  TEMPERATURES,
  TEXT_WIDTH,
  TEXTS,
  type Counts,
  type Mosfets,
  type ProductionDate,
  type TextTable,
} from './tables';
import { checkCells, checkCounts, checkData, checkPack, checkState } from './validity';

type Ask = Pick<Query, 'name' | 'group' | 'optional' | 'dependsOnMemory' | 'applies'>;

/** A query whose answer is one frame; `decode` gets that frame. */
function single(id: number, ask: Ask, decode: (frame: Buffer, query: string, target: Target) => Decoded): Query {
  return {
    ...ask,
    request: ({ address }) => encodeRequest(address, id),
    match: (frame, _parts, { address }) => (isAnswer(frame, address, id) ? 'complete' : 'foreign'),
    // The frame that completed an answer is its last one, and here its only one.
    decode: (parts, target) => decode(parts.at(-1) ?? Buffer.alloc(0), ask.name, target),
  };
}

/**
 * A query whose answer is several numbered frames.
 * @param width bytes of values in each frame
 * @param needed how many frames the answer has
 * @param decode gets the values of all frames in order
 */
function series(
  id: number,
  ask: Ask,
  width: number,
  needed: (target: Target) => number,
  decode: (values: Buffer, query: string, target: Target) => Decoded,
): Query {
  return {
    ...ask,
    request: ({ address }) => encodeRequest(address, id),
    match: (frame, parts, target) =>
      isAnswer(frame, target.address, id) ? judgeSeries(frame, parts, needed(target)) : 'foreign',
    decode: (parts, target) => decode(joinSeries(parts, needed(target), width), ask.name, target),
  };
}

function decodePack(frame: Buffer, query: string): Decoded {
  checkData(query, frame);
  const reading: Reading = {};
  PACK.decode(frame, reading, DATA_AT);
  checkPack(query, reading);
  return { reading };
}

function decodeMosfets(frame: Buffer, query: string): Decoded {
  checkData(query, frame);
  const content: Mosfets = {};
  MOSFETS.decode(frame, content, DATA_AT);
  const { stateCode = 0, chargeEnabled, dischargeEnabled, remainingCapacity } = content;
  const state = checkState(query, STATES[stateCode]);
  return { reading: { state, chargeEnabled, dischargeEnabled, remainingCapacity } };
}

function decodeCounts(frame: Buffer, query: string): Decoded {
  checkData(query, frame);
  const counts: Counts = {};
  COUNTS.decode(frame, counts, DATA_AT);
  checkCounts(query, counts);
  const { sensorCount = 0, inputs = 0, cellCount = 0, cycles, chargerConnected, loadConnected } = counts;
  const digitalInputs: boolean[] = [];
  for (let input = 0; input < INPUTS; input++) digitalInputs.push(((inputs >>> input) & 1) === 1);
  const reading: Reading = { cellCount, cycles, digitalInputs };
  if (chargerConnected !== undefined) reading.chargerConnected = chargerConnected;
  if (loadConnected !== undefined) reading.loadConnected = loadConnected;
  return { reading, memory: { cellCount, sensorCount } };
}

function decodeCells(values: Buffer, query: string, { memory }: Target): Decoded {
  const cellVoltages = CELLS.values.decode(values, 0, memory.cellCount ?? 0);
  checkCells(query, cellVoltages);
  return { reading: { cellVoltages } };
}

function decodeTemperatures(values: Buffer, _query: string, { memory }: Target): Decoded {
  return { reading: { temperatures: TEMPERATURES.values.decode(values, 0, memory.sensorCount ?? 0) } };
}

function decodeBalancing(frame: Buffer, _query: string, { memory }: Target): Decoded {
  const cells = [...bitsToNumbers(frame.readUInt32LE(DATA_AT)), ...bitsToNumbers(frame.readUInt16LE(DATA_AT + 4), 33)];
  const count = memory.cellCount ?? MAX_CELLS;
  return { reading: { balancingCells: cells.filter((cell) => cell <= count) } };
}

function decodeDate(frame: Buffer): Decoded {
  const date: ProductionDate = {};
  PRODUCTION_DATE.decode(frame, date, DATA_AT);
  const manufactureDate = dateText(date);
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

/** What is asked of a board (daly.md 4, 7). 91 and 92 add nothing to 95 and 96 and are left out. */
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
      // A board without sensors has no frame to answer with.
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
