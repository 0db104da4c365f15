import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { NodeRed } from '../support/node-red';
import { pause, quantile } from './figures';
import type { BoardsMessage, BoardsWanted } from './scale/boards';
import { flowOf, probePackage } from './scale/flow';
import type { Arrival, ProbeFigures } from './scale/seen';
import { agesMs, skippedPolls, timed } from './scale/timing';

const SIZES = [1, 10, 100, 1000];

/** Until the connections are open, the slow requests are through and the code is hot. */
const WARM_UP_MS = 8000;
const MEASURED_FOR_MS = 15_000;

/** As Node-RED's own service on Linux starts it. Without a limit V8 collects so late that RSS tells little of what is used. */
const USUAL_ARGUMENTS = ['--max-old-space-size=512'];

const KIB = 1024;

export interface ScaleRow {
  protocol: string;
  packs: number;
  /** of one core */
  cpuPercent: number;
  /** of the process while it works, and after everything that can be collected was, MiB */
  rssMib: number;
  rssCollectedMib: number;
  heapCollectedMib: number;
  /** by how much a timer is late, ms */
  loopDelayP50: number;
  loopDelayP99: number;
  loopDelayMax: number;
  /** how old what a flow knows of a pack is at any moment, ms */
  ageP99: number;
  /** from the last byte of the answer to the message at the next node, ms */
  latencyP50: number;
  latencyP99: number;
  readings: number;
  skipped: number;
}

/** The packs of one row, in a process of their own. */
class Packs {
  private constructor(
    private readonly boards: ChildProcess,
    readonly ports: number[],
  ) {}

  static async serve(wanted: BoardsWanted): Promise<Packs> {
    const boards = fork(join(__dirname, 'scale', 'boards.js'));
    boards.send(wanted);
    const [{ ports }] = (await once(boards, 'message')) as [BoardsMessage];
    if (ports === undefined) throw new Error('There are no boards');
    return new Packs(boards, ports);
  }

  /** When each pack has answered since this was asked last. */
  async answeredAt(): Promise<number[][]> {
    this.boards.send('take');
    const [{ answeredAt = [] }] = (await once(this.boards, 'message')) as [BoardsMessage];
    return answeredAt;
  }

  async end(): Promise<void> {
    this.boards.disconnect();
    await once(this.boards, 'exit');
  }
}

async function measure(protocol: string, count: number): Promise<ScaleRow> {
  const protocols = Array.from({ length: count }, () => protocol);
  const packs = await Packs.serve(protocols);
  const profile = process.env['BENCH_CPU_PROFILE'];
  const profiling = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  const nodeArguments = [...USUAL_ARGUMENTS, ...profiling];
  const red = await new NodeRed({ palettes: [probePackage()], nodeArguments }).start();
  try {
    await red.deploy(flowOf(protocols, packs.ports));
    await pause(WARM_UP_MS);
    await packs.answeredAt();
    await red.json('/bench/start');
    await pause(MEASURED_FOR_MS);
    const figures = await red.json<ProbeFigures>('/bench/end');
    return rowOf(protocol, count, figures, await packs.answeredAt());
  } finally {
    await red.stop();
    await packs.end();
  }
}

function rowOf(protocol: string, count: number, figures: ProbeFigures, answeredAt: number[][]): ScaleRow {
  const { arrivals, cpuMicros, wallMicros, loopDelayMs, memory, collected } = figures;
  const byPack: Arrival[][] = Array.from({ length: count }, () => []);
  for (const arrival of arrivals) byPack[arrival[0]]?.push(arrival);
  if (byPack.some((of) => of.length < 2)) throw new Error(`A pack of ${count} ${protocol} was not read`);
  const readings = byPack.map((of, pack) => timed(of, answeredAt[pack] ?? []));
  const ages = readings.flatMap(agesMs);
  const latencies = readings.flat().map((reading) => (reading.arrivedAt - reading.answeredAt) / 1000);
  return {
    protocol,
    packs: count,
    cpuPercent: (100 * cpuMicros) / wallMicros,
    rssMib: memory.rss / KIB ** 2,
    rssCollectedMib: collected.rss / KIB ** 2,
    heapCollectedMib: collected.heapUsed / KIB ** 2,
    loopDelayP50: loopDelayMs.p50,
    loopDelayP99: loopDelayMs.p99,
    loopDelayMax: loopDelayMs.max,
    ageP99: quantile(ages, 0.99),
    latencyP50: quantile(latencies, 0.5),
    latencyP99: quantile(latencies, 0.99),
    readings: arrivals.length,
    skipped: byPack.reduce((sum, of) => sum + skippedPolls(of), 0),
  };
}

/** Measures many packs in one Node-RED and prints the table. */
export async function benchScale(sizes: readonly number[] = SIZES): Promise<ScaleRow[]> {
  const rows: ScaleRow[] = [];
  for (const size of sizes) rows.push(await measure('jbd', size));
  console.log(
    '\nPacks over TCP on loopback, polled each second, in one Node-RED with the packed package, each with a bms-read and\n' +
      'a bms-alarm; the boards are a process of their own. CPU: of one core. RSS and heap, MiB: at work, and after a forced\n' +
      'collection. Loop: how late a timer is. Age: of what the flow knows, at any moment. Latency: from the last byte of\n' +
      'the answer, as the board writes it, to the message at the next node.',
  );
  console.table(
    rows.map((row) => ({
      packs: row.packs,
      'CPU %': row.cpuPercent.toFixed(1),
      RSS: row.rssMib.toFixed(0),
      'RSS collected': row.rssCollectedMib.toFixed(0),
      'heap collected': row.heapCollectedMib.toFixed(1),
      'loop p99 ms': row.loopDelayP99.toFixed(1),
      'loop max ms': row.loopDelayMax.toFixed(1),
      'age p99 ms': row.ageP99.toFixed(0),
      'latency p50 ms': row.latencyP50.toFixed(2),
      'latency p99 ms': row.latencyP99.toFixed(2),
      readings: row.readings,
      skipped: row.skipped,
    })),
  );
  printSlopes(rows);
  return rows;
}

/** What each pack adds, from the smallest to the largest number of packs that were measured. */
function printSlopes(rows: readonly ScaleRow[]): void {
  const [first] = rows;
  const last = rows.at(-1);
  if (first === undefined || last === undefined || last.packs === first.packs) return;
  const perPack = (value: (row: ScaleRow) => number): number =>
    (value(last) - value(first)) / (last.packs - first.packs);
  const kib = (value: (row: ScaleRow) => number): string => (perPack(value) * KIB).toFixed(0);
  console.log(
    `Each pack over the first ${first.packs}: ${perPack(({ cpuPercent }) => cpuPercent).toFixed(3)} % of a core; ` +
      `RSS ${kib(({ rssMib }) => rssMib)} KiB at work and ${kib(({ rssCollectedMib }) => rssCollectedMib)} KiB ` +
      `collected, of which heap ${kib(({ heapCollectedMib }) => heapCollectedMib)} KiB.`,
  );
}
