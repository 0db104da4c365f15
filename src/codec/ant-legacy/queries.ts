import type { Query, Target } from '../protocol';
import { decodeStatus } from './tables';
import { buildRead, type Kind } from './wire';

export interface AntLegacyMemory {
  /** the kind of request that the board has answered */
  kind?: Kind;
}

/**
 * The status, asked in one of two ways. Bluetooth modules know only one of them, serial lines perhaps only the other,
 * and the answer is the same (ant-legacy.md 1): the first kind that is answered is used from then on.
 */
function statusQuery(name: string, kind: Kind, kindOf: (attempt: number) => Kind): Query<AntLegacyMemory> {
  return {
    name,
    group: 'fast',
    applies: ({ memory }) => (memory.kind ?? kind) === kind,
    request: (_target, attempt = 1) => buildRead(kindOf(attempt)),
    // There is one board and one kind of frame: every whole frame is its status.
    match: () => 'complete',
    decode: ([frame = Buffer.alloc(0)]) => ({ reading: decodeStatus(frame), memory: { kind } }),
  };
}

export const byModule = statusQuery('status (db db)', 'module', () => 'module');

/** A late answer to the other kind may have looked like one to this: every other try asks that way again. */
export const bySerial = statusQuery('status (5a 5a)', 'serial', (attempt) => (attempt % 2 === 1 ? 'serial' : 'module'));

/** The query that this board answers. */
export function statusQueryOf({ memory }: Target<AntLegacyMemory>): Query<AntLegacyMemory> {
  return memory.kind === 'serial' ? bySerial : byModule;
}
