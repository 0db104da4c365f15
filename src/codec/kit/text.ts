/** Text up to the first NUL or `end`, printable ASCII only, trimmed; undefined when nothing is left. */
export function decodeText(data: Buffer, start = 0, end = data.length): string | undefined {
  let stop = start;
  let isPrintable = true;
  for (; stop < end; stop++) {
    const byte = data[stop] ?? 0;
    if (byte === 0) break;
    if (byte < 0x20 || byte > 0x7e) isPrintable = false;
  }
  const all = data.toString('latin1', start, stop);
  const printable = (isPrintable ? all : all.replace(/[^\x20-\x7e]/g, '')).trim();
  return printable === '' ? undefined : printable;
}
