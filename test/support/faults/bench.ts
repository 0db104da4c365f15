import assert from 'node:assert/strict';
import type { Protocol } from '../../../src/codec/protocol';
import { Bus } from '../../../src/session/bus';
import { Device, type Snapshot } from '../../../src/session/device';
import { paceOf, usualAddresses } from '../../../src/session/line-needs';
import { integer, seeded, type Lottery } from '../../../src/simulator/seeded';
import { FakeClock } from '../fake-clock';
import { ChangingPack } from './changing-pack';
import type { Piece } from './faults';
import { FaultyLink, type Trouble } from './faulty-link';
import { Stranger } from './stranger';
import { Witness } from './witness';

export interface FaultBenchOptions {
  protocol: Protocol;
  seed: number;
  pollIntervalMs?: number;
  isRadio?: boolean;
}

/** Small boards have few cells. */
const CELLS: Readonly<Record<string, readonly [number, number]>> = { sinowealth: [8, 5] };
const USUAL_CELLS = [16, 13] as const;

/** The longest wait between two attempts to open a line, ms: what the package promises. */
const LONGEST_BACKOFF_MS = 30_000;

/** Silence after which a line is opened anew, ms: the same again. */
const OPENED_ANEW_MS = 30_000;

/** How long a line must be open until it counts as good where no device was read often enough, ms: the same. */
const HOLD_MS = 30_000;

/** A line on which answers came late is given more time, up to so much, ms: the same. */
const LONGEST_TIMEOUT_MS = 5000;

/** Answers in time after which it is given less again: twice what the package promises, as one may just have begun to count. */
const CALM_ANSWERS = 2 * 64;

/**
 * In how many ways, one after the other, a board is asked that was lost and may be of one kind or another; in each way
 * twice. When the right one is lost to a fault, its turn comes again after the others.
 */
const WAYS: Readonly<Record<string, number>> = { 'daly-modbus': 2 };

/** Timers between two polls: the next poll, the gap or the request under way, what keeps a radio line or sends by itself. */
const MOST_TIMERS = 5;

/** How long a query is left alone that the board has ceased to answer while it answers others, ms: the same. */
const LEFT_ALONE_MS = 30_000;

/** A device on a simulated pack whose values never stand still, a line on which anything may go wrong, and a witness. */
export class FaultBench {
  readonly clock: FakeClock;
  readonly draw: Lottery;
  readonly link: FaultyLink;
  readonly bus: Bus;
  readonly device: Device;
  /** how many listen, before the device was started and while it runs */
  private readonly listeners: readonly number[];
  private readonly listenersWhileRunning: readonly number[];
  readonly pack: ChangingPack;
  readonly witness: Witness;
  last: Snapshot | undefined;
  /** readings that were asked for, and those of them that came or failed */
  asked = 0;
  ended = 0;

  private readonly pollIntervalMs: number;
  private lastReadingAt = 0;
  /** how long a whole read takes on a good line, ms */
  private wholeReadMs = 0;
  /** when the line was opened last; undefined while it is not */
  private openedAt: number | undefined;
  /** whether a device has been read often enough since then for the line to count as good */
  private isVouched = false;
  /** when the line last counted as good */
  private heldAt = 0;
  /** answers that had been taken when one last came too late */
  private answersWhenLate = -Infinity;

  constructor(private readonly options: FaultBenchOptions) {
    const { protocol, seed, pollIntervalMs = 1000, isRadio = false } = options;
    this.pollIntervalMs = pollIntervalMs;
    this.clock = new FakeClock(seed);
    this.draw = seeded(seed);
    const { clock, draw } = this;
    const cells = CELLS[protocol.id] ?? USUAL_CELLS;
    const address = usualAddresses(protocol, isRadio)[0];
    this.pack = new ChangingPack(cells[0], 1 + (seed % 97));
    const { pack } = this;
    const profile = paceOf(protocol, { isRadio });
    this.witness = new Witness({ protocol, profile, address, pack, clock });
    this.link = new FaultyLink({
      ...{ clock, draw, protocol, profile, address, pack, cells, isRadio },
      stranger: new Stranger(protocol, draw),
      delivered: (piece) => this.delivered(piece),
      restarted: () => (this.witness.restartedAt = clock.monotonic()),
    });
    this.bus = new Bus({ link: this.link, clock });
    this.witness.watch(this.bus);
    this.followLine();
    // Before the device, so that what it forgets at once is forgotten here too.
    this.bus.changed.subscribe(({ phase }) => phase === 'ready' && this.witness.connected());
    this.device = new Device({ name: 'Bank', bus: this.bus, protocol, address, pollIntervalMs, clock });
    this.device.readings.subscribe((snapshot) => {
      this.last = snapshot;
      this.lastReadingAt = clock.monotonic();
      this.witness.read(snapshot);
    });
    this.listeners = this.countListeners();
    this.device.start();
    this.listenersWhileRunning = this.countListeners();
    this.bus.open();
  }

  private countListeners(): number[] {
    return [this.bus.changed.size, this.device.readings.size, this.device.changed.size];
  }

  /** Reads on a line without faults until everything has been read. */
  async begin(): Promise<void> {
    for (let passed = 0; this.last === undefined && passed < 60_000; passed += 10) await this.clock.tick(10);
    this.wholeReadMs = this.last?.duration ?? 0;
    this.check('at the beginning');
    this.checkGood('at the beginning');
  }

  /** Lets things go wrong for a while, while somebody asks now and then. */
  async suffer(troubles: readonly Trouble[], ms: number): Promise<void> {
    this.link.troubles = troubles;
    for (let passed = 0; passed < ms;) {
      const step = integer(this.draw, 100, 5000);
      if (this.draw() < 0.2) this.ask();
      await this.clock.tick(step);
      passed += step;
    }
    this.check('amid faults');
  }

  /** Ends all faults and waits for the first good reading, no longer than it may take. */
  async recover(): Promise<void> {
    const { clock, link } = this;
    link.heal();
    const healedAt = clock.monotonic();
    const limit = this.recoveryMs();
    // A reading that was under way before an adapter hung is none that came back.
    let usableSince = healedAt;
    while (link.isHung || !(this.lastReadingAt > usableSince && this.isGood())) {
      if (link.isHung) usableSince = clock.monotonic();
      const passed = clock.monotonic() - healedAt;
      assert.ok(passed <= limit, `not recovered ${passed} ms after the last fault; ${this.describe()}`);
      await clock.tick(50);
    }
    this.check('after recovery');
    // So many readings it takes until a line that kept falling counts as good.
    await clock.tick(3 * (this.pollIntervalMs + this.wholeReadMs));
    this.check('after recovery');
    this.checkGood('after recovery');
    assert.equal(this.witness.submitted - this.witness.settled <= 1, true, 'requests that never settle');
    assert.equal(this.ended, this.asked, 'readings that were asked for');
    assert.equal(this.device.condition.phase, 'fresh');
    assert.ok(clock.timers <= MOST_TIMERS, `${clock.timers} timers`);
    assert.deepEqual(this.countListeners(), this.listenersWhileRunning, 'listeners');
  }

  /** Ends the bench and looks for what is left. */
  async close(): Promise<void> {
    this.ask();
    this.device.stop();
    const closed = this.bus.close();
    await this.clock.tick(3000);
    await closed;
    this.link.heal();
    assert.equal(this.witness.settled, this.witness.submitted, 'requests settled');
    assert.equal(this.ended, this.asked, 'readings that were asked for settled');
    assert.equal(this.clock.timers, 0, 'timers left');
    assert.equal(this.link.channels, 0, 'channels left open');
    assert.deepEqual(this.countListeners(), this.listeners, 'listeners left');
  }

  /** Notes when the line counts as good: from then on what it waits between two attempts to open it begins anew. */
  private followLine(): void {
    const { bus, clock } = this;
    const vouch = bus.stability.confirmGood.bind(bus.stability);
    bus.stability.confirmGood = () => {
      this.isVouched = this.openedAt !== undefined;
      vouch();
    };
    bus.changed.subscribe(({ phase }) => {
      const now = clock.monotonic();
      if (this.isHeld) this.heldAt = now;
      this.openedAt = phase === 'ready' ? now : undefined;
      this.isVouched = false;
    });
  }

  private get isHeld(): boolean {
    return this.openedAt !== undefined && (this.isVouched || this.clock.monotonic() - this.openedAt >= HOLD_MS);
  }

  private delivered(piece: Piece): void {
    const { protocol, isRadio = false } = this.options;
    const tookMs = this.clock.monotonic() - (piece.of?.madeAt ?? Infinity);
    if (!isRadio && tookMs > paceOf(protocol, { isRadio }).timeoutMs) this.answersWhenLate = this.bus.counters.answers;
    this.witness.delivered(piece);
  }

  /** How long a request may wait for its answer, ms. */
  private get patienceMs(): number {
    const { protocol, isRadio = false } = this.options;
    const { timeoutMs } = paceOf(protocol, { isRadio });
    if (isRadio) return timeoutMs;
    const isCalm = this.bus.counters.answers - this.answersWhenLate > CALM_ANSWERS;
    return isCalm ? 1.5 * timeoutMs + 100 : Math.max(timeoutMs, LONGEST_TIMEOUT_MS);
  }

  private ask(): void {
    this.asked++;
    const end = (): void => {
      this.ended++;
    };
    this.device.read().then(end, end);
  }

  /**
   * What may pass until the first good reading: the rest of one back-off, or of the request that is under way and was
   * lost to a fault, for which the line may have learned to wait; then that read is over, perhaps in vain, and the next
   * poll brings a whole one.
   */
  private recoveryMs(): number {
    const { protocol, isRadio = false } = this.options;
    const { retryGapMs } = paceOf(protocol, { isRadio });
    // Back-offs double, so that one lasts no longer than the outage before it; jitter may halve the earlier ones. A line
    // that falls again before it has held is in the same outage still.
    const outageMs = this.openedAt === undefined ? this.clock.monotonic() - this.heldAt : 0;
    const backoffMs = Math.min(LONGEST_BACKOFF_MS, 4 * outageMs + 500);
    const lost = 2 * (WAYS[protocol.id] ?? 1);
    const underWayMs = lost * this.patienceMs + (lost - 1) * retryGapMs + this.wholeReadMs;
    const hungMs = this.link.isHung ? OPENED_ANEW_MS + this.pollIntervalMs : 0;
    const aloneMs = this.isGood() ? 0 : LEFT_ALONE_MS;
    return Math.max(backoffMs, aloneMs, hungMs) + underWayMs + this.pollIntervalMs + 2 * this.wholeReadMs + 500;
  }

  private isGood(): boolean {
    const reading = this.last?.reading ?? {};
    const cells = reading.cellVoltages?.length;
    return (
      this.witness.steadyKeys().every((key) => key in reading) && (cells === undefined || cells === this.pack.cells)
    );
  }

  private checkGood(when: string): void {
    assert.ok(this.isGood(), `${when}: the reading is not whole; ${this.describe()}`);
  }

  private check(when: string): void {
    assert.deepEqual(this.witness.complaints, [], when);
  }

  private describe(): string {
    const reading = this.last?.reading ?? {};
    const missing = this.witness.steadyKeys().filter((key) => !(key in reading));
    const cells = `${reading.cellVoltages?.length} cells of ${this.pack.cells}`;
    return `${this.bus.state.phase}, ${this.device.condition.phase}, without ${missing.join(', ') || 'nothing'}, ${cells}`;
  }
}
