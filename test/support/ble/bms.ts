import type { Reading } from '../../../src/battery/reading';
import { systemClock, type Clock, type Timer } from '../../../src/clock';
import type { EmulatedBoard, Protocol } from '../../../src/codec/protocol';
import type { Characteristic, Service } from './gatt';
import { MODULES, type Module, type ModuleName } from './modules';
import { VirtualPeripheral, type PeripheralOptions } from './peripheral';

/** The battery behind a module: `SimulatedPack` is one. */
export interface Pack extends EmulatedBoard {
  readonly isSilent: boolean;
  read(): Reading;
}

export interface BmsOptions extends Partial<Omit<PeripheralOptions, 'services' | 'address'>> {
  address: string;
  module: ModuleName | Module;
  protocol: Protocol;
  pack: Pack;
  /** the only bus address that is answered; every one, when missing */
  busAddress?: number;
  clock?: Clock;
  /** how long the board thinks, ms; 0 when missing */
  turnaroundMs?: number;
  /** services that the module shows before and after that of the board; nothing answers there */
  before?: readonly Service[];
  after?: readonly Service[];
  /** what the module itself says to a write, before the board hears it: nothing when empty; undefined lets it through */
  answer?(written: Buffer): Buffer | undefined;
}

/** More than any request; what was written before is noise. */
const MOST_REQUEST_BYTES = 512;

/**
 * A module with a board behind it. Requests may come in pieces, one write after the other; boards that begin to send
 * by themselves do so until the connection ends.
 */
export class VirtualBms extends VirtualPeripheral {
  readonly pack: Pack;

  constructor(options: BmsOptions) {
    const module: Module = typeof options.module === 'string' ? MODULES[options.module] : options.module;
    const voice = new Voice(options, (bytes) => this.notify(module.notify.uuid, bytes));
    const { manufacturer } = module;
    super({
      name: module.name,
      mtu: module.mtu,
      ...(manufacturer !== undefined && {
        manufacturerData: { company: manufacturer, data: Buffer.from('4a4b', 'hex') },
      }),
      ...options,
      services: [
        ...(options.before ?? []),
        { uuid: module.service, characteristics: characteristicsOf(module, (bytes) => voice.hear(bytes)) },
        ...(options.after ?? []),
      ],
      onDisconnect: () => {
        voice.stop();
        options.onDisconnect?.();
      },
    });
    this.pack = options.pack;
  }
}

function characteristicsOf({ notify, write, others = [] }: Module, onWrite: (bytes: Buffer) => void): Characteristic[] {
  const listening = { ...write, onWrite };
  const speaking = { ...notify };
  const isOne = notify.uuid === write.uuid && notify.properties.join() === write.properties.join();
  // The modules with two alike declare the one to write first.
  const both = notify.uuid === write.uuid ? [listening, speaking] : [speaking, listening];
  return [...(isOne ? [listening] : both), ...others];
}

/** The board: collects requests, answers them, goes on by itself. */
class Voice {
  private heard: Buffer = Buffer.alloc(0);
  private readonly timers = new Set<Timer>();
  private streaming: Timer | undefined;
  private readonly clock: Clock;

  constructor(
    private readonly options: BmsOptions,
    private readonly say: (bytes: Buffer) => void,
  ) {
    this.clock = options.clock ?? systemClock;
  }

  hear(bytes: Buffer): void {
    const own = this.options.answer?.(bytes);
    if (own !== undefined) return this.say(own);
    this.heard = Buffer.concat([this.heard, bytes]).subarray(-MOST_REQUEST_BYTES);
    const served = this.understood();
    if (served === undefined) return;
    this.heard = Buffer.alloc(0);
    const { pack, busAddress } = this.options;
    if (pack.isSilent || (busAddress !== undefined && served.address !== busAddress)) return;
    this.later(this.options.turnaroundMs ?? 0, served.answer(pack.read(), pack));
    if (served.stream !== undefined) this.goOn(served.stream);
  }

  stop(): void {
    this.heard = Buffer.alloc(0);
    this.streaming?.cancel();
    this.streaming = undefined;
    for (const timer of this.timers) timer.cancel();
    this.timers.clear();
  }

  /** What was written last, as far back as it makes a request. */
  private understood(): ReturnType<Protocol['emulate']> {
    for (let at = 0; at < this.heard.length; at++) {
      const served = this.options.protocol.emulate(this.heard.subarray(at));
      if (served !== undefined) return served;
    }
    return undefined;
  }

  private later(delayMs: number, bytes: Buffer): void {
    if (delayMs === 0) return this.say(bytes);
    const timer = this.clock.after(delayMs, () => {
      this.timers.delete(timer);
      this.say(bytes);
    });
    this.timers.add(timer);
  }

  private goOn(stream: { everyMs: number; next(pack: Reading): Buffer }): void {
    this.streaming?.cancel();
    this.streaming = this.clock.after(stream.everyMs, () => {
      const { pack } = this.options;
      this.goOn(stream);
      if (!pack.isSilent) this.say(stream.next(pack.read()));
    });
  }
}
