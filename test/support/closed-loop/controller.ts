import { freshFor } from '../../../src/battery/fresh-for';
import { bankOf } from '../../../src/battery/bank/bank';
import type { Member } from '../../../src/battery/bank/member';
import type { BankSettings } from '../../../src/battery/bank/settings';
import type { BankState } from '../../../src/battery/bank/state';
import {
  INITIAL_LIMITS,
  stepLimits,
  type Limits,
  type LimitsEvent,
  type LimitsReading,
  type LimitsSettings,
  type LimitsState,
} from '../../../src/battery/limits/limits';
import type { Reading } from '../../../src/battery/reading';

/** What the nodes do: packs are polled, made one, and limited. */
export class Controller {
  limits: Limits | undefined;
  /** what the limits were computed from last */
  reading: LimitsReading | undefined;
  private readonly settings: LimitsSettings;
  private state: LimitsState = INITIAL_LIMITS;
  private bankState: BankState | undefined;
  private readonly polled: { reading: Reading; at: number }[] = [];

  /** @param bank undefined: the limits of the first pack @param interval of the polls, s */
  constructor(
    settings: LimitsSettings,
    private readonly bank: BankSettings | undefined,
    readonly interval: number,
  ) {
    this.settings = { ...settings, freshFor: freshFor(interval) };
  }

  /** @param readings of the packs; undefined: it has not answered */
  poll(readings: readonly (Reading | undefined)[], now: number): void {
    readings.forEach((reading, i) => {
      if (reading !== undefined) this.polled[i] = { reading, at: now };
    });
    const { state, limits } = stepLimits(this.settings, this.state, this.eventOf(readings, now), now);
    this.state = state;
    this.limits = limits;
  }

  private eventOf(readings: readonly (Reading | undefined)[], now: number): LimitsEvent {
    const at = now * 1000;
    const [first] = this.polled;
    if (this.bank === undefined) {
      if (first === undefined) return { kind: 'lost', at };
      this.reading = first.reading;
      return { kind: 'reading', reading: first.reading, age: now - first.at, at };
    }
    const members = this.bank.packs.map(({ name }, i): Member => {
      const { polled } = this;
      const age = now - (polled[i]?.at ?? -Infinity);
      return { name, reading: polled[i]?.reading, age, pollInterval: this.interval, isLost: readings[i] === undefined };
    });
    const { reading, state } = bankOf(this.bank, members, this.bankState, at);
    this.bankState = state;
    if (reading === undefined) return { kind: 'lost', at };
    this.reading = reading;
    return { kind: 'reading', reading, age: 0, at };
  }
}
