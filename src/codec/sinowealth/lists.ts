import type { Reading } from '../../battery/reading';
import type { Target } from '../untyped';
import { list } from '../kit/fields';
import { MEMORY } from './memory';
import { gathering } from './gather';
import { isLarge, MAX_CELLS, refusal, type Register } from './register';

const WIDTH = 2;
const MAX_SENSORS = 2;
const cellScale = list('u16', { divisor: 1000 });
/** 0.1 K; raw 0 is a sensor that is not connected (sinowealth.md 4) */
const sensorScale = list('u16', { divisor: 10, offset: 2731, notAvailable: [0] });

/** The raw values as they would stand side by side on the wire. */
function wordsOf(values: readonly number[]): Buffer {
  const data = Buffer.alloc(WIDTH * values.length);
  values.forEach((value, i) => data.writeUInt16BE(value, WIDTH * i));
  return data;
}

/** Whether the configuration has come, or will not: without it a list of a board that has it would be cut short. */
function isCounted({ memory }: Target): boolean {
  return memory[MEMORY.sensorCount] !== undefined || memory[MEMORY.isUnconfigured] === 1;
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
    together: 'cells',
    applies: (target) =>
      isCounted(target) && index < (target.memory[MEMORY.cellCount] ?? MAX_CELLS) && cells.applies(target, index),

    decode(data, memory) {
      const raw = data.readUInt16BE(0);
      const count = memory[MEMORY.cellCount];
      if (raw === 0) {
        if (count === undefined && index > 0) return { reading: {}, memory: { [MEMORY.cellCount]: index } };
        throw refusal(name, 'the voltage is 0 V');
      }
      const reading: Reading = {};
      const isTold = count === undefined || index + 1 === count;
      const before = isTold ? cells.before(memory, index) : undefined;
      if (before !== undefined) reading.cellVoltages = cellScale.decode(wordsOf([...before, raw]), 0, index + 1);
      const counted = count === undefined && index + 1 === MAX_CELLS ? { [MEMORY.cellCount]: MAX_CELLS } : undefined;
      return { reading, memory: { ...cells.keep(index, raw), ...counted } };
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
    together: 'temperatures',
    applies: (target) =>
      isCounted(target) &&
      !isLarge(target.memory) &&
      index < (target.memory[MEMORY.sensorCount] ?? 1) &&
      sensors.applies(target, index),

    decode(data, memory) {
      const raw = data.readUInt16BE(0);
      const reading: Reading = {};
      const isTold = index + 1 >= (memory[MEMORY.sensorCount] ?? 1);
      const before = isTold ? sensors.before(memory, index) : undefined;
      if (before !== undefined) reading.temperatures = sensorScale.decode(wordsOf([...before, raw]), 0, index + 1);
      return { reading, memory: sensors.keep(index, raw) };
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
