import type { PackLimits } from '../battery/bank/member';
import type { SentLimits } from '../battery/limits/changes';
import type { LimitsSettings } from '../battery/limits/limits';
import { roundedDown } from '../battery/derive';
import type { Clock, Timer } from '../clock';
import type { Bank } from '../session/bank';

/** What is combined is looked at so often while the bank makes no step, ms. */
const STEP_MS = 5000;
/** of the last discharge limit, while packs do not say what they allow */
const HALF = 0.5;

export interface PackLimitsWatchOptions {
  bank: Pick<Bank, 'limits' | 'steps' | 'takeLimits'>;
  settings: Pick<LimitsSettings, 'onLost' | 'holdFor'>;
  clock: Clock;
  /** Called after each step from the first combined limits on. */
  onStep(limits: SentLimits): void;
}

/** The limits that a bank combines of its packs, each with limits of its own (bank.md 7, way b). */
export class PackLimitsWatch {
  private readonly unsubscribe: () => void;
  private timer: Timer | undefined;
  private last: SentLimits | undefined;
  /** when the packs have ceased to say what they allow, ms on the monotonic clock */
  private lostAt: number | undefined;
  private latest: SentLimits | undefined;

  constructor(private readonly options: PackLimitsWatchOptions) {
    this.unsubscribe = options.bank.steps.subscribe(() => this.step());
    this.wind();
  }

  /** What is given out; nothing before all packs have said what they allow. */
  get current(): SentLimits {
    return this.latest ?? {};
  }

  get hasBegun(): boolean {
    return this.latest !== undefined;
  }

  /** Takes what one pack allows. @throws BmsError `bad_value` where the bank has no such pack */
  take(pack: string, limits: PackLimits): void {
    this.options.bank.takeLimits(pack, limits);
  }

  close(): void {
    this.unsubscribe();
    this.timer?.cancel();
  }

  private wind(): void {
    this.timer?.cancel();
    this.timer = this.options.clock.after(STEP_MS, () => this.step());
  }

  private step(): void {
    this.wind();
    const combined = this.options.bank.limits;
    if (combined !== undefined) {
      this.lostAt = undefined;
      this.last = this.latest = allowed({ ...combined, chargeLimitedBy: [], dischargeLimitedBy: [] });
    } else if (this.last !== undefined) {
      this.latest = this.afterLoss(this.last);
    }
    if (this.latest !== undefined) this.options.onStep(this.latest);
  }

  /** As a single pack is treated that is lost (charge-limits.md 7); the voltages stay. */
  private afterLoss(last: SentLimits): SentLimits {
    const { clock, settings } = this.options;
    this.lostAt ??= clock.monotonic();
    const isHeld = settings.onLost !== 'stop' && clock.monotonic() - this.lostAt < settings.holdFor * 1000;
    const { chargeCurrentLimit: charge, dischargeCurrentLimit: discharge } = last;
    return allowed({
      ...last,
      chargeCurrentLimit: charge === undefined ? undefined : 0,
      dischargeCurrentLimit: discharge === undefined ? undefined : isHeld ? roundedDown(discharge * HALF, 1) : 0,
      chargeLimitedBy: ['lost'],
      dischargeLimitedBy: ['lost'],
    });
  }
}

/** Limits with their flags, and without what is not known. */
function allowed(limits: SentLimits): SentLimits {
  const { chargeCurrentLimit: charge, dischargeCurrentLimit: discharge } = limits;
  const all = {
    ...limits,
    chargeAllowed: charge === undefined ? undefined : charge > 0,
    dischargeAllowed: discharge === undefined ? undefined : discharge > 0,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
