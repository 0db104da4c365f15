import type { BmsError } from '../../battery/errors';
import type { Clock, Timer } from '../../clock';

/** How often to look whether somebody else waits, ms. */
const LOOK_MS = 250;

export interface Patience {
  readonly clock: Clock;
  /** for so long in any case */
  readonly leastMs: number;
  /** for so long while nobody else waits */
  readonly mostMs: number;
  /** whether somebody else waits for what this takes */
  isAwaited(): boolean;
  /** @param ms how long it was waited for */
  late(ms: number): BmsError;
}

/** The outcome of some work, or why nobody waits for it any more: sooner when others wait for their turn. */
export function patiently<T>(work: Promise<T>, { clock, leastMs, mostMs, isAwaited, late }: Patience): Promise<T> {
  return new Promise((resolve, reject) => {
    const began = clock.monotonic();
    let timer: Timer;
    const wait = (ms: number): void => {
      timer = clock.after(ms, () => {
        const passed = clock.monotonic() - began;
        if (passed >= mostMs || isAwaited()) return reject(late(Math.min(passed, mostMs)));
        wait(Math.min(LOOK_MS, mostMs - passed));
      });
    };
    wait(Math.min(leastMs, mostMs));
    void work.then(resolve, reject).finally(() => timer.cancel());
  });
}
