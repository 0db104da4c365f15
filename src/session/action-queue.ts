import type { ActionName, ActionValue } from '../battery/action';
import type { BmsError } from '../battery/errors';
import type { ActionResult } from './action-request';

/** Safe states go ahead of everything else. */
export type Lane = 'safety' | 'control';

/** An action that waits for its turn on a board. */
export interface Job {
  readonly lane: Lane;
  /** the asker, which can withdraw it */
  readonly owner: object;
  readonly action: ActionName;
  /** undefined: what it will be is seen when its turn comes */
  readonly value: ActionValue | undefined;
  /** jobs of one owner with an equal one do the same in the same way */
  readonly key: string;
  /** Carries it out. Resolves with undefined when there was nothing to do any more. */
  perform(): Promise<ActionResult | undefined>;
  /** The error for its asker when a later request takes its place; undefined when there is none. */
  replaced(): BmsError | undefined;
}

interface Entry {
  readonly job: Job;
  readonly done: Promise<ActionResult | undefined>;
  resolve(outcome: ActionResult | undefined): void;
  reject(error: unknown): void;
}

/** Actions that may wait for one board, beside safe states. */
const MOST_WAITING = 16;

/**
 * The actions of one board, one at a time: safe states first, else first come, first served. A request takes the place of
 * an earlier one for the same action that still waits, so that the last one is always done, however many there are.
 */
export class ActionQueue {
  private readonly waiting: Record<Lane, Entry[]> = { safety: [], control: [] };
  private running: Entry | undefined;

  /**
   * Adds a job. It shares the outcome of an equal one of the same owner when no other for the same action has come since.
   * @returns what comes of it; rejects with why it failed, or was replaced or withdrawn
   */
  add(job: Job): Promise<ActionResult | undefined> {
    this.replace(job);
    const last = this.lastOf(job.action);
    if (last?.job.key === job.key && last.job.owner === job.owner) return last.done;
    const entry = entryOf(job);
    this.waiting[job.lane].push(entry);
    this.makeRoom();
    this.next();
    return entry.done;
  }

  /** Ends what waits of an owner, with an error. What runs is not touched. */
  withdraw(owner: object, error: BmsError): void {
    for (const lane of LANES)
      this.remove(
        lane,
        ({ job }) => job.owner === owner,
        (entry) => entry.reject(error),
      );
  }

  /**
   * Carries out the safe states that wait, within the turn of the action that runs: to be called by it where nothing is
   * half done.
   * @returns the actions that they were for
   */
  async giveWay(): Promise<readonly ActionName[]> {
    const done: ActionName[] = [];
    for (;;) {
      const entry = this.waiting.safety.shift();
      if (entry === undefined) return done;
      done.push(entry.job.action);
      await run(entry);
    }
  }

  /** Whether a message for this action waits. */
  hasWaiting(action: ActionName): boolean {
    return LANES.some((lane) => this.waiting[lane].some(({ job }) => job.action === action));
  }

  private replace({ lane, action, value }: Job): void {
    const isOlder = ({ job }: Entry): boolean => job.action === action && job.value !== value;
    const lanes: readonly Lane[] = lane === 'safety' ? LANES : ['control'];
    for (const each of lanes) this.remove(each, isOlder, endReplaced);
  }

  /** What is to be done last for an action, as far as known now. */
  private lastOf(action: ActionName): Entry | undefined {
    const all = [this.running, ...this.waiting.safety, ...this.waiting.control];
    return all.filter((entry) => entry?.job.action === action).at(-1);
  }

  /** Equal requests of several nodes, with limits of their own, all wait; the oldest of too many gives way. */
  private makeRoom(): void {
    if (this.waiting.control.length <= MOST_WAITING) return;
    const oldest = this.waiting.control.shift();
    if (oldest !== undefined) endReplaced(oldest);
  }

  private remove(lane: Lane, isMeant: (entry: Entry) => boolean, end: (entry: Entry) => void): void {
    const meant = this.waiting[lane].filter(isMeant);
    this.waiting[lane] = this.waiting[lane].filter((entry) => !isMeant(entry));
    meant.forEach(end);
  }

  private next(): void {
    if (this.running !== undefined) return;
    const entry = this.waiting.safety.shift() ?? this.waiting.control.shift();
    if (entry === undefined) return;
    this.running = entry;
    void run(entry).then(() => {
      this.running = undefined;
      this.next();
    });
  }
}

const LANES: readonly Lane[] = ['safety', 'control'];

function entryOf(job: Job): Entry {
  let resolve: Entry['resolve'] = () => undefined;
  let reject: Entry['reject'] = () => undefined;
  const done = new Promise<ActionResult | undefined>((settle, fail) => {
    resolve = settle;
    reject = fail;
  });
  // The asker may have gone.
  done.catch(() => undefined);
  return { job, done, resolve, reject };
}

function endReplaced({ job, resolve, reject }: Entry): void {
  const error = job.replaced();
  if (error === undefined) resolve(undefined);
  else reject(error);
}

async function run({ job, resolve, reject }: Entry): Promise<void> {
  try {
    resolve(await job.perform());
  } catch (thrown) {
    reject(thrown);
  }
}
