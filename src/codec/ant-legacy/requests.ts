import { BmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import type { Script, Step } from '../protocol';
import {
  buildReadRegister,
  buildWrite,
  LOCKED,
  Locked,
  parseRead,
  parseWrite,
  PASSWORD_LENGTH,
  shortFrames,
  UNLOCK,
} from './wire';

/**
 * A good answer is the request again, so that the echo of a half-duplex line looks like one: what is read back decides.
 * A toggle is answered with the new state instead.
 */
export function writeStep(register: number, value: number, label: string, isToggle = false): Step {
  const name = `${label} (${register.toString(16)})`;
  const request = buildWrite(register, value);
  return {
    name,
    request,
    isWrite: true,
    frames: shortFrames,
    match(frame) {
      if (frame.equals(LOCKED)) return new Locked(name);
      const isEcho = isToggle ? parseWrite(frame)?.register === register : frame.equals(request);
      return isEcho ? 'complete' : 'foreign';
    },
  };
}

/**
 * Sends a step; when the board is locked, its password, once, and the step once more (ant-legacy.md 5).
 * @throws BmsError `denied` without a password, or with a wrong one
 */
export function* unlocked(password: string, step: Step): Script<readonly Buffer[]> {
  try {
    return yield step;
  } catch (thrown) {
    // Without a password, this error already asks for one.
    if (!(thrown instanceof Locked) || password === '') throw thrown;
  }
  yield unlockStep(password);
  return yield step;
}

/** @throws BmsError `denied` for a password that cannot be one */
function unlockStep(password: string): Step {
  if (password.length !== PASSWORD_LENGTH || !/^[\x20-\x7e]+$/.test(password)) {
    const why = say`the password in the device cannot be its own, which has 8 letters and digits`;
    throw new BmsError('denied', say`The board is locked, and ${why}. Correct it. Nothing was switched.`);
  }
  const letters = Buffer.from(password, 'latin1');
  const requests = UNLOCK.map((command, i) => buildWrite(command, letters.readUInt16BE(2 * i)));
  return {
    name: 'password (f1 to f4)',
    request: Buffer.concat(requests),
    isWrite: true,
    frames: shortFrames,
    match(frame, parts) {
      if (requests.at(-1)?.equals(frame) === true) return 'complete';
      // Each is answered, and only the last answer counts: a locked board answers the first three as locked.
      const isOne = frame.equals(LOCKED) || UNLOCK.includes(parseWrite(frame)?.register ?? 0);
      if (!isOne) return 'foreign';
      return parts.length < requests.length - 1 ? 'part' : wrongPassword();
    },
  };
}

function wrongPassword(): BmsError {
  const message = say`The board does not take the password of the device; correct it. Nothing was switched.`;
  return new BmsError('denied', message);
}

/** Reads a register (ant-legacy.md 6). */
export function readStep(register: number, label: string): Step {
  const name = `${label} (5a ${register})`;
  return {
    name,
    request: buildReadRegister(register, 0),
    isWrite: false,
    frames: shortFrames,
    match(frame) {
      if (frame.equals(LOCKED)) return new Locked(name);
      return parseRead(frame)?.register === register ? 'complete' : 'foreign';
    },
  };
}
