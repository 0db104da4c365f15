import { BmsError } from '../../battery/errors';
import type { Script, Step } from '../untyped';
import { COMMANDS, PASSWORD_LENGTH, UNLOCK } from './commands';
import { replyFrames, writeFrame, writtenOf } from './frame';

/** What a board that is locked says to everything: nothing was done, and its password cures it (ant-legacy.md 5). */
const LOCKED = writeFrame(COMMANDS.locked, 1);

class Locked extends BmsError {
  constructor(name: string) {
    super('denied', `The board is locked and refuses ${name}; enter its password in the device. Nothing was switched.`);
  }
}

/** What an answer says of a lock. @returns undefined when it says nothing */
export function lockOf(frame: Buffer, name: string): BmsError | undefined {
  return frame.equals(LOCKED) ? new Locked(name) : undefined;
}

/**
 * Sends a step; when the board is locked, its password, once, and the step once more (ant-legacy.md 5).
 * @throws BmsError `denied` without a password, or with a wrong one
 */
export function* unlocked(password: string, step: Step): Script<readonly Buffer[]> {
  try {
    return yield step;
  } catch (thrown) {
    // Without a password the error says already what to do.
    if (!(thrown instanceof Locked) || password === '') throw thrown;
  }
  yield unlockStep(password);
  return yield step;
}

/** @throws BmsError `denied` for a password that cannot be one */
function unlockStep(password: string): Step {
  if (password.length !== PASSWORD_LENGTH || !/^[\x20-\x7e]+$/.test(password)) {
    const message =
      'The board is locked, and the password in the device cannot be its own, which has 8 letters and digits.';
    throw new BmsError('denied', `${message} Correct it. Nothing was switched.`);
  }
  const letters = Buffer.from(password, 'latin1');
  const requests = UNLOCK.map((command, i) => writeFrame(command, letters.readUInt16BE(2 * i)));
  return {
    name: 'password (f1 to f4)',
    request: Buffer.concat(requests),
    isWrite: true,
    frames: replyFrames,
    match(frame, parts) {
      if (requests.at(-1)?.equals(frame) === true) return 'complete';
      // Each is answered, and only the last answer counts: a board that was locked says so to the first three.
      const isOne = frame.equals(LOCKED) || UNLOCK.includes(writtenOf(frame)?.register ?? 0);
      if (!isOne) return 'foreign';
      return parts.length < requests.length - 1 ? 'part' : wrong();
    },
  };
}

function wrong(): BmsError {
  const message = 'The board does not take the password of the device; correct it.';
  return new BmsError('denied', `${message} Nothing was switched.`);
}
