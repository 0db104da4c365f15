import type { Reading } from '../../battery/reading';
import type { EmulatedBoard } from '../protocol';
import { ENTRY } from './log';
import { COMMANDS } from './requests';

/*
 * The log of a simulated board: that it started, and what it was told since (ant.md 8.2).
 */

const STARTED = 82;

/** Events by the commands that bring them about. */
const EVENT_OF: ReadonlyMap<number, number> = new Map([
  [COMMANDS.dischargeOff, 34],
  [COMMANDS.chargeOff, 38],
  [COMMANDS.chargeOn, 70],
  [COMMANDS.dischargeOn, 71],
  [COMMANDS.balanceOn, 76],
  [COMMANDS.shutdown, 81],
  [COMMANDS.restart, STARTED],
  [COMMANDS.save, 89],
]);

/** What the board notes with each event: the number of the item, and its value. */
const ITEMS: readonly (readonly [item: number, raw: (pack: Reading) => number])[] = [
  [1, ({ voltage = 0 }) => 10 * voltage],
  [2, ({ current = 0 }) => -10 * current],
  [3, ({ soc = 0 }) => soc],
];
const SIGNED_ITEM = 2;

/** As many as the app shows. */
const MOST = 200;

/** Notes a command that was carried out. */
export function noteCommand(code: number, pack: Reading, board: EmulatedBoard): void {
  const event = EVENT_OF.get(code);
  if (event === undefined) return;
  begin(pack, board);
  note(event, pack, board);
}

function begin(pack: Reading, board: EmulatedBoard): void {
  if (!board.memory.has('log length')) note(STARTED, pack, board);
}

function note(event: number, pack: Reading, { memory }: EmulatedBoard): void {
  const place = memory.get('log length') ?? 0;
  memory.set('log length', place + 1);
  memory.set(`log ${place}`, event);
  memory.set(`log ${place} time`, Math.floor(pack.runtime ?? 0));
  ITEMS.forEach(([item, raw]) => memory.set(`log ${place} item ${item}`, Math.round(raw(pack))));
}

/** The data of an entry. @param index 0 for the newest */
export function logEntry(index: number, pack: Reading, board: EmulatedBoard): Buffer {
  const { memory } = board;
  begin(pack, board);
  const length = memory.get('log length') ?? 0;
  const place = length - 1 - index;
  const data = Buffer.alloc(ENTRY.head + ENTRY.item * ITEMS.length);
  data.writeUInt16LE(index, 0);
  if (place < 0 || index >= MOST) return data;
  data.writeUInt8(ITEMS.length, ENTRY.items);
  data.writeUInt8(memory.get(`log ${place}`) ?? 0, ENTRY.event);
  data.writeUInt32LE(memory.get(`log ${place} time`) ?? 0, ENTRY.time);
  ITEMS.forEach(([item], i) => {
    const at = ENTRY.head + ENTRY.item * i;
    data.writeUInt8(item, at);
    data.writeUInt8(item === SIGNED_ITEM ? ENTRY.signed : 0, at + 1);
    data.writeUInt16LE((memory.get(`log ${place} item ${item}`) ?? 0) & 0xffff, at + 2);
  });
  return data;
}
