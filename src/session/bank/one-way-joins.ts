import type { Direction } from '../../battery/bank/current-limit';
import type { SwitchCandidate } from '../../battery/bank/switch-candidates';
import { nextOneWayStep } from '../../battery/bank/switching';
import { toBmsError, type BmsError } from '../../battery/errors';
import type { Device } from '../device';
import { Signal } from '../signal';
import { isLost } from './pack-turn';

/** A pack that conducts in one direction, until its voltage is near that of the bank (bank.md 5). */
interface Join {
  readonly first: Direction;
  /** the place of its request among those of its device: a later one of anything else counts */
  readonly requestNumber: number;
  /** the place of the request for the other direction, where there was one */
  follows?: number;
}

/** A pack that joins, as it outlives a deploy. */
export interface StoredJoin {
  readonly pack: string;
  readonly first: Direction;
  /** whether the other direction was requested */
  readonly follows: boolean;
}

/** What a bank does by itself with a pack that joins by one direction. */
export interface JoinStep {
  readonly pack: string;
  readonly action: Direction;
  readonly value: boolean;
  /** undefined: it was confirmed */
  readonly error?: BmsError;
}

const otherOf = (direction: Direction): Direction => (direction === 'charge' ? 'discharge' : 'charge');

/** Lets the other direction of packs follow, or opens the first one where the current gets too high for a body diode. */
export class OneWayJoins {
  readonly steps = new Signal<JoinStep>();
  private readonly joins = new Map<string, Join>();

  /** @param deviceOf the device of a pack that is not taken out */
  constructor(private readonly deviceOf: (pack: string) => Device | undefined) {}

  get isEmpty(): boolean {
    return this.joins.size === 0;
  }

  get stored(): readonly StoredJoin[] {
    return [...this.joins].map(([pack, { first, follows }]) => ({ pack, first, follows: follows !== undefined }));
  }

  /**
   * Takes up packs that were joining in an earlier run, in which requests had other places. Where the last request for the other
   * direction was off it does not follow.
   */
  resume(stored: readonly StoredJoin[]): void {
    for (const { pack, first, follows } of stored) {
      const device = this.deviceOf(pack);
      if (device === undefined) continue;
      this.begin(device, first);
      const { requested } = device.requestsOf(otherOf(first));
      if (follows && requested?.value !== false) this.follow(device, otherOf(first));
    }
  }

  /** A pack was switched on in one direction. */
  begin(device: Device, first: Direction): void {
    this.joins.set(device.name, { first, requestNumber: device.nextRequestNumber() });
  }

  /** The other direction of a pack is wanted too. @returns false where the pack is not joining by this */
  follow(device: Device, direction: Direction): boolean {
    const join = this.joins.get(device.name);
    if (join === undefined || join.first === direction) return false;
    join.follows = device.nextRequestNumber();
    return true;
  }

  /** What is about to be switched off for all does not follow any more. */
  forget(direction: Direction): void {
    for (const [name, join] of this.joins) {
      if (join.first === direction) this.joins.delete(name);
      else delete join.follows;
    }
  }

  /** To be called with every step of the bank. @param candidates of the bank now */
  look(candidates: readonly SwitchCandidate[]): void {
    for (const [name, join] of this.joins) {
      const candidate = candidates.find(({ packs }) => packs.includes(name));
      const device = this.deviceOf(name);
      // What has no reading yet may be anything.
      if (device !== undefined && device.last === undefined) continue;
      if (candidate === undefined || device === undefined || isLost(device) || isOver(device, join)) {
        this.joins.delete(name);
        continue;
      }
      const next = nextOneWayStep(candidate.delta, candidate.current, candidate.capacity);
      if (next === 'wait') continue;
      this.joins.delete(name);
      if (next === 'both-off') void this.act(device, join.first, false);
      else if (mayFollow(device, join)) void this.act(device, otherOf(join.first), true);
    }
  }

  private async act(device: Device, action: Direction, value: boolean): Promise<void> {
    const step = { pack: device.name, action, value };
    try {
      await device.control({ action, value });
      this.steps.emit(step);
    } catch (thrown) {
      this.steps.emit({ ...step, error: toBmsError(thrown) });
    }
  }
}

/** Whether the pack was switched off, or in both directions on, by something else. */
function isOver(device: Device, { first, requestNumber }: Join): boolean {
  const { requested } = device.requestsOf(first);
  const { chargeEnabled, dischargeEnabled } = device.last?.reading ?? {};
  const isOff = requested !== undefined && requested.requestNumber > requestNumber && requested.value === false;
  return isOff || (chargeEnabled === true && dischargeEnabled === true);
}

function mayFollow(device: Device, { first, follows }: Join): boolean {
  if (follows === undefined) return false;
  const { requested } = device.requestsOf(otherOf(first));
  return requested === undefined || requested.requestNumber <= follows || requested.value === true;
}
