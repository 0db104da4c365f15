import { ALARM_LEVELS, highestLevel, type Alarm, type AlarmLevel, type BankAlarm } from './alarm';
import { isQuantityKey, QUANTITIES, type QuantityKey } from './quantities';
import { OPERATORS, placeIn, type Operator, type Sample } from './rule';

/** An alarm that the device reports, or that the device is lost. */
export interface DeviceAlarm extends BankAlarm {
  source: 'device';
  /** when it was raised, ms since the epoch */
  since: number;
}

/** An alarm of a rule, with the value that raised it. */
export interface RuleAlarm extends Alarm, Sample {
  source: 'rule';
  field: QuantityKey;
  operator: Operator;
  limit: number;
  /** when it was raised, ms since the epoch */
  since: number;
}

export type ActiveAlarm = DeviceAlarm | RuleAlarm;

type AlarmIdentity =
  | Pick<DeviceAlarm, 'source' | 'code'>
  | Pick<RuleAlarm, 'source' | 'code' | 'field' | 'operator' | 'cell' | 'sensor' | 'pack' | 'packCell'>;

/** The alarms that are active now, in the order in which they were raised. */
export interface AlarmSummary {
  active: ActiveAlarm[];
  /** the highest of them; of a bank the highest that they count as */
  level: AlarmLevel | 'none';
  count: number;
}

export function summaryOf(active: ActiveAlarm[]): AlarmSummary {
  return { active, level: highestLevel(active), count: active.length };
}

/**
 * What makes an alarm the same alarm, whatever its level. Of the device it is the code, whichever packs of a bank have it; of a rule the rule, and the cell
 * or sensor where each is judged on its own.
 */
export function alarmKey(alarm: AlarmIdentity): string {
  if (alarm.source === 'device') return JSON.stringify([alarm.source, alarm.code]);
  const { source, code, field, operator } = alarm;
  return JSON.stringify([source, code, field, operator, placeIn(alarm, alarm)]);
}

/**
 * Alarms as a context store gives them back, where they may have been edited.
 * @returns those that are whole, each once, with the known properties only
 */
export function storedAlarms(kept: unknown): ActiveAlarm[] {
  const found = new Map<string, ActiveAlarm>();
  for (const entry of Array.isArray(kept) ? (kept as unknown[]) : []) {
    const alarm = storedAlarm(entry);
    if (alarm !== undefined && !found.has(alarmKey(alarm))) found.set(alarmKey(alarm), alarm);
  }
  return [...found.values()];
}

function storedAlarm(entry: unknown): ActiveAlarm | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined;
  const { code, level, message, source, since, ...rest } = entry as Record<string, unknown>;
  const known = ALARM_LEVELS.find((word) => word === level);
  if (known === undefined || !isText(code) || !isText(message) || !isNumber(since)) return undefined;
  const alarm = { code, level: known, message, since };
  if (source === 'device') return { ...alarm, source, ...storedPacks(rest) };
  return source === 'rule' ? storedRuleAlarm({ ...alarm, source }, rest) : undefined;
}

/** What an alarm of a bank has besides. */
function storedPacks({
  pack,
  packs,
  bankLevel,
}: Record<string, unknown>): Pick<BankAlarm, 'pack' | 'packs' | 'bankLevel'> {
  const counted = ALARM_LEVELS.find((word) => word === bankLevel);
  return {
    ...(isText(pack) && { pack }),
    ...(Array.isArray(packs) && packs.every(isText) && { packs }),
    ...(counted !== undefined && { bankLevel: counted }),
  };
}

type Common = Pick<RuleAlarm, 'code' | 'level' | 'message' | 'since' | 'source'>;

function storedRuleAlarm(alarm: Common, entry: Record<string, unknown>): RuleAlarm | undefined {
  const { field, operator, value, limit, cell, sensor, pack, packCell } = entry;
  const known = OPERATORS.find((word) => word === operator);
  if (!isQuantityKey(field) || known === undefined || !isNumber(value) || !isNumber(limit)) return undefined;
  const place = {
    ...(isPlace(cell) && { cell }),
    ...(isPlace(sensor) && { sensor }),
    ...(isText(pack) && isPlace(packCell) && { pack, packCell }),
  };
  const { each } = QUANTITIES[field];
  if (each !== undefined && place[each] === undefined) return undefined;
  return { ...alarm, field, operator: known, value, limit, ...place };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isNumber(value: unknown): value is number {
  return Number.isFinite(value);
}

function isPlace(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 1;
}
