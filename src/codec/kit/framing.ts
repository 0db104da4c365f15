/** `measure`: no frame starts at this byte. */
export const NO_FRAME = 0;
/** `measure`: a frame may start here, more bytes are needed to tell. */
export const INCOMPLETE = -1;
/** `measure`: what starts here has the shape of a frame, but its checksum is wrong. */
export const BAD_CHECKSUM = -2;

/** How the frames of one protocol look. */
export interface FrameFormat {
  /** the longest frame there can be, bytes */
  readonly maxLength: number;
  /**
   * Looks at the bytes from `at` up to `end`.
   * @returns the length of the whole, valid frame that starts at `at`, or NO_FRAME, INCOMPLETE, BAD_CHECKSUM
   */
  measure(bytes: Buffer, at: number, end: number): number;
}

const NOTHING = Buffer.alloc(0);

/**
 * Cuts a stream of bytes into frames. After anything that is no frame the search goes on one byte further, so a
 * good frame inside a bad one is found. The buffer is bounded by twice the longest frame.
 */
export class Framer {
  /** bytes thrown away because they belong to no frame */
  discarded = 0;
  /** things that looked like a frame but had a wrong checksum */
  badChecksums = 0;

  private buffer = NOTHING;
  private start = 0;
  private end = 0;

  constructor(private readonly format: FrameFormat) {}

  /** bytes that wait for the rest of their frame */
  get pending(): number {
    return this.end - this.start;
  }

  /**
   * Takes the next bytes of the stream, in pieces of any size.
   * @returns the frames completed by them; they stay as they are, whatever follows
   */
  push(chunk: Buffer): Buffer[] {
    const frames: Buffer[] = [];
    for (let taken = this.takeWhole(chunk, frames); taken < chunk.length;) {
      this.makeRoom(chunk.length - taken);
      const copied = chunk.copy(this.buffer, this.end, taken);
      taken += copied;
      this.end += copied;
      this.scan(frames);
    }
    return frames;
  }

  /**
   * Called when the line has gone quiet: looks for whole frames inside what still waits for more bytes, as when
   * noise or a cut frame promised a length that never came. Without such a frame nothing changes.
   */
  resync(): Buffer[] {
    const frames: Buffer[] = [];
    for (let at = this.start + 1; at < this.end; at++) {
      if (this.format.measure(this.buffer, at, this.end) <= 0) continue;
      this.discarded += at - this.start;
      this.start = at;
      this.scan(frames);
      at = this.start;
    }
    return frames;
  }

  /**
   * Most answers come as one piece: its frames are copied out of it one by one, which costs less than to copy all of it
   * and to cut it then.
   * @returns how many bytes of the chunk are taken
   */
  private takeWhole(chunk: Buffer, frames: Buffer[]): number {
    let at = 0;
    while (at < chunk.length && this.pending === 0) {
      const length = this.format.measure(chunk, at, chunk.length);
      if (length <= 0) break;
      const frame = Buffer.allocUnsafe(length);
      chunk.copy(frame, 0, at, at + length);
      frames.push(frame);
      at += length;
    }
    return at;
  }

  private scan(frames: Buffer[]): void {
    while (this.start < this.end) {
      const length = this.format.measure(this.buffer, this.start, this.end);
      if (length === INCOMPLETE) return;
      if (length > 0) {
        frames.push(this.buffer.subarray(this.start, this.start + length));
        this.start += length;
        continue;
      }
      if (length === BAD_CHECKSUM) this.badChecksums++;
      this.discarded++;
      this.start++;
    }
  }

  /**
   * There is a framer for every exchange, and most answers are far shorter than the longest there can be. Where there is
   * no room behind what has come, what waits moves to another buffer: frames that were given out lie in this one.
   */
  private makeRoom(wanted: number): void {
    const { pending } = this;
    const most = 2 * this.format.maxLength;
    const needed = Math.min(pending + wanted, most);
    if (this.start + needed <= this.buffer.length) return;
    const next = Buffer.allocUnsafe(Math.min(Math.max(needed, 2 * this.buffer.length), most));
    this.buffer.copy(next, 0, this.start, this.end);
    this.buffer = next;
    this.start = 0;
    this.end = pending;
  }
}
