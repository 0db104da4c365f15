import type { Reading } from '../../battery/reading';
import { settingOf } from '../kit/mosfet';
import type { Action, Confirmation, Script } from '../untyped';
import { Access } from './access';
import { CONDUCTS, hasLock, isHeldOpen, isLocked, OTHER, type Direction } from './locks';
import { FOLLOWS, readBasic } from './present';
import { isRefusedWith, STATUS } from './refusal';
import { REGISTERS, word, write } from './write';

/** Bits of the MOSFET word (e1): a set one switches off (jbd.md 5). */
export const LOCK_BITS: Readonly<Record<Direction, number>> = { charge: 1, discharge: 2 };

/** Codes of the newer command for one MOSFET (fb) (jbd.md 5). */
export const MOSFET_CODES: Readonly<Record<Direction, number>> = { charge: 0x01, discharge: 0x00 };

/**
 * Whether a MOSFET is switched on: it conducts, or a protection holds it open and nothing says that it is locked as well.
 * An open one that nothing explains counts as off, also on boards that tell no lock.
 */
function isOn(direction: Direction, reading: Reading): boolean | undefined {
  const isAllowed = settingOf(direction)({ reading }) === true && isHeldOpen(direction, reading);
  return isAllowed || reading[CONDUCTS[direction]];
}

/** The MOSFET commands (jbd.md 5): e1 holds both locks, fb is for one. */
export function mosfet(direction: Direction): Action {
  const key = CONDUCTS[direction];
  const confirm: Confirmation = {
    read: readBasic,
    state: ({ reading }) => isOn(direction, reading),
    // Off by command is told apart from off by a protection by the lock, but not whose lock it is.
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
