import { BANK_DEFAULTS, type BankSettings, type Topology } from '../../../src/battery/bank/settings';
import { CHEMISTRY_PRESETS, COMMON_PRESET, type LimitsSettings } from '../../../src/battery/limits/limits';
import { controlledVoltage } from '../../../src/battery/limits/settings';
import type { Reading } from '../../../src/battery/reading';
import type { ChemistryName } from '../../../src/simulator/chemistry';
import { pick, seeded } from '../../../src/simulator/seeded';
import { Bus } from './bus';
import { Controller } from './controller';
import { Course } from './course';
import { household, HOUR } from './household';
import { LoopPack } from './pack';

/** A battery that can be run for a day. */
export interface Battery {
  readonly chemistry: ChemistryName;
  readonly topology: Topology;
  /** cells of a pack */
  readonly cells: number;
  /** Ah of the packs, by string */
  readonly strings: readonly (readonly number[])[];
}

/** Batteries of several make: sixteen cells, three unlike packs, two strings of two. */
export const BATTERIES = {
  single: (chemistry: ChemistryName): Battery => ({ chemistry, topology: 'parallel', cells: 16, strings: [[280]] }),
  parallel: (chemistry: ChemistryName): Battery => ({
    ...{ chemistry, topology: 'parallel', cells: 16 },
    strings: [[280], [200], [100]],
  }),
  strings: (chemistry: ChemistryName): Battery => ({
    ...{ chemistry, topology: 'strings', cells: 8 },
    strings: [
      [280, 280],
      [280, 280],
    ],
  }),
};

/** What goes wrong with the last pack. */
export type LoopFault = 'lost' | 'blocked' | 'frozen';

export interface Day {
  readonly battery: Battery;
  readonly seed: number;
  /** time constant with which the current of the charger follows what it may be, s */
  readonly lag: number;
  readonly fault?: LoopFault;
  /** of the day */
  readonly hours?: number;
}

const SUNRISE = 6 * HOUR;
/** V below the absorption voltage of the highest cell at which a pack is lost, and for how long, s */
const LOST_AT = 0.01;
const LOST_FOR = HOUR;
/** When a board blocks charging, and a pack is frozen, s after midnight. */
const BLOCKED = [9 * HOUR, 10 * HOUR] as const;
const FROZEN = [8.5 * HOUR, 10.5 * HOUR] as const;
/** Less than this part of the capacity per hour is no charge. */
const NO_CURRENT = 0.01;
/** How far a cell is ahead at most, and the rest of the pack at the start. */
const MOST_AHEAD = 0.08;
const START = { least: 0.3, most: 0.6 };

/** The settings of a battery: a preset, and half of its capacity per hour. */
export function settingsOf({ chemistry, strings }: Battery): LimitsSettings {
  const capacity = capacityOf(strings);
  const currents = { maxChargeCurrent: 0.5 * capacity, maxDischargeCurrent: 0.8 * capacity };
  return { ...COMMON_PRESET, ...CHEMISTRY_PRESETS[chemistry], ...currents };
}

/** Runs a battery, its charger and its loads from six in the morning, second by second. */
export function runDay({ battery, seed, lag, fault, hours = 24 }: Day): Course {
  const draw = seeded(seed);
  const settings = settingsOf(battery);
  const start = START.least + (START.most - START.least) * draw();
  const strings = battery.strings.map((capacities) =>
    capacities.map(
      (capacity) =>
        new LoopPack({ ...battery, capacity, soc: start + 0.02 * draw(), ahead: MOST_AHEAD * draw() }, draw),
    ),
  );
  const bus = new Bus(strings);
  const packs = strings.flat();
  const course = new Course(controlledVoltage(settings), battery.cells * inSeries(battery));
  const controller = new Controller(settings, bankOf(battery), pick(draw, [1, 2, 5]));
  const trouble = new Trouble(fault, settings.absorptionVoltage - LOST_AT, packs.at(-1));
  const capacity = capacityOf(battery.strings);
  const demandAt = household(capacity, draw);
  let charger = 0;
  for (let second = SUNRISE; second < SUNRISE + hours * HOUR; second++) {
    trouble.step(second);
    if ((second - SUNRISE) % controller.interval === 0) {
      controller.poll(
        packs.map((pack) => trouble.read(pack)),
        second - SUNRISE,
      );
    }
    const { limits } = controller;
    const { chargeVoltageLimit = 0, chargeCurrentLimit = 0, dischargeCurrentLimit = 0 } = limits ?? {};
    const { sun, load } = demandAt(second);
    const accepted = Math.min(chargeCurrentLimit, bus.currentAt(chargeVoltageLimit));
    const wanted = Math.max(0, Math.min(sun, accepted + load));
    charger += (wanted - charger) * (1 - Math.exp(-1 / lag));
    bus.step(Math.max(charger - load, -dischargeCurrentLimit), 1);
    const isCharged = charger - load > NO_CURRENT * capacity;
    course.see(
      packs.map((pack) => ({ highest: pack.cells.max, isSeen: trouble.sees(pack) })),
      isCharged,
    );
    if (limits !== undefined && (second - SUNRISE) % controller.interval === 0) {
      course.limited(second, limits, () => ({
        highest: Math.max(...packs.map(({ cells }) => cells.max)),
        lowest: Math.min(...packs.map(({ cells }) => cells.min)),
        current: charger - load,
        soc: controller.reading?.soc ?? NaN,
        phase: limits.phase,
      }));
      if (limits.full === true) for (const pack of packs) pack.gauge.reachedFull();
    }
  }
  course.trips = packs.reduce((sum, { guard }) => sum + (guard.counts['cellOvervoltage'] ?? 0), 0);
  return course;
}

/** What goes wrong with one pack. */
class Trouble {
  private lostAt: number | undefined;
  private second = 0;
  private frozen: Reading | undefined;

  constructor(
    private readonly fault: LoopFault | undefined,
    private readonly lostAbove: number,
    private readonly pack: LoopPack | undefined,
  ) {}

  step(second: number): void {
    this.second = second;
    const { pack, fault } = this;
    if (pack === undefined) return;
    if (fault === 'lost' && this.lostAt === undefined && pack.cells.max >= this.lostAbove) this.lostAt = second;
    pack.isConnected = !this.isLost;
    pack.mayCharge = !(fault === 'blocked' && isWithin(BLOCKED, second));
  }

  read(pack: LoopPack): Reading | undefined {
    if (pack === this.pack && this.isLost) return undefined;
    if (pack !== this.pack || !this.isFrozen) return pack.read();
    return (this.frozen ??= pack.read());
  }

  /** Whether readings say how a pack is. */
  sees(pack: LoopPack): boolean {
    return pack !== this.pack || !(this.isLost || this.isFrozen);
  }

  private get isLost(): boolean {
    return this.lostAt !== undefined && this.second < this.lostAt + LOST_FOR;
  }

  private get isFrozen(): boolean {
    return this.fault === 'frozen' && isWithin(FROZEN, this.second);
  }
}

function isWithin([from, to]: readonly [number, number], second: number): boolean {
  return second >= from && second < to;
}

function capacityOf(strings: Battery['strings']): number {
  return strings.reduce((sum, string) => sum + Math.min(...string), 0);
}

function inSeries({ strings }: Battery): number {
  return strings[0]?.length ?? 1;
}

function bankOf({ topology, strings }: Battery): BankSettings | undefined {
  const packs = strings.flatMap((string, i) =>
    string.map((capacity, j) => ({ name: `Pack ${i + 1}.${j + 1}`, group: `String ${i + 1}`, capacity })),
  );
  return packs.length === 1 ? undefined : { name: 'Bank', ...BANK_DEFAULTS, topology, packs };
}
