import { BmsError, sentenceOf } from '../../battery/errors';
import { say, type Sentence } from '../../battery/sentence';
import { within, type Clock, type Timer } from '../../clock';
import type { Channel, ChannelEvents } from '../link';
import { once } from '../once';
import type { BleLimits } from './limits';
import type { Central, Peripheral } from './peripheral';
import { Repeats } from './repeats';
import type { GattRoute, RoutedPort } from './route';
import { nameOf, servicesOf } from './advertisement';
import { untilAborted, whenAborted } from './abort';

const ATT_HEADER = 3;

export interface ChannelOptions {
  name: string;
  peripheral: Peripheral;
  central: Central;
  clock: Clock;
  limits: BleLimits;
  /** of this connection, or of the attempt to make it */
  ending: AbortController;
  events: ChannelEvents;
  onRssi(rssi: number): void;
  /** The board has said something for the first time. */
  onWorking(way: RoutedPort): void;
  /** The connection has ended, and the board has never said anything though it was asked. */
  onSilent(way: RoutedPort): void;
  /** The connection was lost. @param done resolves when everything that it has taken is given back */
  onLeaving(done: Promise<void>): void;
  /** Gives back what the connection has taken. */
  letGo(): Promise<void>;
}

/** A device, from the first step of the start-up on. */
export class BleChannel implements Channel {
  /** whether the start-up is over, and its owner is told what happens */
  private isOpen = false;
  private way: RoutedPort | undefined;
  private writing: Promise<void> = Promise.resolve();
  private timer: Timer | undefined;
  private hasAsked = false;
  private hasHeard = false;
  private readonly repeats = new Repeats();
  private unsubscribe: () => void = () => undefined;
  private readonly stopWatching: () => void;

  constructor(private readonly options: ChannelOptions) {
    const { peripheral, ending } = options;
    this.stopWatching = peripheral.whenDisconnected(() =>
      this.lost(say`the connection was lost; it may be out of range or asleep`),
    );
    whenAborted(ending.signal, (cause) => this.onEnd(cause));
  }

  get peer(): string {
    return this.options.peripheral.address;
  }

  get manufacturerData(): Buffer | undefined {
    return this.options.peripheral.manufacturerData;
  }

  get advertisedName(): string {
    return nameOf(this.options.peripheral);
  }

  get services(): readonly string[] {
    return servicesOf(this.options.peripheral);
  }

  get route(): GattRoute | undefined {
    return this.way?.route;
  }

  /** The connection is gone. */
  lost(why: Sentence): void {
    const { ending, name } = this.options;
    ending.abort(new BmsError('disconnected', say`${name} is gone: ${why}.`));
  }

  /** Lets the bytes of the device in. */
  async use(way: RoutedPort): Promise<void> {
    this.way = way;
    const stop = await way.subscribe((bytes) => this.hear(way, bytes));
    if (this.options.ending.signal.aborted || this.way !== way) return stop();
    this.unsubscribe = stop;
  }

  /** The start-up is over. @throws BmsError `disconnected` when the device has gone meanwhile */
  begin(): void {
    this.options.ending.signal.throwIfAborted();
    this.isOpen = true;
    this.askRssi();
  }

  write(bytes: Buffer): Promise<void> {
    // One after the other: a second write on a characteristic would take the answer of the first.
    const done = this.writing.then(() => this.writePieces(bytes));
    this.writing = done.catch(() => undefined);
    return done;
  }

  readonly close = once(async () => {
    this.isOpen = false;
    this.options.ending.abort(new BmsError('closed', say`${this.options.name} was closed.`));
    await this.options.peripheral.release();
    await this.options.letGo();
  });

  private hear(way: RoutedPort, bytes: Buffer): void {
    if (!this.isOpen || this.way !== way) return;
    const { central, clock, events, onWorking } = this.options;
    central.showsLife();
    if (!this.hasHeard) onWorking(way);
    this.hasHeard = true;
    if (!this.repeats.isRepeat(bytes, clock.monotonic())) events.data(bytes);
  }

  private onEnd(cause: BmsError): void {
    const { events, onLeaving, onSilent } = this.options;
    if (this.way !== undefined && this.hasAsked && !this.hasHeard) onSilent(this.way);
    const wasOpen = this.isOpen;
    this.isOpen = false;
    this.timer?.cancel();
    this.unsubscribe();
    this.stopWatching();
    if (!wasOpen) return;
    onLeaving(this.close());
    events.closed(cause);
  }

  private async writePieces(bytes: Buffer): Promise<void> {
    const { peripheral, ending, clock, limits, name } = this.options;
    const { way } = this;
    if (!this.isOpen || way === undefined) throw new BmsError('disconnected', say`${name} is not connected.`);
    const size = peripheral.mtu - ATT_HEADER;
    const late = new BmsError('timeout', say`${name} does not take what is written; pair it with the system.`);
    this.hasAsked = true;
    this.repeats.asked(clock.monotonic());
    try {
      for (let at = 0; at < bytes.length; at += size) {
        const piece = bytes.subarray(at, at + size);
        await within(
          clock,
          limits.writeMs,
          untilAborted(ending.signal, () => way.write(piece)),
          late,
        );
      }
    } catch (error) {
      // The library still waits for the answer, and would let nothing else through.
      if (error === late) this.lost(say`it did not take what was written; pair it with the system`);
      if (error instanceof BmsError) throw error;
      const reason = sentenceOf(error);
      const refused = new BmsError('disconnected', say`${name} cannot be written to: ${reason}.`, error);
      ending.abort(refused);
      throw refused;
    }
  }

  private askRssi(): void {
    const { clock, limits, peripheral, onRssi } = this.options;
    this.timer = clock.after(limits.rssiEveryMs, () => {
      this.askRssi();
      // Not every platform can tell; then the strength at the last advertisement stands.
      peripheral.measureRssi(onRssi);
    });
  }
}
