import type { ActionName } from '../../battery/action';
import { summarise } from '../../battery/derive';
import type { Reading } from '../../battery/reading';
import { encodeDeviceInfo, majorOf } from '../jk-record/device-info';
import { switchesOf } from '../jk-record/settings';
import { dataOf, emptyRecord, RECORDS, withSum } from '../jk-record/wire';
import type { EmulatedBoard, EmulatedResponse } from '../protocol';
import { LAYOUTS, variantOf } from './variant';
import type { Register } from './variants/layout';
import { ACKNOWLEDGEMENT, ASK_CELL_INFO, ASK_DEVICE_INFO, commandOf, type Command } from './wire';

/** Software that sends its device information with its settings too (jk-ble.md 3). */
const MAJORS_SENDING_BOTH = [14, 15];

/** The board sends its cell record about twice a second (jk-ble.md 2). */
const STREAM_MS = 500;

/** Registers that switch something on one variant or another. */
const WRITTEN: ReadonlySet<number> = new Set(
  Object.values(LAYOUTS).flatMap(({ registers }) => Object.values(registers).map(({ number }) => number)),
);

type Answer = (pack: Reading, board?: EmulatedBoard) => Buffer[];

const READS: ReadonlyMap<number, Answer> = new Map<number, Answer>([
  [ASK_DEVICE_INFO, (pack) => [deviceInfo(pack), ACKNOWLEDGEMENT]],
  // The first record of the stream follows the acknowledgement.
  [
    ASK_CELL_INFO,
    (pack, board) => {
      const sendsBoth = MAJORS_SENDING_BOTH.includes(majorOf(pack.softwareVersion) ?? 0);
      return [settings(pack, board), ...(sendsBoth ? [deviceInfo(pack)] : []), ACKNOWLEDGEMENT, cellInfo(pack)];
    },
  ],
]);

/** Does what a write asks for. A board is silent on a register that it does not have, or has not with this width. */
function write({ number, value }: Command): Answer {
  return (pack, board) => {
    const registers = Object.entries(LAYOUTS[variantOf(pack)].registers) as [ActionName, Register][];
    const found = registers.find(([, entry]) => entry.number === number && entry.width === value.length);
    if (board === undefined || found === undefined) return [];
    const [name, { width }] = found;
    const wanted = width === 0 ? 1 : value.readUIntLE(0, width);
    if (wanted > 1) return [];
    board.execute(name, wanted === 1);
    return [ACKNOWLEDGEMENT];
  };
}

function deviceInfo(pack: Reading): Buffer {
  const record = emptyRecord(RECORDS.deviceInfo);
  encodeDeviceInfo(pack, dataOf(record), 'little');
  return withSum(record);
}

function settings(pack: Reading, board?: EmulatedBoard): Buffer {
  const record = emptyRecord(RECORDS.settings);
  LAYOUTS[variantOf(pack)].encodeSettings(pack, board?.switches ?? switchesOf(pack), record);
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
 * @returns undefined when they are no whole, valid command that reads cells or identity, or switches: boards stay silent
 */
export function emulate(request: Buffer): EmulatedResponse | undefined {
  const asked = commandOf(request);
  if (asked === undefined) return undefined;
  const answer = asked.value.length === 0 ? READS.get(asked.number) : undefined;
  const act = answer ?? (WRITTEN.has(asked.number) ? write(asked) : undefined);
  if (act === undefined) return undefined;
  // One device per line: there is no address.
  const served: EmulatedResponse = { address: 0, answer: (pack, board) => Buffer.concat(act(pack, board)) };
  const streams = answer !== undefined && asked.number === ASK_CELL_INFO;
  return streams ? { ...served, stream: { everyMs: STREAM_MS, next: cellInfo } } : served;
}
