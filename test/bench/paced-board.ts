import { parentPort, workerData } from 'node:worker_threads';
import { PROTOCOLS } from '../../src/codec/registry';
import type { Reading } from '../../src/battery/reading';
import { PtyCable } from '../support/pty';
import { steadyPack } from '../support/served-board';

/** What the benchmark hands to the worker. */
export interface PacedBoardData {
  protocol: string;
  baudRate: number;
  pack: Reading;
}

/**
 * A board on a real pseudo-terminal that answers at once, at the pace of the wire: the answer starts when the
 * request has been on the line, and each byte comes when its ten bits are through. It runs in a worker of its own
 * and watches the clock without sleeping, so that neither its timing nor its work is part of what is measured.
 */
const { protocol: id, baudRate, pack } = workerData as PacedBoardData;
const protocol = PROTOCOLS.find((entry) => entry.id === id);
// Its settings are those of a board as delivered.
const board = steadyPack();
const byteNs = (10 * 1e9) / baudRate;

let heard = Buffer.alloc(0);
/** bytes both ways */
let carried = 0;
const cable = new PtyCable((bytes) => {
  heard = Buffer.concat([heard, bytes]);
  const served = protocol?.emulate(heard);
  if (served === undefined) return;
  const answer = served.answer(pack, board);
  carried += heard.length + answer.length;
  const startsAt = Number(process.hrtime.bigint()) + heard.length * byteNs;
  heard = Buffer.alloc(0);
  send(answer, startsAt, 0);
});

function send(answer: Buffer, startsAt: number, sent: number): void {
  const due = Math.min(answer.length, Math.floor((Number(process.hrtime.bigint()) - startsAt) / byteNs));
  if (due > sent) cable.say(answer.subarray(sent, due));
  if (due < answer.length) setImmediate(() => send(answer, startsAt, Math.max(sent, due)));
}

parentPort?.on('message', (message) => {
  if (message === 'count') return parentPort?.postMessage(carried);
  cable.close();
  parentPort?.close();
});
parentPort?.postMessage(cable.path);
