import { systemClock, type Clock, type Timer } from '../../src/clock';

/** What passes between two looks at the clock counts as no more than this, ms. */
const STEP_MS = 1;

/**
 * A real clock that counts the time which this process has had, for short limits: when the machine pauses, or is busy
 * with something else, nobody is late. Somebody must wait for a timer, or nobody looks.
 */
class PatientClock implements Clock {
  readonly now = systemClock.now;
  readonly random = systemClock.random;
  private time = 0;
  private looked = systemClock.monotonic();

  monotonic(): number {
    const now = systemClock.monotonic();
    this.time += Math.min(STEP_MS, now - this.looked);
    this.looked = now;
    return this.time;
  }

  after(delayMs: number, action: () => void): Timer {
    const due = this.monotonic() + delayMs;
    const look = (): Timer =>
      systemClock.after(STEP_MS, () => {
        if (this.monotonic() >= due) action();
        else timer = look();
      });
    let timer = look();
    return { cancel: () => timer.cancel() };
  }
}

export const patientClock: Clock = new PatientClock();
