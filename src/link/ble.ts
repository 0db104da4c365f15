import { BmsError, toBmsError } from '../battery/errors';
import { within, type Clock, type Timer } from '../clock';
import { endsOf, finished, type Ends, type GattRoute } from './ble/gatt';
import type { AdapterChoice } from './ble/library';
import type { NoblePeripheral } from './ble/noble';
import { radioFor } from './ble/radios';
import type { Radio } from './ble/radio';
import { isWanted } from './ble/sighting';
import { claim } from './claims';
import type { Channel, ChannelEvents, Link, OpenOptions, RadioFigures } from './link';
import { once } from './once';

export type { AdapterChoice, BleDriver } from './ble/library';
export type { GattRoute } from './ble/gatt';

const SIGHT_LIMIT_MS = 20_000;
const CONNECT_LIMIT_MS = 15_000;
const DISCOVER_LIMIT_MS = 10_000;
const SUBSCRIBE_LIMIT_MS = 5000;
const WRITE_LIMIT_MS = 5000;
const DISCONNECT_LIMIT_MS = 1000;

/** What fits into a notification or a write where nothing else was agreed. */
const LEAST_MTU = 23;
const ATT_HEADER = 3;

/** How often the strength of the signal is asked for, ms. */
const RSSI_EVERY_MS = 30_000;

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

  constructor(
    private readonly device: string,
    adapter: AdapterChoice,
    private readonly clock: Clock,
    private readonly radio: Radio = radioFor(adapter, clock),
  ) {
    this.name = device.trim();
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
   * @throws BmsError `adapter_missing`, `permission`, `not_found` when the device does not advertise, `unsupported`
   *   when it has none of the services, `timeout` when a step is not answered, `disconnected`
   */
  async open(events: ChannelEvents, { routes = [] }: OpenOptions): Promise<Channel> {
    const release = claim(`ble:${this.name.toLowerCase()}`, this.name);
    let leave: (() => Promise<void>) | undefined;
    try {
      const opened: { channel?: BleChannel } = {};
      leave = this.radio.join((error) => opened.channel?.fail(error));
      await this.radio.powerOn();
      const peripheral = await this.radio.sight(
        (sighting) => isWanted(this.device, sighting),
        SIGHT_LIMIT_MS,
        `The Bluetooth device ${this.name}`,
      );
      const done = leave;
      const letGo = async (): Promise<void> => {
        release();
        await done();
      };
      const channel = await this.radio.alone(() => this.connect(peripheral, routes, events, letGo));
      opened.channel = channel;
      return channel;
    } catch (error) {
      release();
      await leave?.();
      throw toBmsError(error, 'disconnected');
    }
  }

  private async connect(
    peripheral: NoblePeripheral,
    routes: readonly GattRoute[],
    events: ChannelEvents,
    letGo: () => Promise<void>,
  ): Promise<BleChannel> {
    const forget = this.radio.hold(peripheral);
    const channel = new BleChannel(this.name, peripheral, this.clock, {
      data: (bytes) => {
        this.lastDataAt = this.clock.monotonic();
        events.data(bytes);
      },
      closed: (cause) => {
        this.drops++;
        events.closed(cause);
      },
      rssi: (rssi) => (this.rssi = rssi),
      letGo: async () => {
        forget();
        await letGo();
      },
    });
    try {
      const { rssi } = peripheral;
      await this.step(CONNECT_LIMIT_MS, 'does not accept a connection', () => connected(peripheral));
      const all = await this.step(DISCOVER_LIMIT_MS, 'does not tell its services', () =>
        endsOf(peripheral, routes, this.name),
      );
      await this.subscribe(channel, all);
      this.connects++;
      this.rssi = rssi;
      return channel;
    } catch (error) {
      await channel.abandon();
      throw error;
    }
  }

  /** Subscribes to the first route on which the device lets itself be subscribed. */
  private async subscribe(channel: BleChannel, all: readonly Ends[]): Promise<void> {
    let refused: unknown;
    for (const ends of all) {
      try {
        await this.step(SUBSCRIBE_LIMIT_MS, 'does not begin to notify', () => channel.use(ends));
        return;
      } catch (error) {
        refused = error;
        if (!channel.isConnected) break;
      }
    }
    throw refused;
  }

  /** One step of the start-up, which may hang in the library or the controller for ever. */
  private async step<T>(limitMs: number, complaint: string, work: () => Promise<T>): Promise<T> {
    const late = new BmsError(
      'timeout',
      `${this.name} ${complaint} within ${limitMs / 1000} s; go nearer, close its phone app, or pair it with the system.`,
    );
    try {
      const result = await within(this.clock, limitMs, work(), late);
      this.radio.answered(true);
      return result;
    } catch (error) {
      this.radio.answered(error !== late);
      if (error instanceof BmsError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new BmsError('disconnected', `${this.name} ${complaint}: ${reason}.`, error);
    }
  }
}

/** Connects; a connection attempt that is given up is cancelled by `abandon`. */
function connected(peripheral: NoblePeripheral): Promise<void> {
  // One that is still connected belongs to an attempt that has been given up: it is as good as a new one.
  if (peripheral.state === 'connected') return Promise.resolve();
  return finished((done) => peripheral.connect(done));
}

interface ChannelOwner extends ChannelEvents {
  rssi(rssi: number): void;
  letGo(): Promise<void>;
}

/** A connected device, from the first step of the start-up on. */
class BleChannel implements Channel {
  private open = true;
  private ends: Ends | undefined;
  private writing: Promise<void> = Promise.resolve();
  private timer: Timer | undefined;
  private unsubscribe: () => void = () => undefined;
  private readonly onDisconnect = (): void => this.lost('the connection was lost');

  constructor(
    private readonly name: string,
    private readonly peripheral: NoblePeripheral,
    private readonly clock: Clock,
    private readonly owner: ChannelOwner,
  ) {
    peripheral.once('disconnect', this.onDisconnect);
  }

  get peer(): string {
    return this.peripheral.address;
  }

  get isConnected(): boolean {
    return this.open && this.peripheral.state === 'connected';
  }

  /** Lets the bytes of the device in. */
  async use(ends: Ends): Promise<void> {
    this.ends = ends;
    this.unsubscribe = await ends.subscribe((bytes) => {
      if (this.open && this.ends === ends) this.owner.data(bytes);
    });
    this.askRssi();
  }

  write(bytes: Buffer): Promise<void> {
    // One after the other: a second write on a characteristic would take the answer of the first.
    const done = this.writing.then(() => this.writePieces(bytes));
    this.writing = done.catch(() => undefined);
    return done;
  }

  readonly close = once(async () => {
    this.end();
    await this.disconnect();
    await this.owner.letGo();
  });

  /** Undoes a start-up that has failed. */
  async abandon(): Promise<void> {
    this.end();
    if (this.peripheral.state === 'connecting') this.peripheral.cancelConnect?.();
    await this.disconnect();
  }

  /** The adapter is gone. */
  fail(error: BmsError): void {
    if (!this.open) return;
    this.end();
    this.owner.closed(error);
    void this.owner.letGo();
  }

  private lost(why: string): void {
    this.fail(new BmsError('disconnected', `${this.name} is gone: ${why}; it may be out of range or asleep.`));
  }

  private async writePieces(bytes: Buffer): Promise<void> {
    const { ends, peripheral } = this;
    if (!this.open || ends === undefined) throw new BmsError('disconnected', `${this.name} is not connected.`);
    const size = Math.max(LEAST_MTU, peripheral.mtu ?? LEAST_MTU) - ATT_HEADER;
    for (let at = 0; at < bytes.length; at += size) {
      const late = new BmsError('timeout', `${this.name} does not take what is written; pair it with the system.`);
      await within(this.clock, WRITE_LIMIT_MS, ends.write(bytes.subarray(at, at + size)), late);
    }
  }

  private askRssi(): void {
    this.timer = this.clock.after(RSSI_EVERY_MS, () => {
      if (!this.isConnected) return;
      // Not every platform can tell; then the strength at the last advertisement stands.
      this.peripheral.updateRssi((error, rssi) => {
        if (!error && rssi < 0) this.owner.rssi(rssi);
      });
      this.askRssi();
    });
  }

  private end(): void {
    this.open = false;
    this.timer?.cancel();
    this.unsubscribe();
    this.peripheral.removeListener('disconnect', this.onDisconnect);
  }

  private async disconnect(): Promise<void> {
    const { peripheral, clock } = this;
    if (peripheral.state !== 'connected' && peripheral.state !== 'disconnecting') return;
    const late = new BmsError('timeout', `${this.name} does not let go.`);
    const gone = new Promise<void>((resolve) => peripheral.disconnect(() => resolve()));
    await within(clock, DISCONNECT_LIMIT_MS, gone, late).catch(() => undefined);
  }
}
