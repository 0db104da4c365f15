import { entriesIn } from '../jk-record/log-book';
import { dataOf, RECORDS } from '../jk-record/wire';
import { malformed } from '../kit/malformed';
import { say } from '../../battery/sentence';
import type { LogAccess } from '../log-entry';
import { readStep } from './settings';
import type { JkBleMemory } from './variant';
import { ASK_LOG_BOOK } from './wire';

const NAME = 'log book (a1)';

/** The log book comes in one record (jk-ble.md 12). Active balancers keep none. */
export const log: LogAccess<JkBleMemory> = {
  applies: ({ memory }) => memory.variant !== 'jk04' && memory.isBalancer !== true,
  *read() {
    const [record] = yield readStep(NAME, ASK_LOG_BOOK, RECORDS.logBook);
    if (record === undefined) throw malformed(NAME, say`it is no frame`);
    return entriesIn(dataOf(record));
  },
};
