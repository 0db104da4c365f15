import { alarmKey, summaryOf, type AlarmSummary, type DeviceAlarm, type RuleAlarm } from './active-alarms';
import { alarm, ALARM_LEVELS, bankLost, type BankAlarm } from './alarm';
import { Ledger, type AlarmEdge, type AlarmState, type Moment } from './alarm-ledger';
import type { BankReading } from './bank/reading';
import {
  counts,
  isBackFromLimit,
  isBeyondLimit,
  placeIn,
  ruleId,
  samplesOf,
  sentenceFor,
  type Rule,
  type Sample,
} from './rule';

/**
 * What happens to a device. A reading also shows that the device answers, unless it still counts as lost, on a line that
 * keeps being lost. `lost`: of a bank with the packs that it lacks. `back`: its line is open again, and the device has not
 * been polled yet.
 */
export type AlarmEvent =
  | {
      readonly kind: 'reading';
      readonly reading: Readonly<BankReading>;
      readonly at: Moment;
      readonly isLost?: boolean;
    }
  | { readonly kind: 'lost'; readonly at: Moment; readonly packs?: readonly string[] }
  | { readonly kind: 'back'; readonly at: Moment };

export interface AlarmSettings {
  /** no two with the same `ruleId`; not changed after the first evaluation */
  readonly rules: readonly Rule[];
  /** whether the alarms that the device reports are passed on */
  readonly includeDevice: boolean;
}

export interface Evaluation {
  state: AlarmState;
  /** in the order in which they happened */
  edges: AlarmEdge[];
  summary: AlarmSummary;
}

const LOST = { ...alarm('communication_lost', 'fault'), source: 'device' } as const;
const LOST_KEY = alarmKey(LOST);

/**
 * Judges one event: what begins, what ends, what is active then. Pure: nothing given is changed.
 *
 * - A rule raises its alarm at a reading beyond the limit, `hold` seconds or more after the first of an unbroken run of
 *   such readings. It ends at a reading that is back at `clear`. Between limit and `clear` nothing changes, but a run
 *   that has not raised the alarm yet is broken. A missing value changes nothing and breaks no run.
 * - A rule with `onlyWhile` counts only while that condition is met: a reading that does not meet it breaks every run of
 *   the rule and ends its alarms, whatever their values are. Where a reading lacks the value of the condition, nothing is
 *   raised and no run grows or breaks by it; an alarm ends by its own value all the same.
 * - An active alarm takes over the level, limit and sentence of its rule; only another level is an edge, `changed`. Where
 *   its rule is gone, it ends at the next reading as it was.
 * - The alarms of the device begin and end with its own list; a reading without the list changes none of them. A code
 *   that is listed with several levels counts with the highest; one that comes with another level has `changed`.
 * - A device that is lost raises `communication_lost` and freezes the rest until its next reading; it ends with a reading,
 *   or when the device is back.
 */
export function evaluateRules(settings: AlarmSettings, state: AlarmState, event: AlarmEvent): Evaluation {
  const ledger = new Ledger(state, event.at);
  if (event.kind === 'lost') {
    if (!ledger.has(LOST_KEY)) ledger.raise(lostAlarm(event));
  } else if (event.kind === 'back') {
    ledger.clear(LOST_KEY);
  } else {
    if (event.isLost !== true) ledger.clear(LOST_KEY);
    judgeDevice(settings, event, ledger);
    judgeRules(settings, event, ledger);
  }
  return { state: ledger.state(), edges: ledger.edges, summary: summaryOf(ledger.alarms()) };
}

function lostAlarm({ at, packs = [] }: Extract<AlarmEvent, { kind: 'lost' }>): DeviceAlarm {
  const [only] = packs;
  if (only === undefined) return { ...LOST, since: at.wall };
  const missing = packs.length > 1 ? { packs: [...packs] } : { pack: only };
  return { ...LOST, message: String(bankLost(packs)), ...missing, since: at.wall };
}

type ReadingEvent = Extract<AlarmEvent, { kind: 'reading' }>;

function judgeDevice(settings: AlarmSettings, { reading, at, isLost }: ReadingEvent, ledger: Ledger): void {
  const reported = settings.includeDevice ? reading.alarms : [];
  if (reported === undefined) return;
  const byKey = new Map<string, DeviceAlarm>();
  for (const entry of reported) {
    const found = deviceAlarm(entry, at);
    const key = alarmKey(found);
    // A device that answers cannot report that it does not.
    if (key !== LOST_KEY && isHigher(found, byKey.get(key))) byKey.set(key, found);
  }
  for (const [key, { source }] of ledger.entries()) {
    const isKept = key === LOST_KEY && isLost === true;
    if (source === 'device' && !byKey.has(key) && !isKept) ledger.clear(key);
  }
  for (const [key, found] of byKey) {
    if (!ledger.update(key, found)) ledger.raise(found);
  }
}

/** Whether an alarm replaces another one of the same code: the higher level does, of equal levels the first. */
function isHigher({ level }: DeviceAlarm, other: DeviceAlarm | undefined): boolean {
  return other === undefined || ALARM_LEVELS.indexOf(level) > ALARM_LEVELS.indexOf(other.level);
}

function deviceAlarm({ code, level, message, pack, packs, bankLevel }: BankAlarm, { wall }: Moment): DeviceAlarm {
  return {
    ...{ code, level, source: 'device', message },
    ...(pack !== undefined && { pack }),
    ...(packs !== undefined && { packs: [...packs] }),
    ...(bankLevel !== undefined && { bankLevel }),
    since: wall,
  };
}

function judgeRules({ rules }: AlarmSettings, { reading, at }: ReadingEvent, ledger: Ledger): void {
  const { byId, conditions, known } = bookOf(rules);
  ledger.keepRuns((condition) => conditions.has(condition));
  for (const [key, active] of ledger.entries()) {
    if (active.source !== 'rule') continue;
    const rule = byId.get(ruleId(active));
    if (rule === undefined || isOfMissingPack(active, reading)) ledger.clear(key);
    else ledger.update(key, { ...active, level: rule.level, limit: rule.limit, message: sentenceFor(rule, active) });
  }
  for (const entry of known) {
    const samples = samplesOf(entry.rule, reading);
    const doesCount = counts(entry.rule, reading);
    if (doesCount === false) endRule(entry, samples, ledger);
    else for (const sample of samples) judgeSample(entry, sample, at, ledger, doesCount === true);
  }
}

/** Whether an alarm is of a cell of a pack that its bank does not have any more: nothing else would end it. */
function isOfMissingPack(alarm: RuleAlarm, { packs }: Readonly<BankReading>): boolean {
  const isOwn = alarm.pack !== undefined && placeIn(alarm, alarm) !== undefined;
  return isOwn && packs !== undefined && packs.every(({ pack }) => pack !== alarm.pack);
}

/** A rule with its keys in the ledger, which are the same for every reading. */
interface KnownRule {
  readonly rule: Rule;
  readonly condition: string;
  /** by the cell or sensor; 0 where the rule judges a single value */
  readonly keys: Map<number | string, string>;
}

interface RuleBook {
  readonly byId: ReadonlyMap<string, Rule>;
  readonly conditions: ReadonlySet<string>;
  readonly known: readonly KnownRule[];
}

/** The condition that a run of readings has met: with other figures the run restarts. */
function runOf(rule: Rule): string {
  const { limit, onlyWhile } = rule;
  const also = onlyWhile && [onlyWhile.field, onlyWhile.operator, onlyWhile.limit];
  return JSON.stringify([ruleId(rule), limit, also]);
}

const BOOKS = new WeakMap<readonly Rule[], RuleBook>();

/** The index of a set of rules, made once: the set does not change. */
function bookOf(rules: readonly Rule[]): RuleBook {
  let book = BOOKS.get(rules);
  if (book === undefined) {
    const known = rules.map((rule) => ({ rule, condition: runOf(rule), keys: new Map() }));
    const byId = new Map(rules.map((rule) => [ruleId(rule), rule]));
    book = { byId, conditions: new Set(known.map(({ condition }) => condition)), known };
    BOOKS.set(rules, book);
  }
  return book;
}

function keyOf({ rule, keys }: KnownRule, sample: Sample): string {
  const place = placeIn(rule, sample) ?? 0;
  const { code, field, operator } = rule;
  let key = keys.get(place);
  if (key === undefined) keys.set(place, (key = alarmKey({ source: 'rule', code, field, operator, ...sample })));
  return key;
}

/** Ends what a rule has raised and counted: it does not count now. */
function endRule(known: KnownRule, samples: readonly Sample[], ledger: Ledger): void {
  const { rule, condition } = known;
  for (const sample of samples) ledger.clear(keyOf(known, sample), sample);
  const id = ruleId(rule);
  for (const [key, active] of ledger.entries()) {
    if (active.source === 'rule' && ruleId(active) === id) ledger.clear(key);
  }
  ledger.keepRuns((other) => other !== condition);
}

/** @param doesCount whether the rule is known to count at this reading */
function judgeSample(known: KnownRule, sample: Sample, at: Moment, ledger: Ledger, doesCount: boolean): void {
  const { rule, condition } = known;
  const key = keyOf(known, sample);
  if (ledger.has(key)) {
    if (isBackFromLimit(rule, sample.value)) ledger.clear(key, sample);
  } else if (!isBeyondLimit(rule, sample.value)) {
    ledger.endRun(key);
  } else if (doesCount && ledger.run(key, condition) >= rule.hold * 1000) {
    const { code, level, field, operator, limit } = rule;
    const message = sentenceFor(rule, sample);
    ledger.raise({ code, level, source: 'rule', message, field, operator, ...sample, limit, since: at.wall });
  }
}
