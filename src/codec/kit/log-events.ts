import { alarm, alarmSentence, type AlarmCode, type AlarmLevel } from '../../battery/alarm';
import { say, type Sentence } from '../../battery/sentence';
import type { LogEntry } from '../log-entry';

/** What happened, of an entry of a board's own log. */
export type LogEvent = Pick<LogEntry, 'code' | 'level' | 'message'>;

/** An alarm was raised. */
export function alarmEvent(code: AlarmCode, level: AlarmLevel): LogEvent {
  return { code, level, message: alarmSentence(alarm(code, level)) };
}

/** An alarm is over. */
export function recoveryEvent(code: AlarmCode): LogEvent {
  const { message } = alarmEvent(code, 'protection');
  return stateEvent(`${code}_recovery`, say`Over: ${message}`);
}

/** Something happened that is no alarm. @param code a word of its own */
export function stateEvent(code: string, message: Sentence): LogEvent {
  return { code, level: 'none', message };
}
