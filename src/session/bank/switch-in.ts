import type { Direction } from '../../battery/bank/current-limit';
import type { SwitchCandidate } from '../../battery/bank/switch-candidates';
import { decideSwitchIn, type PackOutcome } from '../../battery/bank/switching';
import type { BankSettings } from '../../battery/bank/settings';
import { NotSentError, type BmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import type { Device } from '../device';
import type { OneWayJoins } from './one-way-joins';
import { askPack, isLost, notAnswering, notBegun, type GroupTurn } from './pack-turn';

/** What switching packs in needs of their bank. */
export interface SwitchInContext {
  settings(): BankSettings;
  /** What can be switched in now, the nearest to the bus first. */
  candidates(switchedOn: ReadonlySet<string>): readonly SwitchCandidate[];
  readonly joins: OneWayJoins;
}

type Decision =
  { readonly how: 'switch'; readonly first?: Direction } | { readonly how: 'defer' | 'deny'; readonly error: BmsError };

/**
 * Switches packs on, one after the other, the nearest to the bus first, each only where its voltage allows it; ends at the first
 * that fails (bank.md 5).
 */
export class SwitchIn {
  private readonly outcomes: PackOutcome[] = [];
  /** of those that could not be asked: what became of the others says more */
  private readonly unasked: PackOutcome[] = [];
  private readonly waiting: Map<string, Device>;
  private readonly switchedOn = new Set<string>();
  private hasFailed = false;

  /** @param isConfirmed whether the message says `confirm: "connect"` */
  constructor(
    private readonly context: SwitchInContext,
    private readonly turn: GroupTurn,
    private readonly devices: readonly Device[],
    private readonly isConfirmed: boolean,
  ) {
    this.waiting = new Map(devices.map((device) => [device.name, device]));
  }

  async run(): Promise<PackOutcome[]> {
    // What was read a while ago may not be what stands there now.
    await this.read(this.devices);
    for (let next = this.next(); next !== undefined; next = this.next()) await this.switchUnit(next);
    return [...this.outcomes, ...this.unasked];
  }

  private next(): SwitchCandidate | undefined {
    return this.context.candidates(this.switchedOn).find(({ packs }) => packs.some((name) => this.waiting.has(name)));
  }

  private async switchUnit(unit: SwitchCandidate): Promise<void> {
    const devices = unit.packs.flatMap((name) => this.waiting.get(name) ?? []);
    for (const { name } of devices) this.waiting.delete(name);
    if (this.hasFailed) return void this.outcomes.push(...devices.map(({ name }) => notBegun(name)));
    // A string is switched on whole, or not at all.
    if (devices.some(isLost)) {
      const [lost, others] = [devices.filter(isLost), devices.filter((device) => !isLost(device))];
      return void this.unasked.push(...lost.map(lostOutcome), ...others.map(({ name }) => notBegun(name)));
    }
    const decision = this.decide(unit, devices);
    if (decision.how !== 'switch') {
      this.hasFailed = decision.how === 'deny';
      return void this.outcomes.push(
        ...devices.map(({ name }) => ({ pack: name, confirmed: false, error: decision.error })),
      );
    }
    for (const device of devices) await this.ask(device, decision.first);
  }

  private async ask(device: Device, first: Direction | undefined): Promise<void> {
    if (this.hasFailed) return void this.outcomes.push(notBegun(device.name));
    const outcome = await askPack(this.turn, device);
    if (outcome === undefined) return;
    this.outcomes.push(outcome);
    // One that was not confirmed may be on all the same.
    this.switchedOn.add(device.name);
    this.hasFailed = !outcome.confirmed;
    if (outcome.confirmed && first !== undefined) this.context.joins.begin(device, first);
    if (outcome.before !== outcome.after && this.isPath) await this.read([device]);
  }

  private get isPath(): boolean {
    return this.turn.action === 'charge' || this.turn.action === 'discharge';
  }

  private async read(devices: readonly Device[]): Promise<void> {
    if (this.isPath)
      await Promise.allSettled(devices.filter((device) => !isLost(device)).map((device) => device.read()));
  }

  private decide(unit: SwitchCandidate, devices: readonly Device[]): Decision {
    const { action } = this.turn;
    if (action !== 'charge' && action !== 'discharge') return { how: 'switch' };
    const isOn = devices.every(({ last }) => last?.reading[`${action}Enabled`] === true);
    if (isOn || !unit.hasBus || unit.isCarrying) return { how: 'switch' };
    const { joins } = this.context;
    const settings = this.context.settings();
    const [device] = devices;
    const mayBeOneWay = device !== undefined && devices.length === 1;
    const decision = decideSwitchIn(
      mayBeOneWay ? settings : { ...settings, join: '' },
      unit.name,
      unit.delta,
      this.isConfirmed,
    );
    if (!decision.allowed) return { how: 'deny', error: decision.error };
    if (decision.first === undefined || decision.first === action) return { how: 'switch', first: decision.first };
    if (device !== undefined && joins.follow(device, action))
      return { how: 'defer', error: follows(unit.name, action) };
    // The direction that blocks the rush of current comes first.
    const denied = decideSwitchIn({ ...settings, join: '' }, unit.name, unit.delta, false);
    return denied.allowed ? { how: 'switch' } : { how: 'deny', error: denied.error };
  }
}

function lostOutcome({ name }: Device): PackOutcome {
  return { pack: name, confirmed: false, error: notAnswering(name) };
}

function follows(pack: string, action: Direction): BmsError {
  return new NotSentError(
    'not_confirmed',
    say`Pack ${pack} is joining with one direction; "${action}" follows by itself when its voltage is near that of the bank. Nothing was sent.`,
  );
}
