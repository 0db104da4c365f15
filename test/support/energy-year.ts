import { longestStep, stepEnergy } from '../../src/battery/energy/energy';
import type { Counters } from '../../src/battery/energy/counters';
import { dateOf } from '../../src/battery/energy/local-day';
import { Publication } from '../../src/battery/energy/publication';
import { newEnergy, type EnergyState } from '../../src/battery/energy/state';
import { restoreEnergy, storedOf } from '../../src/battery/energy/stored';
import { integer, seeded } from '../../src/simulator/seeded';

/*
 * A long time of one-second readings in which all goes wrong that can: restarts, power cuts, gaps short and long, lost
 * packs, a wall clock that is set. Run as a program, so that it has a time zone of its own: `energy-year.js <days> <seed>`.
 * What should come out is summed here in another way: by Simpson's rule, over what was seen and not lost.
 */

/** Of each kind in a year. */
const MISHAPS_A_YEAR = 1000;
const YEAR_S = 365 * 86_400;
/** as the runtime stores it, and Node-RED's file store writes it */
const JOURNAL_S = 25;
const FLUSH_S = 30;
/** Begins before both changes to and from summer time of any zone. */
const BEGIN = Date.UTC(2026, 0, 1);

/** W: a day, a machine that runs and stops, a ripple. */
function powerAt(t: number): number {
  return 3000 * Math.sin(t * DAY) + 500 * Math.sin(t * MACHINE) + 100 * Math.sin(t * RIPPLE);
}
const DAY = (2 * Math.PI) / 86_400;
const MACHINE = (2 * Math.PI) / 613;
const RIPPLE = (2 * Math.PI) / 37;
const VOLTAGE = 50;

/** What should have been counted: energy each way, Wh, in all and by date. */
interface Truth {
  charged: number;
  discharged: number;
  seen: number;
  lastDate: string;
  /** the one that was counted longest ago first */
  days: Map<string, { charged: number; discharged: number }>;
}

const copyOf = (truth: Truth): Truth => ({
  ...truth,
  days: new Map([...truth.days].slice(-8).map(([date, day]) => [date, { ...day }])),
});

export interface YearReport {
  days: number;
  steps: number;
  restarts: number;
  cuts: number;
  gaps: number;
  clockSteps: number;
  /** share of what was charged and discharged in truth */
  chargedError: number;
  dischargedError: number;
  capacityError: number;
  observedError: number;
  stepsBack: number;
  /** the largest difference of a day, Wh */
  dayError: number;
  /** the most that a power cut has cost, s */
  mostLost: number;
  daysSeen: number;
  ms: number;
}

/** A run. @param days its length; the shorter, the denser the mishaps */
export function runYear(days: number, seed: number): YearReport {
  const begun = performance.now();
  const draw = seeded(seed);
  const length = days * 86_400;
  const density = days >= 365 ? 1 : 20;
  const mishap = (MISHAPS_A_YEAR * density) / YEAR_S;
  const longestStepMs = longestStep(3000);

  let offset = 0; // of the wall clock, s
  let bootedAt = -integer(draw, 0, 1000);
  let state: EnergyState = newEnergy(BEGIN);
  let publication = new Publication();
  let published: Counters = state.total;
  let truth: Truth = { charged: 0, discharged: 0, seen: 0, lastDate: '', days: new Map() };
  let readAt: number | undefined; // of the last reading in this process, if nothing was lost since
  interface Saved {
    readonly text: string;
    readonly truth: Truth;
  }
  let cached: Saved = { text: '', truth: copyOf(truth) };
  let disk: Saved;
  let flushAt = Infinity;
  let storedAt = 0;
  const report: YearReport = {
    ...{ days, steps: 0, restarts: 0, cuts: 0, gaps: 0, clockSteps: 0, chargedError: 0, dischargedError: 0 },
    ...{ capacityError: 0, observedError: 0, stepsBack: 0, dayError: 0, mostLost: 0, daysSeen: 0, ms: 0 },
  };

  const wallAt = (t: number): number => BEGIN + (t + offset) * 1000;
  const store = (t: number, isLast: boolean): void => {
    const ceiling = isLast
      ? publication.highest(state.total)
      : publication.nextCeiling(state.total, state.last?.point, (t - bootedAt) * 1000);
    cached = { text: JSON.stringify({ state: storedOf(state), ceiling }), truth: copyOf(truth) };
    storedAt = t;
    if (flushAt === Infinity) flushAt = t + FLUSH_S;
  };
  const publish = (t: number): void => {
    const next = publication.published(state.total, (t - bootedAt) * 1000);
    if (next.chargedEnergy < published.chargedEnergy || next.dischargedEnergy < published.dischargedEnergy)
      report.stepsBack++;
    published = next;
  };
  const boot = (t: number, from: Saved): void => {
    bootedAt = t - integer(draw, 5, 100_000);
    readAt = undefined;
    const { state: stored, ceiling } = JSON.parse(from.text) as { state: unknown; ceiling: Counters };
    state = restoreEnergy(stored, wallAt(t)).state;
    truth = copyOf(from.truth);
    publication = new Publication(ceiling);
    cached = disk = from;
    flushAt = Infinity;
  };

  store(0, true);
  disk = cached;
  for (let t = 0; t < length; t++) {
    if (draw() < mishap) {
      // An orderly restart, or a power cut, for a while.
      publish(t);
      if (t >= flushAt) disk = cached;
      if (draw() < 0.5) {
        report.restarts++;
        store(t, true);
        disk = cached;
      } else {
        report.cuts++;
        report.mostLost = Math.max(report.mostLost, truth.seen - disk.truth.seen);
      }
      t += integer(draw, 1, 600);
      boot(t, disk);
    }
    if (draw() < mishap) {
      report.gaps++;
      if (draw() < 0.3) {
        state = stepEnergy(state, { kind: 'lost' });
        readAt = undefined;
      }
      t += draw() < 0.5 ? integer(draw, 1, 100) : integer(draw, 100, 7200);
    }
    if (draw() < mishap) {
      report.clockSteps++;
      // Small ones, and a clock that is days ahead or behind until it is set.
      const isFarOff = Math.abs(offset) > 43_200;
      if (isFarOff) offset = 0;
      else if (draw() < 0.97) offset += integer(draw, -300, 300);
      else offset = integer(draw, -3, 3) * 86_400;
    }

    const power = powerAt(t);
    const at = { wall: wallAt(t), monotonic: (t - bootedAt) * 1000 };
    state = stepEnergy(state, {
      kind: 'reading',
      reading: { power, current: power / VOLTAGE },
      ...{ at, source: 'pack', longestStepMs },
    });
    report.steps++;
    if (readAt !== undefined && (t - readAt) * 1000 <= longestStepMs) addTruth(truth, readAt, t, dateOf(at.wall));
    readAt = t;

    if (t - storedAt >= JOURNAL_S) {
      compareDay(state, truth, report);
      store(t, false);
    }
    if (t >= flushAt) {
      disk = cached;
      flushAt = Infinity;
    }
    if (t % 10 === 0) publish(t);
  }

  const off = (counted: number, real: number): number => Math.abs(counted - real) / real;
  const { total } = state;
  report.chargedError = off(total.chargedEnergy, truth.charged);
  report.dischargedError = off(total.dischargedEnergy, truth.discharged);
  report.capacityError = off(total.dischargedCapacity, truth.discharged / VOLTAGE);
  report.observedError = off(state.observed, truth.seen);
  report.ms = Math.round(performance.now() - begun);
  return report;
}

function addTruth(truth: Truth, from: number, to: number, date: string): void {
  const day = truth.days.get(date) ?? { charged: 0, discharged: 0 };
  if (truth.lastDate !== date) truth.days.delete(date);
  truth.days.set(date, day);
  truth.lastDate = date;
  truth.seen += to - from;
  for (let t = from; t < to; t++) {
    const [one, between, other] = [powerAt(t), powerAt(t + 0.5), powerAt(t + 1)];
    const charged = (Math.max(0, one) + 4 * Math.max(0, between) + Math.max(0, other)) / 6 / 3600;
    const discharged = charged - (one + 4 * between + other) / 6 / 3600;
    truth.charged += charged;
    truth.discharged += discharged;
    day.charged += charged;
    day.discharged += discharged;
  }
}

function compareDay({ days }: EnergyState, truth: Truth, report: YearReport): void {
  const { date, counters } = days.last;
  const day = truth.days.get(date);
  if (day === undefined) return;
  report.daysSeen = Math.max(report.daysSeen, truth.days.size);
  const error = Math.max(
    Math.abs(counters.chargedEnergy - day.charged),
    Math.abs(counters.dischargedEnergy - day.discharged),
  );
  report.dayError = Math.max(report.dayError, error);
}

if (require.main === module) {
  const [, , days = '3', seed = '1'] = process.argv;
  process.stdout.write(JSON.stringify(runYear(Number(days), Number(seed))));
}
