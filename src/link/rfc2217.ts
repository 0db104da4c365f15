import { BmsError, toBmsError } from '../battery/errors';
import { say } from '../battery/sentence';
import { within, type Clock } from '../clock';
import { unlessAborted } from './abort';
import { ComPort } from './com-port';
import type { Channel, ChannelEvents, Link, OpenOptions } from './link';
import { escaped } from './telnet';

/** Several times the way there and back over a slow network. */
const NEGOTIATION_LIMIT_MS = 5000;

/** A bridge whose serial port is set from here, over Telnet as in RFC 2217: as ser2net, esp-link and many others offer it. */
export class Rfc2217Link implements Link {
  readonly isNetwork = true;

  /** @param tcp the connection, in which nothing else looks for Telnet */
  constructor(
    private readonly tcp: Link,
    private readonly clock: Clock,
  ) {}

  get name(): string {
    return this.tcp.name;
  }

  async open(events: ChannelEvents, options: OpenOptions): Promise<Channel> {
    const port = new ComPort(this.name, options.baudRate);
    // Who waits for it may come later than its end.
    port.ready.catch(() => undefined);
    let isReady = false;
    const channel = await this.tcp.open(
      {
        data: (bytes) => {
          const data = port.received(bytes);
          if (isReady && data.length > 0) events.data(data);
        },
        closed: (cause, isOrderly) => {
          if (isReady) events.closed(cause, isOrderly);
          else port.fail(toBmsError(cause, 'disconnected'));
        },
      },
      options,
    );
    try {
      // What cannot be written any more is told by the connection itself.
      port.begin((bytes) => void channel.write(bytes).catch(() => undefined));
      await within(
        this.clock,
        NEGOTIATION_LIMIT_MS,
        unlessAborted(port.ready, options.signal, this.name),
        this.silence(),
      );
    } catch (error) {
      await channel.close();
      throw error;
    }
    isReady = true;
    return overTelnet(channel);
  }

  private silence(): BmsError {
    return new BmsError(
      'disconnected',
      say`${this.name} does not answer in RFC 2217; set the bridge to that mode (Telnet with COM port control), or choose raw mode in the connection.`,
      undefined,
      'bridge_mode',
    );
  }
}

function overTelnet(channel: Channel): Channel {
  return { write: (bytes) => channel.write(escaped(bytes)), close: () => channel.close() };
}
