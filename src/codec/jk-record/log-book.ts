import type { Reading } from '../../battery/reading';
import type { LogEntry } from '../log-entry';
import type { EmulatedBoard } from '../protocol';
import { eventOf } from './log-events';
import { DATA_LENGTH, inData } from './wire';

/*
 * Record 05, the log book: how many entries there were, then a ring of the last of them, each the running time in seconds and
 * a code (jk-ble.md 12, jk-modbus.md 10).
 */

const COUNT_AT = inData(6);
const ENTRIES_AT = inData(11);
const ENTRY_LENGTH = 5;
const MOST_ENTRIES = 50;

/**
 * The entries of the log book, oldest first. Where its ring begins is not told, but the running time only rises.
 * @param data of the record
 */
export function entriesIn(data: Buffer): LogEntry[] {
  const count = data.readUInt32LE(COUNT_AT);
  const slots = Array.from({ length: Math.min(count, MOST_ENTRIES) }, (_, i) => ENTRIES_AT + i * ENTRY_LENGTH);
  const times = slots.map((at) => data.readUInt32LE(at));
  const oldest = Math.max(
    0,
    times.findIndex((time, i) => i > 0 && time < (times[i - 1] ?? 0)),
  );
  return [...slots.slice(oldest), ...slots.slice(0, oldest)].map((at, i) => ({
    entry: count - slots.length + i + 1,
    ...eventOf(data.readUInt8(at + 4)),
    uptime: data.readUInt32LE(at),
  }));
}

/** What a new board has noted: that it started, and the preset of its chemistry. */
const DELIVERED: readonly (readonly [uptime: number, code: number])[] = [
  [0, 0x01],
  [238, 0x44],
];

const LENGTH = 'log length';

/** Has a simulated board note an event. */
export function noteEvent(code: number, pack: Reading, { memory }: EmulatedBoard): void {
  const place = memory.get(LENGTH) ?? 0;
  memory.set(LENGTH, place + 1);
  memory.set(`log ${place}`, code);
  memory.set(`log ${place} time`, Math.max(DELIVERED.at(-1)?.[0] ?? 0, Math.floor(pack.runtime ?? 0)));
}

/** The data of the log book of a simulated board. */
export function encodeLogBook(board?: EmulatedBoard): Buffer {
  const { memory = new Map<string, number>() } = board ?? {};
  const noted = Array.from({ length: memory.get(LENGTH) ?? 0 }, (_, place) => [
    memory.get(`log ${place} time`) ?? 0,
    memory.get(`log ${place}`) ?? 0,
  ]);
  const all = [...DELIVERED, ...noted];
  const data = Buffer.alloc(DATA_LENGTH);
  data.writeUInt32LE(all.length, COUNT_AT);
  all.slice(-MOST_ENTRIES).forEach(([uptime = 0, code = 0], i) => {
    // The entry with the number n stands at n modulo the size of the ring.
    const at = ENTRIES_AT + ((Math.max(0, all.length - MOST_ENTRIES) + i) % MOST_ENTRIES) * ENTRY_LENGTH;
    data.writeUInt32LE(uptime, at);
    data.writeUInt8(code, at + 4);
  });
  return data;
}
