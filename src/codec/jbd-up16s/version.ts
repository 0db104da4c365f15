/** The first numbers of a version such as "12.4.1"; 0 for what is missing or no number. */
export function versionNumbers(version: string | undefined): readonly number[] {
  return (version ?? '').split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : 0));
}

/**
 * The version in the pack status. A slave that the master forwards has major 0 and is shown by its minor number
 * alone (jbd.md 11.3).
 */
export function shortVersion(major: number, minor: number): string {
  return major === 0 ? `${minor}` : `${major}.${minor}`;
}

/** The two numbers that stand for a version in the pack status: a single number is a minor one. */
export function shortNumbers(version: string | undefined): readonly [major: number, minor: number] {
  const [first = 0, second] = versionNumbers(version);
  return second === undefined ? [0, first & 0xff] : [first & 0xff, second & 0xff];
}
