/** Bytes that are allocated at a time, and the longest record that fits. */
export const SEGMENT_BYTES = 16 * 1024;

interface Segment {
  readonly bytes: Buffer;
  used: number;
  /** when the newest record in it was written, ms */
  newestAt: number;
}

/** A record in the ring, to be filled or read. */
export interface RingRecord {
  readonly bytes: Buffer;
  /** where it begins in them */
  readonly at: number;
}

/**
 * Records in order, in a bounded amount of memory outside the heap: the oldest go, a segment at a time. Nothing is
 * allocated per record, so that a thousand connections cost the garbage collector nothing.
 */
export class SegmentRing {
  private segments: Segment[] = [];
  private dropped = false;

  /**
   * @param mostSegments how many are kept; asked anew for each new one
   * @param keepMs records that are older than the newest by more than this may go
   */
  constructor(
    private readonly mostSegments: () => number,
    private readonly keepMs: number,
  ) {}

  /** whether older records are gone */
  get isCut(): boolean {
    return this.dropped;
  }

  /** memory in use, bytes */
  get size(): number {
    return this.segments.length * SEGMENT_BYTES;
  }

  /** Makes room for a record at the end. @param length at most SEGMENT_BYTES @param now ms, never backwards */
  append(length: number, now: number): RingRecord {
    let last = this.segments.at(-1);
    if (last === undefined || last.used + length > SEGMENT_BYTES) last = this.addSegment(now);
    const at = last.used;
    last.used += length;
    last.newestAt = now;
    return { bytes: last.bytes, at };
  }

  /** Goes through all records, the oldest first. @param visit gets the place of each and returns its length */
  forEach(visit: (record: RingRecord) => number): void {
    for (const { bytes, used } of this.segments) {
      for (let at = 0; at < used;) at += visit({ bytes, at });
    }
  }

  private addSegment(now: number): Segment {
    const most = Math.max(1, this.mostSegments());
    let spare: Buffer | undefined;
    while (this.segments.length >= most || this.isOld(this.segments[0], now)) {
      spare = this.segments.shift()?.bytes;
      this.dropped = true;
    }
    // Memory of its own, not a part of a pool that many share.
    const segment = { bytes: spare ?? Buffer.allocUnsafeSlow(SEGMENT_BYTES), used: 0, newestAt: now };
    this.segments.push(segment);
    return segment;
  }

  private isOld(segment: Segment | undefined, now: number): boolean {
    return segment !== undefined && segment.newestAt < now - this.keepMs;
  }
}
