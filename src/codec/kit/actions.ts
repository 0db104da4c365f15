import type { ActionInput, ActionName, ActionValue } from '../../battery/action';
import { NotSentError, type BmsError } from '../../battery/errors';
import type { BooleanKey, NumberKey } from '../../battery/reading';
import { say } from '../../battery/sentence';
import type { Action, Confirmation, Decoded, Query, Script, ScriptInput, Target } from '../protocol';
import { reading, stateOf } from './script';

/*
 * What boards can be asked to do, as rows: most of it is a number that is written somewhere, and is read back elsewhere. What
 * takes more than that, such as a mode or a second register, is a script of its own.
 */

/** How an action is read back, as a row. Where it takes more than a key, a `Confirmation` stands in its place. */
export interface ConfirmationRow<M extends object> extends Pick<
  Confirmation<M>,
  'evidence' | 'step' | 'proof' | 'everyMs' | 'withinMs'
> {
  /** what is read, one after the other */
  readonly queries: readonly Query<M>[];
  /** the key of the reading that shows the state; a function for what is no key; missing where only `proof` shows it */
  readonly state?: BooleanKey | NumberKey | ((decoded: Decoded<M>) => ActionValue | undefined);
}

/** The number that is written, by what the action takes. */
type Takes =
  /** 1 for on and 0 for off, where `raw` has no others */
  | { readonly takes: 'switch'; readonly raw?: { readonly on: number; readonly off: number } }
  /** the value times `divisor` (1 when missing), rounded */
  | {
      readonly takes: 'number';
      readonly min: number;
      readonly max: number;
      readonly unit: string;
      readonly divisor?: number;
    }
  /** `raw`, or 1 */
  | { readonly takes: 'command'; readonly raw?: number };

/** One action as a row. `W` says where it is written, in the terms of the board: a register, a code, a label. */
export type ActionRow<M extends object, W> = Takes & {
  readonly name: ActionName;
  readonly to: W;
  readonly confirm: ConfirmationRow<M> | Confirmation<M>;
  /** see `Action.dangerous` */
  readonly dangerous?: boolean;
  /** whether nothing is sent where the present state is not known: nothing would prove that it was done */
  readonly onlyIfTold?: boolean;
  /** see `Action.applies` */
  readonly applies?: (target: Target<M>) => boolean;
};

/** How a board is written to. @param raw the number that stands for the value */
export type Send<M extends object, W> = (order: ScriptInput<M>, row: ActionRow<M, W>, raw: number) => Script<unknown>;

/** The actions of a board. @param send writes one row to it */
export function actionsOf<M extends object, W>(rows: readonly ActionRow<M, W>[], send: Send<M, W>): Action<M>[] {
  return rows.map((row) => {
    const confirm = confirmation(row.confirm);
    return {
      name: row.name,
      input: inputOf(row),
      ...(row.dangerous !== undefined && { dangerous: row.dangerous }),
      ...(row.applies && { applies: row.applies }),
      confirm,
      *script(order): Script<void> {
        if (row.onlyIfTold === true && confirm.state(order.before) === undefined) throw unknownState(row.name);
        yield* send(order, row, rawOf(row, order.value));
      },
    };
  });
}

/** The confirmation that a row stands for. */
export function confirmation<M extends object>(row: ConfirmationRow<M> | Confirmation<M>): Confirmation<M> {
  if (!('queries' in row)) return row;
  const { queries, state, ...rest } = row;
  return {
    ...rest,
    read: reading(...queries),
    state: typeof state === 'string' ? stateOf(state) : (state ?? (() => undefined)),
  };
}

function inputOf(row: Takes): ActionInput {
  if (row.takes !== 'number') return { kind: row.takes };
  const { min, max, unit } = row;
  return { kind: 'number', min, max, unit };
}

function rawOf(row: Takes, value: ActionValue): number {
  switch (row.takes) {
    case 'switch':
      return value === true ? (row.raw?.on ?? 1) : (row.raw?.off ?? 0);
    case 'number':
      return Math.round(Number(value) * (row.divisor ?? 1));
    case 'command':
      return row.raw ?? 1;
  }
}

function unknownState(name: ActionName): BmsError {
  return new NotSentError(
    'unsupported',
    say`The board does not report whether ${name} is switched on. Nothing was switched: nothing was sent.`,
  );
}
