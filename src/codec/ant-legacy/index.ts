import { derive } from '../../battery/derive';
import type { Profile, Protocol, Query, Served } from '../protocol';
import { frames, isStatusRequest, MODULE, SERIAL, statusRequest } from './frame';
import { decodeStatus, encodeStatus } from './status';

/** ant-legacy 7. The first answer after connecting may be lost. */
const PROFILE: Profile = { baudRate: 19200, gapMs: 200, retryGapMs: 200, timeoutMs: 1000, quietMs: 200, retries: 2 };

/** The fact that tells which kind of request a board has answered: MODULE or SERIAL. */
const KIND = 'requestKind';

/**
 * The status, asked in one of two ways. Bluetooth modules know only one of them, serial lines perhaps only the other,
 * and the answer is the same (ant-legacy 1): the first kind that is answered is used from then on.
 */
function statusQuery(name: string, kind: number, request: Query['request']): Query {
  return {
    name,
    group: 'fast',
    applies: ({ facts }) => (facts[KIND] ?? kind) === kind,
    request,
    // There is one board and one kind of frame: every whole frame is its status.
    judge: () => 'complete',
    decode: ([frame]) => ({ reading: decodeStatus(frame ?? Buffer.alloc(0)), facts: { [KIND]: kind } }),
  };
}

function serve(request: Buffer): Served | undefined {
  if (!isStatusRequest(request)) return undefined;
  // A board finds out power and extremes by itself.
  return { address: 0, answer: (pack) => encodeStatus(derive({ ...pack })) };
}

const byModule = statusQuery('status (db db)', MODULE, () => statusRequest(MODULE));

/** A late answer to the other kind may have looked like one to this: every other try asks that way again. */
const bySerial = statusQuery('status (5a 5a)', SERIAL, (_target, attempt = 1) =>
  statusRequest(attempt % 2 === 1 ? SERIAL : MODULE),
);

/** ANT boards of up to about 2021: six-byte requests and a status of 140 bytes (ant-legacy 1). */
export const antLegacy: Protocol = {
  id: 'ant-legacy',
  label: 'ANT (up to 2021)',
  profile: PROFILE,
  frames,
  // Bluetooth modules come first: every board seen answers them, and they reconnect often.
  queries: [byModule, bySerial],
  // Two tries of this ask in both ways, in the order of ant-legacy 1.
  probe: [bySerial],
  serve,
};
