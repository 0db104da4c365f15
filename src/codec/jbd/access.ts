import { isRefusal } from '../kit/refusal';
import type { Script, Step } from '../untyped';
import { isRefusedWith, Refusal, refusal, STATUS } from './refusal';
import { REGISTERS, word, write } from './write';

/** Leaves factory mode, as the vendor's app does after most writes (jbd.md 6). */
export const LEAVE = leave('leave factory mode (01)', 0x0000);

/** Some boards ignore it the first time; entering twice does no harm, so that it is repeated (jbd.md 6). */
const ENTER: Step = {
  ...write(REGISTERS.enter, 'enter factory mode (00)', word(0x5678), { refused: refusal }),
  isWrite: false,
  entersMode: LEAVE,
};

/** Leaves factory mode, saves the parameters and clears the event counters (jbd.md 6). */
export const LEAVE_AND_SAVE = leave('save and leave factory mode (01)', 0x2828);

/**
 * A board that is not in factory mode may refuse to leave it: then there is nothing left to do. What was written is
 * judged by reading it back, not by this.
 */
function leave(name: string, code: number): Step {
  const step = write(REGISTERS.leave, name, word(code), { refused: refusal });
  return {
    ...step,
    isWrite: false,
    leavesMode: true,
    match(frame, parts) {
      const verdict = step.match(frame, parts);
      return isRefusal(verdict) ? 'complete' : verdict;
    },
  };
}

/** Digits of a board's password; each is sent as a number (jbd.md 6). */
const PASSWORD_LENGTH = 6;
const PASSWORD = /^[0-9]{6}$/;

/**
 * How to get a request through to a board: as it is, or in factory mode, and with the password where the board wants
 * one. The password goes out at most once, and only after a refusal that it cures (jbd.md 6).
 */
export class Access {
  private passwordSent = false;

  /** @param password of the device; '' when there is none */
  constructor(private readonly password: string) {}

  /** Sends a request outside factory mode, where status 81 does not mean the password. */
  *outside(step: Step): Script<readonly Buffer[]> {
    return yield* this.send(step, [STATUS.locked]);
  }

  /** Sends a request within factory mode. */
  *inside(step: Step): Script<readonly Buffer[]> {
    return yield* this.send(step, [STATUS.invalid, STATUS.locked]);
  }

  /**
   * Enters factory mode for a few requests, and leaves it whatever becomes of them.
   * @param exit how to leave; asked when all is over
   */
  *inFactoryMode<T>(requests: Script<T>, exit: () => Step = () => LEAVE): Script<T> {
    try {
      yield* this.inside(ENTER);
    } catch (thrown) {
      // Where only the acknowledgement was lost, the board is in the mode.
      if (!isRefusal(thrown)) yield LEAVE;
      throw thrown;
    }
    try {
      return yield* requests;
    } finally {
      yield exit();
    }
  }

  /** Sends a request that some boards take directly and others, with status 81, in factory mode only (jbd.md 3). */
  *anywhere(step: Step): Script<void> {
    try {
      yield* this.outside(step);
    } catch (thrown) {
      if (!isRefusedWith(thrown, STATUS.invalid)) throw thrown;
      yield* this.inFactoryMode(this.inside(step));
    }
  }

  private *send(step: Step, cured: readonly number[]): Script<readonly Buffer[]> {
    try {
      return yield step;
    } catch (thrown) {
      if (!isRefusedWith(thrown, ...cured) || this.passwordSent) throw thrown;
      yield* this.unlock(thrown, step.name);
      return yield step;
    }
  }

  private *unlock(refused: Refusal, what: string): Script<void> {
    if (!PASSWORD.test(this.password)) {
      const remedy =
        this.password === ''
          ? 'enter its password in the device'
          : 'its password has six digits, unlike the one in the device';
      throw new Refusal('denied', `The board refuses ${what} without its password; ${remedy}.`, refused.status);
    }
    this.passwordSent = true;
    const digits = Buffer.from([PASSWORD_LENGTH, ...Array.from(this.password, Number)]);
    try {
      yield write(REGISTERS.password, 'use password (06)', digits, { refused: refusal });
    } catch (thrown) {
      if (isRefusedWith(thrown, STATUS.locked)) {
        const message = `The board does not accept the password of the device and refuses ${what}; correct it there.`;
        throw new Refusal('denied', message, thrown.status);
      }
      // A board that knows no passwords had another reason.
      throw isRefusal(thrown) ? refused : thrown;
    }
  }
}
