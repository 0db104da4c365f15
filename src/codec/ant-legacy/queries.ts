import type { Query, Target } from '../untyped';
import { MODULE, SERIAL, statusRequest } from './frame';
import { decodeStatus } from './status';

/** The fact that tells which kind of request a board has answered: MODULE or SERIAL. */
const KIND = 'requestKind';

/**
 * The status, asked in one of two ways. Bluetooth modules know only one of them, serial lines perhaps only the other,
 * and the answer is the same (ant-legacy.md 1): the first kind that is answered is used from then on.
 */
function statusQuery(name: string, kind: number, request: Query['request']): Query {
  return {
    name,
    group: 'fast',
    applies: ({ memory }) => (memory[KIND] ?? kind) === kind,
    request,
    // There is one board and one kind of frame: every whole frame is its status.
    match: () => 'complete',
    decode: ([frame]) => ({ reading: decodeStatus(frame ?? Buffer.alloc(0)), memory: { [KIND]: kind } }),
  };
}

export const byModule = statusQuery('status (db db)', MODULE, () => statusRequest(MODULE));

/** A late answer to the other kind may have looked like one to this: every other try asks that way again. */
export const bySerial = statusQuery('status (5a 5a)', SERIAL, (_target, attempt = 1) =>
  statusRequest(attempt % 2 === 1 ? SERIAL : MODULE),
);

/** The query that this board answers. */
export function statusQueryOf({ memory }: Target): Query {
  return memory[KIND] === SERIAL ? bySerial : byModule;
}
