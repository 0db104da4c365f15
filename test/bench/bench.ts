import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { derive } from '../../src/battery/derive';
import type { Reading } from '../../src/battery/reading';
import { systemClock } from '../../src/clock';
import { PROTOCOLS } from '../../src/codec';
import { Framer, type FrameFormat } from '../../src/codec/framing';
import type { Facts, Protocol, Query, Target } from '../../src/codec/protocol';
import { SerialLink } from '../../src/link/serial';
import { Bus } from '../../src/session/bus';
import { Reader } from '../../src/session/reader';
import { SimulatedPack } from '../../src/simulator/pack';
import { benchBluetooth } from './ble-bench';
import type { PacedBoardData } from './paced-board';

const READS = 20;
const DECODES = 20_000;
const ROUNDS = 9;

interface Row {
  protocol: string;
  baudRate: number;
  requests: number;
  bytes: number;
  wireMs: number;
  gapsMs: number;
  cycleMs: number;
  ratio: number;
  decodeUs: number;
}

/** One answer of a poll as it is framed, matched and decoded. */
interface Answer {
  query: Query;
  target: Target;
  bytes: Buffer;
}

interface Cycle {
  requests: number;
  bytes: number;
  /** median of a poll */
  ms: number;
}

const pack: Reading = new SimulatedPack({
  cells: 16,
  chemistry: 'lfp',
  scenario: 'steady',
  speed: 1,
  seed: 1,
  clock: systemClock,
}).read();

const framesOf = (protocol: Protocol, query: Query, target: Target): FrameFormat =>
  query.frames?.(target) ?? protocol.frames;

/** The answers to the fast and cell queries of a poll, when all facts about the board are known. */
function pollAnswers(protocol: Protocol): Answer[] {
  const address = protocol.address?.initial ?? 0;
  let facts: Facts = {};
  let answers: Answer[] = [];
  // What later queries need is told by earlier ones, sometimes only with the second poll.
  for (let poll = 0; poll < 3; poll++) {
    answers = [];
    for (const query of protocol.queries) {
      const target = { address, facts };
      if (query.group !== 'fast' && query.group !== 'cells') continue;
      if (query.applies?.(target) === false || (query.needs !== undefined && facts[query.needs] === undefined))
        continue;
      const bytes = protocol.serve(askingRequest(query, target))?.answer(pack);
      if (bytes === undefined) continue;
      answers.push({ query, target, bytes });
      const parts = new Framer(framesOf(protocol, query, target)).push(bytes);
      facts = { ...facts, ...query.decode(partsOf(query, parts, target), target).facts };
    }
  }
  return answers;
}

/** The request of a query, also of one that only listens at first. */
function askingRequest(query: Query, target: Target): Buffer {
  const first = query.request(target);
  return first.length > 0 ? first : query.request(target, 2);
}

function partsOf(query: Query, frames: readonly Buffer[], target: Target): Buffer[] {
  const parts: Buffer[] = [];
  for (const frame of frames) if (query.judge(frame, parts, target) !== 'foreign') parts.push(frame);
  return parts;
}

/** Polls a board over a pseudo-terminal paced to the protocol's own rate. */
async function measureCycle(protocol: Protocol): Promise<Cycle> {
  const { baudRate, gapMs } = protocol.profile;
  const workerData: PacedBoardData = { protocol: protocol.id, baudRate, pack };
  // The terminal's files are opened by native code, which the worker's own book-keeping does not know.
  const worker = new Worker(join(__dirname, 'paced-board.js'), { workerData, trackUnmanagedFds: false });
  const [path] = (await once(worker, 'message')) as [string];
  const bytesSoFar = async (): Promise<number> => {
    worker.postMessage('count');
    return ((await once(worker, 'message')) as [number])[0];
  };
  const clock = systemClock;
  const bus = new Bus({ link: new SerialLink(path, clock), baudRate, clock });
  const address = protocol.address?.initial ?? 0;
  const { profile } = protocol;
  const reader = new Reader({ bus, protocol, address, profile, clock, onRetrying: () => undefined });
  reader.start();
  bus.open();
  for (let poll = 0; poll < 3; poll++) await readAfresh(protocol, reader);
  const before = { bytes: await bytesSoFar(), requests: bus.counters.requests, answers: bus.counters.answers };
  const times: number[] = [];
  for (let i = 0; i < READS; i++) {
    // The gap after the last answer is over before the next read begins: it is not part of a read.
    await new Promise((resolve) => setTimeout(resolve, gapMs + 5));
    const start = clock.monotonic();
    await readAfresh(protocol, reader);
    times.push(clock.monotonic() - start);
  }
  const requests = bus.counters.requests - before.requests;
  if (bus.counters.answers - before.answers !== requests) throw new Error(`${protocol.id}: an answer was lost`);
  const bytes = (await bytesSoFar()) - before.bytes;
  await bus.close();
  worker.postMessage('end');
  await once(worker, 'exit');
  return { requests: requests / READS, bytes: bytes / READS, ms: median(times) };
}

/** Reads as a poll does; from a board that sends by itself, as the first poll of a connection, which asks. */
async function readAfresh(protocol: Protocol, reader: Reader): Promise<void> {
  if (SENDS_BY_ITSELF.has(protocol.id)) reader.start();
  await reader.read('due', 'request');
}

const SENDS_BY_ITSELF = new Set(['jk-ble']);

/** Framing, matching, decoding and completing one reading, µs: the median of several rounds. */
function measureDecode(protocol: Protocol): number {
  const answers = pollAnswers(protocol).map((answer) => ({
    ...answer,
    framer: new Framer(framesOf(protocol, answer.query, answer.target)),
  }));
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.hrtime.bigint();
    for (let i = 0; i < DECODES; i++) {
      const reading: Reading = {};
      for (const { query, target, bytes, framer } of answers) {
        const parts = partsOf(query, framer.push(bytes), target);
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
  const { requests, bytes, ms: cycleMs } = await measureCycle(protocol);
  const { baudRate, gapMs } = protocol.profile;
  const wireMs = (bytes * 10 * 1000) / baudRate;
  const gapsMs = (requests - 1) * gapMs;
  const ratio = (cycleMs - gapsMs) / wireMs;
  const decodeUs = measureDecode(protocol);
  return { protocol: protocol.id, baudRate, requests, bytes, wireMs, gapsMs, cycleMs, ratio, decodeUs };
}

async function benchSerial(wanted: readonly string[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const protocol of PROTOCOLS) {
    if (wanted.length > 0 && !wanted.includes(protocol.id)) continue;
    rows.push(await measure(protocol));
  }
  console.log('One poll of 16 cells on a pseudo-terminal paced to the wire; ratio = (cycle - gaps) / wire.');
  console.table(
    rows.map(({ protocol, baudRate, requests, bytes, wireMs, gapsMs, cycleMs, ratio, decodeUs }) => ({
      protocol,
      baud: baudRate,
      requests,
      bytes,
      'wire ms': wireMs.toFixed(1),
      'gaps ms': gapsMs,
      'cycle ms': cycleMs.toFixed(1),
      ratio: ratio.toFixed(3),
      'decode µs': decodeUs.toFixed(2),
    })),
  );
  return rows;
}

async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  const serial = wanted.filter((name) => name !== 'ble');
  const isAll = wanted.length === 0;
  const tables = {
    'bench.json': isAll || serial.length > 0 ? await benchSerial(serial) : undefined,
    'bench-ble.json': isAll || wanted.includes('ble') ? await benchBluetooth() : undefined,
  };
  const folder = join(process.cwd(), '.cache');
  mkdirSync(folder, { recursive: true });
  for (const [file, rows] of Object.entries(tables)) {
    if (rows !== undefined) writeFileSync(join(folder, file), JSON.stringify(rows, null, 2));
  }
}

void main();
