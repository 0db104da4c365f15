import { isolated } from '../battery/errors';
import type { Clock } from '../clock';
import { SEGMENT_BYTES, SegmentRing, type RingRecord } from './segment-ring';

/** What an exchange is called: opaque here, as a link knows no protocol. */
export interface ExchangeLabel {
  /** the request, in the words of its protocol */
  readonly what: string;
  readonly protocol?: string | undefined;
  readonly address?: number | undefined;
}

/** What became of an exchange: `ended` when the line was lost or closed meanwhile. */
export const RESULTS = ['matched', 'refused', 'damaged', 'timeout', 'ended'] as const;
export type Result = (typeof RESULTS)[number];

/** How an exchange ended, and what else came during it. */
export interface Ending {
  readonly result: Result;
  /** frames that answer something else */
  readonly foreign: number;
  /** what looked like a frame, but had a wrong checksum */
  readonly damaged: number;
}

/** What happens to a connection as a whole. */
export type ConnectionEvent =
  | {
      readonly event: 'opened';
      readonly baudRate?: number;
      readonly peer?: string;
      readonly name?: string;
      readonly services?: readonly string[];
      readonly route?: unknown;
    }
  | { readonly event: 'failed' | 'lost'; readonly why: string }
  | { readonly event: 'closed' };

/** One thing that happened, `at` ms on the monotonic clock. */
export type LogEntry = { readonly at: number } & (
  | { readonly kind: 'asked'; readonly label: ExchangeLabel }
  | { readonly kind: 'sent' | 'received'; readonly bytes: Buffer }
  | { readonly kind: 'ended'; readonly ending: Ending }
  | { readonly kind: 'late'; readonly label: ExchangeLabel }
  | { readonly kind: 'event'; readonly event: ConnectionEvent }
);

const KINDS = ['asked', 'sent', 'received', 'ended', 'late', 'event'] as const;
type Kind = (typeof KINDS)[number];

/** How much a connection keeps: bytes, and the time before the newest entry, ms. */
export const KEEP_BYTES = 256 * 1024;
export const KEEP_MS = 10 * 60_000;

/** What all connections of a process keep together, bytes: with more than 128 each keeps less. */
const KEEP_BYTES_IN_ALL = 32 * 1024 * 1024;

/** Shares the memory for logs among the connections of a process. */
export class LogBudget {
  private logs = 0;

  get segmentsEach(): number {
    const share = KEEP_BYTES_IN_ALL / Math.max(1, this.logs);
    return Math.max(2, Math.floor(Math.min(KEEP_BYTES, share) / SEGMENT_BYTES));
  }

  enter(): void {
    this.logs++;
  }

  leave(): void {
    this.logs--;
  }
}

/** `kind u8, result u8, label u16, foreign u16, damaged u16, length u16, at f64`, then the payload. */
const HEAD = 18;
const LONGEST_PAYLOAD = 8 * 1024;
const MOST_COUNT = 0xffff;

const MOST_CHARACTERS = 400;
const MOST_ITEMS = 16;

/** Keeps what comes from outside, such as a reason or advertised services, within the payload of an entry. */
function shortened(_key: string, value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, MOST_CHARACTERS);
  return Array.isArray(value) ? value.slice(0, MOST_ITEMS) : value;
}

/** Labels that differ; there are as many as requests of all protocols, so that more are a mistake. */
const MOST_LABELS = 4096;
const NOTHING = Buffer.alloc(0);

/**
 * The last exchanges of a connection: bytes in both directions, what was asked, what became of it. Always written, so that
 * it has to be cheap: bytes are copied once, everything else is a few numbers.
 */
export class FrameLog {
  private readonly ring: SegmentRing;
  private readonly labels: ExchangeLabel[] = [];
  /** where labels of that name stand in the list: few boards share a line */
  private readonly indexes = new Map<string, readonly number[]>();
  private readonly watchers = new Set<(entry: LogEntry) => void>();

  constructor(
    private readonly clock: Pick<Clock, 'monotonic'>,
    private readonly budget = new LogBudget(),
  ) {
    budget.enter();
    this.ring = new SegmentRing(() => budget.segmentsEach, KEEP_MS);
  }

  /** whether older entries are gone */
  get isCut(): boolean {
    return this.ring.isCut;
  }

  /** memory in use, bytes */
  get size(): number {
    return this.ring.size;
  }

  asked(label: ExchangeLabel): void {
    this.append('asked', NOTHING, this.indexOf(label));
  }

  sent(bytes: Buffer): void {
    this.appendBytes('sent', bytes);
  }

  received(bytes: Buffer): void {
    this.appendBytes('received', bytes);
  }

  ended(ending: Ending): void {
    this.append('ended', NOTHING, 0, ending);
  }

  /** An answer has come whose request was given up before. */
  cameLate(label: ExchangeLabel): void {
    this.append('late', NOTHING, this.indexOf(label));
  }

  happened(event: ConnectionEvent): void {
    this.append('event', Buffer.from(JSON.stringify(event, shortened)));
  }

  /** Everything that is kept, the oldest first. The bytes are copies. */
  entries(): LogEntry[] {
    const entries: LogEntry[] = [];
    this.ring.forEach((record) => {
      const { entry, length } = this.read(record);
      entries.push(entry);
      return length;
    });
    const since = (entries.at(-1)?.at ?? 0) - KEEP_MS;
    return entries.filter(({ at }) => at >= since);
  }

  /** Calls `watcher` with each entry from now on. @returns ends that */
  watch(watcher: (entry: LogEntry) => void): () => void {
    this.watchers.add(watcher);
    return () => void this.watchers.delete(watcher);
  }

  /** To be called when the connection is given up: its share of the memory goes to others. */
  close(): void {
    this.watchers.clear();
    this.budget.leave();
  }

  private appendBytes(kind: 'sent' | 'received', bytes: Buffer): void {
    if (bytes.length <= LONGEST_PAYLOAD) return this.append(kind, bytes);
    for (let at = 0; at < bytes.length; at += LONGEST_PAYLOAD)
      this.append(kind, bytes.subarray(at, at + LONGEST_PAYLOAD));
  }

  private append(kind: Kind, payload: Buffer, label = 0, ending?: Ending): void {
    const now = this.clock.monotonic();
    const record = this.ring.append(HEAD + payload.length, now);
    const { bytes, at } = record;
    bytes[at] = KINDS.indexOf(kind);
    bytes[at + 1] = ending === undefined ? 0 : RESULTS.indexOf(ending.result);
    bytes.writeUInt16LE(label, at + 2);
    bytes.writeUInt16LE(Math.min(ending?.foreign ?? 0, MOST_COUNT), at + 4);
    bytes.writeUInt16LE(Math.min(ending?.damaged ?? 0, MOST_COUNT), at + 6);
    bytes.writeUInt16LE(payload.length, at + 8);
    bytes.writeDoubleLE(now, at + 10);
    payload.copy(bytes, at + HEAD);
    if (this.watchers.size === 0) return;
    const { entry } = this.read(record);
    for (const watcher of [...this.watchers]) isolated(() => watcher(entry));
  }

  private read({ bytes, at }: RingRecord): { entry: LogEntry; length: number } {
    const length = HEAD + bytes.readUInt16LE(at + 8);
    const when = { at: bytes.readDoubleLE(at + 10) };
    const payload = Buffer.from(bytes.subarray(at + HEAD, at + length));
    const kind = KINDS[bytes.readUInt8(at)] ?? 'event';
    switch (kind) {
      case 'asked':
      case 'late':
        return { length, entry: { ...when, kind, label: this.labels[bytes.readUInt16LE(at + 2)] ?? { what: '' } } };
      case 'sent':
      case 'received':
        return { length, entry: { ...when, kind, bytes: payload } };
      case 'ended': {
        const [foreign, damaged] = [bytes.readUInt16LE(at + 4), bytes.readUInt16LE(at + 6)];
        const ending = { result: RESULTS[bytes.readUInt8(at + 1)] ?? 'ended', foreign, damaged };
        return { length, entry: { ...when, kind, ending } };
      }
      case 'event':
        return { length, entry: { ...when, kind, event: JSON.parse(payload.toString()) as ConnectionEvent } };
    }
  }

  private indexOf(label: ExchangeLabel): number {
    const { what, protocol, address } = label;
    const named = this.indexes.get(what) ?? [];
    for (const index of named) {
      const known = this.labels[index];
      if (known?.protocol === protocol && known?.address === address) return index;
    }
    if (this.labels.length >= MOST_LABELS) return 0;
    this.indexes.set(what, [...named, this.labels.length]);
    this.labels.push(label);
    return this.labels.length - 1;
  }
}
