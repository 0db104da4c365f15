import type { Config } from '../support/fake-red';
import { WITNESSES } from '../witness/boards';
import { AntWitness } from '../witness/boards/ant';
import type { WitnessBoard } from '../witness/boards/board';
import type { WitnessLine } from '../witness/line';
import type { Life } from './settings';
import { World, type Told } from './world';

const HOST = '192.168.1.5';
const PASSWORD = '123456789012';

/** The rate of each protocol, by its sheet. */
export const RATES: Record<string, number> = {
  ...{ jbd: 9600, daly: 9600, ant: 19200, jk: 115200, 'jk-modbus': 115200, 'jk-ble': 115200 },
};
export const RATE_SET = 38400;

/** The mischief of a board ends by itself, ms. */
const MISCHIEF_MS = 8000;

/** How long the far end is away, or silent, ms. */
const AWAY_MS = 20_000;

/** A wish, by a message or by the dead-man switch. */
export interface Wished {
  readonly value: unknown;
  readonly at: number;
  /** undefined for the dead-man switch, which has no message */
  readonly told?: Told;
  /** what the board had when the node was done with it */
  stateWhenDone?: { is: unknown; effect: unknown; isSaved: boolean };
}

/** One life: nodes with some settings, a wish, and what happens meanwhile. */
export class Scene {
  readonly world = new World();
  readonly line: WitnessLine;
  /** the board that the user means */
  readonly board: WitnessBoard;
  /** others on the line, or in its place */
  readonly strangers: WitnessBoard[] = [];
  readonly wishes: Wished[] = [];
  /** whether the line went away while somebody cared */
  outage = false;
  /** whether a stop has left the board in a mode that it should not be in */
  leftBehind = false;
  /** whether the node that controls was there at the end */
  controls = false;
  /** when the event happened; undefined when it has not */
  happenedAt: number | undefined;
  /** whether the nodes have started anew, so that nothing is known of former wishes */
  reborn = false;

  constructor(readonly life: Life) {
    const { world } = this;
    this.line = world.line(life.line === 'tcp' ? `${HOST}:${this.tcpPort}` : this.serialPort);
    this.board = this.makeBoard();
    if (life.address === 2) this.strangers.push(this.another(1));
    this.line.hang(...this.strangers, this.board);
    world.configure(this.flow());
  }

  private get tcpPort(): number {
    return 8899 + this.world.number;
  }

  private get serialPort(): string {
    return `/dev/ttyUSB${this.world.number}`;
  }

  private makeBoard(): WitnessBoard {
    const { life, world } = this;
    const { clock } = world;
    const on = life.wish === 'off';
    const { action } = life;
    const truth = {
      chargeSwitch: action === 'charge' ? on : true,
      dischargeSwitch: action === 'discharge' ? on : true,
      balancingSwitch: action === 'balancing' ? on : true,
      current: -8,
      ...(life.protocol === 'ant' && action !== 'balancing' && { balancingSwitch: false }),
      ...(life.event === 'protection goes' && held(life)),
    };
    const address = life.address === 2 ? 2 : 1;
    if (life.protocol === 'ant' && life.password !== '') {
      return new AntWitness({ clock, truth, level: 1, password: PASSWORD });
    }
    return made(life.protocol, { clock, truth, address });
  }

  /** Another pack that speaks the same. */
  private another(address: number): WitnessBoard {
    const { clock } = this.world;
    const cells = [3.401, 3.402, 3.403, 3.404, 3.405, 3.406, 3.407, 3.408];
    const identity = { serialNumber: '99887766554', model: 'JK_OTHER__08S', deviceName: 'OTHER' };
    const truth = {
      cells,
      resistances: cells.map(() => 0.055),
      current: 3,
      soc: 33,
      remainingCapacity: 33,
      ...identity,
    };
    const chip = {
      serialNumber: '9.9.9.9.9.9.9.9.9.9.9.9',
      model: '08ZM',
      hardwareVersion: '08ZM',
      cycleCapacity: 700,
    };
    return made(this.life.protocol, { clock, address, truth: { ...truth, ...(this.life.protocol === 'ant' && chip) } });
  }

  flow(settings: Partial<Life> = {}): Config[] {
    const life = { ...this.life, ...settings };
    const isSerial = life.line !== 'tcp';
    const connection = isSerial
      ? { transport: 'serial', serialPort: this.serialPort, baudRate: life.line === 'serial' ? '' : RATE_SET }
      : { transport: 'tcp', tcpHost: HOST, tcpPort: this.tcpPort };
    const device = {
      ...{ type: 'bms-device', connection: 'connection', protocol: life.auto ? 'auto' : life.protocol },
      ...{ address: String(life.address), pollInterval: life.pollInterval, timeout: '', retries: life.retries },
      ...{ cellsEvery: life.cellsEvery, allowControl: life.allowControl, invertCurrent: life.invertCurrent },
      credentials: life.password === '' ? {} : { password: life.password === 'right' ? PASSWORD : 'wrongwrong12' },
    };
    const control = { type: 'bms-control', value: 'payload', valueType: 'msg', topic: '' };
    const own = {
      ...{ action: life.action, deadMan: life.deadMan, safeValue: 'off', restore: life.restore },
      ...{ minInterval: life.minInterval, maxAge: life.maxAge },
    };
    return [
      { id: 'connection', type: 'bms-connection', name: 'line', ...connection },
      { id: 'device', name: 'pack', ...device },
      { id: 'bank', type: 'bms-bank', name: 'bank', packs: [{ device: 'device' }], pack1: 'device' },
      ...(life.event === 'second device' ? [{ id: 'device2', name: 'copy', ...device }] : []),
      { id: 'read', type: 'bms-read', device: 'device', topic: '', emit: 'poll', format: 'object' },
      { id: 'cells', type: 'bms-cells', device: 'device', topic: '', emit: 'poll', format: 'object' },
      { id: 'alarm', type: 'bms-alarm', device: 'device', topic: '', includeDevice: true, rules: [] },
      { id: 'settings', type: 'bms-settings', device: 'device', topic: '', action: 'read', other: '', file: '' },
      { id: 'limits', type: 'bms-limits', device: 'device', topic: '', maxChargeCurrent: 50, maxDischargeCurrent: 50 },
      { id: 'energy', type: 'bms-energy', device: 'device', topic: '', emit: 'change', interval: '', format: 'object' },
      { id: 'log', type: 'bms-log', device: 'device', topic: '', emit: 'input' },
      { id: 'control', device: 'device', ...control, ...own },
      { id: 'other', device: life.event === 'second device' ? 'device2' : 'device', ...control, action: '' },
    ];
  }

  /** The state of what the action switches or sets. */
  get state(): unknown {
    const { truth } = this.board;
    const { chargeSwitch: charge, dischargeSwitch: discharge, balancingSwitch: balancing, soc } = truth;
    return { charge, discharge, balancing, soc }[this.life.action];
  }

  /** What comes of it: a protection may hold a MOSFET that is switched on. */
  private get effect(): unknown {
    const { truth } = this.board;
    const held = { charge: truth.chargeHeld, discharge: truth.dischargeHeld }[this.life.action as 'charge'] ?? false;
    return held ? false : this.state;
  }

  private get standing(): Wished['stateWhenDone'] {
    return { is: this.state, effect: this.effect, isSaved: this.board.isSaved };
  }

  get wanted(): boolean | number {
    if (this.life.action === 'soc') return this.life.wish === 'on' ? 70 : 40;
    return this.life.wish === 'on';
  }

  /** Sends a wish for the action of this life. */
  wish(node: 'control' | 'other', value: boolean | number): Wished {
    const { action } = this.life;
    const told = this.world.tell(node, node === 'other' ? { action, value } : value, { confirm: action });
    const wished: Wished = { value, at: told.at, told };
    this.wishes.push(wished);
    return wished;
  }

  /** Lets time pass, and notes the state of the board whenever a wish is settled. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += STEP_MS) {
      await this.world.clock.tick(STEP_MS);
      for (const wished of this.wishes) {
        if (wished.told?.doneAt !== undefined) wished.stateWhenDone ??= this.standing;
      }
    }
  }

  get hasReading(): boolean {
    return (
      this.world.sent.some(({ node }) => node === 'read') ||
      this.world.told.some(({ node, answers }) => node === 'read' && answers.length > 0)
    );
  }

  async play(): Promise<void> {
    const { life, world } = this;
    await this.begin();
    this.board.mischief = life.mischief;
    world.clock.after(MISCHIEF_MS, () => (this.board.mischief = 'none'));
    if (life.moment < 0) {
      await this.happen();
      await this.pass(-life.moment);
    }
    if (this.isThere('control')) this.wish('control', this.wanted);
    if (life.moment > 0) {
      await this.pass(life.moment);
      await this.happen();
    }
    await this.pass(100_000);
  }

  /** A last look at the board, and everything ends. */
  async finish(): Promise<void> {
    const { world } = this;
    if (this.isThere('read')) world.tell('read', 'now');
    await this.pass(30_000);
    this.controls = this.isThere('control');
    await world.end();
  }

  /** Starts the nodes, reads, and says once what is so already, as a controller does that repeats itself. */
  private async begin(): Promise<void> {
    const { life, world } = this;
    if (life.remembered === 'another address') {
      world.configure(this.flow({ address: 1 as never }));
      world.start();
      world.tell('read', 'now');
      await world.until(() => this.hasReading, 90_000);
      await world.stop();
      world.sent.length = 0;
      world.told.length = 0;
      world.configure(this.flow());
    }
    world.start();
    world.tell('read', 'now');
    await world.until(() => this.hasReading, 90_000);
    const present = this.state;
    if (life.action !== 'soc') {
      this.wish('control', present as boolean);
      await this.pass(9000);
    }
  }

  isThere(node: string): boolean {
    return this.world.has(node);
  }

  private async happen(): Promise<void> {
    const { life, world, line, board } = this;
    this.happenedAt = world.clock.monotonic();
    const users = ['read', 'cells', 'alarm', 'control', 'other'];
    switch (life.event) {
      case 'nothing':
        return;
      case 'full deploy':
        await this.stop();
        return world.start();
      case 'deploy of nodes':
        await world.stop(['control']);
        return world.start();
      case 'deploy of flows':
        await world.stop(users);
        return world.start();
      case 'stop and start':
        await this.stop();
        await this.pass(5000);
        return world.start();
      case 'undeploy':
        return world.stop(['control'], ['control']);
      case 'restart':
        await this.stop();
        return world.restart();
      case 'line lost':
        this.outage = true;
        return this.away('refuses');
      case 'bridge hangs':
        this.outage = true;
        return this.away('hangs');
      case 'deploy to a dead bridge':
        this.outage = true;
        this.away('hangs');
        await this.pass(1000);
        await this.stop();
        return world.start();
      case 'restart with a dead bridge':
        this.outage = true;
        this.away('refuses');
        await this.pass(1000);
        await this.stop();
        return world.restart();
      case 'line breaks with the safe state':
        // That of a dead-man switch, which nobody has asked since.
        this.outage = life.deadMan === 12;
        world.clock.after(MISCHIEF_MS + 1000, () => (board.mischief = 'line cut, obeys late'));
        world.clock.after(AWAY_MS, () => (board.mischief = 'none'));
        return;
      case 'board sleeps':
        this.outage = true;
        board.silent = true;
        world.clock.after(AWAY_MS, () => (board.silent = false));
        return;
      case 'protection comes':
        Object.assign(board.truth, held(life));
        return;
      case 'protection goes':
        Object.assign(board.truth, { chargeHeld: false, dischargeHeld: false, alarms: [] });
        return;
      case 'other node':
        this.wish('other', life.action === 'soc' ? 55 : !this.wanted);
        return;
      case 'second device':
        // What shares a register with the action on some boards.
        world.tell('other', { action: life.action === 'charge' ? 'discharge' : 'charge', value: false });
        return;
      case 'clock jumps ahead':
        world.wallOffset += 86_400_000;
        return;
      case 'clock jumps back':
        world.wallOffset -= 86_400_000;
        return;
      case 'board swapped': {
        const stranger = this.another(board.address);
        this.strangers.push(stranger);
        line.drop();
        line.hang(...this.strangers);
        return;
      }
      case 'queue full':
        for (let i = 0; i < 80; i++) {
          if (life.action === 'charge') this.wish('other', i % 2 === 0);
          else world.tell('other', { action: 'charge', value: i % 2 === 0 });
        }
        return;
      case 'released':
        world.tell('read', { action: 'release', seconds: AWAY_MS / 1000 });
        return;
    }
  }

  /** Everything closes; whatever was begun is ended then, if the board can be reached. */
  private async stop(): Promise<void> {
    this.reborn = true;
    await this.world.stop();
    this.leftBehind = this.line.bridge === 'accepts' && !this.board.isNormal;
  }

  /** The far end is gone for a while. */
  private away(bridge: 'refuses' | 'hangs'): void {
    const { line, world } = this;
    line.bridge = bridge;
    line.drop();
    world.clock.after(AWAY_MS, () => (line.bridge = 'accepts'));
  }
}

const STEP_MS = 20;

function made(protocol: string, options: Parameters<(typeof WITNESSES)[string]>[0]): WitnessBoard {
  const make = WITNESSES[protocol];
  if (make === undefined) throw new Error(`no witness speaks ${protocol}`);
  return make(options);
}

/** What a protection holds open that the action would switch. */
function held({ action }: Life): object {
  if (action === 'discharge') {
    return { dischargeHeld: true, alarms: [{ code: 'cell_undervoltage', level: 'protection' }] };
  }
  return { chargeHeld: true, alarms: [{ code: 'cell_overvoltage', level: 'protection' }] };
}
