import { BmsError } from '../../battery/errors';
import { MORE_AT } from '../jk-record/sensors';
import type { Decoded, Memory, Group, Query } from '../untyped';
import { information, live, settings, type Block } from './blocks';
import { MEMORY } from './memory';
import { refusal } from './refusal';
import { decodeMore, sensorMemory } from './sensors';
import { MASTER, messageOf, read, READ } from './wire';

interface Plan {
  name: string;
  group: Group;
  /** address of the first byte */
  register: number;
  count: number;
  /** name of what the memory must hold */
  readonly needs?: string;
  /** see `Query.together` */
  together?: string;
  decode(data: Buffer, memory: Memory): Decoded;
}

/**
 * The query for some registers: for a gateway that speaks only Modbus, behind which no frame comes through. Boards on
 * a quiet bus often leave it unanswered, so that it is asked only where no frame was ever answered (jk-modbus.md 7, 12).
 */
export function registerQuery({ name, group, register, count, needs, together, decode }: Plan): Query {
  return {
    name,
    group,
    ...(together !== undefined && { partOf: together }),
    dependsOnMemory: needs !== undefined,
    applies: ({ address, memory }) =>
      address !== MASTER && memory[MEMORY.frames] === undefined && (needs === undefined || memory[needs] !== undefined),
    request: ({ address }) => read(address, register, count),
    match(frame, _parts, { address }) {
      const message = messageOf(frame);
      if (message.address !== address) return 'foreign';
      // Modbus answers do not tell their register; the reads of this protocol all differ in length.
      if (message.kind === 'registers') return message.data.length === 2 * count ? 'complete' : 'foreign';
      return message.kind === 'refusal' && message.function === READ ? refusal(message.code, name) : 'foreign';
    },
    decode(parts, { memory }) {
      const frame = parts.at(-1);
      const message = frame && messageOf(frame);
      if (message?.kind === 'registers') return decode(message.data, memory);
      throw new BmsError('malformed', `The answer to ${name} holds no registers; read again.`);
    },
  };
}

/** Decodes a block from its first register on. */
export function decodeBlock(block: Block): Plan['decode'] {
  return (data, memory) => block.decode(data, 'big', memory);
}

/** The list of which each of two reads has a part. */
const TEMPERATURES = 'temperatures';

/** Registers can be read up to 120 at once; these are the reads of jk-modbus.md 3. */
export const liveRegisters = registerQuery({
  name: 'live registers (1200)',
  group: 'fast',
  register: live.register,
  count: 120,
  together: TEMPERATURES,
  decode(data, memory) {
    const { reading } = live.decode(data, 'big', memory);
    return { reading, memory: { ...sensorMemory(data, reading), [MEMORY.registers]: 1 } };
  },
});

const REST = 0xf0;

/** The fourth and fifth sensor, which complete the list of those that were read just before. */
export const restRegisters = registerQuery({
  name: 'further live registers (12f0)',
  group: 'fast',
  register: live.register + REST,
  count: 16,
  needs: MEMORY.first,
  together: TEMPERATURES,
  decode: (data, memory) => ({ reading: { temperatures: decodeMore(data, MORE_AT - REST, 'big', memory) } }),
});

export const settingsRegisters = registerQuery({
  name: 'settings registers (1000)',
  group: 'counters',
  register: settings.register,
  count: 72,
  needs: MEMORY.registers,
  decode: decodeBlock(settings),
});

export const informationRegisters = registerQuery({
  name: 'device information registers (1400)',
  group: 'identity',
  register: information.register,
  count: 80,
  needs: MEMORY.registers,
  decode: decodeBlock(information),
});
