import type { BmsError } from '../../battery/errors';
import type { Clock } from '../../clock';
import { startCentral } from './drivers';
import { loadNoble, type AdapterChoice } from './noble-loader';
import { BLE_LIMITS, type BleLimits } from './limits';
import type { Central, AdapterPlace } from './peripheral';
import { RouteMemory } from './route-memory';
import type { Advertisement } from './advertisement';
import { whenAborted } from './abort';

export interface RadioOptions {
  adapter: AdapterChoice;
  clock: Clock;
  limits?: Partial<BleLimits>;
  /** for tests: another way to the library */
  load?: typeof loadNoble;
}

/** One adapter, which all connections on it share. The library runs while somebody takes part. */
export class Radio {
  readonly limits: BleLimits;
  /** what was learned of the devices that were connected through it */
  readonly routes = new RouteMemory();
  private readonly users = new Set<(error: BmsError) => void>();
  private central: Central | undefined;
  private starting: Promise<Central> | undefined;
  private stopping: Promise<void> = Promise.resolve();

  constructor(private readonly options: RadioOptions) {
    this.limits = { ...BLE_LIMITS, ...options.limits };
  }

  /** where the library runs; undefined while it does not */
  get place(): AdapterPlace | undefined {
    return this.central?.place;
  }

  /** how many take part */
  get size(): number {
    return this.users.size;
  }

  /**
   * Takes part.
   * @param onFailure told when the adapter is gone, and every connection with it
   * @returns leaves; may be called any number of times; resolves when the library has let go, if this was the last
   */
  join(onFailure: (error: BmsError) => void): () => Promise<void> {
    const user = (error: BmsError): void => onFailure(error);
    this.users.add(user);
    return async () => {
      this.users.delete(user);
      if (this.users.size > 0) return;
      await this.starting?.catch(() => undefined);
      if (this.users.size === 0) this.shutDown();
      await this.stopping;
    };
  }

  /**
   * Makes sure that the adapter is on. To be called by those who take part.
   * @throws BmsError `adapter_missing`, `permission`
   */
  async powerOn(): Promise<Central> {
    if (this.central !== undefined) return this.central;
    this.starting ??= this.start().finally(() => (this.starting = undefined));
    return this.starting;
  }

  /**
   * Everything that advertises within a time, the strongest first.
   * @param stop ends it early, with what was heard until then
   * @throws BmsError as `powerOn`
   */
  async scan(forMs: number, stop?: AbortSignal): Promise<Advertisement[]> {
    const leave = this.join(() => undefined);
    try {
      const { scanner } = await this.powerOn();
      const from = this.options.clock.monotonic();
      const over = new Error('over');
      await scanner
        .look(() => false, forMs, over, stop)
        .catch((error: unknown) => {
          if (error !== over) throw error;
        });
      return scanner.since(from);
    } finally {
      await leave();
    }
  }

  private async start(): Promise<Central> {
    // Two libraries at once on one adapter would disturb each other.
    await this.stopping;
    const { adapter, clock, load = loadNoble } = this.options;
    const central = await startCentral(adapter, { clock, limits: this.limits, load });
    this.central = central;
    whenAborted(central.ending.signal, (cause) => this.onEnd(central, cause));
    return central;
  }

  private onEnd(central: Central, cause: BmsError): void {
    if (central !== this.central) return;
    this.shutDown();
    for (const user of [...this.users]) user(cause);
  }

  private shutDown(): void {
    const { central } = this;
    this.central = undefined;
    if (central !== undefined) this.stopping = this.stopping.then(() => central.stop());
  }
}
