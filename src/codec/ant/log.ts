import { BmsError } from '../../battery/errors';
import { say, sequenceOf, type Sentence } from '../../battery/sentence';
import { isRefusal } from '../kit/refusal';
import type { LogAccess, LogEntry } from '../log-entry';
import type { SettingsOrder } from '../parameter';
import type { Script, Step } from '../protocol';
import { NEEDED } from './levels';
import { eventOf, itemText } from './log-events';
import { raiseLevel, readLevel } from './password';
import type { AntMemory } from './queries';
import { NoPermission, refusalIn } from './results';
import { buildRead, dataOf, FUNCTIONS, isResponseTo } from './wire';

/*
 * The log: 200 events, newest first, one per request (ant.md 8.2). An event has no number of its own, but the running time of the
 * board, in seconds: that is its number here.
 */

const MOST_ENTRIES = 200;

/** `index16 items8 event8 time32`, then four bytes per item: `item8 flag8 value16`. */
export const ENTRY = { items: 2, event: 3, time: 4, head: 8, item: 4, signed: 0x80 } as const;

const NO_EVENT: ReadonlySet<number> = new Set([0, 0xff]);

const SHOWN = { needed: NEEDED.log, enough: NEEDED.log, what: say`shows its log` };

function entryStep(address: number, index: number): Step {
  const name = `log entry (03 ${index})`;
  return {
    name,
    request: buildRead(address, FUNCTIONS.log, index, 0),
    isWrite: false,
    match(frame) {
      if (!isResponseTo(frame, address, FUNCTIONS.log, index)) return 'foreign';
      return refusalIn(frame, name) ?? 'complete';
    },
  };
}

/** @returns undefined where there is no such entry: the log is shorter */
function* readEntry(order: SettingsOrder<AntMemory>, index: number): Script<LogEntry | undefined> {
  const step = entryStep(order.target.address, index);
  try {
    const [frame = Buffer.alloc(0)] = yield step;
    return entryOf(dataOf(frame));
  } catch (thrown) {
    if (index === 0 || !(thrown instanceof BmsError)) throw thrown;
    // How a board ends its log is not told: a no, or silence while it answers everything else.
    if (thrown.code === 'timeout') yield* readLevel(order);
    else if (!isRefusal(thrown)) throw thrown;
    return undefined;
  }
}

/** The level is asked for only by a board that refuses the newest entry. */
function* readNewest(order: SettingsOrder<AntMemory>): Script<LogEntry | undefined> {
  try {
    return yield* readEntry(order, 0);
  } catch (thrown) {
    if (!(thrown instanceof NoPermission)) throw thrown;
    yield* raiseLevel(order, SHOWN);
    return yield* readEntry(order, 0);
  }
}

function entryOf(data: Buffer): LogEntry | undefined {
  if (data.length < ENTRY.head || NO_EVENT.has(data.readUInt8(ENTRY.event))) return undefined;
  const { code, level, message } = eventOf(data.readUInt8(ENTRY.event));
  const uptime = data.readUInt32LE(ENTRY.time);
  const items = itemsOf(data);
  const whole = items.length === 0 ? message : say`${message} (${sequenceOf(items, ', ')})`;
  return { entry: uptime, code, level, message: whole, uptime };
}

function itemsOf(data: Buffer): Sentence[] {
  const items: Sentence[] = [];
  const end = Math.min(data.length, ENTRY.head + ENTRY.item * data.readUInt8(ENTRY.items));
  for (let at = ENTRY.head; at + ENTRY.item <= end; at += ENTRY.item) {
    const isSigned = (data.readUInt8(at + 1) & ENTRY.signed) !== 0;
    const raw = isSigned ? data.readInt16LE(at + 2) : data.readUInt16LE(at + 2);
    const text = itemText(data.readUInt8(at), raw);
    if (text !== undefined) items.push(text);
  }
  return items;
}

export const log: LogAccess<AntMemory> = {
  mostEntries: MOST_ENTRIES,
  *read(order, _isKnown, index = 0) {
    const entry = yield* index === 0 ? readNewest(order) : readEntry(order, index);
    return entry === undefined ? [] : [entry];
  },
};
