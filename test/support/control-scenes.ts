import { BmsError } from '../../src/battery/errors';
import { say } from '../../src/battery/sentence';
import type { ActionName, ActionValue } from '../../src/battery/action';
import { alarm, type Alarm } from '../../src/battery/alarm';
import type { Reading } from '../../src/battery/reading';
import type { Action, EmulatedBoard, Protocol } from '../../src/codec/protocol';
import { Bus } from '../../src/session/bus';
import { usualAddresses } from '../../src/session/line-needs';
import { Device, type DeviceOptions } from '../../src/session/device';
import type { ActionResult, ActionRequest } from '../../src/session/action-request';
import { SimulatedPack } from '../../src/simulator/pack';
import { FakeClock } from './fake-clock';
import { errorOf } from './device-line';
import { ScriptedLink } from './scripted-link';

export interface Command {
  action: ActionName;
  value: ActionValue;
}

/** What a line or a board does to a request that commands. */
export type Mischief =
  | 'none'
  | 'refused'
  | 'not obeyed'
  | 'acknowledgement lost'
  | 'acknowledgement and command lost'
  | 'silent from then on'
  | 'slow to show'
  | 'line lost, back in time'
  | 'line lost for long';

/**
 * A device on a simulated pack whose line does mischief to requests that command: only those, so that what is read
 * before and after is always true.
 */
export class ControlBench {
  readonly clock: FakeClock;
  readonly link: ScriptedLink;
  readonly bus: Bus;
  readonly device: Device;
  readonly pack: SimulatedPack;
  /** every request on the wire that asks the board to change something */
  readonly commands: Command[] = [];
  /** how many of them the board has refused, so that nothing came of them */
  refused = 0;
  mischief: Mischief = 'none';
  /** how long a slow board takes to do what it was asked, ms */
  slownessMs = 1000;
  /** alarms that stay until they are cleared: the simulated pack has none of that kind */
  latched: readonly Alarm[] = [];
  /** what the meter reads while no current flows, A, until it is zeroed; undefined: it reads the pack's current */
  meterError: number | undefined;
  /** a MOSFET that a protection holds open, whatever its switch */
  held: 'charge' | 'discharge' | undefined;
  /** a MOSFET that stays as it is, whatever its switch, and no alarm tells why */
  stuck: Pick<Reading, 'chargeEnabled' | 'dischargeEnabled'> = {};
  /** what the next answer tells wrongly, alone */
  lie: Reading = {};
  /** the pack's state when it answered last */
  lastAnswered: Reading = {};
  private mute = false;

  constructor(
    readonly protocol: Protocol,
    options: Partial<DeviceOptions> = {},
    seed = 7,
  ) {
    this.clock = new FakeClock(seed);
    const { clock } = this;
    this.pack = new SimulatedPack({ cells: 16, chemistry: 'lfp', scenario: 'steady', speed: 1, seed, clock });
    this.link = new ScriptedLink(clock, (request, reply) => {
      const answer = this.answer(request);
      if (answer !== undefined && answer.length > 0) reply(answer, 10);
    });
    this.bus = new Bus({ link: this.link, clock });
    const address = usualAddresses(protocol, false)[0];
    const device = { name: 'Bank', bus: this.bus, protocol, address, pollIntervalMs: 0, clock, allowControl: true };
    this.device = new Device({ ...device, ...options });
    this.device.start();
    this.bus.open();
  }

  /** Wishes something and lets time pass until it is settled. @returns the outcome, or the code of the error */
  async wish(wish: ActionRequest): Promise<ActionResult | string> {
    return this.settled(this.device.control(wish));
  }

  /** Lets time pass until a promise is settled. */
  async settled<T>(promise: Promise<T>): Promise<T | string> {
    let result: { value: T | string } | undefined;
    promise.then(
      (value) => (result = { value }),
      (error: unknown) => (result = { value: error instanceof BmsError ? error.code : String(error) }),
    );
    for (let passed = 0; passed < 600_000; passed += 50) {
      if (result !== undefined) return result.value;
      await this.clock.tick(50);
    }
    throw new Error('not settled after ten minutes');
  }

  /** Lets time pass until a promise has failed. @returns its error */
  async errorOf(promise: Promise<unknown>): Promise<BmsError> {
    const error = errorOf(promise);
    await this.settled(error);
    return error;
  }

  /** Ends everything. @returns timers that are left */
  async close(): Promise<number> {
    this.device.stop();
    const closed = this.bus.close();
    await this.clock.tick(5000);
    await closed;
    return this.clock.timers;
  }

  /** A second device that means the same board, started; for `stop` by whoever asks. */
  another(options: Partial<DeviceOptions> = {}): Device {
    const { bus, clock, protocol } = this;
    const address = usualAddresses(protocol, false)[0];
    const device = { name: 'Twin', bus, protocol, address, pollIntervalMs: 0, clock, allowControl: true };
    const twin = new Device({ ...device, password: '12345678', ...options });
    twin.start();
    return twin;
  }

  private measured(): Reading {
    const { lie } = this;
    this.lie = {};
    const reading = { ...this.withProtection(this.pack.read()), ...this.stuck, ...lie };
    const alarms = [...(reading.alarms ?? []), ...this.latched];
    if (this.meterError === undefined) return { ...reading, alarms };
    return { ...reading, alarms, current: this.meterError, state: 'idle' };
  }

  private withProtection(reading: Reading): Reading {
    if (this.held === undefined) return reading;
    const [key, code] =
      this.held === 'charge'
        ? (['chargeEnabled', 'cell_overvoltage'] as const)
        : (['dischargeEnabled', 'cell_undervoltage'] as const);
    return { ...reading, [key]: false, alarms: [...(reading.alarms ?? []), alarm(code, 'protection')] };
  }

  private carryOut({ action, value }: Command): void {
    if (action === 'zeroCurrent') this.meterError = 0;
    if (action === 'clearAlarms') this.latched = [];
    this.pack.execute(action, value);
  }

  private answer(request: Buffer): Buffer | undefined {
    if (this.mute) return undefined;
    const served = this.protocol.emulate(request);
    if (served === undefined || this.pack.isSilent) return undefined;
    const asked: Command[] = [];
    const board: EmulatedBoard = {
      switches: this.pack.switches,
      balances: this.pack.balances,
      memory: this.pack.memory,
      settings: this.pack.settings,
      execute: (action, value) => asked.push({ action, value }) > 0,
    };
    this.lastAnswered = this.measured();
    const answer = served.answer(this.lastAnswered, board);
    if (asked.length === 0) return answer;
    this.commands.push(...asked);
    return this.disturb(answer, asked, () => served.answer(this.measured()));
  }

  private disturb(answer: Buffer, asked: readonly Command[], refusal: () => Buffer): Buffer | undefined {
    const obey = (): void => asked.forEach((command) => this.carryOut(command));
    switch (this.mischief) {
      case 'none':
        obey();
        return answer;
      case 'refused':
        this.refused += asked.length;
        return refusal();
      case 'not obeyed':
        return answer;
      case 'acknowledgement lost':
        obey();
        return undefined;
      case 'acknowledgement and command lost':
        return undefined;
      case 'silent from then on':
        this.mute = true;
        return undefined;
      case 'slow to show':
        this.clock.after(this.slownessMs, obey);
        return answer;
      case 'line lost, back in time':
        obey();
        this.clock.after(15, () => this.link.drop());
        return answer;
      case 'line lost for long':
        obey();
        this.clock.after(15, () => {
          this.link.refuse = new BmsError('port_not_found', say`the cable was pulled`);
          this.link.drop();
        });
        return answer;
    }
  }
}

/** A bench whose board has been read and is in the other state than the action is going to bring about. */
export async function preparedBench(protocol: Protocol, action: Action, value: ActionValue): Promise<ControlBench> {
  const bench = new ControlBench(protocol, { password: '12345678' });
  if (action.input.kind === 'switch') bench.pack.execute(action.name, value !== true);
  if (action.name === 'clearAlarms') bench.latched = [alarm('cell_overvoltage', 'protection')];
  if (action.name === 'zeroCurrent') bench.meterError = 0.7;
  await bench.settled(bench.device.read());
  return bench;
}

/** Values that every action takes, in an order in which each changes something. */
export function valuesOf({ input }: Action): readonly ActionValue[] {
  switch (input.kind) {
    case 'switch':
      return [false, true];
    case 'number':
      return [input.min + (input.max - input.min) * 0.4];
    case 'command':
      return [true];
  }
}
