import { Session } from 'node:inspector';

/** Parts of the code that have run, as V8 counts them block by block. */
export class Coverage {
  private readonly session = new Session();
  private readonly seen = new Set<string>();
  private latest: string[] = [];

  /** @param isOurs whether the code of a file counts */
  constructor(private readonly isOurs: (url: string) => boolean) {
    this.session.connect();
    this.session.post('Profiler.enable');
    this.session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** how many parts are known to run */
  get size(): number {
    return this.seen.size;
  }

  /** Looks which parts have run since the last look. @returns how many of them had never run before */
  look(): number {
    const fresh: string[] = [];
    // To its own thread a session answers at once.
    this.session.post('Profiler.takePreciseCoverage', (error, { result }) => {
      if (error) throw error;
      for (const { url, scriptId, functions } of result) {
        if (!this.isOurs(url)) continue;
        for (const { ranges } of functions) {
          for (const { startOffset, endOffset, count } of ranges) {
            const part = `${scriptId} ${startOffset} ${endOffset}`;
            if (count === 0 || this.seen.has(part)) continue;
            this.seen.add(part);
            fresh.push(part);
          }
        }
      }
    });
    if (fresh.length > 0) this.latest = fresh;
    return fresh.length;
  }

  /** Takes back what the last look has found, so that it can be found again. */
  forgetLatest(): void {
    for (const part of this.latest.splice(0)) this.seen.delete(part);
  }

  stop(): void {
    this.session.disconnect();
  }
}
