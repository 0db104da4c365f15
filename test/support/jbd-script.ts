import type { ActionName, ActionValue } from '../../src/battery/action';
import type { Reading } from '../../src/battery/reading';
import type { ScriptInput, Protocol, Script } from '../../src/codec/protocol';
import { actionOf } from './action-script';
import { runScript, type Run } from './script';
import { hex } from './sheet';

/** What comes back to the nth request, in chunks of hex; nothing for silence. */
export type Board = (request: string, n: number) => string | readonly string[] | undefined;

/** Runs a script against a board. */
export function runOn<T>(protocol: Protocol, script: Script<T>, board: Board): Run<T> & { names: string[] } {
  const run = runScript(protocol, script, (step, count) =>
    [board(step.request.toString('hex'), count - 1) ?? []].flat().map(hex),
  );
  return { ...run, names: run.steps.map(({ name }) => name) };
}

export interface Wanted {
  value?: ActionValue;
  before?: Reading;
  memory?: object;
  password?: string;
  address?: number;
}

/** An order as a session gives it. */
export function orderFor({ value = true, before = {}, memory, password = '', address = 0 }: Wanted): ScriptInput {
  const target = { address, memory: {} };
  return { value, target, before: { reading: before, ...(memory && { memory }) }, password, now: new Date(0) };
}

/** Has an action carried out by a board. */
export function carryOut(
  protocol: Protocol,
  name: ActionName,
  wanted: Wanted,
  board: Board,
): Run<void> & { names: string[] } {
  return runOn(protocol, actionOf(protocol, name).script(orderFor(wanted)), board);
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
