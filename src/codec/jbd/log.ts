import { alarm, alarmSentence, type AlarmCode } from '../../battery/alarm';
import { say } from '../../battery/sentence';
import { isRefusedWith } from '../kit/refusal';
import type { LogAccess, LogEntry } from '../log-entry';
import type { Script } from '../protocol';
import type { JbdMemory } from './queries';
import { counters } from './tables';
import { STATUS } from './wire';
import { Access, bytesOf, readParameter } from './write';

/*
 * These boards keep no list of what happened, only how often each protection has acted (jbd.md 4). A count that has risen is an
 * event; events between two reads come as one.
 */

/** What each counter counts; the number of a counter is its place. The last one counts restarts. */
const COUNTED: Readonly<Record<string, AlarmCode | 'system_restart'>> = {
  shortCircuit: 'short_circuit',
  chargeOvercurrent: 'charge_overcurrent',
  dischargeOvercurrent: 'discharge_overcurrent',
  cellOvervoltage: 'cell_overvoltage',
  cellUndervoltage: 'cell_undervoltage',
  chargeOvertemperature: 'charge_overtemperature',
  chargeUndertemperature: 'charge_undertemperature',
  dischargeOvertemperature: 'discharge_overtemperature',
  dischargeUndertemperature: 'discharge_undertemperature',
  packOvervoltage: 'pack_overvoltage',
  packUndervoltage: 'pack_undervoltage',
  systemRestarts: 'system_restart',
};

/** More than a counter holds, so that an entry has a number that no other counter gives. */
const COUNTER_SIZE = 65_536;

/** The event that a counter tells; none where it has never counted. */
function entryOf(place: number, code: AlarmCode | 'system_restart', count: number): LogEntry[] {
  if (count === 0) return [];
  const entry = place * COUNTER_SIZE + count;
  if (code === 'system_restart') {
    return [{ entry, code, level: 'none', message: say`The board has restarted. Counted so far: ${count}.` }];
  }
  const what = alarmSentence(alarm(code, 'protection'));
  return [{ entry, code, level: 'protection', message: say`${what} Counted so far: ${count}.` }];
}

const readCounters = readParameter(counters.number, counters.name, (data) => counters.plausible(data));

/** Old boards tell them in factory mode only (jbd.md 4). No password goes out for what only reads. */
function* readAnywhere(): Script<readonly Buffer[]> {
  const access = new Access(undefined);
  try {
    return yield* access.outside(readCounters);
  } catch (thrown) {
    if (!isRefusedWith(thrown, STATUS.unknown, STATUS.invalid)) throw thrown;
    return yield* access.inFactoryMode(access.inside(readCounters));
  }
}

/**
 * The event counters as a log. Clearing them, as saving settings does, begins their numbers anew (jbd.md 6).
 */
export const log: LogAccess<JbdMemory> = {
  isWhole: true,
  *read() {
    const { errorCounts = {} } = counters.decode(bytesOf(yield* readAnywhere()));
    return Object.entries(COUNTED).flatMap(([key, code], place) => entryOf(place, code, errorCounts[key] ?? 0));
  },
};
