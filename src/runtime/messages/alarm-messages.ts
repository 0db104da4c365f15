import type { NodeStatus } from 'node-red';
import { countedLevel } from '../../battery/alarm';
import type { AlarmSummary } from '../../battery/active-alarms';
import type { Snapshot } from '../../session/device';
import { figures } from '../status';

/**
 * The status for a device that answers: the highest alarm, or the figures of the last reading.
 * @param allWell what the figures stand behind
 */
export function alarmStatus(summary: AlarmSummary, last: Snapshot, allWell: string): NodeStatus {
  const text = alarmText(summary);
  if (text !== '') return { fill: summary.level === 'warning' ? 'yellow' : 'red', shape: 'dot', text };
  const status = figures(last);
  return { ...status, text: `${allWell} ${status.text ?? ''}`.trim() };
}

/** The code of the highest alarm, the oldest of several, and how many more there are; '' when there is none. */
export function alarmText({ active, level, count }: AlarmSummary): string {
  const highest = active.find((alarm) => countedLevel(alarm) === level);
  if (highest === undefined) return '';
  return count > 1 ? `${highest.code} +${count - 1}` : highest.code;
}
