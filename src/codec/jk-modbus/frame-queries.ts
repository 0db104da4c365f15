import { BmsError } from '../../battery/errors';
import type { Memory, Group, Query, Target, MatchResult } from '../untyped';
import { information, live, settings, untrue, type Block } from './blocks';
import { MEMORY } from './memory';
import { refusal } from './refusal';
import { MASTER, messageOf, trigger, WRITE } from './wire';

interface Ask {
  name: string;
  group: Group;
  applies?(target: Target): boolean;
}

/** Two cycles of a master, in each of which it asks 15 addresses once or twice (jk-modbus.md 8). */
const MOST_HEARD = 64;

const NOTHING = Buffer.alloc(0);

/**
 * The query for a block as a frame, which boards answer more reliably than a read of registers (jk-modbus.md 1, 7).
 *
 * A board with address 0 is a master: it polls the others and sends its own frames unasked. Once one is heard, this
 * host only listens, as two masters disturb each other; what the master gets told is ours as well. After silence the
 * master may be gone, and the board is asked; when it goes on answering without a master being heard, it is gone.
 */
export function frameQuery(block: Block, ask: Ask): Query {
  return {
    ...ask,
    request: ({ address, memory }, attempt = 1) =>
      address === MASTER || (memory[MEMORY.master] === 1 && attempt % 2 === 1)
        ? NOTHING
        : trigger(address, block.trigger),
    match(frame, parts, { address, memory }) {
      const message = messageOf(frame);
      const isListening = address === MASTER || memory[MEMORY.master] === 1;
      switch (message.kind) {
        case 'answer':
          if (message.address !== address) return message.address === MASTER ? heard(parts, address) : 'foreign';
          if (message.type === block.type) return 'complete';
          return isListening && message.type === live.type ? passedBy(parts, address, ask.name) : 'foreign';
        case 'trigger':
          // The same for our own address may be the echo of our request.
          return message.address === address ? 'foreign' : heard(parts, address);
        case 'refusal':
          return message.address === address && message.function === WRITE
            ? refusal(message.code, ask.name)
            : 'foreign';
        default:
          return 'foreign';
      }
    },
    decode(parts, { memory }) {
      const frame = parts.at(-1);
      const message = frame && messageOf(frame);
      if (message?.kind !== 'answer') throw untrue(ask.name, 'they are no frame');
      const decoded = block.decode(message.data, 'little', memory);
      const master = masterAfter(parts.length > 1, memory);
      return { reading: decoded.reading, memory: { ...decoded.memory, ...master, [MEMORY.frames]: 1 } };
    },
  };
}

/**
 * A master that has gone: an answer of our board may by chance be the first thing that is heard, but not often in a row.
 */
const MASTER_GONE = 6;

/** What an answer tells of a master. @param heard whether one was heard before it came */
function masterAfter(heard: boolean, memory: Memory): Memory {
  if (heard) return { [MEMORY.master]: 1, [MEMORY.unheard]: 0 };
  if (memory[MEMORY.master] !== 1) return {};
  const unheard = (memory[MEMORY.unheard] ?? 0) + 1;
  return { [MEMORY.master]: unheard < MASTER_GONE ? 1 : 0, [MEMORY.unheard]: unheard };
}

/** What a master does beside our board is part of the answer: it tells that there is one, and that the wait goes on. */
function heard(parts: readonly Buffer[], address: number): MatchResult {
  if (parts.length < MOST_HEARD) return 'part';
  const message = `A master polls the bus, but board ${address} does not answer it; check its DIP switches and wiring.`;
  return new BmsError('timeout', message);
}

/**
 * A master reads the live data of a board once in a cycle. When it has done so twice, and nothing else meanwhile, it does
 * not read the rest: to wait for it any longer would hold up the live data.
 */
function passedBy(parts: readonly Buffer[], address: number, name: string): MatchResult {
  const isAgain = parts.some((part) => {
    const message = messageOf(part);
    return message.kind === 'answer' && message.address === address;
  });
  if (!isAgain) return 'part';
  return new BmsError('unsupported', `The master on the bus does not read ${name} of board ${address}.`);
}

export const liveFrame = frameQuery(live, { name: 'live data (1620)', group: 'fast' });

/** Settings may be changed by an app at any time. */
export const settingsFrame = frameQuery(settings, {
  name: 'settings (161e)',
  group: 'counters',
  applies: ({ memory }) => memory[MEMORY.frames] !== undefined,
});

/** A master does not ask for it, nor tell its own (jk-modbus.md 4, 8). */
export const informationFrame = frameQuery(information, {
  name: 'device information (161c)',
  group: 'identity',
  applies: ({ address, memory }) =>
    memory[MEMORY.frames] !== undefined && address !== MASTER && memory[MEMORY.master] !== 1,
});
