import { highestLevel, type BankAlarm } from '../alarm';
import { READING_KEYS } from '../reading-keys';
import type { BatteryState } from '../reading';
import { round, stateOf } from '../derive';
import { cellsOf } from './cells';
import { commonOf } from './common';
import { isLive, type PackView } from './pack-view';
import type { BankView } from './groups';
import { isConnected } from './member';
import { present, roundAll } from './numbers';
import type { BankReading, PackSummary } from './reading';
import type { BankSettings } from './settings';
import { shareOf } from './shares';
import type { BankState } from './state';

/** Current by capacity below which a bank is idle: what circulates between its packs is no charge (bank.md 2). */
const IDLE = 0.002;
const SHARE_DIGITS = 3;

/** The whole reading of a live bank: what was combined, cells and sensors, what is common, and what only a bank has. */
export function completeKeys(
  settings: BankSettings,
  bank: BankView,
  views: readonly PackView[],
  state: BankState,
  alarms: readonly BankAlarm[],
): BankReading {
  const gives = new Set(bank.groups.flatMap((group) => (group.isLive ? group.views.map(({ pack }) => pack.name) : [])));
  const giving = views.filter(({ memory, pack }) => isLive(memory) && gives.has(pack.name));
  const live = views.filter(({ memory }) => isLive(memory));
  const reading: BankReading = {
    ...bank.unit?.values,
    ...commonOf(present(giving.map((view) => view.reading))),
    ...cellsOf(views, gives),
    seriesCells: bank.unit?.seriesCells,
    deviceName: settings.name,
    alarms: [...alarms],
    state: stateOfBank(bank),
    packs: views.map((view) => summaryOf(view, bank, state)),
    packCount: views.length,
    packsOnline: live.length,
    packsBlockingCharge: live.filter((view) => view.reading?.chargeEnabled === false).length,
    packsBlockingDischarge: live.filter((view) => view.reading?.dischargeEnabled === false).length,
    degraded: live.length < views.length,
  };
  return ordered(roundAll(reading));
}

function stateOfBank({ unit }: BankView): BatteryState | undefined {
  const { current } = unit?.values ?? {};
  if (current === undefined) return undefined;
  return Math.abs(current) < IDLE * (unit?.size ?? 0) ? 'idle' : stateOf(current);
}

function summaryOf(view: PackView, bank: BankView, state: BankState): PackSummary {
  const { pack, member, memory, reading } = view;
  const summary: PackSummary = { pack: pack.name, state: memory.condition };
  if (Number.isFinite(member.age)) summary.age = round(member.age, 1);
  if (memory.cells !== undefined) summary.cellCount = memory.cells;
  if (!isLive(memory) || reading === undefined) return summary;
  const { voltage, current, power, soc, alarms } = reading;
  const node = bank.layout.outer === 'parallel' ? '' : view.group;
  const total = bank.parallel.find(({ name }) => name === node)?.units ?? [];
  const direction = (total.find(({ name }) => name === pack.name)?.values.current ?? 0) < 0 ? 'discharge' : 'charge';
  const share = shareOf(state, node, pack.name, direction);
  return without({
    ...summary,
    connected: isConnected(reading),
    voltage,
    current,
    power,
    soc,
    share: share === undefined ? undefined : round(share, SHARE_DIGITS),
    alarmLevel: alarms === undefined ? undefined : highestLevel(alarms),
  });
}

/** Without what is undefined: a value that is not known has no key. */
function without<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}

const ORDER = new Map<string, number>(READING_KEYS.map((key, i) => [key, i]));

/** Keys in the order of those of any reading; those that only a bank has come last. */
function ordered(reading: BankReading): BankReading {
  const place = (key: string): number => ORDER.get(key) ?? ORDER.size;
  return Object.fromEntries(Object.entries(without(reading)).sort(([a], [b]) => place(a) - place(b)));
}
