import { BmsError } from '../../src/battery/errors';
import { say } from '../../src/battery/sentence';
import type { Clock } from '../../src/clock';
import type { Channel, ChannelEvents, Link, OpenOptions, RadioFigures, Route } from '../../src/link/link';
import { unlessAborted } from '../../src/link/abort';

/** Answers one request: `reply` puts bytes on the line, at once or later. */
export type Script = (request: Buffer, reply: (bytes: Buffer | string, delayMs?: number) => void) => void;

/** A line in memory whose other end follows a script; tests open, break and count it. */
export class ScriptedLink implements Link {
  readonly name = 'scripted line';
  /** set to make it a radio link */
  isRadio = false;
  /** set to make it a bridge, and one whose rate is set there */
  isNetwork = false;
  hasOwnRate = false;
  peer = '';
  manufacturerData: Buffer | undefined;
  advertisedName = '';
  advertisedServices: readonly string[] = [];
  route: Route | undefined;
  figures: RadioFigures = { connects: 0, drops: 0 };
  /** every request that went out, as hex */
  readonly sent: string[] = [];
  /** the rate of every attempt to open */
  readonly rates: number[] = [];
  /** the services that every attempt to open looked for */
  readonly services: (string[] | undefined)[] = [];
  opened = 0;
  /** channels that were opened and not closed */
  openChannels = 0;
  /** set to make `open` fail */
  refuse: BmsError | undefined;
  /** set to make `open` wait until it is resolved, or the attempt is ended */
  hold: Promise<void> | undefined;
  /** set to make it a driver that does not heed the end of an attempt */
  isDeaf = false;
  /** attempts that were ended by their owner */
  aborted = 0;
  /** set to make `close` of a channel wait until it is resolved */
  closing: Promise<void> | undefined;
  private events: ChannelEvents | undefined;

  constructor(
    private readonly clock: Clock,
    public script: Script,
  ) {}

  async open(events: ChannelEvents, options?: OpenOptions): Promise<Channel> {
    this.rates.push(options?.baudRate ?? 0);
    this.services.push(options?.routes?.map(({ service }) => service));
    options?.signal?.addEventListener('abort', () => this.aborted++);
    await unlessAborted(this.hold ?? Promise.resolve(), this.isDeaf ? undefined : options?.signal, this.name);
    if (this.refuse !== undefined) throw this.refuse;
    this.opened++;
    this.openChannels++;
    this.events = events;
    let closed = false;
    return {
      peer: this.peer,
      manufacturerData: this.manufacturerData,
      advertisedName: this.advertisedName,
      services: this.advertisedServices,
      route: this.route,
      write: (bytes) => {
        if (closed) return Promise.reject(new BmsError('disconnected', say`closed`));
        this.sent.push(bytes.toString('hex'));
        this.script(bytes, (answer, delayMs = 1) => {
          const data = typeof answer === 'string' ? Buffer.from(answer, 'hex') : answer;
          this.clock.after(delayMs, () => this.events?.data(data));
        });
        return Promise.resolve();
      },
      close: () => {
        if (!closed) this.openChannels--;
        closed = true;
        return this.closing ?? Promise.resolve();
      },
    };
  }

  /** The far side goes away. */
  drop(cause = new BmsError('disconnected', say`the cable was pulled`)): void {
    this.end(cause, false);
  }

  /** The far side ends the connection in good order. */
  hangUp(): void {
    this.end(new BmsError('disconnected', say`the bridge has closed it`), true);
  }

  private end(cause: BmsError, isOrderly: boolean): void {
    const { events } = this;
    this.events = undefined;
    events?.closed(cause, isOrderly);
  }

  /** Bytes that nobody asked for. */
  say(bytes: string): void {
    this.events?.data(Buffer.from(bytes, 'hex'));
  }
}

/** A script that answers requests it knows, by hex, and stays silent on others. */
export function answers(table: Readonly<Record<string, string | undefined>>): Script {
  return (request, reply) => {
    const answer = table[request.toString('hex')];
    if (answer !== undefined) reply(answer);
  };
}
