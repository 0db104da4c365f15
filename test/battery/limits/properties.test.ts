import assert from 'node:assert/strict';
import { rawLimit } from '../../../src/battery/limits/current-limit';
import { CURVE_SHAPES, interpolate } from '../../../src/battery/limits/curves';
import { inputsOf, type Inputs } from '../../../src/battery/limits/inputs';
import {
  CHEMISTRY_PRESETS,
  checkLimitsSettings,
  COMMON_PRESET,
  INITIAL_LIMITS,
  LIMITS_CHEMISTRIES,
  stepLimits,
  type LimitsReading,
  type LimitsSettings,
  type LimitsState,
} from '../../../src/battery/limits/limits';
import { controlledVoltage, highestVoltage, ON_LOST, WHEN_BLOCKED } from '../../../src/battery/limits/settings';
import { integer, pick, seeded, type Lottery } from '../../../src/simulator/seeded';
import { LimitsBench, packOf } from '../../support/limits';

/** In CI; at night `LIMITS_RUNS=1000000`. */
const RUNS = Number(process.env.LIMITS_RUNS ?? 2000);
/** Histories of many steps are as telling as several short ones. */
const STEPS = 40;
const EPSILON = 1e-6;

const between = (draw: Lottery, low: number, high: number): number => low + (high - low) * draw();
const chance = (draw: Lottery, probability: number): boolean => draw() < probability;
const isAccepted = (settings: LimitsSettings): boolean => {
  try {
    checkLimitsSettings(settings);
    return true;
  } catch {
    return false;
  }
};

/** Settings that may be used: a preset, mostly with other figures. */
function drawSettings(draw: Lottery): LimitsSettings {
  for (;;) {
    const preset = CHEMISTRY_PRESETS[pick(draw, LIMITS_CHEMISTRIES)];
    const off = (width: number): number => (chance(draw, 0.5) ? 0 : between(draw, -width, width));
    const settings = {
      ...{ ...COMMON_PRESET, ...preset },
      ...{ absorptionVoltage: preset.absorptionVoltage + off(0.05), floatVoltage: preset.floatVoltage + off(0.05) },
      ...{ restVoltage: preset.restVoltage + off(0.05), overvoltage: preset.overvoltage + off(0.05) },
      ...{ coldBlock: preset.coldBlock - (chance(draw, 0.3) ? 5 : 0), protectionMargin: between(draw, 0.03, 0.08) },
      ...{ maxChargeCurrent: integer(draw, 5, 400), maxDischargeCurrent: integer(draw, 5, 400) },
      ...{ cells: integer(draw, 1, 32), capacity: integer(draw, 20, 600), curveShape: pick(draw, CURVE_SHAPES) },
      ...{ whenBlocked: pick(draw, WHEN_BLOCKED), onLost: pick(draw, ON_LOST), followBoard: chance(draw, 0.5) },
      ...{ voltageOffset: pick(draw, [0, 0.2, -0.3]), chargeToSoc: chance(draw, 0.2) ? 80 : undefined },
      ...{
        raiseHold: integer(draw, 0, 60),
        raiseRate: pick(draw, [0.005, 0.02, 0.1]),
        voltageHold: integer(draw, 0, 90),
      },
    };
    if (isAccepted(settings)) return settings;
  }
}

/** A pack whose values wander, with excursions beyond what is healthy. */
class Wanderer {
  private readonly spread: number;
  private mean: number;
  private temperature = 15;
  private soc = 60;

  constructor(
    private readonly settings: LimitsSettings,
    private readonly draw: Lottery,
  ) {
    this.mean = between(draw, settings.undervoltage, settings.overvoltage);
    this.spread = pick(draw, [0, 0.01, 0.05]);
  }

  next(): LimitsReading {
    const { draw, settings } = this;
    const width = pick(draw, [0.002, 0.02, 0.15, 0.4]);
    const { undervoltage, overvoltage } = settings;
    const middle = (undervoltage + overvoltage) / 2;
    this.mean += between(draw, -width, width) + (Math.abs(this.mean - middle) > 1 ? (middle - this.mean) / 4 : 0);
    this.temperature += between(draw, -6, 6) + (20 - this.temperature) / 20;
    if (chance(draw, 0.1)) this.temperature = between(draw, settings.coldBlock - 3, settings.coldBlock + 5);
    this.soc = Math.min(100, Math.max(0, this.soc + between(draw, -8, 8)));
    const cells = Array.from(
      { length: settings.cells ?? 16 },
      () => this.mean + between(draw, -this.spread, this.spread),
    );
    return packOf(cells, {
      ...{ temperatureMin: this.temperature, temperatureMax: this.temperature + between(draw, 0, 10) },
      ...{ mosTemperature: between(draw, 20, 85), soc: this.soc, current: pick(draw, [-100, -2, 0, 1, 8, 90]) },
      ...{ chargeEnabled: !chance(draw, 0.05), dischargeEnabled: !chance(draw, 0.05) },
      ...(chance(draw, 0.3)
        ? { chargeCurrentLimit: between(draw, 0, 200), chargeVoltageLimit: this.mean * cells.length }
        : {}),
    });
  }
}

const OPTIONAL = [
  ...(['temperatureMin', 'temperatureMax', 'mosTemperature', 'soc', 'current', 'chargeEnabled'] as const),
  ...(['dischargeEnabled', 'chargeCurrentLimit', 'cellVoltages', 'cellVoltageMin', 'cellVoltageMax'] as const),
];

/** A reading in which some values lack. */
function withLacks(draw: Lottery, reading: LimitsReading, probability: number): LimitsReading {
  const lacking: Record<string, undefined> = {};
  for (const key of OPTIONAL) if (chance(draw, probability)) lacking[key] = undefined;
  return { ...reading, ...lacking };
}

/** Runs a property over as many histories as are asked for; what fails says its seed. */
function always(title: string, property: (draw: Lottery, seed: number) => void, part = 1): void {
  it(title, function () {
    this.timeout(Math.max(10_000, RUNS * 30));
    for (let seed = 1; seed <= Math.ceil(RUNS * part); seed++) {
      try {
        property(seeded(seed), seed);
      } catch (error) {
        throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
      }
    }
  });
}

const SECONDS = [0.5, 1, 2, 5, 5, 10, 10, 30, 100, 700] as const;

/** Whatever comes: readings that wander, gaps, losses, repetitions, commands. */
function history(draw: Lottery, check: (bench: LimitsBench, before: LimitsState, event: Event) => void): void {
  const settings = drawSettings(draw);
  const pack = new Wanderer(settings, draw);
  const bench = new LimitsBench(settings);
  let reading = pack.next();
  let arrived = 0;
  for (let i = 0; i < STEPS; i++) {
    const before = bench.state;
    const seconds = pick(draw, SECONDS);
    const what = draw();
    let kind: Event['kind'] = 'reading';
    if (what < 0.1) {
      kind = 'lost';
      bench.take({ kind, at: 0 }, seconds);
    } else if (what < 0.25) {
      kind = 'again';
      bench.read(reading, seconds, bench.now + seconds - arrived);
    } else if (what < 0.28) {
      kind = 'command';
      bench.take({ kind, action: pick(draw, ['bulk', 'float']), at: 0 }, seconds);
    } else {
      reading = withLacks(draw, pack.next(), chance(draw, 0.3) ? 0.3 : 0);
      bench.read(reading, seconds);
      arrived = bench.now;
    }
    check(bench, before, { kind, reading });
  }
}

interface Event {
  kind: 'reading' | 'again' | 'lost' | 'command';
  reading: LimitsReading;
}

const rises = (before: number | undefined, after: number | undefined): number =>
  before === undefined || after === undefined ? 0 : after - before;

describe('charge limits, whatever happens', () => {
  always('are bounded (1), keep from the protections of the board (3), and never charge in the cold (4)', (draw) => {
    history(draw, ({ settings, last, state }, _before, { kind, reading }) => {
      const { chargeCurrentLimit: ccl, dischargeCurrentLimit: dcl, chargeVoltageLimit: cvl } = last?.limits ?? {};
      const { cells = 0, maxChargeCurrent = 0, maxDischargeCurrent = 0, restVoltage, absorptionVoltage } = settings;
      for (const value of Object.values(last?.limits ?? {})) assert.ok(!Number.isNaN(value));
      assert.ok(ccl === undefined || (ccl >= 0 && ccl <= maxChargeCurrent + EPSILON), `CCL ${ccl}`);
      assert.ok(dcl === undefined || (dcl >= 0 && dcl <= maxDischargeCurrent + EPSILON), `DCL ${dcl}`);
      if (cvl !== undefined) {
        const voltage = cvl - settings.voltageOffset;
        assert.ok(voltage >= cells * restVoltage - 0.01 - EPSILON, `CVL ${cvl}`);
        assert.ok(voltage <= cells * Math.min(absorptionVoltage, highestVoltage(settings)) + EPSILON, `CVL ${cvl}`);
      }
      if (kind !== 'reading') return;
      const { highest = 0, lowest = Infinity, coldest = Infinity, voltage = 0 } = inputsOf(settings, state.seen);
      if (highest >= highestVoltage(settings)) {
        assert.equal(ccl, 0);
        const most = Math.max(cells * restVoltage, voltage - (highest - controlledVoltage(settings)));
        assert.ok((state.chargeVoltage ?? Infinity) <= most + EPSILON, `CVL ${cvl}, at most ${most}`);
      }
      if (lowest <= settings.undervoltage + 2 * settings.protectionMargin) assert.equal(dcl, 0);
      if ((reading.temperatureMin ?? Infinity) <= settings.coldBlock) assert.equal(ccl, 0);
      const isFrozenByPreset = [CHEMISTRY_PRESETS.lfp, CHEMISTRY_PRESETS.nmc].some(
        (preset) => preset.chargeByTemperature === settings.chargeByTemperature,
      );
      if (isFrozenByPreset && coldest <= 0) assert.equal(ccl, 0);
    });
  });

  always('fall at once, and rise by the ramp alone (5), also after a loss (9)', (draw) => {
    history(draw, ({ settings, state }, before, { kind }) => {
      const dt = Math.min(10, (state.now ?? 0) - (before.now ?? 0));
      for (const direction of ['charge', 'discharge'] as const) {
        const maximum = direction === 'charge' ? settings.maxChargeCurrent : settings.maxDischargeCurrent;
        const { given = 0, raw } = state[direction];
        if (raw !== undefined && state.loss === undefined && kind === 'reading') assert.ok(given <= raw, direction);
        const rise = rises(before[direction].given, given);
        assert.ok(rise <= settings.raiseRate * (maximum ?? 0) * dt + EPSILON, `${direction} rises by ${rise}`);
        if (state.loss !== undefined || before.loss !== undefined)
          assert.ok(rise <= 0, `${direction} rises by ${rise}`);
      }
      const isOfLoss = (state.loss !== undefined || before.loss !== undefined) && kind !== 'command';
      if (isOfLoss) assert.ok(rises(before.chargeVoltage, state.chargeVoltage) <= EPSILON);
    });
  });

  always(
    'are the same with a state that was stored (10), and with a clock that jumps',
    (draw) => {
      const settings = drawSettings(draw);
      const pack = new Wanderer(settings, draw);
      let kept = INITIAL_LIMITS;
      let stored = INITIAL_LIMITS;
      let jumped = INITIAL_LIMITS;
      for (let now = 0, i = 0; i < STEPS / 2; i++, now += pick(draw, SECONDS)) {
        const reading = withLacks(draw, pack.next(), 0.1);
        const event = chance(draw, 0.1)
          ? ({ kind: 'lost', at: now * 1000 } as const)
          : ({ kind: 'reading', reading, age: 0, at: now * 1000 } as const);
        const one = stepLimits(settings, kept, event, now);
        const other = stepLimits(settings, JSON.parse(JSON.stringify(stored)) as LimitsState, event, now);
        const third = stepLimits(settings, jumped, { ...event, at: integer(draw, 0, 2e12) }, now);
        assert.deepEqual(one.limits, other.limits);
        assert.deepEqual({ ...third.limits, lastFull: one.limits.lastFull }, { lastFull: undefined, ...one.limits });
        [kept, stored, jumped] = [one.state, other.state, third.state];
      }
    },
    1 / 2,
  );

  always('are monotone in each reason, and a step is never above the line (2)', (draw) => {
    const settings = drawSettings(draw);
    const base = inputsOf(settings, {});
    const { overvoltage, undervoltage } = settings;
    const inputs: Inputs = {
      ...base,
      ...{ highest: between(draw, undervoltage, overvoltage), lowest: between(draw, undervoltage, overvoltage) },
      ...{ coldest: between(draw, -30, 20), hottest: between(draw, 30, 70), mos: between(draw, 20, 100) },
    };
    const { highest = 0, lowest = 0, coldest = 0, hottest = 0, mos = 0 } = inputs;
    const further = between(draw, 0, 10);
    const allowed = (
      changes: Partial<Inputs>,
      direction: 'charge' | 'discharge',
      curveShape = settings.curveShape,
    ): number => rawLimit({ ...settings, curveShape }, direction, { ...inputs, ...changes }, []).raw ?? NaN;
    const worse: Partial<Inputs>[] = [
      ...[{ highest: highest + further / 20 }, { lowest: lowest - further / 20 }, { mos: mos + further }],
      ...[{ hottest: hottest + further }, { coldest: coldest - further }],
    ];
    for (const direction of ['charge', 'discharge'] as const) {
      for (const changes of worse) assert.ok(allowed(changes, direction) <= allowed({}, direction) + EPSILON);
      assert.ok(allowed({}, direction, 'step') <= allowed({}, direction, 'linear') + EPSILON);
    }
    const x = between(draw, undervoltage, overvoltage);
    assert.ok(
      interpolate(settings.chargeByCell, 'step', x) <= interpolate(settings.chargeByCell, 'linear', x) + EPSILON,
    );
  });

  always(
    'come to rest with constant input (6)',
    (draw) => {
      const settings = drawSettings(draw);
      const pack = new Wanderer(settings, draw);
      const bench = new LimitsBench(settings);
      for (let i = 0; i < 8; i++) bench.read(pack.next(), pick(draw, SECONDS));
      const reading = pack.next();
      const { absorptionVoltage, restVoltage, voltageRamp, voltageHold, raiseHold, raiseRate } = settings;
      const { balanceHold, absorptionTime } = settings;
      // A charger that does not obey a block lowers the limit from where the pack is, which may be above absorption.
      const highest = Math.max(absorptionVoltage, reading.cellVoltageMax ?? 0);
      const untilVoltage =
        Math.max(balanceHold, 3 * absorptionTime) + voltageHold + (highest - restVoltage) / voltageRamp + 120;
      const untilCurrent = 60 + raiseHold + 1 / raiseRate;
      bench.read(reading, 10);
      const last = { charge: bench.state.charge.given, discharge: bench.state.discharge.given };
      for (let seconds = 10; seconds < untilVoltage + 600; seconds += 10) {
        const before = bench.state;
        bench.read(reading, 10);
        if (seconds > untilCurrent + 20) {
          assert.equal(bench.state.charge.given, before.charge.given);
          assert.equal(bench.state.discharge.given, before.discharge.given);
        }
        if (seconds > untilVoltage) assert.equal(bench.state.chargeVoltage, before.chargeVoltage);
      }
      assert.ok(last.charge !== undefined && last.discharge !== undefined);
    },
    1 / 20,
  );

  always(
    'are the same in one step or in ten, to a step of the ramp (7)',
    (draw) => {
      const settings = drawSettings(draw);
      const pack = new Wanderer(settings, draw);
      const [coarse, fine] = [new LimitsBench(settings), new LimitsBench(settings)];
      const [first, second] = [pack.next(), pack.next()];
      for (const bench of [coarse, fine]) bench.read(first, 0);
      for (let block = 0; block < 30; block++) {
        coarse.read(second, 10);
        // A jump ends with the next reading, which comes earlier in finer steps.
        if (coarse.state.isJump) return;
        for (let i = 0; i < 10; i++) fine.read(second, 1);
        const { cells = 0, maxChargeCurrent = 0, raiseRate, voltageRamp } = settings;
        const apart = Math.abs(rises(coarse.state.charge.given, fine.state.charge.given));
        assert.ok(apart <= raiseRate * maxChargeCurrent * 10 + EPSILON, `CCL ${apart} A apart in block ${block}`);
        const apartVoltage = Math.abs(rises(coarse.state.chargeVoltage, fine.state.chargeVoltage));
        assert.ok(apartVoltage <= cells * voltageRamp * 10 + EPSILON, `CVL ${apartVoltage} V apart in block ${block}`);
      }
    },
    1 / 8,
  );

  always(
    'are not raised by a value that lacks (8)',
    (draw) => {
      const settings = drawSettings(draw);
      const pack = new Wanderer(settings, draw);
      const first = pack.next();
      const [whole, lacking] = [new LimitsBench(settings), new LimitsBench(settings)];
      for (const bench of [whole, lacking]) bench.read(first, 0);
      const lacksAll = { ...first, temperatureMin: undefined, temperatureMax: undefined };
      for (let seconds = 10; seconds <= 1000; seconds += 10) {
        whole.read(first, 10);
        lacking.read(seconds < 60 ? withLacks(draw, first, 0.4) : lacksAll, 10);
        for (const direction of ['charge', 'discharge'] as const) {
          const apart = rises(whole.state[direction].raw, lacking.state[direction].raw);
          assert.ok(apart <= EPSILON, `${direction} raised by ${apart} A after ${seconds} s`);
        }
      }
    },
    1 / 8,
  );

  always(
    'scale with the cells and the maxima (12)',
    (draw, seed) => {
      const settings = { ...drawSettings(draw), voltageOffset: 0 };
      const { cells = 0, maxChargeCurrent = 0, maxDischargeCurrent = 0 } = settings;
      const doubled = {
        ...settings,
        ...{ cells: 2 * cells, maxChargeCurrent: 2 * maxChargeCurrent, maxDischargeCurrent: 2 * maxDischargeCurrent },
      };
      const pack = new Wanderer(settings, seeded(seed));
      const [one, two] = [new LimitsBench(settings), new LimitsBench(doubled)];
      for (let i = 0; i < STEPS / 2; i++) {
        const { chargeCurrentLimit, chargeVoltageLimit, ...reading } = pack.next();
        const list = reading.cellVoltages ?? [];
        const board = (factor: number): LimitsReading => ({
          chargeCurrentLimit: chargeCurrentLimit && factor * chargeCurrentLimit,
          chargeVoltageLimit: chargeVoltageLimit && factor * chargeVoltageLimit,
        });
        const seconds = pick(draw, SECONDS);
        one.read({ ...reading, ...board(1) }, seconds);
        two.read(
          {
            ...packOf([...list, ...list], reading),
            cellVoltages: [...list, ...list],
            voltage: 2 * Number(reading.voltage),
            ...board(2),
          },
          seconds,
        );
        const near = (single: number | undefined, double: number | undefined): void =>
          assert.ok(Math.abs(2 * Number(single) - Number(double)) < 1e-5, `${single} and ${double}`);
        near(one.state.chargeVoltage, two.state.chargeVoltage);
        near(one.state.dischargeVoltage, two.state.dischargeVoltage);
        near(one.state.charge.given, two.state.charge.given);
        near(one.state.discharge.given, two.state.discharge.given);
      }
    },
    1 / 2,
  );
});
