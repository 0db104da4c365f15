import type { Reading } from '../../battery/reading';
import type { EmulatedBoard, EmulatedResponse } from '../protocol';
import { ON_BITS, WORDS } from './actions';
import { DELIVERED_LIMITS, DELIVERED_PACK, LIMITS, PACK } from './parameters';
import { BLOCKS } from './queries';
import { PLACES } from './settings';
import { parameters, type Block } from './tables';
import { addressOf, build, commandOf, dataOf, endOf, frames, READ, startOf, WRITE, writtenOf } from './wire';

const SILENCE = Buffer.alloc(0);

const SWITCHES = ['charge', 'discharge'] as const;

/** Words that can be written, by where they begin (jbd.md 11.6). */
const WRITES: ReadonlyMap<number, (board: EmulatedBoard, value: number) => void> = new Map([
  [
    WORDS.mosfets,
    (board: EmulatedBoard, bits: number): void => {
      for (const what of SWITCHES) {
        const on = (bits & ON_BITS[what]) !== 0;
        if (board.switches[what] !== on) board.execute(what, on);
      }
    },
  ],
  [WORDS.soc, (board: EmulatedBoard, value: number): void => void board.execute('soc', value / 100)],
]);

/**
 * The board's side, for the simulator. Boards stay silent on what they do not offer (jbd.md 11.1).
 * @param request bytes as they came over the line
 * @returns undefined when they are no whole, valid request, or for something that the board does not offer
 */
export function emulate(request: Buffer): EmulatedResponse | undefined {
  if (request.length === 0 || frames.measure(request, 0, request.length) !== request.length) return undefined;
  return commandOf(request) === READ ? answerRead(request) : answerWrite(request);
}

function answerRead(request: Buffer): EmulatedResponse | undefined {
  const start = startOf(request);
  const end = endOf(request);
  const isAsked = (place: Pick<Block, 'start' | 'end'>): boolean => place.start === start && place.end === end;
  const [setting] = [...PLACES].find(([, place]) => isAsked(place)) ?? [];
  const block = BLOCKS.find(isAsked);
  if ((setting === undefined && block === undefined) || dataOf(request).length > 0) return undefined;
  const address = addressOf(request);
  const held = (pack: Reading, board?: EmulatedBoard): Buffer | undefined =>
    setting === undefined ? block?.encode(pack) : settingsOf(pack, board).get(setting);
  return { address, answer: (pack, board) => build(address, start, end, held(pack, board)) };
}

/** The blocks that hold settings, as the board is delivered. */
function settingsOf(pack: Reading, board?: EmulatedBoard): ReadonlyMap<string, Buffer> {
  const settings = board?.settings ?? new Map<string, Buffer>();
  if (settings.size === 0) {
    const ofPack = parameters.encode(pack);
    DELIVERED_PACK.copy(ofPack);
    settings.set(LIMITS, DELIVERED_LIMITS).set(PACK, ofPack);
  }
  return settings;
}

function answerWrite(request: Buffer): EmulatedResponse | undefined {
  const start = startOf(request);
  const end = endOf(request);
  const execute = WRITES.get(start);
  const value = writtenOf(request);
  if (execute === undefined || value?.length !== 2 || end !== start + value.length) return undefined;
  const address = addressOf(request);
  return {
    address,
    answer(_pack, board) {
      if (board === undefined) return SILENCE;
      execute(board, value.readUInt16BE(0));
      return build(address, start, end, undefined, WRITE);
    },
  };
}
