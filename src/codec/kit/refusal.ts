import { BmsError, type ErrorCode } from '../../battery/errors';
import { say, type Sentence } from '../../battery/sentence';

/** A board's no, with the code that it gave: what is worth another try may depend on it. */
export class Refusal extends BmsError {
  constructor(
    code: ErrorCode,
    message: Sentence,
    readonly status: number,
  ) {
    super(code, message);
  }
}

/** A level of permission that is too low: it says nothing of whether the password of the device is right. */
export class LevelTooLow extends BmsError {
  constructor(message: Sentence, cause?: unknown) {
    super('denied', message, cause);
  }
}

/** Whether a board has said no with one of these codes. */
export function isRefusedWith(thrown: unknown, ...statuses: readonly number[]): thrown is Refusal {
  return thrown instanceof Refusal && statuses.includes(thrown.status);
}

/** Whether a board has said no, so that it has done nothing; any other failure leaves that open. */
export function isRefusal(thrown: unknown): thrown is BmsError {
  return thrown instanceof BmsError && ['rejected', 'unsupported', 'denied', 'bad_value'].includes(thrown.code);
}

/** What a code of a board means. @param name of what was asked; @param code in hex, as documents have it */
export type RefusalMeaning = (name: string, code: string) => readonly [ErrorCode, Sentence];

/** What the codes of a board mean; those that are missing are `refused`. */
export type RefusalTable = Readonly<Record<number, RefusalMeaning>>;

/** What board after board says. Those for writes say that nothing was done; that is so whatever the reason. */
export const MEANINGS = {
  unknown: (name) => ['unsupported', say`The board does not know ${name}; check whether the protocol fits the board.`],
  damaged: (name) => ['checksum', say`The request for ${name} reached the board damaged; check the line to it.`],
  busy: (name) => ['rejected', say`The board refuses ${name} for now; close other apps that use it and ask again.`],
  locked: (name) => ['denied', say`The board is locked and refuses ${name}; enter its password in the device.`],
  refused: (name, code) => [
    'rejected',
    say`The board refuses ${name} with code ${code}; restart the board and ask again.`,
  ],
  writeUnknown: (name) => ['unsupported', say`The board does not have ${name}. Nothing was switched.`],
  writeForbidden: (name) => [
    'rejected',
    say`The board refuses ${name}: it does not have it or forbids it. Nothing was switched.`,
  ],
  writeValue: (name) => [
    'rejected',
    say`The board refuses ${name}: it does not take this value. Nothing was switched.`,
  ],
  writeDamaged: (name) => [
    'rejected',
    say`The request for ${name} reached the board damaged, and nothing was switched; check the wiring and try again.`,
  ],
} as const satisfies Record<string, RefusalMeaning>;

/**
 * The error for a board's no.
 * @param status the code that the board gave
 * @param name of what was asked, in the words of the protocol's documentation
 */
export function refusalOf(table: RefusalTable, status: number, name: string): Refusal {
  const meaning: RefusalMeaning = table[status] ?? MEANINGS.refused;
  const [code, sentence] = meaning(name, status.toString(16).padStart(2, '0'));
  return new Refusal(code, sentence, status);
}
