import { BmsError, sentenceOf } from '../../../battery/errors';
import { say, type Sentence } from '../../../battery/sentence';
import { within, type Clock } from '../../../clock';
import type { LoadedNoble } from '../noble-loader';
import type { BleLimits } from '../limits';
import type { Central, AdapterPlace } from '../peripheral';
import { PLUG_IN, stateError } from '../error-texts';
import { Scanner } from '../scanner';
import { Turns } from '../turns';
import { finished } from './calls';
import { NobleDevice } from './device';
import { attemptEnded, endStrandedAttempt, isBusyConnecting } from './noble-private';
import { NobleListening } from './listening';
import type { AdapterState, Noble, NoblePeripheral } from './noble';
import { sharedController, untilAborted } from '../abort';

export interface NobleCentralOptions {
  loaded: LoadedNoble;
  clock: Clock;
  limits: BleLimits;
}

/** The library, running on an adapter that is on, until something ends it. It is not started again. */
export class NobleCentral implements Central {
  readonly noble: Noble;
  /** when the adapter is gone, and every connection with it */
  readonly ending = sharedController();
  readonly scanner: Scanner;
  private readonly clock: Clock;
  readonly limits: BleLimits;
  private readonly devices = new WeakMap<NoblePeripheral, NobleDevice>();
  private readonly turns: Turns;
  private lastLife: number;

  private constructor(private readonly options: NobleCentralOptions) {
    const { loaded, clock, limits } = options;
    this.noble = loaded.noble;
    this.clock = clock;
    this.limits = limits;
    this.lastLife = clock.monotonic();
    this.noble.on('stateChange', (state: AdapterState) => {
      if (state !== 'poweredOn') this.fail(stateError(state));
    });
    loaded.whenBroken((error) => this.fail(broken(error)));
    this.scanner = new Scanner({
      listening: new NobleListening(
        this.noble,
        (peripheral) => this.deviceOf(peripheral),
        () => this.suspect(say`does not begin or end to listen`),
      ),
      clock,
      limits,
      ending: this.ending,
    });
    this.turns = new Turns(this.scanner);
  }

  /**
   * Waits for the adapter to be on.
   * @throws BmsError `adapter_missing`, `permission`; the library is stopped then
   */
  static async start(options: NobleCentralOptions): Promise<NobleCentral> {
    const { loaded, clock, limits } = options;
    let timedOut: BmsError | undefined;
    try {
      const late = new BmsError('adapter_missing', say`The Bluetooth adapter does not come up.`);
      timedOut = late;
      await within(clock, limits.powerOnMs, poweredOn(loaded), late);
      return new NobleCentral(options);
    } catch (error) {
      const { state } = loaded.noble;
      await loaded.stop();
      throw error === timedOut ? stateError(state === 'unknown' ? 'poweredOff' : state, loaded.hint()) : error;
    }
  }

  get place(): AdapterPlace {
    return this.options.loaded.place;
  }

  get isAwaited(): boolean {
    return this.turns.isAwaited;
  }

  /** Runs what needs the radio for itself, such as connecting, when its turn comes. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    return this.turns.take(work);
  }

  /** A connected device has said something. */
  showsLife(): void {
    this.lastLife = this.clock.monotonic();
  }

  /**
   * The controller has not answered what every controller answers. If no device was heard through it for a while
   * either, it is given up: the next attempt starts from the beginning. Otherwise the others go on.
   */
  suspect(complaint: Sentence): BmsError {
    const error = new BmsError(
      'adapter_missing',
      say`The Bluetooth adapter ${complaint}; plug it in again if that lasts.`,
    );
    if (this.clock.monotonic() - this.lastLife > this.limits.lifeMs) this.fail(error);
    return error;
  }

  /** Connects. To be called when nobody else does. @throws Error of the library */
  async connect(peripheral: NoblePeripheral): Promise<void> {
    const attempt = (): Promise<void> => finished((done) => peripheral.connect(done));
    try {
      await attempt();
    } catch (error) {
      if (!isBusyConnecting(error)) throw error;
      await this.bounded(endStrandedAttempt(this.noble), error as Error);
      await attempt();
    }
  }

  /** Ends a connection, or the attempt to make one. Resolves in bounded time. */
  async release(peripheral: NoblePeripheral): Promise<void> {
    if (this.ending.signal.aborted) return;
    if (peripheral.state === 'connecting') await this.cancel(peripheral);
    if (peripheral.state !== 'connected' && peripheral.state !== 'disconnecting') return;
    const late = new BmsError('timeout', say`The Bluetooth adapter does not end a connection.`);
    const gone = new Promise<void>((resolve) => peripheral.disconnect(() => resolve()));
    await this.bounded(gone, late).catch((error: unknown) => {
      if (error === late) this.suspect(say`does not end a connection`);
    });
  }

  /** Gives up to connect. The library must know that, or no other attempt would ever begin. */
  private async cancel(peripheral: NoblePeripheral): Promise<void> {
    const stuck = new BmsError('adapter_missing', say`The Bluetooth adapter does not cancel a connection attempt.`);
    peripheral.cancelConnect?.();
    await this.bounded(attemptEnded(this.noble), stuck).catch((error: unknown) => {
      if (error === stuck) this.fail(stuck);
    });
  }

  /** To be called when all connections have ended. */
  async stop(): Promise<void> {
    await this.scanner.quiet();
    this.ending.abort(new BmsError('closed', say`Bluetooth was stopped.`));
    await this.options.loaded.stop();
  }

  private deviceOf(peripheral: NoblePeripheral): NobleDevice {
    const device = this.devices.get(peripheral) ?? new NobleDevice(this, peripheral);
    this.devices.set(peripheral, device);
    return device;
  }

  /** The adapter is gone: all that it does ends. */
  private fail(error: BmsError): void {
    this.ending.abort(error);
  }

  private bounded(work: Promise<void>, late: Error): Promise<void> {
    return within(
      this.clock,
      this.limits.disconnectMs,
      untilAborted(this.ending.signal, () => work),
      late,
    );
  }
}

function poweredOn({ noble, whenBroken, hint }: LoadedNoble): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (state: AdapterState): void => {
      if (state === 'poweredOn') resolve();
      // Off is what every adapter is at first.
      if (state === 'unsupported' || state === 'unauthorized') reject(stateError(state, hint()));
      if (state === 'poweredOn' || state === 'unsupported' || state === 'unauthorized') {
        noble.removeListener('stateChange', look);
      }
    };
    noble.on('stateChange', look);
    whenBroken((error) => reject(broken(error)));
    look(noble.state);
  });
}

function broken(error: Error): BmsError {
  if (error instanceof BmsError) return error;
  return new BmsError('adapter_missing', say`Bluetooth has failed: ${sentenceOf(error)}; ${PLUG_IN}.`, error);
}
