import type { Reading } from '../../battery/reading';
import { list } from '../fields';
import { FACTS } from './facts';
import { gathering } from './gather';
import { CONFIGURATION, isLarge, MAX_CELLS, refusal, type Register } from './register';

const WIDTH = 2;
const MAX_SENSORS = 2;
const cellScale = list('u16', { per: 1000 });
/** 0.1 K; raw 0 is a sensor that is not connected (sinowealth.md 4) */
const sensorScale = list('u16', { per: 10, zero: 2731, absent: [0] });

/** The raw values as they would stand side by side on the wire. */
function wordsOf(values: readonly number[]): Buffer {
  const data = Buffer.alloc(WIDTH * values.length);
  values.forEach((value, i) => data.writeUInt16BE(value, WIDTH * i));
  return data;
}

export const cells = gathering('cell', MAX_CELLS);
export const sensors = gathering('sensor', MAX_SENSORS);

/**
 * Registers 01 to 0a, one cell each (sinowealth.md 4). A board that tells how many cells it has must have them all; of
 * another one they are counted up to the first 0, and what was found so far is told.
 */
function cell(index: number): Register {
  const name = `cell ${index + 1} (${(index + 1).toString(16).padStart(2, '0')})`;
  return {
    command: index + 1,
    width: WIDTH,
    name,
    group: 'cells',
    after: CONFIGURATION,
    together: 'cells',
    applies: (target) => index < (target.facts[FACTS.cellCount] ?? MAX_CELLS) && cells.applies(target, index),

    decode(data, facts) {
      const raw = data.readUInt16BE(0);
      const count = facts[FACTS.cellCount];
      if (raw === 0) {
        if (count === undefined && index > 0) return { reading: {}, facts: { [FACTS.cellCount]: index } };
        throw refusal(name, 'the voltage is 0 V');
      }
      const reading: Reading = {};
      const isTold = count === undefined || index + 1 === count;
      const before = isTold ? cells.before(facts, index) : undefined;
      if (before !== undefined) reading.cellVoltages = cellScale.decode(wordsOf([...before, raw]), 0, index + 1);
      const counted = count === undefined && index + 1 === MAX_CELLS ? { [FACTS.cellCount]: MAX_CELLS } : undefined;
      return { reading, facts: { ...cells.keep(index, raw), ...counted } };
    },

    encode(pack) {
      const data = Buffer.alloc(WIDTH);
      cellScale.encode(pack.cellVoltages?.slice(index, index + 1) ?? [], data, 0);
      return data;
    },
  };
}

const FIRST_SENSOR = 0x0c;

/** Registers 0c and 0d, the external sensors (sinowealth.md 4). A board that does not tell how many it has has one. */
function sensor(index: number): Register {
  const command = FIRST_SENSOR + index;
  return {
    command,
    width: WIDTH,
    name: `temperature ${index + 1} (${command.toString(16).padStart(2, '0')})`,
    group: 'fast',
    after: CONFIGURATION,
    together: 'temperatures',
    applies: (target) =>
      !isLarge(target.facts) && index < (target.facts[FACTS.sensorCount] ?? 1) && sensors.applies(target, index),

    decode(data, facts) {
      const raw = data.readUInt16BE(0);
      const reading: Reading = {};
      const isTold = index + 1 >= (facts[FACTS.sensorCount] ?? 1);
      const before = isTold ? sensors.before(facts, index) : undefined;
      if (before !== undefined) reading.temperatures = sensorScale.decode(wordsOf([...before, raw]), 0, index + 1);
      return { reading, facts: sensors.keep(index, raw) };
    },

    encode(pack) {
      const data = Buffer.alloc(WIDTH);
      sensorScale.encode(pack.temperatures?.slice(index, index + 1) ?? [], data, 0);
      return data;
    },
  };
}

export const cellRegisters = Array.from({ length: MAX_CELLS }, (_, index) => cell(index));
export const sensorRegisters = Array.from({ length: MAX_SENSORS }, (_, index) => sensor(index));
