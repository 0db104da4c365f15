import type { ActionValue } from '../../battery/action';
import type { Reading } from '../../battery/reading';
import { actionsOf, type ActionRow } from '../kit/actions';
import { settingOf } from '../kit/mosfet';
import { isRefusedWith, Refusal } from '../kit/refusal';
import { stateOf } from '../kit/script';
import type { Action, Confirmation, Decoded, Script, Step } from '../protocol';
import { capacity, soc } from './capacity';
import { CONDUCTS, hasLock, isHeldOpen, isLocked, OTHER, type Direction } from './locks';
import { FOLLOWS, readBasic, registerQuery, type JbdMemory } from './queries';
import { counters } from './tables';
import { classicWire, COMMAND_REFUSALS, STATUS } from './wire';
import { Access, readParameter, REGISTERS, word, wordOf, write } from './write';

/** Bits of the MOSFET word (e1): a set one switches off (jbd.md 5). */
export const LOCK_BITS: Readonly<Record<Direction, number>> = { charge: 1, discharge: 2 };

/** Codes of the newer command for one MOSFET (fb) (jbd.md 5). */
export const MOSFET_CODES: Readonly<Record<Direction, number>> = { charge: 0x01, discharge: 0x00 };

/** Codes of the commands of register 0a (jbd.md 5). */
export const COMMANDS = { clearCounters: 0x0200, restart: 0x0300, clearAlarms: 0x0400, shutdown: 0x0600 } as const;

/** Function bit 2 of register 2d: balancing is enabled (jbd.md 7.2). */
export const BALANCING_BIT = 1 << 2;

/**
 * Whether a MOSFET is switched on: it conducts, or a protection holds it open and nothing says that it is locked as well.
 * An open one that nothing explains counts as off, also on boards that report no lock.
 */
function isOn(direction: Direction, reading: Reading): boolean | undefined {
  const isAllowed = settingOf(direction)({ reading }) === true && isHeldOpen(direction, reading);
  return isAllowed || reading[CONDUCTS[direction]];
}

/** The MOSFET commands (jbd.md 5): e1 holds both locks, fb is for one. */
function mosfet(direction: Direction): Action<JbdMemory> {
  const key = CONDUCTS[direction];
  const confirm: Confirmation<JbdMemory> = {
    read: readBasic,
    state: ({ reading }) => isOn(direction, reading),
    // The lock distinguishes off by command from off by a protection, but does not say which MOSFET is locked.
    evidence: 'switch',
    isSet: (now, value) => value === true || (hasLock(now.reading) && !isHeldOpen(direction, now.reading)),
    shows(now, value, before) {
      if (value === true) return isOn(direction, now.reading) === true;
      if (now.reading[key] !== value) return false;
      // A MOSFET that was off already shows nothing new but the lock.
      return before.reading[key] === true || hasLock(now.reading);
    },
    hasTakenEffect: (now, value) => now.reading[key] === value || isHeldOpen(direction, now.reading),
    ...FOLLOWS,
  };
  return {
    name: direction,
    input: { kind: 'switch' },
    confirm,
    script: ({ value, before, password }) =>
      switchMosfet(direction, value === true, before.reading, new Access(password)),
  };
}

/**
 * Captured boards take e1 directly. Some want factory mode for it, and say so with 81 or, older ones, with 80. Only
 * where e1 is unknown there too, its successor in the vendor's document is left (jbd.md 5).
 */
function* switchMosfet(direction: Direction, on: boolean, before: Reading, access: Access): Script<void> {
  const other = OTHER[direction];
  const locks = (on ? 0 : LOCK_BITS[direction]) | (isLocked(other, before) ? LOCK_BITS[other] : 0);
  const both = write(REGISTERS.mosfets, 'MOSFET control (e1)', word(locks));
  try {
    yield* access.outside(both);
    return;
  } catch (thrown) {
    if (!isRefusedWith(thrown, STATUS.unknown, STATUS.invalid)) throw thrown;
  }
  try {
    yield* access.inFactoryMode(access.inside(both));
    return;
  } catch (thrown) {
    if (!isRefusedWith(thrown, STATUS.unknown)) throw thrown;
  }
  const one = Buffer.of(MOSFET_CODES[direction], on ? 0 : 1);
  yield* access.outside(write(REGISTERS.oneMosfet, 'MOSFET control (fb)', one));
}

const readFunctions: Step = readParameter(REGISTERS.functions, 'function bits (2d)');

const balancing: Action<JbdMemory> = {
  name: 'balancing',
  input: { kind: 'switch' },
  confirm: {
    *read(target): Script<Decoded<JbdMemory>> {
      const access = new Access('');
      try {
        const functionBits = wordOf(yield* access.inFactoryMode(access.inside(readFunctions)));
        return { reading: {}, memory: { ...target.memory, functionBits } };
      } catch (thrown) {
        // A board that wants its password first does not answer it; the script has the password.
        if (thrown instanceof Refusal && thrown.code === 'denied') return { reading: {} };
        throw thrown;
      }
    },
    state({ memory }): ActionValue | undefined {
      const bits = memory?.functionBits;
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

/** A command of register 0a. */
interface Command {
  readonly label: string;
  /** whether it may be sent in factory mode: not where the board is gone afterwards, and cannot be taken out of it */
  readonly inFactoryMode: boolean;
}

const shownByBasic = { read: readBasic, evidence: 'effect' } as const;

const commands: readonly ActionRow<JbdMemory, Command>[] = [
  {
    name: 'clearCounters',
    takes: 'command',
    raw: COMMANDS.clearCounters,
    to: { label: 'clear event counters (0a 0200)', inFactoryMode: true },
    confirm: {
      queries: [registerQuery(classicWire, counters, true)],
      state: ({ reading: { errorCounts } }) => errorCounts && Object.values(errorCounts).every((count) => count === 0),
      evidence: 'effect',
      ...FOLLOWS,
    },
  },
  {
    name: 'clearAlarms',
    takes: 'command',
    raw: COMMANDS.clearAlarms,
    to: { label: 'clear alarms (0a 0400)', inFactoryMode: true },
    // One whose cause stays comes back. A board that had none shows that at once: then there was nothing to clear. A lock by
    // command is a mere warning: `charge` and `discharge` release it.
    confirm: {
      ...shownByBasic,
      state: ({ reading: { alarms = [] } }) => alarms.every(({ level }) => level === 'warning'),
      ...FOLLOWS,
    },
  },
  {
    name: 'restart',
    takes: 'command',
    raw: COMMANDS.restart,
    dangerous: true,
    to: { label: 'restart (0a 0300)', inFactoryMode: false },
    confirm: { ...shownByBasic, state: stateOf('soc'), proof: 'restart', everyMs: 300, withinMs: 15_000 },
  },
  {
    // Only a charger wakes it again (jbd.md 5).
    name: 'shutdown',
    takes: 'command',
    raw: COMMANDS.shutdown,
    dangerous: true,
    to: { label: 'power down (0a 0600)', inFactoryMode: false },
    confirm: { ...shownByBasic, state: stateOf('soc'), proof: 'silence', everyMs: 500, withinMs: 10_000 },
  },
];

/** What classic boards can be asked to do (jbd.md 5, 7). */
export const actions: readonly Action<JbdMemory>[] = [
  mosfet('charge'),
  mosfet('discharge'),
  balancing,
  soc,
  capacity,
  ...actionsOf(commands, function* ({ password }, { to: { label, inFactoryMode } }, code) {
    const access = new Access(password);
    // Some boards acknowledge with a byte, others without (jbd.md 5).
    const step = write(REGISTERS.command, label, word(code), { longestAck: 1, refusals: COMMAND_REFUSALS });
    if (inFactoryMode) yield* access.anywhere(step);
    else yield* access.outside(step);
  }),
];
