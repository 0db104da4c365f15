import { BmsError } from '../../src/battery/errors';
import { say } from '../../src/battery/sentence';
import type { Clock } from '../../src/clock';
import type { Channel, ChannelEvents, Link, OpenOptions, RadioFigures } from '../../src/link/link';
import { integer, type Lottery } from '../../src/simulator/seeded';
import { befall } from './mischief';

/** How often, of a thousand answers, the board falls silent or the line breaks. */
const SILENCES_PER_MILLE = 2;
const BREAKS_PER_MILLE = 2;

export interface RoughLinkOptions {
  clock: Clock;
  draw: Lottery;
  isRadio: boolean;
  /** for which a silence or a break lasts at most, ms */
  longestMs: number;
}

/** Another line, simulated or real, on which things go wrong by lot, now and then, and come right by themselves. */
export class RoughLink implements Link {
  readonly name: string;
  readonly isRadio: boolean;
  readonly figures: RadioFigures = { connects: 0, drops: 0 };
  /** channels that were opened and not closed */
  openChannels = 0;
  private silentUntil = 0;
  private goneUntil = 0;

  constructor(
    private readonly link: Link,
    private readonly options: RoughLinkOptions,
  ) {
    this.name = link.name;
    this.isRadio = options.isRadio;
  }

  async open(events: ChannelEvents, options: OpenOptions): Promise<Channel> {
    if (this.options.clock.monotonic() < this.goneUntil)
      throw new BmsError('port_not_found', say`${this.name} is gone.`);
    let isOpen = true;
    const channel = await this.link.open(
      {
        data: (bytes) => isOpen && this.deliver(bytes, events, lose),
        closed: (cause) => {
          if (isOpen) this.openChannels--;
          isOpen = false;
          events.closed(cause);
        },
      },
      options,
    );
    const close = async (): Promise<void> => {
      if (isOpen) this.openChannels--;
      isOpen = false;
      await channel.close();
    };
    const lose = (): void => {
      this.figures.drops++;
      void close();
      events.closed(new BmsError('disconnected', say`${this.name} was pulled out.`));
    };
    this.openChannels++;
    this.figures.connects++;
    return { write: (bytes) => channel.write(bytes), close, ...(this.isRadio && { peer: 'a4:c1:38:00:00:01' }) };
  }

  private deliver(bytes: Buffer, events: ChannelEvents, lose: () => void): void {
    const { clock, draw, longestMs } = this.options;
    const now = clock.monotonic();
    const lot = draw() * 1000;
    if (lot < SILENCES_PER_MILLE) this.silentUntil = now + integer(draw, 1, longestMs);
    if (now < this.silentUntil) return;
    if (lot >= 1000 - BREAKS_PER_MILLE) {
      this.goneUntil = now + integer(draw, 0, longestMs);
      return lose();
    }
    for (const piece of befall(bytes, draw)) if (piece.length > 0) events.data(piece);
  }
}
