import type { PackLimits } from '../../battery/bank/member';
import { lostAfter } from '../../battery/bank/pack-view';
import type { BankSettings } from '../../battery/bank/settings';
import type { Clock, Timer } from '../../clock';
import type { Device } from '../device';
import { memberOf } from './pack-device';

/** Limits of several packs come one after the other: they are combined when no more have come for so long, ms. */
const GATHER_MS = 50;

interface Given {
  readonly limits: PackLimits;
  /** on the monotonic clock, ms */
  readonly at: number;
}

/** What limits nodes make of the packs of a bank, each alone (bank.md 7, way b). */
export class PackLimitsTable {
  private readonly given = new Map<string, Given>();
  private timer: Timer | undefined;

  /** @param onNew called soon after limits have come */
  constructor(
    private readonly clock: Clock,
    private readonly onNew: () => void,
  ) {}

  take(pack: string, limits: PackLimits): void {
    this.given.set(pack, { limits, at: this.clock.monotonic() });
    this.timer ??= this.clock.after(GATHER_MS, () => {
      this.timer = undefined;
      this.onNew();
    });
  }

  /** The limits of a pack, as long as a reading of this age would count. */
  of(device: Device, settings: BankSettings): PackLimits | undefined {
    const given = this.given.get(device.name);
    if (given === undefined) return undefined;
    const ageMs = this.clock.monotonic() - given.at;
    return ageMs <= lostAfter(settings, memberOf(device)) * 1000 ? given.limits : undefined;
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
    this.given.clear();
  }
}
