import type { ActionName, ActionValue } from '../battery/action';
import type { BmsError } from '../battery/errors';

/** Safe states go ahead of everything else. */
export type Lane = 'safety' | 'control';

/** What waits for its turn on a board. */
export interface Job<T = unknown> {
  readonly lane: Lane;
  /** the asker, which can withdraw it */
  readonly owner: object;
  /** the action that it is; undefined where it is none: then it takes the place of nothing else */
  readonly action?: Wanted | undefined;
  /** jobs of one owner with an equal one do the same in the same way */
  readonly key: string;
  /** Carries it out. */
  perform(): Promise<T>;
  /**
   * What comes of it when another takes its place: an error for its asker; or undefined, then it resolves with undefined.
   */
  replaced(): BmsError | undefined;
}

/** What an action asks of a board. */
export interface Wanted {
  readonly name: ActionName;
  /** undefined: what it will be is seen when its turn comes */
  readonly value: ActionValue | undefined;
}

interface Entry {
  readonly job: Job;
  readonly done: Promise<unknown>;
  resolve(outcome: unknown): void;
  reject(error: unknown): void;
}

/** Jobs that may wait for one board, beside safe states. */
const MOST_WAITING = 16;

/**
 * The jobs of one board, one at a time: safe states first, else first come, first served. The request of an action takes the
 * place of an earlier one for the same action that still waits, so that the last one is always done, however many there are.
 */
export class BoardQueue {
  private readonly waiting: Record<Lane, Entry[]> = { safety: [], control: [] };
  private running: Entry | undefined;

  /**
   * Adds a job. It shares the outcome of an equal one of the same owner when no other for the same action, or of what is none, has
   * come since.
   * @returns what comes of it; rejects with why it failed, or was replaced or withdrawn
   */
  add<T>(job: Job<T>): Promise<T> {
    this.replace(job);
    const last = this.lastOf(job);
    // Equal keys of one owner stand for equal jobs, and so for equal types.
    if (last?.job.key === job.key && last.job.owner === job.owner) return last.done as Promise<T>;
    const entry = entryOf(job);
    this.waiting[job.lane].push(entry);
    this.makeRoom();
    this.next();
    return entry.done as Promise<T>;
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
   * Carries out the actions that wait, within the turn of the job that runs: to be called by it where nothing is half done.
   * @param upTo `safety`: only safe states; `control`: what messages request too
   * @returns the actions that were carried out
   */
  async giveWay(upTo: Lane = 'safety'): Promise<readonly ActionName[]> {
    const done: ActionName[] = [];
    for (;;) {
      const entry = this.takeAction(upTo);
      if (entry === undefined) return done;
      if (entry.job.action !== undefined) done.push(entry.job.action.name);
      await run(entry);
    }
  }

  /** Whether there is anything to give way to. @param upTo see `giveWay` */
  isWaitedFor(upTo: Lane = 'safety'): boolean {
    return this.lanesUpTo(upTo).some((lane) => this.waiting[lane].some(isAction));
  }

  /** Whether a message for this action waits. */
  hasWaiting(action: ActionName): boolean {
    return LANES.some((lane) => this.waiting[lane].some(({ job }) => job.action?.name === action));
  }

  private takeAction(upTo: Lane): Entry | undefined {
    for (const lane of this.lanesUpTo(upTo)) {
      const place = this.waiting[lane].findIndex(isAction);
      if (place >= 0) return this.waiting[lane].splice(place, 1)[0];
    }
    return undefined;
  }

  private lanesUpTo(lane: Lane): readonly Lane[] {
    return lane === 'control' ? LANES : ['safety'];
  }

  private replace({ lane, action }: Job): void {
    if (action === undefined) return;
    const isOlder = ({ job }: Entry): boolean => job.action?.name === action.name && job.action.value !== action.value;
    const lanes: readonly Lane[] = lane === 'safety' ? LANES : ['control'];
    for (const each of lanes) this.remove(each, isOlder, endReplaced);
  }

  /** What is to be done last for an action, or of what is none, as far as known now. */
  private lastOf({ action }: Job): Entry | undefined {
    const all = [this.running, ...this.waiting.safety, ...this.waiting.control];
    return all.filter((entry) => entry?.job.action?.name === action?.name).at(-1);
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

function isAction({ job }: Entry): boolean {
  return job.action !== undefined;
}

function entryOf(job: Job): Entry {
  let resolve: Entry['resolve'] = () => undefined;
  let reject: Entry['reject'] = () => undefined;
  const done = new Promise<unknown>((settle, fail) => {
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
