import { say } from '../../battery/sentence';
import { isRefusal, isRefusedWith, Refusal, refusalOf, type RefusalTable } from '../kit/refusal';
import type { Script, Step } from '../protocol';
import { classicWire, READ, READ_REFUSALS, STATUS, WRITE, WRITE_REFUSALS } from './wire';

/** Registers that are written, and parameters of factory mode (jbd.md 5, 6, 7.1). */
export const REGISTERS = {
  enter: 0x00,
  leave: 0x01,
  password: 0x06,
  command: 0x0a,
  capacity: 0x10,
  capacityPerCycle: 0x11,
  functions: 0x2d,
  remaining: 0xe0,
  mosfets: 0xe1,
  oneMosfet: 0xfb,
} as const;

/** A number as it stands in a register. @param value 0 to 65535 */
export function word(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff);
}

/** What a register holds. @param parts the answer to `readParameter` */
export function bytesOf(parts: readonly Buffer[]): Buffer {
  return Buffer.concat(parts.map((frame) => classicWire.dataOf(frame)));
}

/** The number that a register holds. @param parts the answer to `readParameter` */
export function wordOf(parts: readonly Buffer[]): number {
  return bytesOf(parts).readUInt16BE(0);
}

interface WriteOptions {
  /** bytes that an acknowledgement may carry */
  longestAck?: number;
  refusals?: RefusalTable;
}

/**
 * A request that changes something: sent once. Its acknowledgement has status 00 and no data, so that neither a late
 * answer to a read of the same register nor the echo of the request is taken for it (jbd.md 3).
 */
export function write(register: number, name: string, data: Buffer, options: WriteOptions = {}): Step {
  const { longestAck = 0, refusals = WRITE_REFUSALS } = options;
  return {
    name,
    request: classicWire.build(0, WRITE, register, data),
    isWrite: true,
    match(frame) {
      if (classicWire.headOf(frame) !== register) return 'foreign';
      const status = classicWire.tailOf(frame);
      if (status !== STATUS.done) return refusalOf(refusals, status, name);
      return classicWire.dataOf(frame).length <= longestAck ? 'complete' : 'foreign';
    },
  };
}

/** Whether bytes can be what a register holds; else they are the answer to something else. */
type Plausible = (data: Buffer) => boolean;

const isWord: Plausible = ({ length }) => length === 2;

/** Reads a parameter, of 16 bits unless `isPlausible` says otherwise; answered in factory mode only (jbd.md 6, 7). */
export function readParameter(register: number, name: string, isPlausible = isWord): Step {
  return {
    name,
    request: classicWire.build(0, READ, register),
    isWrite: false,
    match(frame) {
      if (classicWire.headOf(frame) !== register) return 'foreign';
      const status = classicWire.tailOf(frame);
      if (status !== STATUS.done) return refusalOf(READ_REFUSALS, status, name);
      return isPlausible(classicWire.dataOf(frame)) ? 'complete' : 'foreign';
    },
  };
}

/** Leaves factory mode, as the vendor's app does after most writes (jbd.md 6). */
export const LEAVE = leave('leave factory mode (01)', 0x0000);

/** Some boards ignore it the first time; entering twice does no harm, so that it is repeated (jbd.md 6). */
const ENTER: Step = {
  ...write(REGISTERS.enter, 'enter factory mode (00)', word(0x5678), { refusals: READ_REFUSALS }),
  isWrite: false,
  entersMode: LEAVE,
};

const SAVE_NAME = 'save and leave factory mode (01)';
const SAVE_CODE = 0x2828;

/** Leaves factory mode, saves the parameters and clears the event counters (jbd.md 6). */
export const LEAVE_AND_SAVE = leave(SAVE_NAME, SAVE_CODE);

/** The same for what is not saved unless the board is in factory mode: a refusal counts. */
export const SAVE: Step = {
  ...write(REGISTERS.leave, SAVE_NAME, word(SAVE_CODE)),
  isWrite: false,
  leavesMode: true,
};

/**
 * A board that is not in factory mode may refuse to leave it: then there is nothing left to do. What was written is
 * judged by reading it back, not by this.
 */
function leave(name: string, code: number): Step {
  const step = write(REGISTERS.leave, name, word(code), { refusals: READ_REFUSALS });
  return {
    ...step,
    isWrite: false,
    leavesMode: true,
    match(frame, parts) {
      const result = step.match(frame, parts);
      return isRefusal(result) ? 'complete' : result;
    },
  };
}

/** Digits of a board's password; each is sent as a number (jbd.md 6). */
const PASSWORD_LENGTH = 6;
const PASSWORD = /^[0-9]{6}$/;

/**
 * Sends requests in factory mode and with the password, as the refusals of the board demand. The password goes out at most
 * once, and only after a refusal that it cures (jbd.md 6).
 */
export class Access {
  private passwordSent = false;
  private enteredAgain = false;

  /**
   * @param password of the device; '' when there is none; undefined: it is not sent, since what only reads must not
   *   (jbd.md 6)
   */
  constructor(private readonly password: string | undefined) {}

  /** Sends a request outside factory mode, where status 81 does not mean the password. */
  *outside(step: Step): Script<readonly Buffer[]> {
    return yield* this.send(step, [STATUS.locked]);
  }

  /** Sends a request within factory mode. */
  *inside(step: Step): Script<readonly Buffer[]> {
    return yield* this.send(step, [STATUS.invalid, STATUS.locked]);
  }

  /**
   * Runs a longer script within factory mode. Where the board has left it meanwhile, it is entered again, once
   * (settings-jbd.md 6).
   */
  *throughout<T>(requests: Script<T>): Script<T> {
    let next = requests.next();
    while (next.done !== true) {
      let parts: readonly Buffer[];
      try {
        parts = yield* this.backInside(next.value);
      } catch (thrown) {
        next = requests.throw(thrown);
        continue;
      }
      next = requests.next(parts);
    }
    return next.value;
  }

  /**
   * Enters factory mode for a few requests, and leaves it whatever becomes of them.
   * @param exit how to leave; asked when all is over. Undefined: the requests have left it.
   */
  *inFactoryMode<T>(requests: Script<T>, exit: () => Step | undefined = () => LEAVE): Script<T> {
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
      const last = exit();
      if (last !== undefined) yield last;
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

  private *backInside(step: Step): Script<readonly Buffer[]> {
    if (this.enteredAgain) return yield* this.inside(step);
    try {
      return yield step;
    } catch (thrown) {
      if (!isRefusedWith(thrown, STATUS.invalid)) throw thrown;
    }
    this.enteredAgain = true;
    yield ENTER;
    return yield* this.inside(step);
  }

  private *send(step: Step, cured: readonly number[]): Script<readonly Buffer[]> {
    try {
      return yield step;
    } catch (thrown) {
      const isCured = isRefusedWith(thrown, ...cured) && !this.passwordSent && this.password !== undefined;
      if (!isCured) throw thrown;
      yield* this.unlock(thrown, step.name, this.password);
      return yield step;
    }
  }

  private *unlock(refused: Refusal, what: string, password: string): Script<void> {
    if (!PASSWORD.test(password)) {
      const sentence =
        password === ''
          ? say`The board refuses ${what} without its password; enter its password in the device.`
          : say`The board refuses ${what} without its password; it has six digits, unlike the one in the device.`;
      throw new Refusal('denied', sentence, refused.status);
    }
    this.passwordSent = true;
    const digits = Buffer.from([PASSWORD_LENGTH, ...Array.from(password, Number)]);
    try {
      yield write(REGISTERS.password, 'use password (06)', digits, { refusals: READ_REFUSALS });
    } catch (thrown) {
      if (isRefusedWith(thrown, STATUS.locked)) {
        const sentence = say`The board does not accept the password of the device and refuses ${what}; correct it there.`;
        throw new Refusal('denied', sentence, thrown.status);
      }
      // A board that knows no passwords had another reason.
      throw isRefusal(thrown) ? refused : thrown;
    }
  }
}
