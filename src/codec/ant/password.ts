import { BmsError } from '../../battery/errors';
import { say, sequenceOf, type Sentence } from '../../battery/sentence';
import type { Script, ScriptInput, Step } from '../protocol';
import type { AntMemory } from './queries';
import { buildFrame, dataOf, FUNCTIONS, isResponseTo, NoPermission } from './wire';

interface Slot {
  readonly level: number;
  readonly register: number;
  readonly length: number;
}

/**
 * Where passwords are checked (ant.md 9.2). Those of levels 1 to 4 have 8 characters, that of level 5 has 12. One of 8 is
 * taken for that of level 1 and not tried on the others: there it would be a wrong one, and some firmware is said to
 * lock after wrong ones.
 */
const SLOTS: readonly Slot[] = [
  { level: 1, register: 330, length: 8 },
  { level: 5, register: 362, length: 12 },
];

/** Over Bluetooth the answer takes up to 4 s (ant.md 9.2). */
const TIMEOUT_MS = 4000;

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
  const slot = slotOf(order.password);
  const inForce = order.before.memory?.level ?? 0;
  if (inForce >= slot.level) throw tooLow(step, inForce);
  yield passwordStep(order, slot);
  try {
    return yield step;
  } catch (thrown) {
    throw thrown instanceof NoPermission ? tooLow(step, slot.level) : thrown;
  }
}

function slotOf(password: string): Slot {
  const slot = SLOTS.find(({ length }) => length === password.length);
  if (slot !== undefined && /^[\x20-\x7e]+$/.test(password)) return slot;
  const remedy = say`Enter the 8 letters and digits of level 1 or the 12 of level 5.`;
  throw denied(say`The board demands a password, and the one in the device cannot be it. ${remedy}`);
}

function passwordStep({ target: { address }, password }: ScriptInput, { level, register, length }: Slot): Step {
  const data = Buffer.alloc(length);
  data.write(password, 'latin1');
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
  return denied(say`The board refuses ${name} at level ${level}; ${remedy}.`);
}

function denied(message: Sentence): BmsError {
  return new BmsError('denied', sequenceOf([message, say`Nothing was switched.`]));
}
