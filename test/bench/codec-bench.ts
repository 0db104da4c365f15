import assert from 'node:assert/strict';
import { derive } from '../../src/battery/derive';
import type { Reading } from '../../src/battery/reading';
import { Framer } from '../../src/codec/kit/framing';
import type { Protocol } from '../../src/codec/protocol';
import { median } from './figures';
import { heapInUse } from './heap';
import { askingRequest, benchPack, framesOf, mainAnswer, partsOf, pollAnswers } from '../support/poll-answers';
import { kitOf } from '../kits';
import type { StraightLine } from '../kits/kit';

const ROUNDS = 15;

/** How long one round of one kind of work takes, ms: short, so that both sides of a ratio see the same machine. */
const ROUND_MS = 8;

/** So many at a time leave no room for a collection in between, which would make the difference meaningless. */
const WEIGHED_AT_ONCE = 50;

export interface CodecRow {
  protocol: string;
  /** framing, matching, decoding and completing the answers of one poll, µs */
  decodeUs: number;
  /** the same, bytes taken from the JavaScript heap */
  decodeBytes: number;
  /** the requests of one poll, µs */
  requestUs: number;
  /** what the simulator writes in answer to them, µs */
  answerUs: number;
}

export interface StraightRow {
  protocol: string;
  frame: string;
  codecUs: number;
  straightUs: number;
  /** median of the ratios of each round: both are measured one right after the other */
  ratio: number;
}

/** Keeps what was made, so that the work that makes it is not left out. */
let kept: unknown;

/** µs of one piece of work. @param times how often it is done */
function time(work: () => unknown, times: number): number {
  const before = process.hrtime.bigint();
  for (let i = 0; i < times; i++) kept = work();
  return Number(process.hrtime.bigint() - before) / 1000 / times;
}

/** How often work fits into a round, when it is hot. */
function timesOf(work: () => unknown): number {
  time(work, 5000);
  return Math.max(100, Math.ceil((ROUND_MS * 1000) / time(work, 2000)));
}

function microsOf(work: () => unknown): number {
  const times = timesOf(work);
  return median(Array.from({ length: ROUNDS }, () => time(work, times)));
}

/** Bytes that one piece of work takes from the heap: the growth of what is in use, without a collection in between. */
function bytesOf(work: () => unknown): number {
  const weights: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = heapInUse();
    for (let i = 0; i < WEIGHED_AT_ONCE; i++) kept = work();
    weights.push((process.memoryUsage().heapUsed - before) / WEIGHED_AT_ONCE);
  }
  return median(weights);
}

function measureCodec(protocol: Protocol): CodecRow {
  const answers = pollAnswers(protocol).map((answer) => ({
    ...answer,
    framer: new Framer(framesOf(protocol, answer.query, answer.target)),
  }));
  const decode = (): Reading => {
    const reading: Reading = {};
    for (const { query, target, bytes, framer } of answers) {
      const parts = partsOf(query, framer.push(bytes), target);
      Object.assign(reading, query.decode(parts, target).reading);
    }
    return derive(reading);
  };
  const ask = (): unknown => answers.map(({ query, target }) => askingRequest(query, target));
  const answer = (): unknown => answers.map(({ request }) => protocol.emulate(request)?.answer(benchPack));
  return {
    protocol: protocol.id,
    decodeUs: microsOf(decode),
    decodeBytes: bytesOf(decode),
    requestUs: microsOf(ask),
    answerUs: microsOf(answer),
  };
}

function measureStraight(protocol: Protocol, straight: StraightLine): StraightRow {
  const { query, target, parts } = mainAnswer(protocol, straight.query);
  const byCodec = (): Reading => query.decode(parts, target).reading;
  const byHand = (): Reading => straight.decode(...parts);
  assert.deepEqual(byCodec(), byHand(), `${protocol.id} ${query.name}`);
  const times = Math.max(timesOf(byCodec), timesOf(byHand));
  const rounds = Array.from({ length: ROUNDS }, () => ({ codec: time(byCodec, times), hand: time(byHand, times) }));
  return {
    protocol: protocol.id,
    frame: query.name,
    codecUs: median(rounds.map(({ codec }) => codec)),
    straightUs: median(rounds.map(({ hand }) => hand)),
    ratio: median(rounds.map(({ codec, hand }) => codec / hand)),
  };
}

/** Measures the codecs and prints the table. */
export function benchCodec(protocols: readonly Protocol[]): CodecRow[] {
  const rows = protocols.map(measureCodec);
  console.log(
    '\nThe answers of one poll framed, matched, decoded, completed; its requests; what the simulator answers.',
  );
  console.table(
    rows.map(({ protocol, decodeUs, decodeBytes, requestUs, answerUs }) => ({
      protocol,
      'decode µs': decodeUs.toFixed(2),
      'heap bytes': Math.round(decodeBytes),
      'requests µs': requestUs.toFixed(2),
      'answers µs': answerUs.toFixed(2),
    })),
  );
  return rows;
}

/** Measures the codecs next to decoders written by hand, and prints the table. */
export function benchStraight(protocols: readonly Protocol[]): StraightRow[] {
  const rows = protocols.flatMap((protocol) =>
    kitOf(protocol).straightLine.map((straight) => measureStraight(protocol, straight)),
  );
  console.log(
    '\nOne whole, accepted answer decoded into the same reading: by the codec, with its checks of what cannot be true,\n' +
      'and by straight-line Buffer calls written for this frame, without. No framing, no checksum, no completing.',
  );
  console.table(
    rows.map(({ protocol, frame, codecUs, straightUs, ratio }) => ({
      protocol,
      frame,
      'codec µs': codecUs.toFixed(3),
      'by hand µs': straightUs.toFixed(3),
      ratio: ratio.toFixed(2),
    })),
  );
  return rows;
}

/** What was made last, for those who want to see that there was work. */
export function lastMade(): unknown {
  return kept;
}
