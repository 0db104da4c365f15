import assert from 'node:assert/strict';
import type { ActionName, ActionValue } from '../../src/battery/action';
import type { Reading } from '../../src/battery/reading';
import type { Action, Decoded, EmulatedBoard, ScriptInput, Protocol, Script } from '../../src/codec/protocol';
import { runScript, type Run } from './script';
import { loadVector, type Exchange } from './vectors';

/** What comes over the line after a request, in hex and in pieces; nothing for a board that is silent. */
export type Respond = (request: string, count: number) => string | readonly string[] | undefined;

/** Runs a script on a line that answers as told. */
export function drive<T>(protocol: Protocol, script: Script<T>, respond: Respond): Run<T> {
  return runScript(protocol, script, (step, count) =>
    [respond(step.request.toString('hex'), count) ?? []].flat().map((hex) => Buffer.from(hex, 'hex')),
  );
}

export function actionOf<M extends object>(protocol: Protocol<M>, name: ActionName): Action<M> {
  const action = protocol.actions?.find((entry) => entry.name === name);
  assert.ok(action, `${protocol.id} has no ${name}`);
  return action;
}

const NOTHING: Decoded = { reading: {} };

/** An order for the board as delivered, without a password. */
export function orderFor<M extends object>(
  protocol: Protocol<M>,
  value: ActionValue,
  more: Partial<ScriptInput<M>> = {},
): ScriptInput<M> {
  const target = { address: protocol.address?.initial ?? 0, memory: {} as M };
  return { value, target, before: NOTHING, password: '', now: new Date(2026, 0, 2, 3, 4, 5), ...more };
}

/** What an action is carried out with; on an untouched board as delivered, where it is missing. */
export interface Wanted {
  readonly value?: ActionValue;
  readonly before?: Reading;
  /** what was read before besides a reading */
  readonly memory?: object;
  readonly password?: string;
  readonly address?: number;
}

/** Has an action carried out on a line that answers as told. */
export function carryOut(protocol: Protocol, name: ActionName, wanted: Wanted, respond: Respond): Run<void> {
  const { value = true, before = {}, memory, password = '', address = protocol.address?.initial ?? 0 } = wanted;
  const order = orderFor(protocol, value, {
    target: { address, memory: {} },
    before: { reading: before, ...(memory && { memory }) },
    password,
  });
  return drive(protocol, actionOf(protocol, name).script(order), respond);
}

/** Everything but the one acknowledgement that must not be taken for it: cut short, or with one bit turned. */
export function spoilt(ack: string): string[] {
  const whole = Buffer.from(ack, 'hex');
  const flipped = Array.from(whole, (_, i) => {
    const copy = Buffer.from(whole);
    copy[i] = (copy[i] ?? 0) ^ 0x10;
    return copy.toString('hex');
  });
  return [...flipped, ...Array.from(whole, (_, i) => whole.subarray(0, i).toString('hex'))];
}

/** A board for an emulator that notes what it is asked to do. */
export function notingBoard(
  switches: Partial<EmulatedBoard['switches']> = {},
): EmulatedBoard & { readonly asked: { action: ActionName; value: ActionValue }[] } {
  const asked: { action: ActionName; value: ActionValue }[] = [];
  return {
    switches: { charge: true, discharge: true, balancing: true, heating: true, ...switches },
    balances: false,
    memory: new Map(),
    settings: new Map(),
    execute: (action, value) => asked.push({ action, value }) > 0,
    asked,
  };
}

/** Asserts that an action sends exactly this and takes exactly that for the acknowledgement, in any pieces. */
export function checkExchange<M extends object>(
  protocol: Protocol<M>,
  action: Action<M>,
  order: ScriptInput<M>,
  { tx, rx }: Pick<Exchange, 'tx' | 'rx'> & Partial<Exchange>,
): void {
  const answer = rx.join('');
  const bytes = answer.match(/../g) ?? [];
  for (const pieces of [rx, bytes, [`00ff${answer.slice(0, 6)}`, answer.slice(6)], [`ffff${answer}${answer}`]]) {
    const run = drive(protocol, action.script(order), () => pieces);
    assert.deepEqual(run.sent, [tx]);
    assert.equal(run.error, undefined, run.error?.message);
    assert.equal(run.steps[0]?.isWrite, true);
  }
  for (let at = 0; at < bytes.length; at++) {
    const damaged = [...bytes];
    damaged[at] = (parseInt(damaged[at] ?? '', 16) ^ 0x10).toString(16).padStart(2, '0');
    const run = drive(protocol, action.script(order), () => damaged.join(''));
    assert.deepEqual(run.sent, [tx]);
    assert.ok(['timeout', 'checksum'].includes(run.error?.code ?? ''), `byte ${at}: ${run.error?.code}`);
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
