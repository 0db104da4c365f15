import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { LIMITS_CHEMISTRIES } from '../../src/battery/limits/limits';
import { controlledVoltage } from '../../src/battery/limits/settings';
import type { Course } from '../support/closed-loop/course';
import { BATTERIES, runDay, settingsOf, type Day, type LoopFault } from '../support/closed-loop/loop';
import { plotDay } from './day-plot';

/** A kind of day. */
interface Scene {
  readonly name: string;
  readonly battery: Day['battery'];
  readonly fault?: LoopFault;
}

/** Days of one kind, the worst of each figure. */
export interface LimitsRow {
  scene: string;
  days: number;
  /** mV of the highest cell above what it may have, while the battery was charged */
  overshoot: number;
  /** the same of packs that are lost, frozen, or charged by the others alone: there no limit helps */
  unreachable: number;
  /** days that ended without a full charge */
  notFull: number;
  /** the most reversals of the charge voltage limit in 8 h */
  reversals: number;
  /** days with more than two */
  restless: number;
  /** times that a board had to protect its cells */
  trips: number;
}

const LAGS = [1, 3, 10] as const;
const PICTURES = join('.cache', 'limits');

const { single, parallel, strings } = BATTERIES;
const SCENES: readonly Scene[] = [
  ...LIMITS_CHEMISTRIES.map((chemistry) => ({ name: chemistry, battery: single(chemistry) })),
  { name: 'parallel', battery: parallel('lfp') },
  { name: '2S2P', battery: strings('lfp') },
  ...(['lost', 'blocked', 'frozen'] as const).flatMap((fault) => [
    { name: `pack ${fault}`, battery: single('lfp'), fault },
    { name: `parallel, one ${fault}`, battery: parallel('lfp'), fault },
  ]),
];

/**
 * Days of batteries in a closed loop of charger, loads and limits, with a picture of each kind. The lag of the charger
 * differs from seed to seed.
 * @param seeds how many days of each kind
 */
export function benchLimits(seeds = 24): LimitsRow[] {
  mkdirSync(PICTURES, { recursive: true });
  const rows = SCENES.map((scene) => daysOf(scene, seeds));
  console.log(
    '\nDays in a closed loop; mV above what a cell may have (worst), reversals of the voltage limit in 8 h (most).',
  );
  console.table(rows);
  console.log(`Pictures: ${PICTURES}`);
  return rows;
}

function daysOf({ name, battery, fault }: Scene, seeds: number): LimitsRow {
  const row: LimitsRow = {
    scene: name,
    days: seeds,
    overshoot: -Infinity,
    unreachable: -Infinity,
    notFull: 0,
    reversals: 0,
    restless: 0,
    trips: 0,
  };
  let worst: { course: Course; title: string } | undefined;
  for (let seed = 1; seed <= seeds; seed++) {
    const lag = LAGS[seed % LAGS.length] ?? 1;
    const course = runDay({ battery, seed, lag, fault });
    const { overshoot, unreachable, full, reversals, trips } = course;
    row.overshoot = Math.max(row.overshoot, inMillivolts(overshoot));
    row.unreachable = Math.max(row.unreachable, inMillivolts(unreachable));
    if (full.length === 0) row.notFull++;
    if (reversals > 2) row.restless++;
    row.reversals = Math.max(row.reversals, reversals);
    row.trips += trips;
    if (overshoot <= (worst?.course.overshoot ?? -Infinity)) continue;
    const figures = `${inMillivolts(overshoot)} mV above, ${reversals} reversals in 8 h`;
    worst = { course, title: `${name}, seed ${seed}, lag ${lag} s: ${figures}` };
  }
  const path = join(PICTURES, name.replaceAll(/\W+/g, '-'));
  if (worst !== undefined) plotDay(path, worst.title, worst.course.samples, controlledVoltage(settingsOf(battery)));
  return row;
}

function inMillivolts(volts: number): number {
  return Math.round(volts * 10_000) / 10;
}
