import type { FrameLog } from './frame-log';
import type { Channel, ChannelEvents, Link, OpenOptions, RadioFigures, Route } from './link';
import { LinkView } from './link-view';

/** A link whose bytes and connections are written down, as they go in and come out. */
export class RecordedLink extends LinkView implements Link {
  constructor(
    link: Link,
    private readonly log: FrameLog,
  ) {
    super(link);
  }

  get figures(): RadioFigures | undefined {
    return this.radio;
  }

  async open(events: ChannelEvents, options: OpenOptions): Promise<Channel> {
    const { link, log } = this;
    const recorded: ChannelEvents = {
      data: (bytes) => {
        log.received(bytes);
        events.data(bytes);
      },
      closed: (cause, isOrderly) => {
        log.happened({ event: 'lost', why: cause.message });
        events.closed(cause, isOrderly);
      },
    };
    try {
      const channel = await link.open(recorded, options);
      const { peer, advertisedName: name, services, route } = channel;
      const baudRate = this.isRadio || this.hasOwnRate ? undefined : options.baudRate;
      log.happened({ event: 'opened', baudRate, peer, name, services, route });
      return new RecordedChannel(channel, log);
    } catch (thrown) {
      log.happened({ event: 'failed', why: thrown instanceof Error ? thrown.message : String(thrown) });
      throw thrown;
    }
  }
}

class RecordedChannel implements Channel {
  private isClosed = false;

  constructor(
    private readonly channel: Channel,
    private readonly log: FrameLog,
  ) {}

  get peer(): string | undefined {
    return this.channel.peer;
  }

  get manufacturerData(): Buffer | undefined {
    return this.channel.manufacturerData;
  }

  get advertisedName(): string | undefined {
    return this.channel.advertisedName;
  }

  get services(): readonly string[] | undefined {
    return this.channel.services;
  }

  get route(): Route | undefined {
    return this.channel.route;
  }

  write(bytes: Buffer): Promise<void> {
    this.log.sent(bytes);
    return this.channel.write(bytes);
  }

  close(): Promise<void> {
    if (!this.isClosed) this.log.happened({ event: 'closed' });
    this.isClosed = true;
    return this.channel.close();
  }
}
