import { BmsError } from '../../battery/errors';
import type { Script, Step } from '../protocol';
import { COMMANDS, isAcknowledgement, writeRequest } from './wire';

/** The id under which a password is sent, and a password: tested firmware accepts any (jk.md 9). */
const PASSWORD = 0x00;
const ANY_PASSWORD = 0;

/** Between the password and what it unlocks, ms (jk.md 8). */
const UNLOCKING_MS = 150;

/**
 * Unlocks the board for one write. No public software waits for the answer, and firmware that knows no password is
 * silent: then the write shows whether one was needed.
 */
export function* unlock(): Script<void> {
  try {
    yield {
      name: 'password (05)',
      request: writeRequest(COMMANDS.password, PASSWORD, ANY_PASSWORD),
      isWrite: true,
      match: (frame) => (isAcknowledgement(frame, COMMANDS.password, PASSWORD) ? 'complete' : 'foreign'),
      gapMs: UNLOCKING_MS,
    };
  } catch (thrown) {
    const isUnanswered = thrown instanceof BmsError && ['timeout', 'checksum'].includes(thrown.code);
    if (!isUnanswered) throw thrown;
  }
}

/** The write of one id. How a board refuses is not known (jk.md 13): with any other answer only what is read back decides. */
export function writeStep(name: string, id: number, data: Iterable<number>): Step {
  return {
    name,
    request: writeRequest(COMMANDS.write, id, ...data),
    isWrite: true,
    match: (frame) => (isAcknowledgement(frame, COMMANDS.write, id) ? 'complete' : 'foreign'),
  };
}
