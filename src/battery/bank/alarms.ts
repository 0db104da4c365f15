import { alarm, ALARM_LEVELS, highestLevel, type AlarmCode, type AlarmLevel, type BankAlarm } from '../alarm';
import { isLive, type PackView } from './pack-view';
import { quorumOf, type BankView, type GroupView, type ParallelNode } from './groups';
import { isConnected } from './member';
import { present } from './numbers';
import type { BankSettings } from './settings';
import { loadOf, shareRatios } from './shares';
import { hasHeld, type BankState } from './state';
import type { Unit } from './unit';
import { allowedDifference } from './voltage-difference';

/** What is watched of packs in parallel (bank.md 4, 6): a threshold by capacity, and how long it must hold, s. */
const SHARING = { load: 0.1, raise: [0.5, 1.5], clear: [0.6, 1.4], seconds: 120 } as const;
const CIRCULATING = { load: 0.02, own: 0.05, seconds: 60 } as const;
const SOC = { load: 0.02, points: 20, seconds: 600 } as const;
const VOLTAGE_SECONDS = 60;
const MISMATCH = { share: 0.05, ampere: 0.5, seconds: 60 } as const;

/** An alarm with the packs that have it. */
function of(code: AlarmCode, level: AlarmLevel, packs: readonly string[]): BankAlarm {
  const [only] = packs;
  const raised: BankAlarm = alarm(code, level);
  if (packs.length === 1 && only !== undefined) raised.pack = only;
  else if (packs.length > 1) raised.packs = [...packs];
  return raised;
}

/** Equal codes of several packs become one alarm, with the highest level (bank.md 6). */
export function merged(alarms: readonly BankAlarm[]): BankAlarm[] {
  const byCode = new Map<string, BankAlarm>();
  for (const each of alarms) {
    const known = byCode.get(each.code);
    byCode.set(each.code, known === undefined ? each : mergedPair(known, each));
  }
  return [...byCode.values()];
}

const packsOf = ({ pack, packs }: BankAlarm): string[] => packs ?? present([pack]);

function mergedPair(first: BankAlarm, second: BankAlarm): BankAlarm {
  const isHigher = ALARM_LEVELS.indexOf(second.level) > ALARM_LEVELS.indexOf(first.level);
  const { code, level, message } = isHigher ? second : first;
  const counted = highestLevel([first, second]);
  const both: BankAlarm = {
    code,
    level,
    message,
    ...(counted !== level && counted !== 'none' && { bankLevel: counted }),
  };
  const packs = [...new Set([...packsOf(first), ...packsOf(second)])];
  const [only] = packs;
  if (packs.length > 1) return { ...both, packs };
  return only === undefined ? both : { ...both, pack: only };
}

/** Alarms of the boards, each with its pack. */
function boardAlarms(views: readonly PackView[]): BankAlarm[] {
  return views
    .filter(({ memory }) => isLive(memory))
    .flatMap(({ pack, reading }) => (reading?.alarms ?? []).map((each) => ({ ...each, pack: pack.name })));
}

/** Alarms of the bank itself. @param awaited whether a pack may still come for the first time */
function ownAlarms(
  settings: BankSettings,
  bank: BankView,
  state: BankState,
  awaited: (view: PackView) => boolean,
): BankAlarm[] {
  const views = bank.groups.flatMap((group) => group.views);
  const missing = views.filter((view) => !isLive(view.memory) && !awaited(view));
  const isSpare = bank.isLive && settings.topology !== 'series';
  const lost = missing.map(({ pack }) => of('pack_lost', isSpare ? 'warning' : 'protection', [pack.name]));
  const joining = views.filter(({ memory }) => memory.condition === 'joining');
  return [
    ...(bank.isLive || missing.length === 0 ? [] : [alarm('communication_lost', 'fault')]),
    ...lost,
    ...joining.map(({ pack }) => of('pack_joining', 'warning', [pack.name])),
    ...bank.parallel.flatMap((node) => parallelAlarms(settings, node, state)),
    ...bank.series.flatMap((units, i) => seriesAlarms(units, `string ${i}`, state)),
  ];
}

function parallelAlarms(settings: BankSettings, node: ParallelNode, state: BankState): BankAlarm[] {
  const live = node.units.filter(({ isLive: isUnitLive }) => isUnitLive);
  const load = loadOf(node);
  const part = load === undefined || load.size <= 0 ? undefined : Math.abs(load.current) / load.size;
  const watch = (code: AlarmCode, units: readonly Unit[], seconds: number): BankAlarm[] =>
    hasHeld(state, `${code} ${node.name}`, units.length > 0, seconds)
      ? [
          of(
            code,
            'warning',
            units.flatMap(({ packs }) => packs),
          ),
        ]
      : [];
  const isQuiet = (limit: number): boolean => part !== undefined && part < limit;
  const circulating = live.filter(
    ({ values, size }) => Math.abs(values.current ?? 0) > CIRCULATING.own * (size ?? Infinity),
  );
  return [
    ...sharingAlarms(node, live, load?.current ?? 0, part ?? 0, state),
    ...watch('circulating_current', isQuiet(CIRCULATING.load) ? circulating : [], CIRCULATING.seconds),
    ...watch('pack_voltage_difference', apartInVoltage(settings, live), VOLTAGE_SECONDS),
    ...watch('soc_difference', isQuiet(SOC.load) ? apartInSoc(live) : [], SOC.seconds),
  ];
}

/** The units with the least and the greatest value, where they are too far apart. */
function apart(units: readonly Unit[], valueOf: (unit: Unit) => number | undefined, allowed: number): Unit[] {
  const known = units
    .flatMap((unit) => {
      const value = valueOf(unit);
      return value === undefined ? [] : [{ unit, value }];
    })
    .sort((a, b) => a.value - b.value);
  const [lowest] = known;
  const highest = known.at(-1);
  if (lowest === undefined || highest === undefined || highest.value - lowest.value <= allowed) return [];
  return units.filter((unit) => unit === lowest.unit || unit === highest.unit);
}

function apartInVoltage(settings: BankSettings, live: readonly Unit[]): Unit[] {
  const connected = live.filter(({ values }) => isConnected(values));
  const counts = present(connected.map(({ seriesCells }) => seriesCells));
  const allowed = allowedDifference(settings, counts);
  return allowed === undefined ? [] : apart(connected, ({ values }) => values.voltage, allowed);
}

const apartInSoc = (live: readonly Unit[]): Unit[] => apart(live, ({ values }) => values.soc, SOC.points);

/** Each unit by itself: raised and ended by limits with a distance, and both only after a while. */
function sharingAlarms(
  node: ParallelNode,
  live: readonly Unit[],
  current: number,
  part: number,
  state: BankState,
): BankAlarm[] {
  const ratios = new Map(shareRatios(state, node, current > 0 ? 'charge' : 'discharge'));
  return live.flatMap(({ name, packs }) => {
    const key = `current_sharing ${node.name} ${name}`;
    const ratio = ratios.get(name);
    const [low, high] = SHARING.raise;
    const [calmLow, calmHigh] = SHARING.clear;
    const isUneven = ratio !== undefined && part >= SHARING.load && (ratio < low || ratio > high);
    const isEven = ratio !== undefined && ratio >= calmLow && ratio <= calmHigh;
    const active = `${key} active`;
    if (hasHeld(state, key, isUneven, SHARING.seconds)) state.since[active] ??= state.clock;
    if (hasHeld(state, `${key} even`, isEven, SHARING.seconds)) delete state.since[active];
    return state.since[active] === undefined ? [] : [of('current_sharing', 'warning', packs)];
  });
}

/** Through packs in series flows one current: else a sensor is wrong, or a load is connected in the middle. */
function seriesAlarms(units: readonly Unit[], key: string, state: BankState): BankAlarm[] {
  const live = units.filter(({ isLive: isUnitLive }) => isUnitLive);
  const currents = present(live.map(({ values }) => values.current));
  const allowed = MISMATCH.share * Math.max(0, ...currents.map(Math.abs)) + MISMATCH.ampere;
  const found = apart(live, ({ values }) => values.current, allowed);
  return hasHeld(state, `current_mismatch ${key}`, found.length > 0, MISMATCH.seconds)
    ? [
        of(
          'current_mismatch',
          'warning',
          found.flatMap(({ packs }) => packs),
        ),
      ]
    : [];
}

/** What a bank reports: its alarms, and the level for outputs that have one alarm only. */
export interface BankAlarms {
  readonly alarms: BankAlarm[];
  readonly level: AlarmLevel | 'none';
}

/** @param awaited whether a pack may still come for the first time */
export function alarmsOf(
  settings: BankSettings,
  bank: BankView,
  state: BankState,
  awaited: (view: PackView) => boolean,
): BankAlarms {
  const own = ownAlarms(settings, bank, state, awaited);
  const alarms = merged([...own, ...countedAlarms(settings, bank)]);
  return { alarms, level: highestLevel(alarms) };
}

const isSevere = ({ level }: BankAlarm): boolean => level !== 'warning';

/** Alarms of boards with what they count as: less while enough groups are left beside them (bank.md 6). */
function countedAlarms(settings: BankSettings, bank: BankView): BankAlarm[] {
  const { groups, layout } = bank;
  if (settings.topology === 'stages')
    return groups.flatMap(({ views }) => softened(views, hasSpareStage(settings, views)));
  const sound = groups.filter(isSound).length;
  const isSpare = layout.outer === 'parallel' && sound >= quorumOf(settings, groups.length);
  return groups.flatMap(({ views }) => softened(views, isSpare));
}

function softened(views: readonly PackView[], isSpare: boolean): BankAlarm[] {
  const alarms = boardAlarms(views);
  return isSpare ? alarms.map((each) => (isSevere(each) ? { ...each, bankLevel: 'warning' } : each)) : alarms;
}

function isSound({ isLive: isGroupLive, unit, views }: GroupView): boolean {
  return isGroupLive && unit !== undefined && isConnected(unit.values) && !boardAlarms(views).some(isSevere);
}

function hasSpareStage(settings: BankSettings, views: readonly PackView[]): boolean {
  const sound = views.filter((view) => isLive(view.memory) && isConnected(view.reading ?? {}));
  const unalarmed = sound.filter((view) => !boardAlarms([view]).some(isSevere));
  return unalarmed.length >= quorumOf(settings, views.length);
}
