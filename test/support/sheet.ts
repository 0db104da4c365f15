/** Bytes written in hex, with spaces where they help the eye. */
export function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}

/** `code level` of each alarm, in a fixed order. */
export function codes(alarms: unknown): string[] {
  return (alarms as { code: string; level: string }[]).map(({ code, level }) => `${code} ${level}`).sort();
}
