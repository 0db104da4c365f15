import { BmsError, toBmsError, sentenceOf } from '../battery/errors';
import { printable } from '../battery/quoted';
import { say, type Sentence } from '../battery/sentence';
import { within, type Clock } from '../clock';
import { abortedError, unlessAborted } from './abort';
import { claimOf, inTurn, turnOf, type Attempt } from './ble/attempt';
import { BleChannel } from './ble/channel';
import type { AdapterChoice } from './ble/noble-loader';
import { patiently, type Patience } from './ble/patience';
import type { Central } from './ble/peripheral';
import type { Radio } from './ble/radio';
import { radioFor } from './ble/radios';
import type { GattRoute, RoutedPort } from './ble/route';
import type { Found } from './ble/scanner';
import { deviceKey, matches } from './ble/advertisement';
import { claim } from './claims';
import type { Channel, ChannelEvents, Link, OpenOptions, RadioFigures } from './link';
import { once } from './once';
import { causeOf, untilAborted, whenAborted } from './ble/abort';

export type { AdapterChoice, BleDriver } from './ble/noble-loader';
export type { GattRoute } from './ble/route';

const REMEDY = say`check that it is awake, near, and that no phone or other host is connected to it`;

/** How often a device is looked for again because its turn to connect came late. */
const MOST_LOOKS = 3;

/** How often an attempt to connect is cut short for the sake of others until it is given its time. */
const MOST_CUT_SHORT = 3;

/**
 * A board behind a Bluetooth LE module that passes serial bytes on.
 * @param device MAC address, platform id or advertised name
 */
export class BleLink implements Link {
  readonly name: string;
  readonly isRadio = true;

  private connects = 0;
  private drops = 0;
  private rssi: number | undefined;
  private lastDataAt: number | undefined;
  /** attempts to connect, one after the other, that were cut short for the sake of others */
  private cutShort = 0;
  private leaving: Promise<void> = Promise.resolve();

  constructor(
    private readonly device: string,
    private readonly adapter: AdapterChoice,
    private readonly clock: Clock,
    private readonly radioOf: (adapter: AdapterChoice, clock: Clock) => Radio = radioFor,
  ) {
    this.name = printable(device.trim());
  }

  get figures(): RadioFigures {
    const { connects, drops, rssi, lastDataAt, clock } = this;
    const silence = lastDataAt === undefined ? undefined : Math.round((clock.monotonic() - lastDataAt) / 1000);
    return {
      connects,
      drops,
      ...(rssi !== undefined && { rssi }),
      ...(silence !== undefined && { secondsSinceData: silence }),
    };
  }

  /**
   * @throws BmsError `adapter_missing`, `permission`, `port_busy` when another connection has the device, `not_found`
   *   when it does not advertise, `unsupported` when it has none of the services, `timeout` when a step is not
   *   answered, `disconnected`, `closed` when `signal` has ended the attempt
   */
  async open(events: ChannelEvents, { routes = [], signal }: OpenOptions): Promise<Channel> {
    // One that was lost may not have let go of everything yet.
    await unlessAborted(this.leaving, signal, this.name);
    const ending = new AbortController();
    const abort = (): void => ending.abort(abortedError(this.name));
    signal?.addEventListener('abort', abort);
    try {
      return await this.attempt(events, ending, routes);
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  private async attempt(
    events: ChannelEvents,
    ending: AbortController,
    routes: readonly GattRoute[],
  ): Promise<Channel> {
    const taken: (() => Promise<void> | void)[] = [];
    const letGo = once(() => inTurn(taken.reverse()));
    const radio = this.radioOf(this.adapter, this.clock);
    let central: Central | undefined;
    try {
      taken.push(radio.join((error) => ending.abort(error)));
      taken.push(claim(`ble:${deviceKey(this.device.trim())}`, this.name));
      central = await untilAborted(ending.signal, () => radio.powerOn());
      const attempt = { ending, events: this.counting(events), routes, memory: radio.routes, letGo };
      const channel = await this.reach(central, attempt, taken);
      channel.begin();
      this.connects++;
      return channel;
    } catch (error) {
      this.leaving = letGo();
      // An adapter that is still coming up holds up nobody who does not want it any more.
      if (central !== undefined || !ending.signal.aborted) await this.leaving;
      throw toBmsError(error, 'disconnected');
    }
  }

  /** Looks for the device until it is there when its turn comes, and connects. */
  private async reach(central: Central, attempt: Attempt, taken: (() => void)[]): Promise<BleChannel> {
    for (let looks = 1; ; looks++) {
      const found = await this.look(central, attempt.ending);
      const giveUp = claimOf(found, this.name);
      taken.push(giveUp);
      const channel = await turnOf(central, attempt.ending, async () => {
        if (looks < MOST_LOOKS && !central.scanner.isFresh(found)) return undefined;
        return this.connect(central, found, attempt);
      });
      if (channel === undefined) {
        giveUp();
        continue;
      }
      await this.startUp(channel, found, central, attempt);
      return channel;
    }
  }

  private async look({ scanner, limits }: Central, ending: AbortController): Promise<Found> {
    const { sightMs } = limits;
    const message = say`The Bluetooth device ${this.name} does not advertise within ${sightMs / 1000} s; ${REMEDY}.`;
    const late = new BmsError('not_found', message);
    const stop = new AbortController();
    const listening = whenAborted(ending.signal, () => stop.abort());
    try {
      ending.signal.throwIfAborted();
      return await scanner.look((sighting) => matches(this.device, sighting), sightMs, late, stop.signal);
    } catch (error) {
      throw causeOf(ending.signal) ?? error;
    } finally {
      listening();
    }
  }

  /** Connects, which nobody else can do meanwhile. */
  private async connect(central: Central, { peripheral }: Found, attempt: Attempt): Promise<BleChannel> {
    const { ending, memory } = attempt;
    ending.signal.throwIfAborted();
    const channel = new BleChannel({
      ...attempt,
      name: this.name,
      peripheral,
      central,
      clock: this.clock,
      limits: central.limits,
      onRssi: (rssi) => this.hearsRssi(rssi),
      onWorking: (way) => memory.worked(peripheral.id, way),
      onSilent: (way) => memory.silent(peripheral.id, way),
      onLeaving: (done) => {
        this.leaving = done;
      },
    });
    try {
      this.hearsRssi(peripheral.rssi);
      const complaint = say`does not accept a connection`;
      await this.told(
        complaint,
        patiently(
          untilAborted(ending.signal, () => peripheral.connect()),
          this.patience(central, complaint),
        ),
      );
      this.cutShort = 0;
      // The library may have told of the end before it told of the connection.
      if (!peripheral.isConnected) channel.lost(say`it ended the connection`);
      return channel;
    } catch (error) {
      await channel.close();
      throw error;
    }
  }

  /** One that does not come about must not keep those waiting who would; but now and then it is given its time. */
  private patience(central: Central, complaint: Sentence): Patience {
    const { connectMs, briefConnectMs } = central.limits;
    return {
      clock: this.clock,
      leastMs: this.cutShort >= MOST_CUT_SHORT ? connectMs : briefConnectMs,
      mostMs: connectMs,
      isAwaited: () => central.isAwaited,
      late: (ms) => {
        this.cutShort = ms < connectMs ? this.cutShort + 1 : 0;
        return this.lateError(complaint, ms);
      },
    };
  }

  /** Finds the way to the board of a connected device, and lets its bytes in. */
  private async startUp(
    channel: BleChannel,
    { peripheral }: Found,
    { limits }: Central,
    { ending, routes, memory }: Attempt,
  ): Promise<void> {
    try {
      const ways = await this.step(ending, limits.discoverMs, say`does not list its services`, () =>
        peripheral.ports(routes, this.name),
      );
      await this.subscribe(channel, ending, memory.sorted(peripheral.id, ways), limits.subscribeMs, {
        refused: (way) => memory.refused(peripheral.id, way),
        silent: (way) => memory.silent(peripheral.id, way),
      });
    } catch (error) {
      await channel.close();
      throw error;
    }
  }

  /** Subscribes to the first route on which the device lets itself be subscribed. */
  private async subscribe(
    channel: BleChannel,
    ending: AbortController,
    ways: readonly RoutedPort[],
    limitMs: number,
    tell: { refused(way: RoutedPort): void; silent(way: RoutedPort): void },
  ): Promise<void> {
    let failure: unknown;
    for (const way of ways) {
      try {
        return await this.step(ending, limitMs, say`does not begin to notify`, () => channel.use(way));
      } catch (error) {
        failure = error;
        if (ending.signal.aborted) break;
        const isSilent = error instanceof BmsError && error.code === 'timeout';
        if (!isSilent) {
          tell.refused(way);
          continue;
        }
        tell.silent(way);
        // After a step without an answer nothing gets through any more: the others have to wait for the next attempt.
        break;
      }
    }
    throw failure;
  }

  /** One step of the start-up, which may hang in the library or the controller for ever. */
  private step<T>(ending: AbortController, limitMs: number, complaint: Sentence, work: () => Promise<T>): Promise<T> {
    const late = this.lateError(complaint, limitMs);
    return this.told(complaint, within(this.clock, limitMs, untilAborted(ending.signal, work), late));
  }

  private lateError(complaint: Sentence, ms: number): BmsError {
    const seconds = Number((ms / 1000).toFixed(1));
    return new BmsError(
      'timeout',
      say`${this.name} ${complaint} within ${seconds} s; go nearer, close its phone app, or pair it with the system.`,
    );
  }

  /** What a step fails with is told as what the device does not do. */
  private async told<T>(complaint: Sentence, step: Promise<T>): Promise<T> {
    try {
      return await step;
    } catch (error) {
      if (error instanceof BmsError) throw error;
      const reason = sentenceOf(error);
      throw new BmsError('disconnected', say`${this.name} ${complaint}: ${reason}.`, error);
    }
  }

  private counting(events: ChannelEvents): ChannelEvents {
    return {
      data: (bytes) => {
        this.lastDataAt = this.clock.monotonic();
        events.data(bytes);
      },
      closed: (cause) => {
        this.drops++;
        events.closed(cause);
      },
    };
  }

  private hearsRssi(rssi: number): void {
    if (rssi < 0) this.rssi = rssi;
  }
}
