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
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** An error with a stable `code` and a plain sentence that says what to do. */
export class BmsError extends Error {
  readonly code: ErrorCode;

  /**
   * @param code what went wrong, stable across releases
   * @param message one plain sentence for the user
   * @param cause the underlying error, if there is one
   */
  constructor(code: ErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'BmsError';
    this.code = code;
  }

  /** The sentence alone: Node-RED makes `msg.error.message` of this. */
  override toString(): string {
    return this.message;
  }
}

/**
 * Turns anything thrown into a BmsError, so that whatever reaches a flow carries a code.
 * @param fallback the code for an error that has none of ours
 */
export function toBmsError(thrown: unknown, fallback: ErrorCode): BmsError {
  if (thrown instanceof BmsError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new BmsError(fallback, message, thrown);
}
