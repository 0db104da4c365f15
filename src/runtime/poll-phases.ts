/** Steps of this part of a whole never come together: each falls into the widest gap that the earlier ones leave. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** A place in the interval between two polls. */
export interface PollPhase {
  /** part of the interval, from 0 up to 1 */
  readonly phase: number;
  /** Gives the place back; may be called any number of times. */
  release(): void;
}

/**
 * Spreads the polls of many packs: after a deploy all their lines open at the same moment, and without this they would
 * all be read at the same moment for ever. The first pack polls right on its interval, as one that is alone does.
 */
export class PollPhases {
  private readonly taken = new Set<number>();

  take(): PollPhase {
    let place = 0;
    while (this.taken.has(place)) place++;
    this.taken.add(place);
    return { phase: (place * GOLDEN) % 1, release: () => void this.taken.delete(place) };
  }
}
