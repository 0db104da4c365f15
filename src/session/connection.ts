import { toBmsError, type BmsError } from '../battery/errors';
import type { Clock } from '../clock';
import type { Channel, Link, OpenOptions, Route } from '../link/link';
import { FloodGauge } from './flood';
import { floodError } from './line-errors';

/** The other end of a connection. */
export interface Peer {
  /** '' where it has none */
  readonly address: string;
  /** see `Channel.manufacturerData` */
  readonly manufacturerData: Buffer | undefined;
  /** as advertised; '' when it has none */
  readonly name: string;
  /** advertised; UUIDs in lower case, short where there is one */
  readonly services: readonly string[];
  /** where its bytes come out and go in; undefined where there is but one way */
  readonly route: Route | undefined;
}

/** What is known of the other end of a channel. */
export function peerOf({ peer, manufacturerData, advertisedName, services, route }: Partial<Channel> = {}): Peer {
  return { address: peer ?? '', manufacturerData, name: advertisedName ?? '', services: services ?? [], route };
}

/** What a connection reports, until it is ended. */
export interface ConnectionEvents {
  opened(peer: Peer): void;
  data(bytes: Buffer): void;
  /** It is gone, or could not be opened. @param isOrderly whether the other end has closed it, with nothing wrong */
  lost(cause: BmsError, isOrderly: boolean): void;
}

/**
 * One connection of a line, from the attempt to open it to its end. Single-use: after `end` nothing of it is reported, so
 * that what comes late never passes for an event of a later one.
 */
export class Connection {
  private readonly lifetime = new AbortController();
  private channel: Channel | undefined;
  private attempt: Promise<void> | undefined;
  private readonly flood = new FloodGauge();

  constructor(
    private readonly link: Link,
    private readonly clock: Clock,
    private readonly events: ConnectionEvents,
  ) {}

  get isOpen(): boolean {
    return this.channel !== undefined;
  }

  /**
   * Begins to open it.
   * @param free when earlier connections have let go of the line
   * @param options asked then
   */
  open(free: Promise<void> | undefined, options: () => OpenOptions): void {
    this.attempt = this.tryToOpen(free, options);
  }

  /** Hands bytes to the channel. @returns undefined when it is not open */
  write(bytes: Buffer): Promise<void> | undefined {
    return this.channel?.write(bytes);
  }

  /** Ends it, or the attempt to open it. @returns when the driver has let go, which may be never; does not reject */
  async end(): Promise<void> {
    const { channel, attempt, lifetime } = this;
    this.channel = undefined;
    lifetime.abort();
    await Promise.all([channel?.close(), attempt]);
  }

  private hasEnded(): boolean {
    return this.lifetime.signal.aborted;
  }

  private async tryToOpen(free: Promise<void> | undefined, options: () => OpenOptions): Promise<void> {
    try {
      if (free !== undefined) await free;
      if (this.hasEnded()) return;
      const listener = {
        data: (bytes: Buffer) => this.onData(bytes),
        closed: (cause: Error, isOrderly = false) => this.onLost(cause, isOrderly),
      };
      const channel = await this.link.open(listener, { ...options(), signal: this.lifetime.signal });
      if (this.hasEnded()) return await channel.close();
      this.channel = channel;
      this.events.opened(peerOf(channel));
    } catch (thrown) {
      this.onLost(thrown, false);
    }
  }

  private onData(bytes: Buffer): void {
    if (this.hasEnded()) return;
    if (this.flood.rises(bytes.length, this.clock.monotonic())) this.events.lost(floodError(this.link.name), false);
    else this.events.data(bytes);
  }

  private onLost(cause: unknown, isOrderly: boolean): void {
    if (!this.hasEnded()) this.events.lost(toBmsError(cause, 'disconnected'), isOrderly);
  }
}
