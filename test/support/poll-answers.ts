import type { Reading } from '../../src/battery/reading';
import { systemClock } from '../../src/clock';
import { Framer, type FrameFormat } from '../../src/codec/kit/framing';
import type { Protocol, Query, Target } from '../../src/codec/protocol';
import { SimulatedPack } from '../../src/simulator/pack';

/** One question of a poll and its answer. */
export interface Answer {
  query: Query;
  target: Target;
  request: Buffer;
  bytes: Buffer;
}

/** A pack at rest, as all benchmarks read it. */
export const benchPack: Reading = new SimulatedPack({
  cells: 16,
  chemistry: 'lfp',
  scenario: 'steady',
  speed: 1,
  seed: 1,
  clock: systemClock,
}).read();

export const framesOf = (protocol: Protocol, query: Query, target: Target): FrameFormat =>
  query.frames?.(target) ?? protocol.frames;

/** The answers to the fast and cell queries of a poll, once the board is known. */
export function pollAnswers(protocol: Protocol): Answer[] {
  const address = protocol.address?.initial ?? 0;
  let memory: object = {};
  let answers: Answer[] = [];
  // What later queries need is told by earlier ones, sometimes only with the second poll.
  for (let poll = 0; poll < 3; poll++) {
    answers = [];
    for (const query of protocol.queries) {
      const target = { address, memory };
      if (query.group !== 'fast' && query.group !== 'cells') continue;
      if (query.applies?.(target) === false) continue;
      const request = askingRequest(query, target);
      const bytes = protocol.emulate(request)?.answer(benchPack);
      if (bytes === undefined) continue;
      answers.push({ query, target, request, bytes });
      const parts = new Framer(framesOf(protocol, query, target)).push(bytes);
      memory = { ...memory, ...query.decode(partsOf(query, parts, target), target).memory };
    }
  }
  return answers;
}

/** The request of a query, also of one that only listens at first. */
export function askingRequest(query: Query, target: Target): Buffer {
  const first = query.request(target);
  return first.length > 0 ? first : query.request(target, 2);
}

/** The answer to one query of a poll, as the session takes it apart. @param code as it stands in brackets in its name */
export function mainAnswer(protocol: Protocol, code: string): { query: Query; target: Target; parts: Buffer[] } {
  const found = pollAnswers(protocol).find(({ query }) => query.name.includes(`(${code})`));
  if (found === undefined) throw new Error(`${protocol.id} has no query ${code}`);
  const { query, target } = found;
  return { query, target, parts: framesIn(protocol, found) };
}

/** The frames of an answer as the session takes it apart. */
export function framesIn(protocol: Protocol, { query, target, bytes }: Omit<Answer, 'request'>): Buffer[] {
  return partsOf(query, new Framer(framesOf(protocol, query, target)).push(Buffer.from(bytes)), target);
}

/** The frames that belong to the answer. */
export function partsOf(query: Query, frames: readonly Buffer[], target: Target): Buffer[] {
  const parts: Buffer[] = [];
  for (const frame of frames) if (query.match(frame, parts, target) !== 'foreign') parts.push(frame);
  return parts;
}
