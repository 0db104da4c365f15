import { BmsError, toBmsError } from '../battery/errors';
import { printable } from '../battery/quoted';
import { within, type Clock } from '../clock';
import { abortedError, unlessAborted } from './abort';
import { BleChannel } from './ble/channel';
import { Ending } from './ble/ending';
import type { AdapterChoice } from './ble/library';
import type { Central } from './ble/peripheral';
import type { Radio } from './ble/radio';
import { radioFor } from './ble/radios';
import type { GattRoute, Way } from './ble/route';
import type { Found } from './ble/scanner';
import { deviceKey, isWanted } from './ble/sighting';
import { claim } from './claims';
import type { Channel, ChannelEvents, Link, OpenOptions, RadioFigures } from './link';
import { once } from './once';

export type { AdapterChoice, BleDriver } from './ble/library';
export type { GattRoute } from './ble/route';

const REMEDY = 'check that it is awake, near, and that no phone or other host is connected to it';

/** How often a device is looked for again because its turn to connect came late. */
const MOST_LOOKS = 3;

/** An attempt to connect, and what it has to give back in the end. */
interface Attempt {
  readonly ending: Ending;
  readonly events: ChannelEvents;
  readonly routes: readonly GattRoute[];
  readonly letGo: () => Promise<void>;
}

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
  /** routes on which the device did not let itself be subscribed: they are tried last */
  private readonly refused = new Set<string>();
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
    const ending = new Ending();
    const abort = (): void => ending.end(abortedError(this.name));
    signal?.addEventListener('abort', abort);
    try {
      return await this.attempt(events, ending, routes);
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  private async attempt(events: ChannelEvents, ending: Ending, routes: readonly GattRoute[]): Promise<Channel> {
    const taken: (() => Promise<void> | void)[] = [];
    const letGo = once(() => inTurn(taken.reverse()));
    const radio = this.radioOf(this.adapter, this.clock);
    let central: Central | undefined;
    try {
      taken.push(radio.join((error) => ending.end(error)));
      taken.push(claim(`ble:${deviceKey(this.device.trim())}`, this.name));
      central = await ending.guard(() => radio.powerOn());
      const attempt = { ending, events: this.counting(events), routes, letGo };
      const channel = await this.reach(central, attempt, taken);
      channel.begin();
      this.connects++;
      return channel;
    } catch (error) {
      this.leaving = letGo();
      // An adapter that is still coming up holds up nobody who does not want it any more.
      if (central !== undefined || ending.cause === undefined) await this.leaving;
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
      if (channel !== undefined) return channel;
      giveUp();
    }
  }

  private async look({ scanner, limits }: Central, ending: Ending): Promise<Found> {
    const { sightMs } = limits;
    const message = `The Bluetooth device ${this.name} does not advertise within ${sightMs / 1000} s; ${REMEDY}.`;
    const late = new BmsError('not_found', message);
    const stop = new AbortController();
    const listening = ending.whenEnded(() => stop.abort());
    try {
      if (ending.cause !== undefined) throw ending.cause;
      return await scanner.look((sighting) => isWanted(this.device, sighting), sightMs, late, stop.signal);
    } catch (error) {
      throw ending.cause ?? error;
    } finally {
      listening();
    }
  }

  private async connect(central: Central, { peripheral }: Found, attempt: Attempt): Promise<BleChannel> {
    const { ending, routes } = attempt;
    const { limits } = central;
    if (ending.cause !== undefined) throw ending.cause;
    const channel = new BleChannel({
      ...attempt,
      name: this.name,
      peripheral,
      central,
      clock: this.clock,
      limits,
      onRssi: (rssi) => this.hearsRssi(rssi),
      onLeaving: (done) => {
        this.leaving = done;
      },
    });
    try {
      this.hearsRssi(peripheral.rssi);
      await this.step(ending, limits.connectMs, 'does not accept a connection', () => peripheral.connect());
      // The library may have told of the end before it told of the connection.
      if (!peripheral.isConnected) channel.lost('it broke the connection off');
      const ways = await this.step(ending, limits.discoverMs, 'does not tell its services', () =>
        peripheral.ways(routes, this.name),
      );
      await this.subscribe(channel, ending, ways, limits.subscribeMs);
      return channel;
    } catch (error) {
      await channel.close();
      throw error;
    }
  }

  /** Subscribes to the first route on which the device lets itself be subscribed. */
  private async subscribe(channel: BleChannel, ending: Ending, ways: readonly Way[], limitMs: number): Promise<void> {
    const keyOf = ({ route }: Way): string => `${route.service} ${route.notify}`;
    let failure: unknown;
    if (ways.every((way) => this.refused.has(keyOf(way)))) this.refused.clear();
    for (const way of [...ways].sort((one, other) => +this.refused.has(keyOf(one)) - +this.refused.has(keyOf(other)))) {
      try {
        return await this.step(ending, limitMs, 'does not begin to notify', () => channel.use(way));
      } catch (error) {
        failure = error;
        this.refused.add(keyOf(way));
        // After a step without an answer nothing gets through any more: the others have to wait for the next attempt.
        if (ending.cause !== undefined || (error instanceof BmsError && error.code === 'timeout')) break;
      }
    }
    throw failure;
  }

  /** One step of the start-up, which may hang in the library or the controller for ever. */
  private async step<T>(ending: Ending, limitMs: number, complaint: string, work: () => Promise<T>): Promise<T> {
    const late = new BmsError(
      'timeout',
      `${this.name} ${complaint} within ${limitMs / 1000} s; go nearer, close its phone app, or pair it with the system.`,
    );
    try {
      return await within(this.clock, limitMs, ending.guard(work), late);
    } catch (error) {
      if (error instanceof BmsError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new BmsError('disconnected', `${this.name} ${complaint}: ${reason}.`, error);
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

/** Runs what needs the radio for itself when its turn comes; who does not want it any more waits for no turn. */
function turnOf<T>(central: Central, ending: Ending, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    if (ending.cause !== undefined) return reject(ending.cause);
    const stop = ending.whenEnded(reject);
    const begin = (): Promise<T> => {
      stop();
      return ending.cause === undefined ? work() : Promise.reject(ending.cause);
    };
    central.alone(begin).then(resolve, reject);
  });
}

async function inTurn(steps: readonly (() => Promise<void> | void)[]): Promise<void> {
  for (const step of steps) await step();
}

/** @returns gives up what was found; @throws BmsError `port_busy` when another connection has the same device */
function claimOf({ peripheral, release }: Found, name: string): () => void {
  try {
    const giveBack = claim(`ble-device:${peripheral.id}`, name);
    return () => {
      giveBack();
      release();
    };
  } catch (error) {
    release();
    throw error;
  }
}
