import { entriesIn } from '../jk-record/log-book';
import { RECORDS } from '../jk-record/wire';
import type { LogAccess } from '../log-entry';
import type { Step } from '../protocol';
import type { JkModbusMemory } from './tables';
import { answeredData, buildTrigger, LOG_TRIGGER, messageOf, refusal, WRITE } from './wire';
import { checkAlone } from './write';

const NAME = 'system log (1624)';

function ask(address: number): Step {
  return {
    name: NAME,
    request: buildTrigger(address, LOG_TRIGGER),
    isWrite: false,
    match(frame) {
      const message = messageOf(frame);
      if (message === undefined || message.address !== address) return 'foreign';
      if (message.kind === 'refusal') return message.function === WRITE ? refusal(message.code, NAME) : 'foreign';
      return message.kind === 'answer' && message.type === RECORDS.logBook ? 'complete' : 'foreign';
    },
  };
}

/** The log comes as a frame alone, in one piece (jk-modbus.md 10). */
export const log: LogAccess<JkModbusMemory> = {
  applies: ({ memory }) => memory.answersFrames === true,
  *read({ target: { address, memory } }) {
    checkAlone(address, memory);
    const [frame] = yield ask(address);
    return entriesIn(answeredData(frame, NAME));
  },
};
