import assert from 'node:assert/strict';
import type { ActionName, ActionValue } from '../../src/battery/action';
import { BmsError } from '../../src/battery/errors';
import type { Reading } from '../../src/battery/reading';
import { Framer } from '../../src/codec/framing';
import type { Action, Facts, Order, Protocol, Script, Step } from '../../src/codec/protocol';
import { hex } from './jbd';

/** What comes back to the nth request, in chunks of hex; nothing for silence. */
export type Board = (request: string, n: number) => string | readonly string[] | undefined;

export interface Run<T> {
  /** every request, in hex */
  sent: string[];
  names: string[];
  /** what the script made of the answers; undefined when it failed */
  result?: T;
  error?: BmsError;
}

/** Runs a script against a board; a request is sent once, and silence is a time-out at once. */
export function runScript<T>(protocol: Protocol, script: Script<T>, board: Board): Run<T> {
  const run: Run<T> = { sent: [], names: [] };
  try {
    let next = script.next();
    while (next.done !== true) {
      const step = next.value;
      const request = step.request.toString('hex');
      const chunks = board(request, run.sent.length) ?? [];
      run.sent.push(request);
      run.names.push(step.name);
      const got = answerTo(protocol, step, typeof chunks === 'string' ? [chunks] : chunks);
      next = got instanceof BmsError ? script.throw(got) : script.next(got);
    }
    run.result = next.value;
  } catch (thrown) {
    assert.ok(thrown instanceof BmsError, String(thrown));
    run.error = thrown;
  }
  return run;
}

function answerTo(protocol: Protocol, step: Step, chunks: readonly string[]): BmsError | Buffer[] {
  const framer = new Framer(step.frames ?? protocol.frames);
  const frames = chunks.flatMap((chunk) => framer.push(hex(chunk)));
  for (const frame of [...frames, ...framer.salvage()]) {
    const verdict = step.judge(frame, []);
    if (verdict instanceof BmsError) return verdict;
    if (verdict === 'complete') return [frame];
    assert.equal(verdict, 'foreign');
  }
  return new BmsError(framer.badChecksums > 0 ? 'checksum' : 'timeout', step.name);
}

export function actionOf(protocol: Protocol, name: ActionName): Action {
  const action = protocol.actions?.find((entry) => entry.name === name);
  assert.ok(action, `no action ${name}`);
  return action;
}

export interface Wanted {
  value?: ActionValue;
  before?: Reading;
  facts?: Facts;
  password?: string;
  address?: number;
}

/** An order as a session gives it. */
export function orderFor({ value = true, before = {}, facts, password = '', address = 0 }: Wanted): Order {
  const target = { address, facts: {} };
  return { value, target, before: { reading: before, ...(facts && { facts }) }, password, now: new Date(0) };
}

/** Has an action carried out by a board. */
export function carryOut(protocol: Protocol, name: ActionName, wanted: Wanted, board: Board): Run<void> {
  return runScript(protocol, actionOf(protocol, name).script(orderFor(wanted)), board);
}

/** Everything but the one acknowledgement that must not be taken for it: cut short, or with one bit turned. */
export function spoilt(ack: string): string[] {
  const whole = hex(ack);
  const flipped = Array.from(whole, (_, i) => {
    const copy = Buffer.from(whole);
    copy[i] = (copy[i] ?? 0) ^ 0x10;
    return copy.toString('hex');
  });
  return [...flipped, ...Array.from(whole, (_, i) => whole.subarray(0, i).toString('hex'))];
}
