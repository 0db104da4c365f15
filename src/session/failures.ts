import type { BmsError } from '../battery/errors';

/** Whether asking again may help: the answer was lost or damaged. */
export function isWorthRepeating({ code }: BmsError): boolean {
  return code === 'timeout' || code === 'checksum' || code === 'malformed';
}

/** Whether it is a failure of the line, not of one query: asking on would only fail again. */
export function endsTheRead(error: BmsError): boolean {
  return !isWorthRepeating(error) && !['rejected', 'unsupported', 'denied', 'internal'].includes(error.code);
}
