import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { derive } from '../../src/battery/derive';
import type { Reading } from '../../src/battery/reading';
import { systemClock } from '../../src/clock';
import { PROTOCOLS } from '../../src/codec';
import { Framer } from '../../src/codec/framing';
import type { Facts, Protocol, Target } from '../../src/codec/protocol';
import { SerialLink } from '../../src/link/serial';
import { Bus } from '../../src/session/bus';
import { Reader } from '../../src/session/reader';
import { SimulatedPack } from '../../src/simulator/pack';
import type { PacedBoardData } from './paced-board';

const READS = 20;
const DECODES = 20_000;
const ROUNDS = 9;

interface Row {
  protocol: string;
  requests: number;
  bytes: number;
  wireMs: number;
  gapsMs: number;
  cycleMs: number;
  ratio: number;
  decodeUs: number;
}

interface Traffic {
  target: Target;
  query: Protocol['queries'][number];
  request: Buffer;
  answer: Buffer;
}

const pack: Reading = new SimulatedPack({
  cells: 16,
  chemistry: 'lfp',
  scenario: 'steady',
  speed: 1,
  seed: 1,
  clock: systemClock,
}).read();

/** What a poll puts on the wire: the fast and the cell groups. */
function pollTraffic(protocol: Protocol): Traffic[] {
  const address = protocol.address?.initial ?? 0;
  let facts: Facts = {};
  const traffic: Traffic[] = [];
  for (const query of protocol.queries) {
    const target = { address, facts };
    if (query.group !== 'fast' && query.group !== 'cells') continue;
    if (query.applies?.(target) === false) continue;
    const request = query.request(target);
    const answer = protocol.serve(request)?.answer(pack);
    if (answer === undefined) continue;
    const parts = new Framer(protocol.frames).push(answer);
    facts = { ...facts, ...query.decode(parts, target).facts };
    traffic.push({ target, query, request, answer });
  }
  return traffic;
}

/** Median time of a poll over a pseudo-terminal paced to the protocol's own rate, ms. */
async function measureCycle(protocol: Protocol): Promise<number> {
  const { baudRate } = protocol.profile;
  const workerData: PacedBoardData = { protocol: protocol.id, baudRate, pack };
  // The terminal's files are opened by native code, which the worker's own book-keeping does not know.
  const worker = new Worker(join(__dirname, 'paced-board.js'), { workerData, trackUnmanagedFds: false });
  const [path] = (await once(worker, 'message')) as [string];
  const clock = systemClock;
  const bus = new Bus({ link: new SerialLink(path, clock), baudRate, clock });
  const address = protocol.address?.initial ?? 0;
  const reader = new Reader({
    bus,
    protocol,
    address,
    profile: protocol.profile,
    clock,
    cellsEvery: 1,
    onRetrying: () => undefined,
  });
  reader.start();
  bus.open();
  await reader.read('due', 'request');
  const times: number[] = [];
  for (let i = 0; i < READS; i++) {
    // The gap after the last answer is over before the next read begins: it is not part of a read.
    await new Promise((resolve) => setTimeout(resolve, protocol.profile.gapMs + 5));
    const before = clock.monotonic();
    await reader.read('due', 'request');
    times.push(clock.monotonic() - before);
  }
  if (bus.counters.answers !== bus.counters.requests)
    throw new Error(`${protocol.id}: ${JSON.stringify(bus.counters)}`);
  await bus.close();
  worker.postMessage('end');
  await once(worker, 'exit');
  return median(times);
}

/** Framing, matching, decoding and completing one reading, µs: the median of several rounds. */
function measureDecode(protocol: Protocol, traffic: readonly Traffic[]): number {
  const framer = new Framer(protocol.frames);
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.hrtime.bigint();
    for (let i = 0; i < DECODES; i++) {
      const reading: Reading = {};
      for (const { target, query, answer } of traffic) {
        const parts: Buffer[] = [];
        for (const frame of framer.push(answer)) {
          if (query.judge(frame, parts, target) !== 'foreign') parts.push(frame);
        }
        Object.assign(reading, query.decode(parts, target).reading);
      }
      derive(reading);
    }
    rounds.push(Number(process.hrtime.bigint() - before) / 1000 / DECODES);
  }
  return median(rounds);
}

function median(values: number[]): number {
  return values.sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN;
}

async function measure(protocol: Protocol): Promise<Row> {
  const traffic = pollTraffic(protocol);
  const bytes = traffic.reduce((sum, { request, answer }) => sum + request.length + answer.length, 0);
  const wireMs = (bytes * 10 * 1000) / protocol.profile.baudRate;
  const gapsMs = (traffic.length - 1) * protocol.profile.gapMs;
  const cycleMs = await measureCycle(protocol);
  const ratio = (cycleMs - gapsMs) / wireMs;
  return {
    protocol: protocol.id,
    requests: traffic.length,
    bytes,
    wireMs,
    gapsMs,
    cycleMs,
    ratio,
    decodeUs: measureDecode(protocol, traffic),
  };
}

async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  const rows: Row[] = [];
  for (const protocol of PROTOCOLS) {
    if (wanted.length > 0 && !wanted.includes(protocol.id)) continue;
    rows.push(await measure(protocol));
  }
  console.log('One poll of 16 cells on a pseudo-terminal paced to the wire; ratio = (cycle - gaps) / wire.');
  console.table(
    rows.map(({ protocol, requests, bytes, wireMs, gapsMs, cycleMs, ratio, decodeUs }) => ({
      protocol,
      requests,
      bytes,
      'wire ms': wireMs.toFixed(1),
      'gaps ms': gapsMs,
      'cycle ms': cycleMs.toFixed(1),
      ratio: ratio.toFixed(3),
      'decode µs': decodeUs.toFixed(2),
    })),
  );
  const folder = join(process.cwd(), '.cache');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'bench.json'), JSON.stringify(rows, null, 2));
}

void main();
