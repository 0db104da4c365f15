import assert from 'node:assert/strict';
import type { ActionName, ActionValue } from '../../src/battery/action';
import { BmsError } from '../../src/battery/errors';
import type { EmulatedBoard, Protocol, Script, Step } from '../../src/codec/protocol';
import { answerTo, runScript, type Respond } from './script';

/** Runs a script to its end. @returns its steps, its requests in hex, its result @throws BmsError what it does not catch */
export function play<T>(protocol: Protocol, script: Script<T>, respond: Respond) {
  const { steps, sent: requests, result, error } = runScript(protocol, script, respond);
  if (error !== undefined) throw error;
  return { steps, requests, result: result as T };
}

/** The frames of a step's answer in these pieces. @throws BmsError `timeout`, a refusal */
export function answered(protocol: Protocol, step: Step, pieces: readonly Buffer[]): Buffer[] {
  const answer = answerTo(protocol, step, pieces);
  if (answer instanceof BmsError) throw answer;
  return answer;
}

/** Whether a step takes nothing of these pieces for its answer. */
export function isNoAnswer(protocol: Protocol, step: Step, pieces: readonly Buffer[]): boolean {
  return ['timeout', 'checksum'].includes(codeOf(() => answered(protocol, step, pieces)));
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

/** What is wrong with sending nothing at all: the code of the error, without a request. */
export function refusedUnsent<T>(protocol: Protocol, script: Script<T>): BmsError {
  const { error, sent } = runScript(protocol, script, () => []);
  assert.ok(error);
  assert.deepEqual(sent, []);
  return error;
}

/** A board that does everything it is asked, and what that was; discharging is off. */
export function obedientBoard(heating = true): { side: EmulatedBoard; asked: [ActionName, ActionValue][] } {
  const asked: [ActionName, ActionValue][] = [];
  const switches = { charge: true, discharge: false, balancing: true, heating };
  return {
    side: {
      switches,
      memory: new Map(),
      settings: new Map(),
      balances: false,
      execute: (...order) => asked.push(order) > 0,
    },
    asked,
  };
}
