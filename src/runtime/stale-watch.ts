import type { Clock, Timer } from '../clock';
import type { Battery } from '../session/battery';

/** How often a status that shows an age is brought up to date, ms. */
const REFRESH_MS = 60_000;

/**
 * Notices when the last reading of a device gets old though nothing has happened. One timer, which looks for itself
 * whether readings have come meanwhile: a reading costs nothing.
 */
export class StaleWatch {
  private timer: Timer | undefined;
  private closed = false;

  /** @param onOlder called when the reading has become stale, and every minute as long as it is */
  constructor(
    private readonly clock: Clock,
    private readonly device: Pick<Battery, 'ageMs' | 'staleAfterMs'>,
    private readonly onOlder: () => void,
  ) {}

  /** To be called with every reading. */
  heard(): void {
    if (this.timer === undefined && !this.closed) this.wind(this.device.staleAfterMs);
  }

  close(): void {
    this.closed = true;
    this.timer?.cancel();
  }

  private wind(ms: number): void {
    this.timer = this.clock.after(ms, () => this.look());
  }

  private look(): void {
    const { ageMs = 0, staleAfterMs } = this.device;
    if (ageMs < staleAfterMs) return this.wind(staleAfterMs - ageMs);
    this.onOlder();
    this.wind(REFRESH_MS);
  }
}

/** An age in its largest whole unit: `45 s`, `12 min`, `3 h`, `2 d`. */
export function ageText(ageMs: number): string {
  const seconds = Math.floor(ageMs / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}
