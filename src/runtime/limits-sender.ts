import { haveLimitsChanged, hasFallenToZero } from '../battery/limits/changes';
import { toMqttBattery } from '../battery/sinks/mqtt-battery';
import { toPylontech } from '../battery/sinks/pylontech';
import { toVictron, type VictronMemory } from '../battery/sinks/victron';
import type { Clock, Timer } from '../clock';
import { limitsMessage, plainMessages, type Given, type LimitsMessage } from './messages/limits-messages';
import { Outlet } from './outlet';
import type { LimitsFormat, LimitsNodeSettings } from './settings/limits-settings';

/** When a format leaves by itself, ms. */
interface Pace {
  /** sent again after so long */
  readonly repeatMs: number;
  /** no two closer together than this */
  readonly gapMs: number;
  /** whether it holds what was measured too, so that each reading changes it */
  readonly hasReading: boolean;
}

const FLOW: Pace = { repeatMs: 30_000, gapMs: 0, hasReading: false };

/** What receivers expect (victron.md 2, 8, 10). */
const PACE: Readonly<Record<LimitsFormat, Pace>> = {
  ...{ object: FLOW, values: FLOW, influx: FLOW },
  victron: { repeatMs: 30_000, gapMs: 1000, hasReading: true },
  'mqtt-battery': { repeatMs: 20_000, gapMs: 1000, hasReading: true },
  pylontech: { repeatMs: 1000, gapMs: 1000, hasReading: true },
};

/** Limits of the virtual battery are repeated within 30 s, also where the message before has just left. */
const VICTRON_REPEAT_MS = PACE.victron.repeatMs - PACE.victron.gapMs;

export interface LimitsSenderOptions {
  settings: Pick<LimitsNodeSettings, 'emit' | 'intervalMs' | 'format'>;
  clock: Clock;
  send(messages: LimitsMessage[]): void;
}

/** Sends limits when they have changed, or at regular times, in the format of the node (charge-limits.md 14). */
export class LimitsSender {
  private readonly outlet: Outlet<Given>;
  private isFull = false;
  private victron: VictronMemory | undefined;
  /** the last limits for the virtual battery, as text; undefined when they are to be sent again */
  private sentFirst: string | undefined;
  private repeatTimer: Timer | undefined;
  private isRequested = false;

  constructor(private readonly options: LimitsSenderOptions) {
    const { clock, settings } = options;
    const { repeatMs, gapMs, hasReading } = PACE[settings.format];
    const differs = (before: Given, now: Given): boolean =>
      settings.emit === 'interval'
        ? hasFallenToZero(before.limits, now.limits)
        : haveLimitsChanged(before.limits, now.limits) || (hasReading && before.reading !== now.reading);
    this.outlet = new Outlet<Given>({
      clock,
      gapMs,
      repeatMs: settings.emit === 'interval' ? settings.intervalMs : repeatMs,
      differs,
      send: (given) => this.send(given),
    });
  }

  /** Takes the limits of a step. */
  offer(given: Given): void {
    // Said once, also when the step itself is not sent.
    this.isFull ||= given.limits.full === true;
    this.outlet.offer(this.isFull ? { ...given, limits: { ...given.limits, full: true } } : given);
  }

  /** Sends limits though nothing has changed. */
  repeat(given: Given): void {
    this.isRequested = true;
    this.outlet.offer(given, true);
  }

  close(): void {
    this.repeatTimer?.cancel();
    this.outlet.close();
  }

  private send(given: Given): void {
    this.isFull = false;
    this.options.send(this.messagesOf(given));
    this.isRequested = false;
  }

  private messagesOf(given: Given): LimitsMessage[] {
    const { format } = this.options.settings;
    const { limits, reading } = given;
    switch (format) {
      case 'victron':
        return this.victronPayloads(given).map((payload) => limitsMessage(given, payload));
      case 'mqtt-battery': {
        const payload = toMqttBattery(reading, limits);
        return payload === undefined ? [] : [limitsMessage(given, payload)];
      }
      case 'pylontech': {
        const frames = toPylontech(reading, limits);
        return frames.length === 0 ? [] : [limitsMessage(given, frames)];
      }
      default:
        return plainMessages(given, format);
    }
  }

  /** Limits first and alone; not again while they stay the same, until they are repeated. */
  private victronPayloads({ limits, reading }: Given): object[] {
    const { clock, settings } = this.options;
    const { payloads, memory } = toVictron(reading, limits, this.victron, clock.monotonic() / 1000);
    this.victron = memory;
    const [first, ...others] = payloads.map((payload) => ({ ...payload }));
    if (first === undefined) return [];
    const text = JSON.stringify(first);
    if (text === this.sentFirst && !this.isRequested && settings.emit === 'change') return others;
    this.sentFirst = text;
    this.repeatTimer?.cancel();
    if (settings.emit === 'change') this.repeatTimer = clock.after(VICTRON_REPEAT_MS, () => this.repeatVictron());
    return [first, ...others];
  }

  private repeatVictron(): void {
    this.sentFirst = undefined;
    this.outlet.again();
  }
}
