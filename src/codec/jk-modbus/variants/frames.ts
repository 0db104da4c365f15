import { BmsError } from '../../../battery/errors';
import { say } from '../../../battery/sentence';
import type { Group, MatchResult, Overheard, Query, Target } from '../../protocol';
import { information, live, settings, type Block, type JkModbusMemory } from '../tables';
import { answeredData, buildTrigger, MASTER, messageOf, refusal, WRITE } from '../wire';

interface Ask {
  name: string;
  group: Group;
  applies?(target: Target<JkModbusMemory>): boolean;
}

/** Two cycles of a master, in each of which it asks 15 addresses once or twice (jk-modbus.md 8). */
const MOST_HEARD = 64;

const NOTHING = Buffer.alloc(0);

/**
 * The query for a block as a frame, which boards answer more reliably than a read of registers (jk-modbus.md 1, 7).
 *
 * A board with address 0 is a master: it polls the others and sends its own frames unasked. Once one is heard, this
 * host only listens, as two masters disturb each other; the answers that the master gets serve this host as well. After
 * silence the master may be gone, and the board is asked; when it goes on answering without a master being heard, it is
 * gone.
 */
export function frameQuery(block: Block, ask: Ask): Query<JkModbusMemory> {
  return {
    ...ask,
    request({ address, memory }, attempt = 1) {
      const isListening = address === MASTER || (memory.hasMaster === true && attempt % 2 === 1);
      return isListening ? NOTHING : buildTrigger(address, block.trigger);
    },
    match(frame, parts, { address, memory }) {
      const message = messageOf(frame);
      const isListening = address === MASTER || memory.hasMaster === true;
      switch (message?.kind) {
        case 'answer':
          if (message.address !== address) return message.address === MASTER ? heard(parts, address) : 'foreign';
          if (message.type === block.type) return 'complete';
          return isListening && message.type === live.type ? passedBy(parts, address, ask.name) : 'foreign';
        case 'trigger':
          // One for our own address may be the echo of our request.
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
      const decoded = block.decode(answeredData(parts.at(-1), ask.name), 'little', memory);
      const master = masterAfter(parts.length > 1, memory);
      return { reading: decoded.reading, memory: { ...decoded.memory, ...master, answersFrames: true } };
    },
  };
}

/**
 * After so many answers in a row without its traffic a master has gone: that an answer of our board is the first thing
 * that is heard happens by chance, but not often in a row.
 */
const ANSWERS_WITHOUT_MASTER = 6;

/** What an answer shows of a master. @param heard whether one was heard before it came */
function masterAfter(heard: boolean, { hasMaster, answersSinceMaster = 0 }: JkModbusMemory): JkModbusMemory {
  if (heard) return { hasMaster: true, answersSinceMaster: 0 };
  if (hasMaster !== true) return {};
  const answers = answersSinceMaster + 1;
  return { hasMaster: answers < ANSWERS_WITHOUT_MASTER, answersSinceMaster: answers };
}

/** The traffic of a master is part of the answer: it shows that there is one, and that the wait goes on. */
function heard(parts: readonly Buffer[], address: number): MatchResult {
  if (parts.length < MOST_HEARD) return 'part';
  return new BmsError(
    'timeout',
    say`A master polls the bus, but board ${address} does not answer it; check its DIP switches and wiring.`,
  );
}

/**
 * A master reads the live data of a board once in a cycle. When it has done so twice, and nothing else meanwhile, it does
 * not read the rest: to wait for it any longer would hold up the live data.
 */
function passedBy(parts: readonly Buffer[], address: number, name: string): MatchResult {
  const isAgain = parts.some((part) => {
    const message = messageOf(part);
    return message?.kind === 'answer' && message.address === address;
  });
  if (!isAgain) return 'part';
  return new BmsError('unsupported', say`The master on the bus does not read ${name} of board ${address}.`);
}

export const liveFrame = frameQuery(live, { name: 'live data (1620)', group: 'fast' });

/** Settings may be changed by an app at any time. */
export const settingsFrame = frameQuery(settings, {
  name: 'settings (161e)',
  group: 'counters',
  applies: ({ memory }) => memory.answersFrames === true,
});

/** A master does not ask for it, nor send its own (jk-modbus.md 4, 8). */
export const informationFrame = frameQuery(information, {
  name: 'device information (161c)',
  group: 'identity',
  applies: ({ address, memory: { answersFrames, hasMaster } }) =>
    answersFrames === true && address !== MASTER && hasMaster !== true,
});

/** Boards answer triggers only: any such traffic comes from a master that polls the bus or sends its own state (jk-modbus.md 8). */
export function overhear(frame: Buffer): Overheard<JkModbusMemory> | undefined {
  const message = messageOf(frame);
  if (message?.kind === 'trigger') return { fromMaster: true };
  if (message?.kind !== 'answer') return undefined;
  return { address: message.address, fromMaster: true, memory: { hasMaster: true } };
}
