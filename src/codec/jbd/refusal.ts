import { BmsError, type ErrorCode } from '../../battery/errors';

/** The status byte of a reply (jbd.md 3). */
export const STATUS = { done: 0x00, unknown: 0x80, invalid: 0x81, damaged: 0x82, locked: 0x83 } as const;

/** A board's no, with the status that it gave: what is worth another try depends on it. */
export class Refusal extends BmsError {
  constructor(
    code: ErrorCode,
    message: string,
    readonly status: number,
  ) {
    super(code, message);
  }
}

/** Whether a board has said no with one of these statuses. */
export function isRefusedWith(thrown: unknown, ...statuses: readonly number[]): thrown is Refusal {
  return thrown instanceof Refusal && statuses.includes(thrown.status);
}

/**
 * What a status other than 00 means to somebody who reads (jbd.md 3).
 * @param status second byte of the reply's header
 * @param name of the register that was asked
 */
export function refusal(status: number, name: string): Refusal {
  switch (status) {
    case STATUS.unknown: {
      const message = `The board does not know ${name}; check whether the protocol fits the board.`;
      return new Refusal('unsupported', message, status);
    }
    case STATUS.invalid: {
      const message = `The board refuses ${name} for now; close other apps that use it and ask again.`;
      return new Refusal('rejected', message, status);
    }
    case STATUS.damaged: {
      const message = `The request for ${name} reached the board damaged; check the line to it.`;
      return new Refusal('checksum', message, status);
    }
    case STATUS.locked: {
      const message = `The board is locked and refuses ${name}; enter its password in the device.`;
      return new Refusal('denied', message, status);
    }
    default: {
      const code = status.toString(16).padStart(2, '0');
      const message = `The board refuses ${name} with status ${code}; restart the board and ask again.`;
      return new Refusal('rejected', message, status);
    }
  }
}

/**
 * The same to somebody who writes: 80 is also what boards answer that know the request and forbid it, and a request
 * that came damaged was not carried out (jbd.md 3).
 */
export function writeRefusal(status: number, name: string): Refusal {
  switch (status) {
    case STATUS.unknown:
      return new Refusal('rejected', `The board refuses ${name}: it does not have it or forbids it.`, status);
    case STATUS.damaged: {
      const message = `${name} reached the board damaged and was not done; check the wiring and try again.`;
      return new Refusal('rejected', message, status);
    }
    default:
      return refusal(status, name);
  }
}

/** The same for commands that only newer boards have: the others answer 80 (jbd.md 5). */
export function commandRefusal(status: number, name: string): Refusal {
  if (status !== STATUS.unknown) return writeRefusal(status, name);
  return new Refusal('unsupported', `The board does not have ${name}; older boards do not.`, status);
}
