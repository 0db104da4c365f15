const SECONDS_PER_HOUR = 3600;

/** A learned capacity is believed within these fractions of the nominal one. */
const PLAUSIBLE = { min: 0.5, max: 1.1 };

/**
 * The state of charge as the board estimates it: by counting the current, corrected at full and empty, where the voltage is
 * certain. Between the two ends it learns the full capacity.
 */
export class Gauge {
  /** Ah */
  remaining: number;
  /** lifetime Ah drawn */
  throughput: number;
  /** lifetime Ah charged */
  charged: number;

  private lastEnd: 'full' | 'empty' | undefined;
  /** Ah, signed, since the last end */
  private counted = 0;

  /**
   * @param design nominal capacity, Ah
   * @param full what the pack holds, Ah
   * @param soc at the start, fraction
   * @param cycles full cycles already behind it
   */
  constructor(
    private readonly design: number,
    public full: number,
    soc: number,
    cycles: number,
  ) {
    this.remaining = full * soc;
    this.throughput = cycles * design;
    this.charged = this.throughput + this.remaining;
  }

  /** % */
  get soc(): number {
    return (100 * this.remaining) / this.full;
  }

  /** % */
  get health(): number {
    return Math.min(100, (100 * this.full) / this.design);
  }

  get cycles(): number {
    return Math.floor(this.throughput / this.design);
  }

  /** @param current A, positive while charging */
  count(current: number, seconds: number): void {
    const moved = (current * seconds) / SECONDS_PER_HOUR;
    this.counted += moved;
    this.remaining = Math.min(this.full, Math.max(0, this.remaining + moved));
    this.throughput += Math.max(0, -moved);
    this.charged += Math.max(0, moved);
  }

  /** The user sets the state of charge: the last end no longer counts. @param soc fraction */
  set(soc: number): void {
    this.remaining = this.full * soc;
    this.lastEnd = undefined;
  }

  /** The charge current has tapered off: the pack is full. */
  reachedFull(): void {
    if (this.lastEnd === 'empty') this.learn(this.counted);
    this.remaining = this.full;
    this.startFrom('full');
  }

  /** A cell has reached its lower limit. */
  reachedEmpty(): void {
    if (this.lastEnd === 'full') this.learn(-this.counted);
    this.remaining = 0;
    this.startFrom('empty');
  }

  private startFrom(end: 'full' | 'empty'): void {
    this.lastEnd = end;
    this.counted = 0;
  }

  private learn(capacity: number): void {
    const share = capacity / this.design;
    if (share >= PLAUSIBLE.min && share <= PLAUSIBLE.max) this.full = capacity;
  }
}
