import { NotSentError } from '../../battery/errors';
import type { Reading } from '../../battery/reading';
import { say } from '../../battery/sentence';
import { isRefusal } from '../kit/refusal';
import { stateOf } from '../kit/script';
import type { Action, Decoded, Script, Step } from '../protocol';
import { isBelievable, wholeCapacity } from './basic';
import { FOLLOWS, readBasic, stepsPerAh, type JbdMemory } from './queries';
import { Access, LEAVE, LEAVE_AND_SAVE, readParameter, REGISTERS, word, wordOf, write } from './write';

/*
 * The state of charge and the capacity, which the board keeps as charges in its own steps.
 */

const MS_PER_HOUR = 3_600_000;

function isNear(present: number | undefined, wanted: number, tolerance: number): boolean {
  return present !== undefined && Math.abs(present - wanted) <= tolerance;
}

/** What a charge in % refers to, Ah. @throws BmsError where the board has no capacity set, or one that cannot be */
function capacityToSetBy(before: Reading): number {
  const { fullCapacity = 0, designCapacity = 0 } = before;
  const whole = wholeCapacity(before);
  if (whole === 0) {
    throw new NotSentError(
      'unsupported',
      say`The board has no capacity to set its charge by; set its capacity first. Nothing was sent.`,
    );
  }
  if (fullCapacity > 0 && !isBelievable(fullCapacity, designCapacity)) {
    throw new NotSentError(
      'rejected',
      say`The board has learned a capacity of ${fullCapacity} Ah, which a pack of ${designCapacity} Ah cannot have; charge it full once, or correct its capacity. Nothing was sent.`,
    );
  }
  return whole;
}

/** Whether both figures show a state of charge, within 1 %: boards round, and go on counting. */
function isCloseToCharge({ reading: { remainingCapacity, ...now } }: Decoded, percent: number): boolean {
  const whole = wholeCapacity(now);
  return isNear(now.soc, percent, 1) && isNear(remainingCapacity, (percent / 100) * whole, whole / 100);
}

/** Whether the remaining capacity is the one that was set, but for half a step and what has flowed since. */
function isCharge(decoded: Decoded<JbdMemory>, percent: number): boolean {
  const { remainingCapacity, current = 0, ...now } = decoded.reading;
  const flowed = (Math.abs(current) * FOLLOWS.withinMs) / MS_PER_HOUR;
  return isNear(remainingCapacity, (percent / 100) * wholeCapacity(now), 0.5 / stepsPerAh(decoded) + flowed);
}

/** The remaining capacity is what is set; the board makes the SOC of it (jbd.md 5). */
export const soc: Action<JbdMemory> = {
  name: 'soc',
  input: { kind: 'number', min: 0, max: 100, unit: '%' },
  confirm: {
    read: readBasic,
    state: stateOf('soc'),
    evidence: 'switch',
    shows(now, value, before) {
      if (!isCloseToCharge(now, Number(value))) return false;
      // Where the former charge is within 1 % of the wanted one as well, only the exact figure proves the write.
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
export const capacity: Action<JbdMemory> = {
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

/** Whether the board has taken a capacity whose acknowledgement is missing; where it does not answer, it may have. */
function* holds(access: Access, wanted: number): Script<boolean> {
  try {
    return wordOf(yield* access.inside(readCapacity)) === wanted;
  } catch {
    return true;
  }
}

/** @param changed called unless the board has refused it */
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
