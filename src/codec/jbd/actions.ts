import { BmsError } from '../../battery/errors';
import type { ActionName, ActionValue } from '../../battery/action';
import type { Reading } from '../../battery/reading';
import type { Action, Confirmation, Decoded, Script, Step } from '../untyped';
import { isRefusal } from '../kit/refusal';
import { reading, stateOf } from '../kit/script';
import { Access, LEAVE, LEAVE_AND_SAVE } from './access';
import { isBelievable, wholeCapacity } from './capacity';
import { mosfet } from './mosfets';
import { FOLLOWS, readBasic, stepsPerAh } from './present';
import { registerQuery } from './query';
import { commandRefusal, Refusal } from './refusal';
import { counters } from './registers';
import { classicWire } from './wire';
import { readParameter, REGISTERS, word, wordOf, write } from './write';

/** Codes of the commands of register 0a (jbd.md 5). */
export const COMMANDS = { clearCounters: 0x0200, restart: 0x0300, clearAlarms: 0x0400, shutdown: 0x0600 } as const;

/** Function bit 2 of register 2d: balancing is enabled (jbd.md 7.2). */
export const BALANCING_BIT = 1 << 2;

/** A fact that only actions need. */
const FUNCTIONS = 'functionBits';

function isNear(present: number | undefined, wanted: number, tolerance: number): boolean {
  return present !== undefined && Math.abs(present - wanted) <= tolerance;
}

const MS_PER_HOUR = 3_600_000;

const readFunctions: Step = readParameter(REGISTERS.functions, 'function bits (2d)');

const balancing: Action = {
  name: 'balancing',
  input: { kind: 'switch' },
  confirm: {
    *read(target): Script<Decoded> {
      const access = new Access('');
      try {
        const bits = wordOf(yield* access.inFactoryMode(access.inside(readFunctions)));
        return { reading: {}, memory: { ...target.memory, [FUNCTIONS]: bits } };
      } catch (thrown) {
        // A board that wants its password first does not tell; the script has the password.
        if (thrown instanceof Refusal && thrown.code === 'denied') return { reading: {} };
        throw thrown;
      }
    },
    state({ memory }): ActionValue | undefined {
      const bits = memory?.[FUNCTIONS];
      return bits === undefined ? undefined : (bits & BALANCING_BIT) !== 0;
    },
    evidence: 'switch',
    ...FOLLOWS,
  },
  *script({ value, password }): Script<void> {
    const access = new Access(password);
    yield* access.inFactoryMode(setBalancing(value === true, access));
  },
};

/** One bit is changed, all others stay as they are read (jbd.md 7.2). */
function* setBalancing(on: boolean, access: Access): Script<void> {
  const present = wordOf(yield* access.inside(readFunctions));
  const wanted = on ? present | BALANCING_BIT : present & ~BALANCING_BIT;
  if (wanted !== present) yield* access.inside(write(REGISTERS.functions, readFunctions.name, word(wanted)));
}

/** What the charge is a part of, Ah. @throws BmsError where the board tells no capacity, or one that cannot be */
function capacityToSetBy(before: Reading): number {
  const { fullCapacity = 0, designCapacity = 0 } = before;
  const whole = wholeCapacity(before);
  if (whole === 0) {
    const message = 'The board tells no capacity to set its charge by; set its capacity first.';
    throw new BmsError('unsupported', `${message} Nothing was sent.`);
  }
  if (fullCapacity > 0 && !isBelievable(fullCapacity, designCapacity)) {
    const message = `The board has learned a capacity of ${fullCapacity} Ah, which a pack of ${designCapacity} Ah cannot have`;
    const remedy = 'charge it full once, or correct its capacity';
    throw new BmsError('rejected', `${message}; ${remedy}. Nothing was sent.`);
  }
  return whole;
}

/** Whether both figures show a state of charge, within 1 %: boards round, and go on counting. */
function isCloseToCharge({ reading: { remainingCapacity, ...now } }: Decoded, percent: number): boolean {
  const whole = wholeCapacity(now);
  return isNear(now.soc, percent, 1) && isNear(remainingCapacity, (percent / 100) * whole, whole / 100);
}

/** Whether the remaining capacity is the one that was set, but for half a step and what has flowed since. */
function isCharge(decoded: Decoded, percent: number): boolean {
  const { remainingCapacity, current = 0, ...now } = decoded.reading;
  const flowed = (Math.abs(current) * FOLLOWS.withinMs) / MS_PER_HOUR;
  return isNear(remainingCapacity, (percent / 100) * wholeCapacity(now), 0.5 / stepsPerAh(decoded) + flowed);
}

/** The remaining capacity is what is set; the board makes the SOC of it (jbd.md 5). */
const soc: Action = {
  name: 'soc',
  input: { kind: 'number', min: 0, max: 100, unit: '%' },
  confirm: {
    read: readBasic,
    state: stateOf('soc'),
    evidence: 'switch',
    shows(now, value, before) {
      if (!isCloseToCharge(now, Number(value))) return false;
      // Where the former charge is taken for the wanted one as well, only the wanted one itself tells them apart.
      return !isCloseToCharge(before, Number(value)) || isCharge(now, Number(value));
    },
    ...FOLLOWS,
  },
  *script({ value, before, password }): Script<void> {
    const whole = capacityToSetBy(before.reading);
    const remaining = Math.round((Number(value) / 100) * whole * stepsPerAh(before));
    const access = new Access(password);
    const step = write(REGISTERS.remaining, 'remaining capacity (e0)', word(remaining));
    yield* access.inFactoryMode(access.inside(step));
  },
};

/** Saving it clears the event counters: their history is lost (jbd.md 5, 6). */
const capacity: Action = {
  name: 'capacity',
  // In its finer unit a register holds up to 655.35 Ah (jbd.md 7.1).
  input: { kind: 'number', min: 1, max: 655, unit: 'Ah' },
  dangerous: true,
  confirm: {
    read: readBasic,
    state: stateOf('designCapacity'),
    evidence: 'switch',
    shows(now, value) {
      const steps = stepsPerAh(now);
      return Math.round((now.reading.designCapacity ?? 0) * steps) === Math.round(Number(value) * steps);
    },
    ...FOLLOWS,
  },
  script: ({ value, before, password }) =>
    setCapacity(Math.round(Number(value) * stepsPerAh(before)), new Access(password)),
};

/** Of a full charge, what counts as a cycle where the board has no sensible share set (jbd.md 7.1). */
const USUAL_CYCLE = 0.8;

const CAPACITY = 'design capacity (10)';
const PER_CYCLE = 'capacity per cycle (11)';
const readCapacity: Step = readParameter(REGISTERS.capacity, CAPACITY);

/** Whether the board has taken a capacity whose acknowledgement is missing; where it does not tell, it may have. */
function* holds(access: Access, wanted: number): Script<boolean> {
  try {
    return wordOf(yield* access.inside(readCapacity)) === wanted;
  } catch {
    return true;
  }
}

/** @param changed told unless the board has refused it */
function* writeWord(access: Access, register: number, name: string, value: number, changed: () => void): Script<void> {
  try {
    yield* access.inside(write(register, name, word(value)));
    changed();
  } catch (thrown) {
    if (!isRefusal(thrown)) changed();
    throw thrown;
  }
}

/**
 * Sets the nominal capacity and, in the same proportion as before, the charge that counts as one cycle (jbd.md 5): both or
 * none. That one goes first, so that a refusal always leaves the capacity as it was; then it is put back.
 */
function* setCapacity(wanted: number, access: Access): Script<void> {
  let exit = LEAVE;
  function* requests(): Script<void> {
    const whole = wordOf(yield* access.inside(readCapacity));
    const cycle = wordOf(yield* access.inside(readParameter(REGISTERS.capacityPerCycle, PER_CYCLE)));
    const share = cycle > 0 && cycle <= whole ? cycle / whole : USUAL_CYCLE;
    const perCycle = Math.round(wanted * share);
    const perCycleNow = { isChanged: false };
    try {
      yield* writeWord(access, REGISTERS.capacityPerCycle, PER_CYCLE, perCycle, () => (perCycleNow.isChanged = true));
      exit = LEAVE_AND_SAVE;
      yield* access.inside(write(REGISTERS.capacity, CAPACITY, word(wanted)));
    } catch (thrown) {
      if (perCycleNow.isChanged && !isRefusal(thrown) && (yield* holds(access, wanted))) throw thrown;
      exit = LEAVE;
      if (perCycleNow.isChanged && perCycle !== cycle)
        yield* access.inside(write(REGISTERS.capacityPerCycle, PER_CYCLE, word(cycle)));
      throw thrown;
    }
  }
  yield* access.inFactoryMode(requests(), () => exit);
}

/** A command of register 0a. Some boards acknowledge with a byte, others without (jbd.md 5). */
function command(code: number, label: string): Step {
  return write(REGISTERS.command, label, word(code), { longestAck: 1, refused: commandRefusal });
}

function clearing(
  name: ActionName,
  step: Step,
  confirm: Omit<Confirmation, 'everyMs' | 'withinMs' | 'evidence'>,
): Action {
  return {
    name,
    input: { kind: 'command' },
    confirm: { ...confirm, evidence: 'effect', ...FOLLOWS },
    script: ({ password }) => new Access(password).anywhere(step),
  };
}

const clearCounters = clearing('clearCounters', command(COMMANDS.clearCounters, 'clear event counters (0a 0200)'), {
  read: reading(registerQuery(classicWire, counters, true)),
  state: ({ reading: { errorCounts } }) => errorCounts && Object.values(errorCounts).every((count) => count === 0),
});

/**
 * Done when no protection and no fault is left; one whose cause stays comes back. A board that had none before shows
 * that at once: then there was nothing to clear. A lock by command is none: `charge` and `discharge` release it.
 */
const clearAlarms = clearing('clearAlarms', command(COMMANDS.clearAlarms, 'clear alarms (0a 0400)'), {
  read: readBasic,
  state: ({ reading: { alarms = [] } }) => alarms.every(({ level }) => level === 'warning'),
});

/** Not tried in factory mode: a board that is gone cannot be taken out of it. */
function ending(name: ActionName, step: Step, times: Pick<Confirmation, 'proof' | 'everyMs' | 'withinMs'>): Action {
  return {
    name,
    input: { kind: 'command' },
    dangerous: true,
    confirm: { read: readBasic, state: stateOf('soc'), evidence: 'effect', ...times },
    *script({ password }): Script<void> {
      yield* new Access(password).outside(step);
    },
  };
}

/** What classic boards can be asked to do (jbd.md 5, 7). */
export const actions: readonly Action[] = [
  mosfet('charge'),
  mosfet('discharge'),
  balancing,
  soc,
  capacity,
  clearCounters,
  clearAlarms,
  ending('restart', command(COMMANDS.restart, 'restart (0a 0300)'), {
    proof: 'restart',
    everyMs: 300,
    withinMs: 15_000,
  }),
  // Only a charger wakes it again (jbd.md 5).
  ending('shutdown', command(COMMANDS.shutdown, 'power down (0a 0600)'), {
    proof: 'silence',
    everyMs: 500,
    withinMs: 10_000,
  }),
];
