import { BAD_CHECKSUM, INCOMPLETE, NO_FRAME, type FrameFormat } from '../../src/codec/kit/framing';
import type { Exchange } from '../../src/session/exchange';

/** The smallest protocol there can be, for tests of the session: `#`, length, letters, sum. Asked 'a', it says 'A'. */
export const letterFrames: FrameFormat = {
  maxLength: 20,
  measure(bytes, at, end) {
    if (bytes[at] !== 0x23) return NO_FRAME;
    if (end - at < 2) return INCOMPLETE;
    const length = bytes[at + 1] ?? 0;
    if (length === 0 || length > 17) return NO_FRAME;
    if (end - at < length + 3) return INCOMPLETE;
    return sumOf(bytes, at, at + length + 2) === bytes[at + length + 2] ? length + 3 : BAD_CHECKSUM;
  },
};

export function letterFrame(letters: string): Buffer {
  const frame = Buffer.from(`#?${letters}!`, 'latin1');
  frame[1] = letters.length;
  frame[frame.length - 1] = sumOf(frame, 0, frame.length - 1);
  return frame;
}

export function letterExchange(letter: string, timing: Partial<Exchange> = {}): Exchange {
  return {
    name: letter,
    request: Buffer.from(letter),
    frames: letterFrames,
    match: (frame) => (frame.equals(letterFrame(letter.toUpperCase())) ? 'complete' : 'foreign'),
    timeoutMs: 100,
    quietMs: 50,
    gapMs: 0,
    retryGapMs: 0,
    ...timing,
  };
}

function sumOf(bytes: Buffer, start: number, end: number): number {
  let sum = 0;
  for (let i = start; i < end; i++) sum += bytes[i] ?? 0;
  return sum & 0xff;
}
