import type { Demand, Moment, Scenario } from './demand';
import { testBench } from './fault-scenes';

export const SCENARIOS = ['day', 'steady', 'charge', 'discharge', 'fault'] as const;

export type ScenarioName = (typeof SCENARIOS)[number];

const HOUR_S = 3600;

/** The demo opens in the morning, when sun and household both move. The same hour for every pack, so that runs repeat. */
const DAY_STARTS_AT_H = 8;

/** `steady` ends here, %. */
const STEADY_UNTIL = 10;

/** Currents of the scenarios, as fractions of the capacity per hour. */
const RATE = { sun: 0.2, base: 0.015, breakfast: 0.05, evening: 0.1, steady: 0.05, charge: 0.3, discharge: 0.3 };

/** The built-in scenarios. */
export const SCENARIO_TABLE: Readonly<Record<ScenarioName, Scenario>> = {
  day: { initialSoc: 0.45, demand: day },
  steady: { initialSoc: 0.6, demand: (moment) => calm(moment, { load: moment.soc > STEADY_UNTIL ? RATE.steady : 0 }) },
  charge: { initialSoc: 0.2, demand: (moment) => calm(moment, { charger: RATE.charge }) },
  discharge: { initialSoc: 0.9, demand: (moment) => calm(moment, { load: RATE.discharge }) },
  fault: { initialSoc: 0.7, demand: testBench },
};

/** A solar household: the night's base load, the sun from 6 to 18 h, breakfast and the evening. */
function day(moment: Moment): Demand {
  const hour = (DAY_STARTS_AT_H + moment.seconds / HOUR_S) % 24;
  const sun = RATE.sun * Math.max(0, Math.sin((Math.PI * (hour - 6)) / 12)) * clouds(moment);
  const load = RATE.base + RATE.breakfast * peak(hour, 7.5, 0.6) + RATE.evening * peak(hour, 20, 1.3);
  const ambient = 20 + 6 * Math.sin((Math.PI * (hour - 9)) / 12);
  return calm(moment, { charger: sun, load, ambient });
}

/**
 * A healthy pair of charger and load.
 * @param demand currents as fractions of the capacity per hour, and the ambient temperature, °C
 */
function calm(moment: Moment, demand: { charger?: number; load?: number; ambient?: number }): Demand {
  const { capacity, chemistry } = moment.ratings;
  return {
    charger: capacity * (demand.charger ?? 0),
    load: capacity * (demand.load ?? 0) * ripple(moment),
    cellVoltage: chemistry.voltage.full,
    ambient: demand.ambient ?? 22,
    moving: false,
    looseContact: 0,
  };
}

/** Appliances that come and go: 1 give or take 4 %, in half a minute. Repeatable, without memory. */
function ripple({ seconds, phase }: Moment): number {
  const turns = (period: number): number => Math.sin(2 * Math.PI * (seconds / period + phase));
  return 1 + 0.02 * turns(31) + 0.012 * turns(13) + 0.008 * turns(5.3);
}

/** Thin clouds take up to a fifth of the sun, in minutes. */
function clouds({ seconds, phase }: Moment): number {
  const drift = Math.sin(2 * Math.PI * (seconds / 410 + phase)) + Math.sin(2 * Math.PI * (seconds / 97 + phase));
  return 0.9 + 0.05 * drift;
}

/** A bell of height 1 around an hour of the day. @param width h */
function peak(hour: number, centre: number, width: number): number {
  return Math.exp(-(((hour - centre) / width) ** 2));
}
