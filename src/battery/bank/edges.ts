import type { AlarmLevel, BankAlarm } from '../alarm';
import { entryOf, type BankState, type PackCondition } from './state';

/** What has changed since the last step. */
export type BankEdge =
  | { event: 'lost' | 'joined'; pack: string }
  | ({ event: 'raised' | 'cleared' } & BankAlarm)
  | ({ event: 'changed'; from: AlarmLevel } & BankAlarm);

const isCounted = (condition: PackCondition | undefined): boolean => condition === 'fresh' || condition === 'stale';

/** Packs that have begun or ceased to count, and alarms that have begun, changed their level or ended, in this order. */
export function edgesOf(before: BankState | undefined, now: BankState, alarms: readonly BankAlarm[]): BankEdge[] {
  return [...packEdges(before, now), ...alarmEdges(before?.alarms ?? [], alarms)];
}

function packEdges(before: BankState | undefined, now: BankState): BankEdge[] {
  return Object.entries(now.packs).flatMap(([pack, { condition }]): BankEdge[] => {
    const was = isCounted(entryOf(before?.packs, pack)?.condition);
    const is = isCounted(condition);
    if (was === is || condition === 'excluded') return [];
    return [{ event: is ? 'joined' : 'lost', pack }];
  });
}

/** An alarm is the same one while its code is. */
function alarmEdges(before: readonly BankAlarm[], now: readonly BankAlarm[]): BankEdge[] {
  const old = new Map(before.map((each) => [each.code, each]));
  const codes = new Set(now.map(({ code }) => code));
  const begun = now.flatMap((each): BankEdge[] => {
    const earlier = old.get(each.code);
    if (earlier === undefined) return [{ event: 'raised', ...each }];
    return earlier.level === each.level ? [] : [{ event: 'changed', from: earlier.level, ...each }];
  });
  const ended = before.filter(({ code }) => !codes.has(code));
  return [...begun, ...ended.map((each): BankEdge => ({ event: 'cleared', ...each }))];
}
