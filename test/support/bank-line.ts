import type { ActionName, ActionValue } from '../../src/battery/action';
import type { Reading } from '../../src/battery/reading';
import { PROTOCOLS } from '../../src/codec/registry';
import { Bank, type BankOptions } from '../../src/session/bank';
import { Bus } from '../../src/session/bus';
import { Device, type Condition, type DeviceOptions, type Snapshot } from '../../src/session/device';
import { SimulatorLink } from '../../src/simulator/link';
import type { SimulatedPack } from '../../src/simulator/pack';
import { FakeClock } from './fake-clock';
import { known } from './device-line';

/** A pack without load, unless a test says what flows. */
export function resting(voltage = 53.2, current = 0): Reading {
  return { current, voltage, cellVoltages: Array.from({ length: 16 }, () => voltage / 16) };
}

export interface BoardSet {
  readonly device?: Partial<DeviceOptions>;
  readonly group?: string;
  /** id of the protocol that its board speaks */
  readonly speaks?: string;
}

/** A simulated pack on a line of its own, and its device. */
export class BankBoard {
  readonly device: Device;
  readonly pack: SimulatedPack;
  readonly bus: Bus;
  /** what its readings have beside the pack's */
  more = resting();
  isSilent = false;
  /** actions that it does not carry out, though it acknowledges them */
  readonly ignores = new Set<ActionName>();

  constructor(
    clock: FakeClock,
    readonly name: string,
    { speaks = 'jbd', device: own }: BoardSet,
    commands: string[],
  ) {
    const common = { cells: 16, chemistry: 'lfp', scenario: 'steady', speed: 1 } as const;
    const link = new SimulatorLink({ ...common, clock, protocols: PROTOCOLS });
    const protocol = known(speaks);
    const address = protocol.address?.initial ?? 0;
    const pack = link.pack(speaks, address);
    this.pack = pack;
    const read = pack.read.bind(pack);
    const execute = pack.execute.bind(pack);
    pack.read = () => ({ ...read(), ...this.more });
    pack.execute = (action: ActionName, value: ActionValue) => {
      commands.push(`${name} ${action} ${value}`);
      return this.ignores.has(action) || execute(action, value);
    };
    Object.defineProperty(pack, 'isSilent', { get: () => this.isSilent });
    this.bus = new Bus({ link, clock });
    const device = { bus: this.bus, protocol, address: undefined, pollIntervalMs: 5000, allowControl: true };
    this.device = new Device({ ...device, name, clock, ...own });
  }
}

export interface BankLineOptions extends Partial<Omit<BankOptions, 'members' | 'clock'>> {
  readonly boards?: readonly BoardSet[];
}

/** A bank of simulated packs A, B, C, each on a line of its own, in fake time. */
export class BankLine {
  readonly clock = new FakeClock();
  readonly boards: readonly BankBoard[];
  readonly bank: Bank;
  /** what the boards were asked to do, in this order */
  readonly commands: string[] = [];
  readonly snapshots: Snapshot[] = [];
  readonly conditions: Condition[] = [];

  constructor({ boards = [{}, {}, {}], ...options }: BankLineOptions = {}) {
    this.boards = boards.map((set, i) => new BankBoard(this.clock, 'ABCDEF'[i] ?? `P${i}`, set, this.commands));
    const members = this.boards.map(({ device }, i) => ({ device, group: boards[i]?.group ?? '' }));
    this.bank = new Bank({ name: 'Bank', ...options, members, clock: this.clock });
    this.bank.readings.subscribe((snapshot) => this.snapshots.push(snapshot));
    this.bank.changed.subscribe((condition) => this.conditions.push(condition));
    for (const { device, bus } of this.boards) {
      device.start();
      bus.open();
    }
    this.bank.start();
  }

  board(at: number): BankBoard {
    const board = this.boards[at];
    if (board === undefined) throw new Error(`no board ${at}`);
    return board;
  }

  /** How each pack stands. */
  get states(): string {
    return (
      (this.snapshots.at(-1)?.reading as { packs?: { state: string }[] }).packs?.map(({ state }) => state).join(' ') ??
      ''
    );
  }

  /** Lets time pass until a promise is settled. */
  async settled<T>(promise: Promise<T>): Promise<T> {
    let isDone = false;
    promise.then(
      () => (isDone = true),
      () => (isDone = true),
    );
    for (let passed = 0; !isDone && passed < 600_000; passed += 50) await this.clock.tick(50);
    return promise;
  }

  /** Has all packs read and switches their paths off, as by something else. */
  async allOff(...at: readonly number[]): Promise<void> {
    for (const i of at)
      for (const action of ['charge', 'discharge'] as const) this.board(i).pack.execute(action, false);
    await this.settled(this.bank.read());
    this.commands.length = 0;
  }

  /** Ends everything. @returns timers that are left */
  async close(): Promise<number> {
    this.bank.stop();
    for (const { device } of this.boards) device.stop();
    const closed = Promise.all(this.boards.map(({ bus }) => bus.close()));
    await this.clock.tick(6000);
    await closed;
    return this.clock.timers;
  }
}
