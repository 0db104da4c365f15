import type { Node, NodeAPI, NodeDef, NodeMessageInFlow } from 'node-red';
import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Provenance } from '../../../src/runtime/messages/reading-messages';
import { sharedMicros } from '../figures';
import type { Arrival, Memory, ProbeFigures } from './seen';

/** How often the event loop is looked at, ms; part of what the histogram holds. */
const LOOK_EVERY_MS = 10;

const MOST_ARRIVALS = 200_000;
const WIDTH = 4;

/** Keeps what arrives in memory that is there from the beginning, so that keeping it costs next to nothing. */
class Probe {
  private readonly kept = new Float64Array(MOST_ARRIVALS * WIDTH);
  private count = 0;
  private cpu = process.cpuUsage();
  private startedAt = 0;
  private readonly delay: IntervalHistogram = monitorEventLoopDelay({ resolution: LOOK_EVERY_MS });

  take({ bms }: NodeMessageInFlow & { bms?: Provenance }): void {
    if (this.startedAt === 0 || bms === undefined || this.count === MOST_ARRIVALS) return;
    this.kept.set([Number(bms.device), bms.sequence, bms.timestamp, sharedMicros()], WIDTH * this.count++);
  }

  start(): void {
    this.count = 0;
    this.delay.enable();
    this.delay.reset();
    this.cpu = process.cpuUsage();
    this.startedAt = sharedMicros();
  }

  end(): ProbeFigures {
    const { user, system } = process.cpuUsage(this.cpu);
    const wallMicros = sharedMicros() - this.startedAt;
    const memory = memoryNow();
    this.delay.disable();
    this.startedAt = 0;
    const late = (nanos: number): number => Math.max(0, nanos / 1e6 - LOOK_EVERY_MS);
    const { delay } = this;
    const loopDelayMs = { p50: late(delay.percentile(50)), p99: late(delay.percentile(99)), max: late(delay.max) };
    collect();
    const collected = memoryNow();
    return { arrivals: this.arrivals(), cpuMicros: user + system, wallMicros, loopDelayMs, memory, collected };
  }

  private arrivals(): Arrival[] {
    return Array.from({ length: this.count }, (_, row) => {
      const [pack = NaN, sequence = NaN, timestamp = NaN, at = NaN] = this.kept.subarray(
        WIDTH * row,
        WIDTH * (row + 1),
      );
      return [pack, sequence, timestamp, at] as const;
    });
  }
}

function memoryNow(): Memory {
  return process.memoryUsage();
}

/** Collects all that can be, twice: what the first round ends, only the second gives back. */
function collect(): void {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  gc();
  gc();
}

/** A node of the benchmark that all bms-read nodes send to. */
export = function (RED: NodeAPI): void {
  const probe = new Probe();

  function BenchProbe(this: Node, config: NodeDef): void {
    RED.nodes.createNode(this, config);
    this.on('input', (message, _send, done) => {
      probe.take(message);
      done();
    });
  }

  RED.nodes.registerType('bench-probe', BenchProbe);
  RED.httpAdmin.get('/bench/start', (_request, response) => {
    probe.start();
    response.json({});
  });
  RED.httpAdmin.get('/bench/end', (_request, response) => void response.json(probe.end()));
};
