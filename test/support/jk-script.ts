import { BmsError } from '../../src/battery/errors';
import type { Protocol, Script, Step } from '../../src/codec/protocol';
import { answerTo, runScript } from './script';

/** What a script did: the steps that it took, and what it made of them. */
export interface Played<T> {
  steps: Step[];
  /** in hex */
  requests: string[];
  result: T;
}

/** The frames of a step's answer in these pieces. @throws BmsError `timeout`, a refusal */
export function answered(protocol: Protocol, step: Step, pieces: readonly Buffer[]): Buffer[] {
  const answer = answerTo(protocol, step, pieces);
  if (answer instanceof BmsError) throw answer;
  return answer;
}

/** Runs a script to its end. @throws BmsError what it does not catch */
export function play<T>(
  protocol: Protocol,
  script: Script<T>,
  respond: (step: Step) => readonly Buffer[] | BmsError,
): Played<T> {
  const { steps, sent: requests, result, error } = runScript(protocol, script, respond);
  if (error !== undefined) throw error;
  return { steps, requests, result: result as T };
}

/** Whether a step takes nothing of these pieces for its answer. */
export function isNoAnswer(protocol: Protocol, step: Step, pieces: readonly Buffer[]): boolean {
  const answer = answerTo(protocol, step, pieces);
  return answer instanceof BmsError && ['timeout', 'checksum'].includes(answer.code);
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
