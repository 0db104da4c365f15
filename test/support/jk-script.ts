import { BmsError } from '../../src/battery/errors';
import { Framer } from '../../src/codec/framing';
import type { Protocol, Script, Step } from '../../src/codec/protocol';

/** What a script did: the steps that it took, and what it made of them. */
export interface Played<T> {
  steps: Step[];
  /** in hex */
  requests: string[];
  result: T;
}

/** The frames of a step's answer, found in these pieces as the session does. @throws BmsError `timeout`, a refusal */
export function answered(protocol: Protocol, step: Step, chunks: readonly Buffer[]): Buffer[] {
  const framer = new Framer(step.frames ?? protocol.frames);
  const parts: Buffer[] = [];
  const take = (frames: readonly Buffer[]): boolean => {
    for (const frame of frames) {
      const verdict = step.judge(frame, parts);
      if (verdict instanceof BmsError) throw verdict;
      if (verdict === 'foreign') continue;
      parts.push(frame);
      if (verdict === 'complete') return true;
    }
    return false;
  };
  for (const chunk of chunks) if (take(framer.push(chunk))) return parts;
  if (take(framer.salvage())) return parts;
  throw new BmsError('timeout', `${step.name}: no answer`);
}

/**
 * Runs a script to its end, each step once.
 * @param respond the pieces that come back to a step, or what goes wrong on the line
 */
export function play<T>(
  protocol: Protocol,
  script: Script<T>,
  respond: (step: Step) => readonly Buffer[] | BmsError,
): Played<T> {
  const steps: Step[] = [];
  let next = script.next();
  while (next.done !== true) {
    const step = next.value;
    steps.push(step);
    let parts: Buffer[];
    try {
      const response = respond(step);
      if (response instanceof BmsError) throw response;
      parts = answered(protocol, step, response);
    } catch (thrown) {
      next = script.throw(thrown);
      continue;
    }
    next = script.next(parts);
  }
  return { steps, requests: steps.map(({ request }) => request.toString('hex')), result: next.value };
}

/** The code of the error that something throws; 'none' when it does not. */
export function codeOf(act: () => unknown): string {
  try {
    act();
    return 'none';
  } catch (thrown) {
    if (thrown instanceof BmsError) return thrown.code;
    throw thrown;
  }
}
