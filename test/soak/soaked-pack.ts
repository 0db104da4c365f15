import { BmsError } from '../../src/battery/errors';
import type { Clock } from '../../src/clock';
import type { Link } from '../../src/link/link';
import type { Protocol } from '../../src/codec/protocol';
import { Bus } from '../../src/session/bus';
import { Device } from '../../src/session/device';
import { integer, seeded, type Lottery } from '../../src/simulator/seeded';
import { RoughLink } from './rough-link';

export interface SoakedPackOptions {
  clock: Clock;
  protocol: Protocol;
  /** also tells this pack from others */
  seed: number;
  isRadio: boolean;
  pollIntervalMs: number;
  /** the longest time for which something that goes wrong lasts, and for which the line is lent, ms */
  longestMs: number;
  /** the line as it would be if nothing went wrong; asked for with each deploy */
  line(): Link;
}

/** What somebody does to a pack, and how often it is done in comparison. */
const DOINGS: readonly (readonly [share: number, doing: (pack: SoakedPack) => Promise<unknown>])[] = [
  [10, (pack) => pack.ask()],
  [4, (pack) => pack.switchOver()],
  [1, (pack) => pack.lendOut()],
  [3, (pack) => pack.deploy()],
];

/** Errors that faults may lead to. */
const EXPECTED = new Set(
  'timeout checksum malformed rejected denied not_confirmed port_not_found disconnected closed queue_full'.split(' '),
);

/** A pack on a rough line, which is polled, asked, switched, lent and deployed anew. */
export class SoakedPack {
  readings = 0;
  lastReadingAt = 0;
  deploys = 0;
  /** asked, switched and lent, and how much of that has come to an end */
  begun = 0;
  ended = 0;
  /** what should not have happened */
  readonly problems: string[] = [];
  /** how often each error came */
  readonly errors: Record<string, number> = {};
  private readonly draw: Lottery;
  private link: RoughLink;
  private bus: Bus;
  private device: Device;
  private readonly leave: (() => void)[] = [];
  private isOver = false;
  /** those that a device has before it is started */
  private listenersOfItsOwn = 0;
  /** deploys come one after the other */
  private deployed: Promise<void> = Promise.resolve();

  constructor(private readonly options: SoakedPackOptions) {
    this.draw = seeded(options.seed);
    ({ link: this.link, bus: this.bus, device: this.device } = this.make());
    this.start();
  }

  get name(): string {
    return `${this.options.protocol.id} ${this.options.seed}`;
  }

  /** who listens now to what the line and the device tell */
  get listeners(): number {
    const { readings, changed, found } = this.device;
    return this.bus.changed.size + readings.size + changed.size + found.size;
  }

  get openChannels(): number {
    return this.link.openChannels;
  }

  /** Does one of the things that users do, by lot. */
  async doSomething(): Promise<void> {
    let lot = this.draw() * DOINGS.reduce((sum, [share]) => sum + share, 0);
    const [, doing] = DOINGS.find(([share]) => (lot -= share) < 0) ?? [];
    await doing?.(this);
  }

  ask(): Promise<void> {
    return this.through(this.device.read());
  }

  switchOver(): Promise<void> {
    const action = this.options.protocol.actions?.find(({ input }) => input.kind === 'switch');
    if (action === undefined) return this.ask();
    return this.through(this.device.control({ action: action.name, value: this.draw() < 0.5 }));
  }

  lendOut(): Promise<void> {
    return this.through(this.device.pause(integer(this.draw, 0, this.options.longestMs / 2)));
  }

  /** Everything of the pack goes and comes anew, with whatever is under way, as when its flow is deployed. */
  deploy(): Promise<void> {
    this.deploys++;
    this.deployed = this.deployed.then(async () => {
      await this.close();
      if (this.isOver) return;
      ({ link: this.link, bus: this.bus, device: this.device } = this.make());
      this.start();
    });
    return this.deployed;
  }

  /** Lets go of everything, for good. */
  async end(): Promise<void> {
    this.isOver = true;
    await this.deployed;
    await this.close();
  }

  private async close(): Promise<void> {
    const { bus, device, link } = this;
    for (const leave of this.leave.splice(0)) leave();
    device.stop();
    await bus.close();
    if (link.openChannels !== 0) this.problems.push(`${this.name}: a channel was left open`);
    if (this.listeners !== this.listenersOfItsOwn) this.problems.push(`${this.name}: listeners were left`);
  }

  private make(): { link: RoughLink; bus: Bus; device: Device } {
    const { name, draw, options } = this;
    const { clock, protocol, pollIntervalMs } = options;
    const link = new RoughLink(options.line(), { ...options, draw });
    const bus = new Bus({ link, clock });
    const device = new Device({ name, bus, protocol, address: undefined, pollIntervalMs, allowControl: true, clock });
    return { link, bus, device };
  }

  private start(): void {
    this.listenersOfItsOwn = this.listeners;
    this.leave.push(
      this.device.readings.subscribe(() => {
        this.readings++;
        this.lastReadingAt = this.options.clock.monotonic();
      }),
    );
    this.device.start();
    this.bus.open();
  }

  private async through(work: Promise<unknown>): Promise<void> {
    this.begun++;
    await work.catch((thrown: unknown) => {
      const code = thrown instanceof BmsError ? thrown.code : String(thrown);
      this.errors[code] = (this.errors[code] ?? 0) + 1;
      if (!EXPECTED.has(code)) this.problems.push(`${this.name}: ${String(thrown)}`);
    });
    this.ended++;
  }
}

/** How many cells a board of a protocol has: small boards have few. */
export function cellsOf({ id }: Protocol): number {
  return id === 'sinowealth' ? 8 : 16;
}
