import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { systemClock } from '../../src/clock';
import type { Protocol } from '../../src/codec/protocol';
import { SerialLink } from '../../src/link/serial';
import { Bus } from '../../src/session/bus';
import { benchPack } from '../support/poll-answers';
import type { PacedBoardData } from './paced-board';

/** What went over the line so far. */
export interface Traffic {
  requests: number;
  answers: number;
  /** both ways */
  bytes: number;
}

/** What went over the line between two moments, and what of the time that is due to. */
export interface WireShare {
  requests: number;
  bytes: number;
  wireMs: number;
  /** silence that the board wants between its answers */
  gapsMs: number;
}

/** A bus to a board behind a pseudo-terminal that is paced to the protocol's own rate. */
export class PacedLine {
  private constructor(
    private readonly protocol: Protocol,
    private readonly worker: Worker,
    readonly bus: Bus,
  ) {}

  static async to(protocol: Protocol): Promise<PacedLine> {
    const { baudRate } = protocol.profile;
    const workerData: PacedBoardData = { protocol: protocol.id, baudRate, pack: benchPack };
    // The terminal's files are opened by native code, which the worker's own book-keeping does not know.
    const worker = new Worker(join(__dirname, 'paced-board.js'), { workerData, trackUnmanagedFds: false });
    const [path] = (await once(worker, 'message')) as [string];
    const clock = systemClock;
    return new PacedLine(protocol, worker, new Bus({ link: new SerialLink(path, clock), baudRate, clock }));
  }

  async traffic(): Promise<Traffic> {
    this.worker.postMessage('count');
    const [bytes] = (await once(this.worker, 'message')) as [number];
    const { requests, answers } = this.bus.counters;
    return { requests, answers, bytes };
  }

  /**
   * What each of some equal reads since then has cost.
   * @throws Error when an answer was lost: the times are none of the wire then
   */
  async shareSince(before: Traffic, reads: number): Promise<WireShare> {
    const now = await this.traffic();
    const asked = now.requests - before.requests;
    if (now.answers - before.answers !== asked) throw new Error(`${this.protocol.id}: an answer was lost`);
    const { baudRate, gapMs } = this.protocol.profile;
    const requests = asked / reads;
    const bytes = (now.bytes - before.bytes) / reads;
    return { requests, bytes, wireMs: (bytes * 10 * 1000) / baudRate, gapsMs: (requests - 1) * gapMs };
  }

  async close(): Promise<void> {
    await this.bus.close();
    this.worker.postMessage('end');
    await once(this.worker, 'exit');
  }
}
