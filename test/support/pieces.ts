/** Bytes that come at once, so long after those before them, ms. */
export interface Piece {
  readonly bytes: Buffer;
  readonly afterMs: number;
}

/** An answer to be sent, and what it may be mixed with. */
export interface Sending {
  /** as they were captured, one or several */
  readonly chunks: readonly Buffer[];
  /** the answer that was sent before it, which a bridge may still have had; empty when there was none */
  readonly before: Buffer;
  /** what the protocol takes for the end of what came, ms */
  readonly quietMs: number;
}

/** How an answer comes in pieces. */
export type Cut = (sending: Sending) => Piece[];

const BYTE_MS = 1;

/** All pauses within one answer, ms: less than any protocol waits for an answer. */
const PAUSES_MS = 240;

/** Neither begins a frame of any protocol. */
const NOISE = Buffer.of(0xff, 0x00);

/** What of a frame is certainly its head, and not the whole frame. */
const HEAD = 2;

/** A pause that is no end, and such that all of them fit into the time for the answer, ms. */
function pauseMs(quietMs: number, pieces: number): number {
  return Math.min(quietMs / 3, PAUSES_MS / pieces);
}

function whole({ chunks }: Sending): Buffer {
  return Buffer.concat([...chunks]);
}

function paused(pieces: readonly Buffer[], quietMs: number): Piece[] {
  const pause = pauseMs(quietMs, pieces.length);
  return pieces.map((bytes, at) => ({ bytes, afterMs: at === 0 ? 0 : pause }));
}

/** Cut behind every byte that may be the first of a frame, in the head, and in the checksum. */
function seams(bytes: Buffer): Buffer[] {
  const first = bytes[0];
  const cuts = new Set([1, 3, bytes.length - 1, bytes.length]);
  bytes.forEach((byte, at) => {
    if (byte === first) cuts.add(at + 1);
  });
  const inOrder = [...cuts].filter((at) => at > 0 && at <= bytes.length).sort((a, b) => a - b);
  return inOrder.map((at, index) => bytes.subarray(inOrder[index - 1] ?? 0, at));
}

/** The way for protocols whose frames have a beginning. */
export const BEHIND_NOISE = 'behind noise and a broken head';

/** The worst ways in which an answer may come. */
export const CUTS: Readonly<Record<string, Cut>> = {
  'as captured': ({ chunks, quietMs }) => paused(chunks, quietMs),

  'byte by byte': (sending) => {
    const bytes = whole(sending);
    const long = pauseMs(sending.quietMs, 2);
    return Array.from(bytes, (byte, at) => {
      const isPaused = at === 1 || at === bytes.length - 1;
      return { bytes: Buffer.of(byte), afterMs: at === 0 ? 0 : isPaused ? long : BYTE_MS };
    });
  },

  'cut in heads and checksums': (sending) => paused(seams(whole(sending)), sending.quietMs),

  [BEHIND_NOISE]: (sending) => {
    const bytes = whole(sending);
    return [{ bytes: Buffer.concat([NOISE, bytes.subarray(0, HEAD), bytes]), afterMs: 0 }];
  },

  'glued to the answer before': (sending) => [{ bytes: Buffer.concat([sending.before, whole(sending)]), afterMs: 0 }],
};
