/** No board, bridge or radio module brings as much: the fastest serial line there is has 400 KiB in a second. */
const MOST_BYTES = 1024 * 1024;
const WINDOW_MS = 1000;

/** Knows when more comes over a line than any battery could send, which only costs the time of everybody else. */
export class FloodGauge {
  private bytes = 0;
  private since = -Infinity;

  /**
   * Counts what has come.
   * @param now ms on a clock that does not jump
   * @returns whether it is a flood
   */
  rises(bytes: number, now: number): boolean {
    if (now - this.since >= WINDOW_MS) {
      this.since = now;
      this.bytes = 0;
    }
    this.bytes += bytes;
    return this.bytes > MOST_BYTES;
  }
}
