import { BmsError } from '../../battery/errors';
import { say, sequenceOf, type Sentence } from '../../battery/sentence';
import { LevelTooLow } from '../kit/refusal';
import { queryStep } from '../kit/script';
import type { SettingsOrder } from '../parameter';
import type { Script, ScriptInput, Step } from '../protocol';
import { passwordFor, slotOf, type PasswordSlot } from './levels';
import { statusQuery, type AntMemory } from './queries';
import { NoPermission } from './results';
import { buildFrame, dataOf, FUNCTIONS, isResponseTo } from './wire';

/** Over Bluetooth the answer takes up to 4 s (ant.md 9.2). */
const TIMEOUT_MS = 4000;

/** Whose password is checked, and with which board. */
type PasswordOrder = Pick<SettingsOrder<AntMemory>, 'target' | 'password'>;

/**
 * Sends a step; when the board demands a higher level of permission for it, checks the password, once, and sends the step
 * once more (ant.md 9.1).
 * @throws BmsError `denied` without a password, with a wrong one, or with one whose level is too low as well
 */
export function* permitted(order: ScriptInput<AntMemory>, step: Step): Script<readonly Buffer[]> {
  try {
    return yield step;
  } catch (thrown) {
    if (!(thrown instanceof NoPermission)) throw thrown;
    // Without a password, this error already asks for one.
    if (order.password === '') throw thrown;
  }
  const inForce = order.before.memory?.level ?? 0;
  const { slot, text } = passwordOf(order);
  if (inForce >= slot.level) throw tooLow(step, inForce);
  yield passwordStep(order, slot, text);
  try {
    return yield step;
  } catch (thrown) {
    throw thrown instanceof NoPermission ? tooLow(step, slot.level) : thrown;
  }
}

/** What asks for a level of permission. */
export interface LevelOrder {
  /** the least level with which it is possible */
  readonly needed: number;
  /** the level from which on the password is not checked */
  readonly enough: number;
  /** what the board does from that level on, for messages: "shows its settings" */
  readonly what: Sentence;
}

/**
 * Brings the board to a level of permission, where the password of the device opens it: checked once (ant.md 9.2).
 * @throws BmsError `denied`: which level is missing, and which password opens it; or that the board does not take the password
 */
export function* raiseLevel(order: PasswordOrder, { needed, enough, what }: LevelOrder): Script<void> {
  const inForce = yield* readLevel(order);
  if (inForce >= enough) return;
  const isEnough = inForce >= needed;
  const missing = (): BmsError => {
    const where = say`The board ${what} from level ${needed} on, and level ${inForce} is in force`;
    return new LevelTooLow(say`${where}; ${passwordFor(needed)}.`);
  };
  if (order.password === '') {
    if (isEnough) return;
    throw missing();
  }
  const { slot, text } = passwordOf(order);
  if (slot.level >= Math.max(needed, inForce + 1)) yield passwordStep(order, slot, text);
  else if (!isEnough) throw missing();
}

/** The level in force, which falls back by itself after some minutes (ant.md 9.2). */
export function* readLevel({ target }: PasswordOrder): Script<number> {
  const { memory } = statusQuery.decode(yield queryStep(statusQuery, target), target);
  return memory?.level ?? 0;
}

/** @throws BmsError `denied` for what cannot be a password */
function passwordOf({ password }: PasswordOrder): { slot: PasswordSlot; text: string } {
  const found = slotOf(password);
  if (found !== undefined) return found;
  const remedy = say`Enter the 8 letters and digits of level 1 or the 12 of level 5.`;
  throw denied(say`The board demands a password, and the one in the device cannot be it. ${remedy}`);
}

function passwordStep({ target: { address } }: PasswordOrder, slot: PasswordSlot, text: string): Step {
  const { level, register, length } = slot;
  const data = Buffer.alloc(length);
  data.write(text, 'latin1');
  return {
    name: `password of level ${level}`,
    request: buildFrame(address, FUNCTIONS.password, register, data),
    isWrite: true,
    match(frame) {
      if (!isResponseTo(frame, address, FUNCTIONS.password, register) || dataOf(frame).length < 2) return 'foreign';
      // The data are the level that is now in force, whatever result comes with it (ant.md 9.2).
      if (dataOf(frame).readUInt16LE(0) >= level) return 'complete';
      return denied(say`The board does not take the password of level ${level}; correct it in the device.`);
    },
    timeoutMs: TIMEOUT_MS,
  };
}

function tooLow({ name }: Step, level: number): BmsError {
  const remedy = say`enter the password of level 5, which has 12 characters, in the device`;
  return new LevelTooLow(nothingSwitched(say`The board refuses ${name} at level ${level}; ${remedy}.`));
}

function denied(message: Sentence): BmsError {
  return new BmsError('denied', nothingSwitched(message));
}

function nothingSwitched(message: Sentence): Sentence {
  return sequenceOf([message, say`Nothing was switched.`]);
}
