import { printableSentence } from './quoted';
import { say, verbatim, type Sentence } from './sentence';

/**
 * Every way a request to a battery can fail, as users see it in `msg.error.code`.
 * The names are part of the public contract: flows switch on them.
 */
export const ERROR_CODES = [
  'timeout',
  'checksum',
  'malformed',
  'rejected',
  'unsupported',
  'denied',
  'bad_value',
  'not_confirmed',
  'port_not_found',
  'port_busy',
  'permission',
  'adapter_missing',
  'not_found',
  'disconnected',
  'queue_full',
  'closed',
  'internal',
] as const;

/** What went wrong; see docs/errors.md for each. */
export type ErrorCode = (typeof ERROR_CODES)[number];

/** A closer cause than the code, for the short text of a status. */
export type StatusWord = 'nothing_listens' | 'bridge_mode' | 'library_missing' | 'too_late';

/** An error with a stable `code` and a plain sentence that says what to do. */
export class BmsError extends Error {
  /** what went wrong, stable across releases */
  readonly code: ErrorCode;
  /**
   * see `StatusWord`
   * @internal
   */
  readonly word: StatusWord | undefined;
  /**
   * the message in the form that can be translated
   * @internal
   */
  readonly sentence: Sentence;

  /**
   * @internal
   * @param code what went wrong, stable across releases
   * @param message one plain sentence for the user, made with `say`; text that comes from outside, with `verbatim`. Line
   *   breaks and the like in it are escaped
   * @param cause the underlying error, if there is one
   * @param word a closer cause for the status of a node, where there is one
   */
  constructor(code: ErrorCode, message: Sentence, cause?: unknown, word?: StatusWord) {
    super(printableSentence(String(message)), cause === undefined ? undefined : { cause });
    this.name = 'BmsError';
    this.sentence = message;
    this.code = code;
    this.word = word;
  }

  /** The sentence alone: Node-RED makes `msg.error.message` of this. */
  override toString(): string {
    return this.message;
  }
}

/** The error of an action or a request of which nothing has gone out to the board; its sentence says so. */
export class NotSentError extends BmsError {}

/** An error that never reaches a flow as it is: its clause becomes part of the sentence of a BmsError. */
export class ClauseError extends Error {
  constructor(
    readonly sentence: Sentence,
    options?: ErrorOptions,
  ) {
    super(String(sentence), options);
  }
}

/** What an error says: translatable where it is ours, else as the library or the system says it. */
export function sentenceOf(thrown: unknown): Sentence {
  if (thrown instanceof BmsError || thrown instanceof ClauseError) return thrown.sentence;
  return verbatim(thrown instanceof Error ? thrown.message : String(thrown));
}

/**
 * Turns anything thrown into a BmsError, so that whatever reaches a flow carries a code.
 * @param fallback the code for an error that has none of ours, where it comes from outside: a library, the system. When
 *   missing, such an error is a fault of this package: `internal`, and reported to the listener of `onFault`
 */
export function toBmsError(thrown: unknown, fallback?: ErrorCode): BmsError {
  if (thrown instanceof BmsError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return fallback === undefined ? faultOf(thrown, message) : new BmsError(fallback, verbatim(message), thrown);
}

/** Faults that were reported already, by their place in the source. */
const reportedFaults = new Set<string>();
/** More places than there can be; beyond that number a fault may be reported again. */
const MOST_FAULTS = 1000;

let report: (fault: BmsError) => void = () => undefined;

/**
 * Has `listener` called with each fault of this package, once for each place that it comes from; its `cause` has the stack.
 * A later listener replaces this one.
 */
export function onFault(listener: (fault: BmsError) => void): void {
  report = listener;
  reportedFaults.clear();
}

function faultOf(thrown: unknown, message: string): BmsError {
  const sentence = say`A fault of this package, not of the battery or its wiring: ${message}. Please report it with the log.`;
  const fault = new BmsError('internal', sentence, thrown);
  const place = thrown instanceof Error ? (thrown.stack ?? message) : message;
  if (reportedFaults.has(place)) return fault;
  if (reportedFaults.size >= MOST_FAULTS) reportedFaults.clear();
  reportedFaults.add(place);
  try {
    report(fault);
  } catch {
    // A listener that fails must not replace the fault, which goes to its asker all the same.
  }
  return fault;
}

/** Runs a part of this package that must not take others down: what it throws is reported as a fault, and ends here. */
export function isolated(part: () => void): void {
  try {
    part();
  } catch (thrown) {
    toBmsError(thrown);
  }
}
