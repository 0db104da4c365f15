import type { ErrorCode } from '../battery/errors';

/*
 * Files in the user directory of Node-RED: what their names are made of, and what keeps one from being used.
 */

/** A name as a part of a file name that every system takes. @param longest characters */
export function fileNameOf(name: string, longest = Infinity): string {
  return name.replace(/[^\w-]+/g, '_').slice(0, longest);
}

/** A moment as a part of a file name, UTC: 20261130-230512, or 20261130-230512417 with milliseconds. @param at ms since the epoch */
export function fileTimeOf(at: number, precision: 's' | 'ms' = 's'): string {
  const [date = '', time = ''] = new Date(at).toISOString().split('T');
  return `${date.replaceAll('-', '')}-${time.slice(0, precision === 's' ? 8 : 12).replace(/[:.]/g, '')}`;
}

const NOT_ALLOWED: readonly unknown[] = ['EACCES', 'EPERM', 'EROFS'];

/** Why the system does not let a file be used: the code of our error, and the words of the system. */
export function fileProblem(thrown: unknown): { code: ErrorCode; reason: string } {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: NOT_ALLOWED.includes(code) ? 'permission' : 'not_found', reason };
}
