import { derive, TimeEstimator } from '../../src/battery/derive';
import { BmsError } from '../../src/battery/errors';
import { say } from '../../src/battery/sentence';
import { inKeyOrder } from '../../src/battery/reading-keys';
import type { Reading } from '../../src/battery/reading';
import { SteadyState } from '../../src/battery/steady-state';
import { systemClock, type Clock } from '../../src/clock';
import type { Protocol } from '../../src/codec/protocol';
import { RunningExchange, type Exchange } from '../../src/session/exchange';
import { Reader } from '../../src/session/reader';
import { median } from './figures';
import { heapInUse } from './heap';
import { benchPack } from '../support/poll-answers';

const ROUNDS = 15;
const POLLS_PER_ROUND = 300;
const POLLS_TO_WARM_UP = 3000;
/** Few enough that nothing is collected meanwhile. */
const POLLS_WEIGHED = 50;

/** What lies between two polls on the clock of the benchmark: now and then slow answers are due too. */
const POLL_MS = 5000;

export interface ReadingRow {
  protocol: string;
  /** a whole reading, from the bytes of its answers to what nodes get, µs */
  readingUs: number;
  /** the same, bytes taken from the JavaScript heap */
  readingBytes: number;
}

/** A clock that stands still, but for polls. */
class PollClock implements Clock {
  private ms = 0;

  next(): void {
    this.ms += POLL_MS;
  }

  readonly now = (): number => this.ms;
  readonly monotonic = (): number => this.ms;
  readonly after = (): { cancel(): void } => ({ cancel: () => undefined });
  readonly random = systemClock.random;
}

/** A line on which every answer comes at once; each answer is made once. */
class InstantBus {
  readonly name = 'the bench';
  private readonly answers = new Map<string, Buffer | undefined>();
  private readonly counters = { requests: 0, answers: 0, foreignFrames: 0, badChecksums: 0, discardedBytes: 0 };

  constructor(
    private readonly protocol: Protocol,
    private readonly clock: Clock,
  ) {}

  submit(exchange: Exchange): Promise<Buffer[]> {
    const bytes = this.answerTo(exchange.request);
    if (bytes === undefined) return Promise.reject(new BmsError('timeout', say`No answer to ${exchange.name}.`));
    const running = new RunningExchange(exchange, this.clock, this.counters);
    running.data(bytes);
    return running.result;
  }

  private answerTo(request: Buffer): Buffer | undefined {
    const key = request.toString('latin1');
    if (!this.answers.has(key)) this.answers.set(key, this.protocol.emulate(request)?.answer(benchPack));
    return this.answers.get(key);
  }
}

/** Polls as a device does, but for its bus. */
function poller(protocol: Protocol): () => Promise<Reading> {
  const clock = new PollClock();
  const reader = new Reader({
    ...{ protocol, clock, profile: protocol.profile, bus: new InstantBus(protocol, clock) },
    address: protocol.address?.initial ?? 0,
    onRetrying: () => undefined,
  });
  const steadyState = new SteadyState();
  const estimator = new TimeEstimator();
  reader.start();
  return async () => {
    clock.next();
    const reading = await reader.read('due', 'poll');
    steadyState.complete(reading);
    return inKeyOrder(estimator.complete(derive(reading), clock.monotonic()));
  };
}

async function measure(protocol: Protocol): Promise<ReadingRow> {
  const poll = poller(protocol);
  const polls = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i++) await poll();
  };
  await polls(POLLS_TO_WARM_UP);
  const micros: number[] = [];
  const bytes: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.hrtime.bigint();
    await polls(POLLS_PER_ROUND);
    micros.push(Number(process.hrtime.bigint() - before) / 1000 / POLLS_PER_ROUND);
    const inUse = heapInUse();
    await polls(POLLS_WEIGHED);
    bytes.push((process.memoryUsage().heapUsed - inUse) / POLLS_WEIGHED);
  }
  return { protocol: protocol.id, readingUs: median(micros), readingBytes: median(bytes) };
}

/** Measures all that a reading costs above the line, and prints the table. */
export async function benchReadings(protocols: readonly Protocol[]): Promise<ReadingRow[]> {
  const rows: ReadingRow[] = [];
  for (const protocol of protocols) rows.push(await measure(protocol));
  console.log(
    '\nA whole reading, but for bus and line: its answers framed, decoded, looked at beside the others and the reading\n' +
      'before, put together with what is kept, completed, and its keys put in order.',
  );
  console.table(
    rows.map(({ protocol, readingUs, readingBytes }) => ({
      protocol,
      'reading µs': readingUs.toFixed(1),
      'heap bytes': Math.round(readingBytes),
    })),
  );
  return rows;
}
