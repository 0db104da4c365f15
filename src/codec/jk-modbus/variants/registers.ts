import { say } from '../../../battery/sentence';
import { connected, MORE_AT, moreSensors, presentIn } from '../../jk-record/sensors';
import { malformed } from '../../kit/malformed';
import { buildRead, dataOf, matchRead } from '../../kit/modbus';
import type { Decoded, Query } from '../../protocol';
import { information, live, settings, type Block, type JkModbusMemory } from '../tables';
import { MASTER, READ, refusal } from '../wire';

const NOTHING = Buffer.alloc(0);

interface Plan extends Pick<Query<JkModbusMemory>, 'name' | 'group' | 'partOf'> {
  /** address of the first byte */
  register: number;
  count: number;
  /** what must be known to ask for it and to decode it */
  needs?: keyof JkModbusMemory;
  decode(data: Buffer, memory: JkModbusMemory): Decoded<JkModbusMemory>;
}

/**
 * The query for some registers: for a gateway that speaks only Modbus, behind which no frame comes through. Boards on
 * a quiet bus often leave it unanswered, so that it is asked only where no frame was ever answered (jk-modbus.md 7, 12).
 */
export function registerQuery({ register, count, needs, decode, ...rest }: Plan): Query<JkModbusMemory> {
  return {
    ...rest,
    dependsOnMemory: needs !== undefined,
    applies: ({ address, memory }) =>
      address !== MASTER && memory.answersFrames === undefined && (needs === undefined || memory[needs] !== undefined),
    request: ({ address }) => buildRead(address, READ, register, count),
    // An answer does not name its registers; the reads of this protocol all differ in length.
    match: (frame, _parts, { address }) =>
      matchRead(frame, { unit: address, func: READ, sizes: [2 * count] }, (code) => refusal(code, rest.name)),
    decode(parts, { memory }) {
      const data = dataOf(parts.at(-1) ?? NOTHING);
      if (data.length === 0) throw malformed(rest.name, say`it holds no registers`);
      return decode(data, memory);
    },
  };
}

/** Decodes a block from its first register on. */
export function decodeBlock(block: Block): Plan['decode'] {
  return (data, memory) => block.decode(data, 'big', memory);
}

/** The list of which each of two reads has a part. */
const TEMPERATURES = 'temperatures';

/** Up to 120 registers can be read at once; these are the reads of jk-modbus.md 3. */
export const liveRegisters = registerQuery({
  name: 'live registers (1200)',
  group: 'fast',
  register: live.register,
  count: 120,
  partOf: TEMPERATURES,
  decode(data, memory) {
    const { reading } = live.decode(data, 'big', memory);
    const firstTemperatures = reading.temperatures ?? [];
    return { reading, memory: { firstTemperatures, connectedSensors: presentIn(data), answersRegisters: true } };
  },
});

const REST = 0xf0;

/** The fourth and fifth sensor, which complete the list of those that were read just before (jk-modbus.md 3). */
export const restRegisters = registerQuery({
  name: 'further live registers (12f0)',
  group: 'fast',
  register: live.register + REST,
  count: 16,
  needs: 'firstTemperatures',
  partOf: TEMPERATURES,
  decode(data, memory) {
    const { firstTemperatures = [], connectedSensors = 0 } = memory;
    const all = [...firstTemperatures, ...moreSensors(data, MORE_AT - REST, 'big', memory)];
    return { reading: { temperatures: connected(all, connectedSensors) } };
  },
});

export const settingsRegisters = registerQuery({
  name: 'settings registers (1000)',
  group: 'counters',
  register: settings.register,
  count: 72,
  needs: 'answersRegisters',
  decode: decodeBlock(settings),
});

export const informationRegisters = registerQuery({
  name: 'device information registers (1400)',
  group: 'identity',
  register: information.register,
  count: 80,
  needs: 'answersRegisters',
  decode: decodeBlock(information),
});
