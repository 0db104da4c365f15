import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { systemClock } from '../../src/clock';
import type { Protocol } from '../../src/codec/protocol';
import { SerialLink } from '../../src/link/serial';
import { Bus } from '../../src/session/bus';
import { Reader } from '../../src/session/reader';
import { median, pause } from './figures';
import type { PacedBoardData } from './paced-board';
import { benchPack } from '../support/poll-answers';

const READS = 20;

export interface WireRow {
  protocol: string;
  baudRate: number;
  /** of one poll */
  requests: number;
  /** both ways */
  bytes: number;
  wireMs: number;
  /** silence that the board wants between its answers */
  gapsMs: number;
  /** median of a poll */
  cycleMs: number;
  /** (cycle - gaps) / wire */
  ratio: number;
}

/** Polls a board over a pseudo-terminal paced to the protocol's own rate. */
async function measure(protocol: Protocol): Promise<WireRow> {
  const { baudRate, gapMs } = protocol.profile;
  const workerData: PacedBoardData = { protocol: protocol.id, baudRate, pack: benchPack };
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
    await pause(gapMs + 5);
    const start = clock.monotonic();
    await readAfresh(protocol, reader);
    times.push(clock.monotonic() - start);
  }
  const asked = bus.counters.requests - before.requests;
  if (bus.counters.answers - before.answers !== asked) throw new Error(`${protocol.id}: an answer was lost`);
  const bytes = ((await bytesSoFar()) - before.bytes) / READS;
  await bus.close();
  worker.postMessage('end');
  await once(worker, 'exit');
  const requests = asked / READS;
  const cycleMs = median(times);
  const wireMs = (bytes * 10 * 1000) / baudRate;
  const gapsMs = (requests - 1) * gapMs;
  return {
    ...{ protocol: protocol.id, baudRate, requests, bytes, wireMs, gapsMs, cycleMs },
    ratio: (cycleMs - gapsMs) / wireMs,
  };
}

/** Reads as a poll does; from a board that sends by itself, as the first poll of a connection, which asks. */
async function readAfresh(protocol: Protocol, reader: Reader): Promise<void> {
  if (SENDS_BY_ITSELF.has(protocol.id)) reader.start();
  await reader.read('due', 'request');
}

const SENDS_BY_ITSELF = new Set(['jk-ble']);

/** Measures polls on the wire and prints the table. */
export async function benchWire(protocols: readonly Protocol[]): Promise<WireRow[]> {
  const rows: WireRow[] = [];
  for (const protocol of protocols) rows.push(await measure(protocol));
  console.log('\nOne poll of 16 cells on a pseudo-terminal paced to the wire; ratio = (cycle - gaps) / wire.');
  console.table(
    rows.map(({ protocol, baudRate, requests, bytes, wireMs, gapsMs, cycleMs, ratio }) => ({
      protocol,
      baud: baudRate,
      requests,
      bytes,
      'wire ms': wireMs.toFixed(1),
      'gaps ms': gapsMs,
      'cycle ms': cycleMs.toFixed(1),
      ratio: ratio.toFixed(3),
    })),
  );
  return rows;
}
