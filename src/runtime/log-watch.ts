import { toBmsError } from '../battery/errors';
import type { Clock, Timer } from '../clock';
import type { Condition, Device, Snapshot } from '../session/device';

/** Boards note more than alarms: their logs are looked at after so long also when no alarm has changed, ms. */
const LOOK_EVERY_MS = 10 * 60_000;

/** From an alarm to its entry in the log of the board, ms. */
const SETTLES_MS = 5000;

export interface LogWatchOptions {
  readonly device: Device;
  readonly clock: Clock;
  /** Reads the log and sends what is new. */
  look(): Promise<void>;
  /** Called when a look has failed, once until one succeeds. */
  onTrouble(error: unknown): void;
}

/** Looks into the log of a device by itself: at first, when its alarms change, when it is back, and now and then. */
export class LogWatch {
  private timer: Timer | undefined;
  private readonly unsubscribes: (() => void)[];
  private alarms: string | undefined;
  private looking = false;
  private isTroubled = false;
  private closed = false;

  constructor(private readonly options: LogWatchOptions) {
    const { device } = options;
    this.unsubscribes = [
      device.readings.subscribe((snapshot) => this.onReading(snapshot)),
      device.changed.subscribe((condition) => this.onCondition(condition)),
    ];
    if (device.last !== undefined && device.condition.phase === 'fresh') this.onReading(device.last);
  }

  close(): void {
    this.closed = true;
    this.timer?.cancel();
    for (const unsubscribe of this.unsubscribes) unsubscribe();
  }

  private onReading({ reading: { alarms = [] } }: Snapshot): void {
    const now = alarms.map(({ code, level }) => `${code} ${level}`).join();
    const isFirst = this.alarms === undefined;
    const hasChanged = this.alarms !== now;
    this.alarms = now;
    if (isFirst) this.lookIn(0);
    else if (hasChanged) this.lookIn(SETTLES_MS);
  }

  /** What has happened while the device was away is seen when it is back. */
  private onCondition({ phase }: Condition): void {
    if (phase !== 'lost') return;
    this.timer?.cancel();
    this.alarms = undefined;
  }

  /** Also in the midst of a look. */
  private isClosed(): boolean {
    return this.closed;
  }

  private lookIn(ms: number): void {
    this.timer?.cancel();
    this.timer = this.options.clock.after(ms, () => void this.look());
  }

  private async look(): Promise<void> {
    if (this.looking || this.closed) return;
    this.looking = true;
    try {
      await this.options.look();
      this.isTroubled = false;
    } catch (thrown) {
      const error = toBmsError(thrown);
      if (!this.isTroubled && !this.isClosed()) this.options.onTrouble(error);
      this.isTroubled = true;
    } finally {
      this.looking = false;
    }
    if (!this.isClosed() && this.alarms !== undefined) this.lookIn(LOOK_EVERY_MS);
  }
}
