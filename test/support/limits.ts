import {
  CHEMISTRY_PRESETS,
  COMMON_PRESET,
  INITIAL_LIMITS,
  stepLimits,
  type LimitsEvent,
  type LimitsReading,
  type LimitsSettings,
  type LimitsState,
  type LimitsStep,
} from '../../src/battery/limits/limits';

/** The settings of the worked examples (charge-limits.md 11). */
export const LFP: LimitsSettings = {
  ...CHEMISTRY_PRESETS.lfp,
  ...COMMON_PRESET,
  ...{ cells: 16, capacity: 280, maxChargeCurrent: 140, maxDischargeCurrent: 200 },
};

/** A pack at work for some time: nothing of it is recovering. */
export const AT_WORK: LimitsState = {
  ...INITIAL_LIMITS,
  now: 0,
  charge: { given: 140, risingFor: 0 },
  discharge: { given: 200, risingFor: 0 },
};

/** A reading by its cells; what else is not named is that of the worked examples. */
export function packOf(cellVoltages: readonly number[], others: LimitsReading = {}): LimitsReading {
  return {
    cellVoltages: [...cellVoltages],
    cellVoltageMax: Math.max(...cellVoltages),
    cellVoltageMin: Math.min(...cellVoltages),
    voltage: cellVoltages.reduce((sum, cell) => sum + cell, 0),
    ...{ temperatureMin: 20, temperatureMax: 20, mosTemperature: 30, soc: 60, current: 0 },
    ...others,
  };
}

/** A pack of 16 cells of 3.300 V of which one or two differ. */
export function cellsWith({ highest = 3.3, lowest = 3.3, others = 3.3 }): number[] {
  return [highest, lowest, ...Array.from({ length: 14 }, () => others)];
}

/** Steps in simulated time. */
export class LimitsBench {
  now: number;
  last: LimitsStep | undefined;

  constructor(
    readonly settings: LimitsSettings,
    public state: LimitsState = INITIAL_LIMITS,
  ) {
    this.now = state.now ?? 0;
  }

  /** @param seconds since the step before @param age of the reading, s */
  read(reading: LimitsReading, seconds: number, age = 0): LimitsStep {
    return this.take({ kind: 'reading', reading, age, at: 0 }, seconds);
  }

  take(event: LimitsEvent, seconds: number): LimitsStep {
    this.now += seconds;
    this.last = stepLimits(this.settings, this.state, { ...event, at: this.now * 1000 }, this.now);
    this.state = this.last.state;
    return this.last;
  }
}
