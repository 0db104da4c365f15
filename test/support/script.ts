import { BmsError, toBmsError } from '../../src/battery/errors';
import { say } from '../../src/battery/sentence';
import { Framer } from '../../src/codec/kit/framing';
import type { Protocol, Script, Step } from '../../src/codec/protocol';

/** What comes over the line after a step, in pieces; nothing for silence; or what goes wrong on the line. */
export type Respond = (step: Step, count: number) => readonly Buffer[] | BmsError;

/** What a script did, and what it made of the answers. */
export interface Run<T> {
  steps: Step[];
  /** every request, in hex */
  sent: string[];
  result?: T;
  error?: BmsError;
}

/** Runs a script to its end; every step is sent once, and silence is a `timeout` at once. */
export function runScript<T>(protocol: Protocol, script: Script<T>, respond: Respond): Run<T> {
  const run: Run<T> = { steps: [], sent: [] };
  try {
    let next = script.next();
    while (next.done !== true) {
      const step = next.value;
      run.steps.push(step);
      run.sent.push(step.request.toString('hex'));
      const answer = answerTo(protocol, step, respond(step, run.steps.length));
      next = answer instanceof BmsError ? script.throw(answer) : script.next(answer);
    }
    run.result = next.value;
  } catch (thrown) {
    run.error = toBmsError(thrown, 'malformed');
  }
  return run;
}

/** The frames of a step's answer, as `framesOf` finds them. */
export function answerTo(protocol: Protocol, step: Step, pieces: readonly Buffer[] | BmsError): Buffer[] | BmsError {
  return pieces instanceof BmsError ? pieces : framesOf({ frames: protocol.frames, ...step }, pieces);
}

/** The frames of an answer, found in these pieces as the session does; or why there is none. */
export function framesOf(
  step: Pick<Step, 'name' | 'match'> & Pick<Protocol, 'frames'>,
  pieces: readonly Buffer[],
): Buffer[] | BmsError {
  const framer = new Framer(step.frames);
  const parts: Buffer[] = [];
  const take = (frames: readonly Buffer[]): Buffer[] | BmsError | undefined => {
    for (const frame of frames) {
      const verdict = step.match(frame, parts);
      if (verdict instanceof BmsError) return verdict;
      if (verdict === 'foreign') continue;
      parts.push(frame);
      if (verdict === 'complete') return parts;
    }
    return undefined;
  };
  for (const piece of pieces) {
    const settled = take(framer.push(piece));
    if (settled !== undefined) return settled;
  }
  const code = framer.badChecksums > 0 ? 'checksum' : 'timeout';
  return take(framer.resync()) ?? new BmsError(code, say`${step.name}: no answer`);
}
