import type { Reading } from '../../battery/reading';
import type { AnySetter } from '../../battery/reading-keys';

/*
 * How the rows that most tables are made of store their values. A call of one of many closures takes V8 longer than all else
 * that a row needs. A switch over numbers it compiles in place of the call, as long as it is short: so it has the keys that
 * boards report on every poll, and the closures have the others.
 */

/** Where a value goes. */
export interface Store {
  /** of the key in the switch; -1 when it has none */
  readonly case: number;
  readonly set: AnySetter;
}

/** @param values whatever the rows of the table are read into */
export function storeNumber(to: Store, values: object, value: number): unknown {
  const into: Reading = values;
  switch (to.case) {
    case 0:
      return (into.voltage = value);
    case 1:
      return (into.current = value);
    case 2:
      return (into.power = value);
    case 3:
      return (into.soc = value);
    case 4:
      return (into.soh = value);
    case 5:
      return (into.remainingCapacity = value);
    case 6:
      return (into.fullCapacity = value);
    case 7:
      return (into.designCapacity = value);
    case 8:
      return (into.cycles = value);
    case 9:
      return (into.cycleCapacity = value);
    case 10:
      return (into.runtime = value);
    case 11:
      return (into.cellCount = value);
    case 12:
      return (into.cellVoltageMin = value);
    case 13:
      return (into.cellVoltageMax = value);
    case 14:
      return (into.cellVoltageAverage = value);
    case 15:
      return (into.minCell = value);
    case 16:
      return (into.maxCell = value);
    case 17:
      return (into.temperatureMin = value);
    case 18:
      return (into.temperatureMax = value);
    case 19:
      return (into.mosTemperature = value);
    case 20:
      return (into.balancerTemperature = value);
    case 21:
      return (into.ambientTemperature = value);
    case 22:
      return (into.balanceCurrent = value);
    default:
      return to.set(into, value);
  }
}

/** @param values whatever the rows of the table are read into */
export function storeFlag(to: Store, values: object, value: boolean): unknown {
  const into: Reading = values;
  switch (to.case) {
    case 0:
      return (into.chargeEnabled = value);
    case 1:
      return (into.dischargeEnabled = value);
    case 2:
      return (into.balancing = value);
    case 3:
      return (into.heating = value);
    default:
      return to.set(into, value);
  }
}

/** The keys of a switch by their cases, which it is asked for one after the other. */
function keysOf<T>(store: (to: Store, values: object, value: T) => unknown, value: T): readonly string[] {
  const keys: string[] = [];
  for (;;) {
    const values = {};
    store({ case: keys.length, set: () => undefined }, values, value);
    const [key] = Object.keys(values);
    if (key === undefined) return keys;
    keys.push(key);
  }
}

const NUMBERS = keysOf(storeNumber, 0);
const FLAGS = keysOf(storeFlag, false);

/** The case of a key in `storeNumber`. */
export function numberCase(key: string): number {
  return NUMBERS.indexOf(key);
}

/** The case of a key in `storeFlag`. */
export function flagCase(key: string): number {
  return FLAGS.indexOf(key);
}
