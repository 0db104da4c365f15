import type { ActionName } from '../../battery/action';
import { summarise } from '../../battery/derive';
import type { Reading } from '../../battery/reading';
import { majorOf } from '../jk-record/device-info';
import { encodeLogBook, noteEvent } from '../jk-record/log-book';
import { dataOf, emptyRecord, RECORDS, withSum } from '../jk-record/wire';
import type { EmulatedBoard, EmulatedResponse } from '../protocol';
import { infoRecord, isSetting, settingsRecord, writeSetting } from './emulated-settings';
import { LAYOUTS, variantOf } from './variant';
import type { Register } from './variants/layout';
import { ACKNOWLEDGEMENT, ASK_CELL_INFO, ASK_DEVICE_INFO, ASK_LOG_BOOK, commandOf, type Command } from './wire';

/** Software that sends its device information with its settings too (jk-ble.md 3). */
const MAJORS_SENDING_BOTH = [14, 15];

/** The board sends its cell record about twice a second (jk-ble.md 2). */
const STREAM_MS = 500;

/** Registers of actions of one variant or another. */
const ACTIONS: ReadonlySet<number> = new Set(
  Object.values(LAYOUTS).flatMap(({ registers }) => Object.values(registers).map(({ number }) => number)),
);

/** What the log book notes of what a host switches off and on. */
const EVENTS: Readonly<Partial<Record<ActionName, readonly number[]>>> = {
  charge: [0x03, 0x04],
  discharge: [0x05, 0x06],
};

type Answer = (pack: Reading, board?: EmulatedBoard) => Buffer[];

const READS: ReadonlyMap<number, Answer> = new Map<number, Answer>([
  [ASK_LOG_BOOK, (pack, board) => (variantOf(pack) === 'jk04' ? [] : [logBook(board), ACKNOWLEDGEMENT])],
  [ASK_DEVICE_INFO, (pack, board) => [infoRecord(pack, board), ACKNOWLEDGEMENT]],
  // The first record of the stream follows the acknowledgement.
  [
    ASK_CELL_INFO,
    (pack, board) => {
      const sendsBoth = MAJORS_SENDING_BOTH.includes(majorOf(pack.softwareVersion) ?? 0);
      const info = sendsBoth ? [infoRecord(pack, board)] : [];
      return [settingsRecord(pack, board), ...info, ACKNOWLEDGEMENT, cellInfo(pack)];
    },
  ],
]);

/** Does what a write asks for. A board is silent on a register that it does not have, or has not with this width. */
function write(command: Command): Answer {
  return (pack, board) =>
    board !== undefined && (act(command, pack, board) || writeSetting(command, pack, board)) ? [ACKNOWLEDGEMENT] : [];
}

/** @returns whether it is an action */
function act({ number, value }: Command, pack: Reading, board: EmulatedBoard): boolean {
  const registers = Object.entries(LAYOUTS[variantOf(pack)].registers) as [ActionName, Register][];
  const found = registers.find(([, entry]) => entry.number === number && entry.width === value.length);
  if (found === undefined) return false;
  const [name, { width }] = found;
  const wanted = width === 0 ? 1 : value.readUIntLE(0, width);
  if (wanted > 1) return false;
  board.execute(name, wanted === 1);
  const event = EVENTS[name]?.[wanted];
  if (event !== undefined) noteEvent(event, pack, board);
  return true;
}

function logBook(board?: EmulatedBoard): Buffer {
  const record = emptyRecord(RECORDS.logBook);
  encodeLogBook(board).copy(dataOf(record));
  return withSum(record);
}

function cellInfo(pack: Reading): Buffer {
  const record = emptyRecord(RECORDS.cellInfo);
  LAYOUTS[variantOf(pack)].encodeCells(summarise({ ...pack }), record);
  return withSum(record);
}

/**
 * The board's side, for the simulator.
 * @param request bytes as they came over the line
 * @returns undefined when they are no whole, valid command that reads, switches or sets something: boards stay silent
 */
export function emulate(request: Buffer): EmulatedResponse | undefined {
  const asked = commandOf(request);
  if (asked === undefined) return undefined;
  const answer = asked.value.length === 0 ? READS.get(asked.number) : undefined;
  const serve = answer ?? (ACTIONS.has(asked.number) || isSetting(asked.number) ? write(asked) : undefined);
  if (serve === undefined) return undefined;
  // One device per line: there is no address.
  const served: EmulatedResponse = { address: 0, answer: (pack, board) => Buffer.concat(serve(pack, board)) };
  const streams = answer !== undefined && asked.number === ASK_CELL_INFO;
  return streams ? { ...served, stream: { everyMs: STREAM_MS, next: cellInfo } } : served;
}
