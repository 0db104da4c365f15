import type { AlarmCode, AlarmLevel } from '../battery/alarm';
import type { Ratings } from './ratings';

/** What the board watches: V, A, °C, %. */
export interface Measured {
  cellMin: number;
  cellMax: number;
  cellDelta: number;
  voltage: number;
  /** 0 while discharging */
  chargeCurrent: number;
  /** 0 while charging */
  dischargeCurrent: number;
  temperatureMin: number;
  temperatureMax: number;
  mosTemperature: number;
  soc: number;
}

export type Direction = 'charge' | 'discharge';

/** One line of the board's settings: what trips it, what it does, and what lets it recover. */
export interface Protection {
  readonly code: AlarmCode;
  readonly level: AlarmLevel;
  readonly watches: keyof Measured;
  /** trips `above` or `below` the limit `trip`; may recover on the other side of `release` */
  readonly side: 'above' | 'below';
  readonly trip: number;
  readonly release: number;
  /** how long the condition must last to trip, and how long its end to recover, s */
  readonly delayS: number;
  readonly recoverS: number;
  /** the MOSFETs that it opens */
  readonly opens: readonly Direction[];
  /** its name in `errorCounts` */
  readonly counter?: string;
}

type Switching = Partial<Pick<Protection, 'delayS' | 'recoverS' | 'opens' | 'counter'>>;

/** How long a board waits before it tries again after too much current, s. */
const RETRY_S = 30;

/** How far before a temperature limit the board warns, and by how much it must improve, K. */
const TEMPERATURE_MARGIN = 5;

function above(
  watches: keyof Measured,
  code: AlarmCode,
  level: AlarmLevel,
  trip: number,
  release: number,
  how: Switching = {},
): Protection {
  return { code, level, watches, side: 'above', trip, release, delayS: 2, recoverS: 2, opens: [], ...how };
}

function below(
  watches: keyof Measured,
  code: AlarmCode,
  level: AlarmLevel,
  trip: number,
  release: number,
  how: Switching = {},
): Protection {
  return { ...above(watches, code, level, trip, release, how), side: 'below' };
}

/** The settings of a board for these ratings. Each warning comes before its protection. */
export function protectionsFor(ratings: Ratings): readonly Protection[] {
  return [...voltageRows(ratings), ...currentRows(ratings), ...temperatureRows(ratings)];
}

/** The pack limits are the sum of the cell limits: where the cells differ, the first cell is there before the pack. */
function voltageRows({ chemistry: { voltage: v }, cells: n }: Ratings): Protection[] {
  const noCharge = (counter: string): Switching => ({ opens: ['charge'], counter });
  const noDischarge = (counter: string): Switching => ({ opens: ['discharge'], counter });
  const highs = (watches: keyof Measured, code: AlarmCode, count: number, counter: string): Protection[] => [
    above(watches, code, 'warning', count * v.high, count * v.overvoltageRelease),
    above(watches, code, 'protection', count * v.overvoltage, count * v.overvoltageRelease, noCharge(counter)),
  ];
  const lows = (watches: keyof Measured, code: AlarmCode, count: number, counter: string): Protection[] => [
    below(watches, code, 'warning', count * v.low, count * v.undervoltageRelease),
    below(watches, code, 'protection', count * v.undervoltage, count * v.undervoltageRelease, noDischarge(counter)),
  ];
  return [
    ...highs('cellMax', 'cell_overvoltage', 1, 'cellOvervoltage'),
    ...highs('voltage', 'pack_overvoltage', n, 'packOvervoltage'),
    ...lows('cellMin', 'cell_undervoltage', 1, 'cellUndervoltage'),
    ...lows('voltage', 'pack_undervoltage', n, 'packUndervoltage'),
    above('cellDelta', 'cell_imbalance', 'warning', 0.25, 0.15),
    below('soc', 'soc_low', 'warning', 10, 12),
  ];
}

function currentRows({ chargeCurrent, dischargeCurrent, capacity }: Ratings): Protection[] {
  const retry = (opens: Direction, counter: string): Switching => ({
    delayS: 5,
    recoverS: RETRY_S,
    opens: [opens],
    counter,
  });
  return [
    above('chargeCurrent', 'charge_overcurrent', 'warning', 1.05 * chargeCurrent, chargeCurrent),
    above('chargeCurrent', 'charge_overcurrent', 'protection', 1.15 * chargeCurrent, chargeCurrent, {
      ...retry('charge', 'chargeOvercurrent'),
    }),
    above('dischargeCurrent', 'discharge_overcurrent', 'warning', 1.05 * dischargeCurrent, dischargeCurrent),
    above('dischargeCurrent', 'discharge_overcurrent', 'protection', 1.15 * dischargeCurrent, dischargeCurrent, {
      ...retry('discharge', 'dischargeOvercurrent'),
    }),
    // a comparator of its own: it acts before any charge has flowed
    above('dischargeCurrent', 'short_circuit', 'protection', 3 * capacity, capacity, {
      ...retry('discharge', 'shortCircuit'),
      delayS: 0,
    }),
  ];
}

function temperatureRows({ chemistry: { temperature: t } }: Ratings): Protection[] {
  const margin = TEMPERATURE_MARGIN;
  const hot = (code: AlarmCode, limit: number, opens: Direction, counter: string): Protection[] => [
    above('temperatureMax', code, 'warning', limit - margin, limit - 2 * margin),
    above('temperatureMax', code, 'protection', limit, limit - margin, { delayS: 5, opens: [opens], counter }),
  ];
  const cold = (code: AlarmCode, limit: number, opens: Direction, counter: string): Protection[] => [
    below('temperatureMin', code, 'warning', limit + margin, limit + 2 * margin),
    below('temperatureMin', code, 'protection', limit, limit + margin, { delayS: 5, opens: [opens], counter }),
  ];
  return [
    ...hot('charge_overtemperature', t.chargeMax, 'charge', 'chargeOvertemperature'),
    ...hot('discharge_overtemperature', t.dischargeMax, 'discharge', 'dischargeOvertemperature'),
    ...cold('charge_undertemperature', t.chargeMin, 'charge', 'chargeUndertemperature'),
    ...cold('discharge_undertemperature', t.dischargeMin, 'discharge', 'dischargeUndertemperature'),
    above('mosTemperature', 'mos_overtemperature', 'warning', 75, 70),
    above('mosTemperature', 'mos_overtemperature', 'protection', 85, 75, { opens: ['charge', 'discharge'] }),
  ];
}
