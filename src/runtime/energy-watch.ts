import type { Node } from 'node-red';
import { setEnergy, resetEnergy, stepEnergy, type EnergyEvent } from '../battery/energy/energy';
import type { Counters } from '../battery/energy/counters';
import { Publication } from '../battery/energy/publication';
import { newEnergy, type EnergyState } from '../battery/energy/state';
import { countersIn, restoreEnergy, storedOf } from '../battery/energy/stored';
import { summaryOf, type EnergySummary } from '../battery/energy/summary';
import { BmsError } from '../battery/errors';
import { printable } from '../battery/quoted';
import { say, type Sentence } from '../battery/sentence';
import { systemClock, type Clock, type Timer } from '../clock';
import { PersistedValue } from './persisted-value';
import { RECALL_LIMIT_MS } from './recall-limit';

/** The counters of a node. */
interface Kept {
  readonly state: EnergyState;
  readonly publication: Publication;
  /** up to where they may be published before they are kept again */
  readonly ceiling: Counters;
  /** what of a stored state was unusable, and that state */
  readonly damage?: { readonly wrong: readonly string[]; readonly stored: unknown };
}

/** Key in the node's context under which a damaged state stays. */
const DAMAGED = 'energyDamaged';

const KEPT = new PersistedValue<Kept>({
  key: 'energy',
  write: ({ state, ceiling }) => ({ state: storedOf(state), ceiling }),
  read: (stored) => {
    if (stored === undefined) return undefined;
    const { state: kept, ceiling: limit } = Object(stored) as { state?: unknown; ceiling?: unknown };
    const { state, wrong } = restoreEnergy(kept, systemClock.now());
    const ceiling = countersIn(limit) ?? state.total;
    const damage = wrong.length === 0 ? undefined : { wrong, stored };
    return { state, ceiling, publication: new Publication(ceiling), damage };
  },
});

/** To be called when a node is deleted. */
export function forgetEnergy(node: Node): void {
  KEPT.forget(node);
}

/** Node-RED's file store writes 30 s after the first change: together, a power cut takes less than a minute. */
const KEEP_EVERY_MS = 25_000;
/** A store that has failed is asked again, ms. */
const RETRY_MS = 60_000;
/** Events that wait for the store; of more, the oldest become a gap. */
const MOST_WAITING = 1000;

export interface EnergyWatchOptions {
  node: Node;
  clock: Clock;
  /** the counters are known again, and what has happened since is counted */
  onRestored(): void;
  /** the stored counters are damaged, or cannot be had */
  onTrouble(error: BmsError): void;
}

/**
 * The energy counters of one node: kept across deploys and, with a context store on disk, restarts and power cuts. Until
 * they are known again nothing can be had of them, so that no 0 looks like a new meter. Never calls back from within its
 * constructor.
 */
export class EnergyWatch {
  /** resolves when the counters are known again; never after `close` */
  readonly restored: Promise<void>;
  /** why the stored counters are not what they were, or cannot be had; until they are set */
  trouble: BmsError | undefined;
  private state: EnergyState | undefined;
  private publication = new Publication();
  private readonly waiting: EnergyEvent[] = [];
  private keptAt = -Infinity;
  private settle: () => void = () => undefined;
  private timer: Timer;
  private closed = false;

  constructor(private readonly options: EnergyWatchOptions) {
    this.restored = new Promise((resolve) => (this.settle = resolve));
    // Not at once: the Catch nodes of its flow come to life later.
    this.timer = options.clock.after(0, () => this.recall());
  }

  /** Takes what happens to the battery. */
  take(event: EnergyEvent): void {
    if (this.closed) return;
    if (this.state === undefined) {
      this.waiting.push(event);
      if (this.waiting.length > MOST_WAITING) this.waiting.shift();
      return;
    }
    this.state = stepEnergy(this.state, event);
    if (this.options.clock.monotonic() - this.keptAt >= KEEP_EVERY_MS) this.keep(this.state);
  }

  /** The counters as they may be published now; undefined until they are known again. */
  get current(): EnergySummary | undefined {
    if (this.state === undefined) return undefined;
    const { clock } = this.options;
    return summaryOf(this.state, this.publication.published(this.state.total, clock.monotonic()), clock.now());
  }

  /** Sets some of the counters, as soon as they are known again. */
  async set(counters: Partial<Counters>): Promise<void> {
    await this.restored;
    if (this.state !== undefined) this.replace(setEnergy(this.state, counters));
  }

  /** Begins anew at 0: at once, also where the stored counters cannot be had. */
  reset(): void {
    const now = this.options.clock.now();
    this.trouble = undefined;
    if (this.state !== undefined) return this.replace(resetEnergy(this.state, now));
    this.waiting.length = 0;
    const state = newEnergy(now);
    this.begin({ state, publication: new Publication() });
    this.keep(state);
  }

  close(): void {
    this.closed = true;
    this.timer.cancel();
    const { state, publication } = this;
    if (state === undefined) return;
    KEPT.keep(this.options.node, { state, publication, ceiling: publication.highest(state.total) });
  }

  private recall(): void {
    const { clock, node } = this.options;
    this.timer = clock.after(RECALL_LIMIT_MS, () => this.unavailable('timeout', say`it does not answer`));
    KEPT.recall(node, (kept, error) => {
      if (this.closed || this.state !== undefined) return;
      this.timer.cancel();
      if (error === undefined) return this.restore(kept);
      this.timer = clock.after(RETRY_MS, () => this.recall());
      this.unavailable('not_found', say`${printable(error.message, 200)}`);
    });
  }

  private unavailable(code: 'timeout' | 'not_found', reason: Sentence): void {
    this.report(
      new BmsError(
        code,
        say`The context store does not give the energy counters back: ${reason}. Nothing is sent until it does; repair it, or send { action: "reset" } to begin at 0.`,
      ),
    );
  }

  /** Once, however often the store is asked. */
  private report(trouble: BmsError): void {
    const isNew = this.trouble?.message !== trouble.message;
    this.trouble = trouble;
    if (isNew) this.options.onTrouble(trouble);
  }

  private restore(kept: Kept | undefined): void {
    const { clock, node } = this.options;
    this.trouble = undefined;
    if (kept?.damage !== undefined) {
      const { wrong, stored } = kept.damage;
      node.context().set(DAMAGED, stored, () => undefined);
      this.report(
        new BmsError(
          'bad_value',
          say`The stored energy counters are damaged; what begins anew: ${printable(wrong.join(', '), 200)}. The node's context has what was stored as ${DAMAGED}; send { action: "set" } with the right values.`,
        ),
      );
    }
    this.begin(kept ?? { state: newEnergy(clock.now()), publication: new Publication() });
  }

  private begin({ state, publication }: Pick<Kept, 'state' | 'publication'>): void {
    this.timer.cancel();
    this.publication = publication;
    this.state = this.waiting.splice(0).reduce(stepEnergy, state);
    this.settle();
    this.options.onRestored();
  }

  private replace(state: EnergyState): void {
    this.trouble = undefined;
    this.state = state;
    this.publication.restart(state.total);
    this.keep(state);
  }

  private keep(state: EnergyState): void {
    const { clock, node } = this.options;
    const { publication } = this;
    this.keptAt = clock.monotonic();
    const ceiling = publication.nextCeiling(state.total, state.last?.point, this.keptAt);
    KEPT.keep(node, { state, publication, ceiling });
  }
}
