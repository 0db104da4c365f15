import assert from 'node:assert/strict';
import { BmsError, toBmsError } from '../../src/battery/errors';
import type { ActionName, ActionValue } from '../../src/battery/action';
import { Framer } from '../../src/codec/framing';
import type { Action, Decoded, Order, Protocol, Script, Step } from '../../src/codec/protocol';
import { loadVector, type Exchange } from './vectors';

/** What comes over the line after a request, in hex and in pieces; nothing for a board that is silent. */
export type Respond = (request: string, count: number) => string | readonly string[] | undefined;

export interface Run<T> {
  /** every request, in hex */
  sent: string[];
  steps: Step[];
  result?: T;
  error?: BmsError;
}

/** Runs a script on a line that answers as told; every step is sent once, silence is a `timeout`. */
export function drive<T>(protocol: Protocol, script: Script<T>, respond: Respond): Run<T> {
  const run: Run<T> = { sent: [], steps: [] };
  try {
    let next = script.next();
    while (next.done !== true) {
      const step = next.value;
      const request = step.request.toString('hex');
      run.sent.push(request);
      run.steps.push(step);
      const answer = settle(protocol, step, respond(request, run.sent.length) ?? []);
      next = answer instanceof BmsError ? script.throw(answer) : script.next(answer);
    }
    run.result = next.value;
  } catch (thrown) {
    run.error = toBmsError(thrown, 'malformed');
  }
  return run;
}

/** What a step makes of the pieces that came: the frames of the answer, or why there is none. */
function settle(protocol: Protocol, step: Step, pieces: string | readonly string[]): Buffer[] | BmsError {
  const framer = new Framer(step.frames ?? protocol.frames);
  const chunks = [pieces].flat().map((hex) => Buffer.from(hex, 'hex'));
  const parts: Buffer[] = [];
  for (const frame of [...chunks.flatMap((chunk) => framer.push(chunk)), ...framer.salvage()]) {
    const verdict = step.judge(frame, parts);
    if (verdict instanceof BmsError) return verdict;
    if (verdict === 'foreign') continue;
    parts.push(frame);
    if (verdict === 'complete') return parts;
  }
  return new BmsError('timeout', `${step.name}: no answer`);
}

export function actionOf(protocol: Protocol, name: ActionName): Action {
  const action = protocol.actions?.find((entry) => entry.name === name);
  assert.ok(action, `${protocol.id} has no ${name}`);
  return action;
}

const NOTHING: Decoded = { reading: {} };

/** An order for the board as delivered, without a password. */
export function orderFor(protocol: Protocol, value: ActionValue, more: Partial<Order> = {}): Order {
  const target = { address: protocol.address?.initial ?? 0, facts: {} };
  return { value, target, before: NOTHING, password: '', now: new Date(2026, 0, 2, 3, 4, 5), ...more };
}

/** Asserts that an action sends exactly this and takes exactly that for the acknowledgement, in any pieces. */
export function checkExchange(protocol: Protocol, action: Action, order: Order, { tx, rx }: Exchange): void {
  const answer = rx.join('');
  const bytes = answer.match(/../g) ?? [];
  for (const pieces of [rx, bytes, [`00ff${answer.slice(0, 6)}`, answer.slice(6)], [`ffff${answer}${answer}`]]) {
    const run = drive(protocol, action.script(order), () => pieces);
    assert.deepEqual(run.sent, [tx]);
    assert.equal(run.error, undefined, run.error?.message);
    assert.equal(run.steps[0]?.once, true);
  }
  for (let at = 0; at < bytes.length; at++) {
    const damaged = [...bytes];
    damaged[at] = (parseInt(damaged[at] ?? '', 16) ^ 0x10).toString(16).padStart(2, '0');
    const run = drive(protocol, action.script(order), () => damaged.join(''));
    assert.deepEqual([run.sent, run.error?.code], [[tx], 'timeout'], `byte ${at}`);
    const short = drive(protocol, action.script(order), () => bytes.slice(0, at).join(''));
    assert.equal(short.error?.code, 'timeout', `${at} bytes`);
  }
}

/** The exchange of a vector that has this request. */
export function exchangeOf(family: string, file: string, tx: string): Exchange {
  const exchange = loadVector(family, file).exchanges.find((entry) => entry.tx === tx);
  assert.ok(exchange, `${file} has no ${tx}`);
  return exchange;
}
