import { BmsError } from '../../battery/errors';
import { within, type Clock } from '../../clock';
import { forget, loadNoble, type AdapterChoice } from './library';
import type { AdapterState, Noble, NoblePeripheral } from './noble';
import { sightingOf, type Sighting } from './sighting';

const POWER_ON_LIMIT_MS = 8000;
const SCAN_SWITCH_LIMIT_MS = 3000;

/** What is heard of a device is kept for so long, ms. */
const KEPT_MS = 60_000;

/** Steps that get no answer, one after the other, until the library is started afresh. */
const MOST_UNANSWERED = 3;

/** Waits for a device to advertise. */
interface Lookout {
  hears(sighting: Sighting, peripheral: NoblePeripheral): void;
}

export interface RadioOptions {
  adapter: AdapterChoice;
  clock: Clock;
  /** for tests: another way to the library */
  load?: typeof loadNoble;
}

/**
 * One adapter, which all connections on it share. It scans while somebody looks out for a device, for all of them at
 * once, so that one that is out of range holds up nobody; what needs the radio for itself goes one after the other.
 */
export class Radio {
  private noble: Noble | undefined;
  private starting: Promise<Noble> | undefined;
  private readonly lookouts = new Set<Lookout>();
  private readonly heard = new Map<string, Sighting>();
  private readonly users = new Set<(error: BmsError) => void>();
  /** ids of devices that are connected or about to be */
  private readonly held = new Set<string>();
  private turn: Promise<unknown> = Promise.resolve();
  /** work that needs the radio for itself: while there is some, nobody scans */
  private busy = 0;
  private scanning = false;
  private switching: Promise<void> = Promise.resolve();
  private unanswered = 0;

  constructor(private readonly options: RadioOptions) {}

  /** how many hold the radio */
  get size(): number {
    return this.users.size;
  }

  /**
   * Takes part: the library runs while somebody does.
   * @param onFailure told when the adapter is gone, and every connection with it
   * @returns leaves; resolves when the library has let go, if this was the last
   */
  join(onFailure: (error: BmsError) => void): () => Promise<void> {
    const user = (error: BmsError): void => onFailure(error);
    this.users.add(user);
    return async () => {
      if (!this.users.delete(user) || this.users.size > 0) return;
      await this.shutDown();
    };
  }

  /**
   * Makes sure that the adapter is on.
   * @throws BmsError `adapter_missing`, `permission`
   */
  async powerOn(): Promise<Noble> {
    if (this.noble !== undefined && this.noble.state === 'poweredOn') return this.noble;
    this.starting ??= this.start().finally(() => (this.starting = undefined));
    return this.starting;
  }

  /**
   * Waits until a device advertises.
   * @param accepts whether it is the one
   * @throws BmsError `not_found` when it is not heard within the limit
   */
  async sight(accepts: (sighting: Sighting) => boolean, limitMs: number, what: string): Promise<NoblePeripheral> {
    let lookout: Lookout | undefined;
    const seen = new Promise<NoblePeripheral>((resolve) => {
      lookout = { hears: (sighting, peripheral) => accepts(sighting) && resolve(peripheral) };
      this.lookouts.add(lookout);
    });
    const late = new BmsError('not_found', `${what} does not advertise within ${limitMs / 1000} s; ${REMEDY}.`);
    try {
      this.adjustScan();
      return await within(this.options.clock, limitMs, seen, late);
    } finally {
      if (lookout !== undefined) this.lookouts.delete(lookout);
      this.adjustScan();
    }
  }

  /** Everything that advertises within a time, the strongest first. */
  async scan(forMs: number): Promise<Sighting[]> {
    const from = this.options.clock.monotonic();
    const never = new BmsError('not_found', 'over');
    await this.sight(() => false, forMs, '').catch((error: unknown) => {
      if ((error as BmsError).code !== never.code) throw error;
    });
    return [...this.heard.values()].filter(({ at }) => at >= from).sort((one, other) => other.rssi - one.rssi);
  }

  /** Runs what needs the radio for itself, such as connecting, when its turn comes. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const run = async (): Promise<T> => {
      this.busy++;
      try {
        this.adjustScan();
        await this.switching;
        return await work();
      } finally {
        this.busy--;
        this.adjustScan();
      }
    };
    const done = this.turn.then(run);
    this.turn = done.catch(() => undefined);
    return done;
  }

  /** Keeps what the library knows of a device, while it is connected. @returns lets go */
  hold({ id }: NoblePeripheral): () => void {
    this.held.add(id.toLowerCase());
    return () => void this.held.delete(id.toLowerCase());
  }

  /** To be told how steps go: a controller that answers nothing any more is started afresh. */
  answered(didAnswer: boolean): void {
    this.unanswered = didAnswer ? 0 : this.unanswered + 1;
    if (this.unanswered < MOST_UNANSWERED) return;
    this.unanswered = 0;
    this.fail(new BmsError('adapter_missing', 'The Bluetooth adapter does not answer any more; it is started afresh.'));
  }

  private async start(): Promise<Noble> {
    const load = this.options.load ?? loadNoble;
    if (this.noble === undefined) {
      const noble = await load(this.options.adapter, this.options.clock, (error) => this.onBroken(noble, error));
      this.noble = noble;
      guardProcess.enter();
      noble.on('stateChange', (state: AdapterState) => this.onState(noble, state));
      noble.on('discover', (peripheral: NoblePeripheral) => this.onDiscover(peripheral));
    }
    const noble = this.noble;
    if (noble.state === 'poweredOn') return noble;
    const on = new Promise<void>((resolve, reject) => {
      const look = (state: AdapterState): void => {
        if (state === 'poweredOn') resolve();
        else if (state === 'unsupported' || state === 'unauthorized') reject(stateError(state));
        else return;
        noble.removeListener('stateChange', look);
      };
      noble.on('stateChange', look);
      look(noble.state);
    });
    try {
      await within(this.options.clock, POWER_ON_LIMIT_MS, on, stateError(noble.state));
      return noble;
    } catch (error) {
      // A later attempt starts from the beginning: the adapter may have been plugged in by then.
      await this.shutDown();
      throw error;
    }
  }

  private onState(noble: Noble, state: AdapterState): void {
    if (noble !== this.noble || state === 'poweredOn' || this.starting !== undefined) return;
    this.fail(stateError(state));
  }

  private onBroken(noble: Noble, error: Error): void {
    if (noble !== this.noble) return;
    this.fail(new BmsError('adapter_missing', `Bluetooth has failed: ${error.message}; ${ADAPTER_REMEDY}.`, error));
  }

  /** The adapter is gone: every connection ends, and the next attempt starts the library anew. */
  private fail(error: BmsError): void {
    void this.shutDown();
    for (const user of [...this.users]) user(error);
  }

  private async shutDown(): Promise<void> {
    const { noble } = this;
    this.noble = undefined;
    this.scanning = false;
    this.heard.clear();
    if (noble === undefined) return;
    guardProcess.leave();
    try {
      noble.stop?.();
    } catch {
      // An adapter that is gone cannot be told anything any more.
    }
    await Promise.resolve();
  }

  private onDiscover(peripheral: NoblePeripheral): void {
    const sighting = sightingOf(peripheral, this.options.clock.monotonic());
    // Anew, so that those that were not heard for long come first.
    this.heard.delete(sighting.id);
    this.heard.set(sighting.id, sighting);
    this.forgetOld(sighting.at);
    for (const lookout of [...this.lookouts]) lookout.hears(sighting, peripheral);
  }

  private forgetOld(now: number): void {
    for (const [id, { at, address }] of this.heard) {
      if (now - at < KEPT_MS) return;
      this.heard.delete(id);
      if (this.noble !== undefined && !this.held.has(id)) forget(this.noble, id, address.toLowerCase());
    }
  }

  /** Scans when somebody looks out and nobody needs the radio for himself; changes go one after the other. */
  private adjustScan(): void {
    this.switching = this.switching.then(async () => {
      const wanted = this.lookouts.size > 0 && this.busy === 0;
      const { noble } = this;
      if (noble === undefined || noble.state !== 'poweredOn' || wanted === this.scanning) return;
      const { clock } = this.options;
      const late = new BmsError('timeout', 'The Bluetooth adapter does not answer.');
      const done = new Promise<void>((resolve, reject) => {
        if (wanted) noble.startScanning([], true, (error) => (error ? reject(error) : resolve()));
        else noble.stopScanning(() => resolve());
      });
      try {
        await within(clock, SCAN_SWITCH_LIMIT_MS, done, late);
        this.scanning = wanted;
        this.answered(true);
      } catch {
        this.answered(false);
      }
    });
  }
}

const REMEDY = 'check that it is awake, near, and that no phone or other host is connected to it';
const ADAPTER_REMEDY = 'check that a Bluetooth adapter is plugged in and switched on';

function stateError(state: AdapterState): BmsError {
  if (state === 'unauthorized') {
    const setcap = `sudo setcap cap_net_raw,cap_net_admin+eip ${process.execPath}`;
    const docker = 'in a container run it with --net=host --cap-add=NET_ADMIN --cap-add=NET_RAW';
    return new BmsError(
      'permission',
      `This process may not use the Bluetooth adapter; use BlueZ (D-Bus) as driver, or run "${setcap}"; ${docker}.`,
    );
  }
  if (state === 'poweredOff') {
    return new BmsError('adapter_missing', 'The Bluetooth adapter is off; switch it on ("bluetoothctl power on").');
  }
  return new BmsError('adapter_missing', `There is no Bluetooth adapter that works; ${ADAPTER_REMEDY}.`);
}

/**
 * The library ends the process on SIGINT when no listener comes after its own, and Node-RED could not stop in order.
 * One listener of ours, as long as the library runs, keeps it from that.
 */
const guardProcess = {
  count: 0,
  listener: (): void => undefined,
  /** To be called after the library has started: ours has to be the last listener. */
  enter(): void {
    this.count++;
    process.removeListener('SIGINT', this.listener);
    process.on('SIGINT', this.listener);
  },
  leave(): void {
    if (--this.count === 0) process.removeListener('SIGINT', this.listener);
  },
};
