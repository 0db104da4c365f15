import { derive } from '../../battery/derive';
import type { Reading } from '../../battery/reading';
import type { Served } from '../protocol';
import { encodeDeviceInfo } from './device-info';
import { encodeSettings } from './settings';
import { layoutOf, majorOf, variantOf } from './variant';
import {
  ACKNOWLEDGEMENT,
  ASK_CELL_INFO,
  ASK_DEVICE_INFO,
  CELL_INFO,
  closeRecord,
  commandOf,
  DEVICE_INFO,
  emptyRecord,
  SETTINGS,
} from './wire';

/** Software that tells who it is with its settings too (jk-ble 3). */
const TALKATIVE_MAJORS = [14, 15];

/** The board sends its cell record about twice a second (jk-ble 2). */
const STREAM_MS = 500;

type Answer = (pack: Reading) => Buffer[];

const ANSWERS: ReadonlyMap<number, Answer> = new Map<number, Answer>([
  [ASK_DEVICE_INFO, (pack) => [deviceInfo(pack), ACKNOWLEDGEMENT]],
  // The first record of the stream follows the acknowledgement.
  [
    ASK_CELL_INFO,
    (pack) => {
      const talkative = TALKATIVE_MAJORS.includes(majorOf(pack.softwareVersion) ?? 0);
      return [settings(pack), ...(talkative ? [deviceInfo(pack)] : []), ACKNOWLEDGEMENT, cellInfo(pack)];
    },
  ],
]);

function deviceInfo(pack: Reading): Buffer {
  const record = emptyRecord(DEVICE_INFO);
  encodeDeviceInfo(pack, record);
  return closeRecord(record);
}

function settings(pack: Reading): Buffer {
  const record = emptyRecord(SETTINGS);
  encodeSettings(pack, record, variantOf(pack));
  return closeRecord(record);
}

function cellInfo(pack: Reading): Buffer {
  const record = emptyRecord(CELL_INFO);
  layoutOf(variantOf(pack)).encode(derive({ ...pack }), record);
  return closeRecord(record);
}

/**
 * The board's side, for the simulator.
 * @param request bytes as they came over the line
 * @returns undefined when they are no whole, valid command that reads cells or identity: boards stay silent
 */
export function serve(request: Buffer): Served | undefined {
  const number = commandOf(request);
  const answer = number === undefined ? undefined : ANSWERS.get(number);
  // One device per line: there is no address.
  if (answer === undefined) return undefined;
  const served: Served = { address: 0, answer: (pack) => Buffer.concat(answer(pack)) };
  return number === ASK_CELL_INFO ? { ...served, stream: { everyMs: STREAM_MS, next: cellInfo } } : served;
}
