import { derive } from '../../battery/derive';
import type { Reading } from '../../battery/reading';
import { encodeDeviceInfo } from '../jk-record/device-info';
import { dataOf, emptyRecord, RECORDS, withSum } from '../jk-record/record';
import { encodeSettings } from '../jk-record/settings';
import { majorOf } from '../jk-record/software';
import type { Served } from '../protocol';
import { layoutOf, variantOf, VARIANTS } from './variant';
import { ACKNOWLEDGEMENT, ASK_CELL_INFO, ASK_DEVICE_INFO, commandOf } from './wire';

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
  const record = emptyRecord(RECORDS.deviceInfo);
  encodeDeviceInfo(pack, dataOf(record), 'little');
  return withSum(record);
}

function settings(pack: Reading): Buffer {
  const record = emptyRecord(RECORDS.settings);
  // The settings of balancers are floats.
  if (variantOf(pack) !== VARIANTS.jk04) encodeSettings(pack, dataOf(record), 'little');
  return withSum(record);
}

function cellInfo(pack: Reading): Buffer {
  const record = emptyRecord(RECORDS.cellInfo);
  layoutOf(variantOf(pack)).encode(derive({ ...pack }), record);
  return withSum(record);
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
