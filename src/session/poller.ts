import type { Clock, Timer } from '../clock';
import type { BoardFinder } from './board-finder';
import type { Bus } from './bus';
import { ENDED } from './lifetime';
import type { PackReader } from './pack-reader';
import { PollGrid } from './poll-grid';
import { PollWatch } from './poll-watch';
import { Signal } from './signal';

export interface PollerOptions {
  /** 0: only on request */
  intervalMs: number;
  /** where in the interval the polls after the first one lie, 0 up to 1 */
  phase: number;
  bus: Bus;
  clock: Clock;
  finder: BoardFinder;
  reader: Pick<PackReader, 'isReading' | 'poll'>;
}

/** Polls a device at the points of its grid as long as its line can be used. */
export class Poller {
  /** once, when frames of others are heard in half of the polls: the name of the line */
  readonly disturbed = new Signal<string>();
  private readonly grid: PollGrid;
  private readonly watch = new PollWatch();
  private signal = ENDED;
  private timer: Timer | undefined;

  constructor(private readonly options: PollerOptions) {
    this.grid = new PollGrid(options.intervalMs, options.phase);
  }

  /** Whether the device is polled at all. */
  get isUsed(): boolean {
    return this.grid.isUsed;
  }

  /** polls that were left out because the one before took longer than the interval */
  get skipped(): number {
    return this.watch.skipped;
  }

  /** Whether frames of others are heard in half of the polls, though it is not the board's protocol to hear others. */
  get isDisturbed(): boolean {
    return this.watch.isDisturbed && !this.isListening;
  }

  /** Begins a new grid with the next poll. @param signal ends the polls */
  start(signal: AbortSignal): void {
    this.signal = signal;
    signal.addEventListener('abort', () => this.pause());
    this.grid.reset();
  }

  /** To be called when the line cannot be used. */
  pause(): void {
    this.timer?.cancel();
  }

  /** To be called when the line can be used again. @param atOnce whether to poll although no poll is due */
  resume(atOnce: boolean): void {
    this.pause();
    if (!this.isUsed) return;
    if (atOnce || this.grid.isDue(this.options.clock.monotonic())) this.poll();
    else this.schedule();
  }

  /** Sets the timer for the next point of the grid, if the line can be used. */
  schedule(): void {
    this.pause();
    const { clock, bus } = this.options;
    const isUsable = bus.state.phase === 'ready' || bus.state.phase === 'standby';
    if (this.signal.aborted || !isUsable || !this.isUsed) return;
    this.timer = clock.after(this.grid.wait(clock.monotonic()), () => this.poll());
  }

  /** Polls once and sets the timer for the next point of the grid that has not passed by then. */
  private poll(): void {
    this.pause();
    const { clock, bus, reader } = this.options;
    if (reader.isReading) return this.schedule();
    this.grid.polled(clock.monotonic());
    const { foreignFrames } = bus.counters;
    void reader.poll().then(() => {
      this.note(bus.counters.foreignFrames - foreignFrames);
      this.schedule();
    });
  }

  /** Counts what the last poll has cost. @param foreignFrames frames of others that were heard meanwhile */
  private note(foreignFrames: number): void {
    const { clock, bus } = this.options;
    const isNews = this.watch.polled(this.grid.passed(clock.monotonic()), foreignFrames);
    if (isNews && !this.isListening) this.disturbed.emit(bus.name);
  }

  /** Whether the board's protocol is to hear others, as next to a master. */
  private get isListening(): boolean {
    const board = this.options.finder.current;
    if (board === undefined) return false;
    return board.protocol.queries.some((query) => query.request(board.reader.target, 1).length === 0);
  }
}
