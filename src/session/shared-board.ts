import type { ActionName, ActionValue } from '../battery/action';
import type { BmsError } from '../battery/errors';
import type { Protocol } from '../codec/protocol';
import { BoardQueue } from './board-queue';

/** The desired state of a board: the last request that was carried out, or that perhaps was. */
export interface Desired {
  readonly value: ActionValue;
  /** the place of the request among all on the line */
  readonly requestNumber: number;
}

/**
 * What all devices that mean one board on one line have in common: its desired state, whatever requested it, and when
 * it was changed last; and that one action at a time is carried out on it, since several may share a register.
 */
export class SharedBoard {
  readonly queue = new BoardQueue();
  private readonly desiredStates = new Map<ActionName, Desired>();
  private readonly latest = new Map<ActionName, Desired>();
  private readonly changes = new Map<ActionName, number>();

  /** The desired state; undefined when nothing was requested yet. */
  desired(action: ActionName): Desired | undefined {
    return this.desiredStates.get(action);
  }

  /** Keeps a request that was carried out, or perhaps was, unless a later one is known already. */
  setDesired(action: ActionName, wanted: Desired): void {
    const known = this.desiredStates.get(action);
    if (known === undefined || known.requestNumber <= wanted.requestNumber) this.desiredStates.set(action, wanted);
  }

  /** The last request of an action that the board was to carry out, whatever came of it; undefined when there was none. */
  requested(action: ActionName): Desired | undefined {
    return this.latest.get(action);
  }

  /** Keeps a request before it is carried out. */
  noteRequest(action: ActionName, request: Desired): void {
    const known = this.latest.get(action);
    if (known === undefined || known.requestNumber < request.requestNumber) this.latest.set(action, request);
  }

  /** When an action changed something last, on the monotonic clock; undefined when it never did. */
  changedAt(action: ActionName): number | undefined {
    return this.changes.get(action);
  }

  /** Keeps when an action has changed something. @param at on the monotonic clock */
  noteChange(action: ActionName, at: number): void {
    this.changes.set(action, at);
  }

  /** Forgets what was wanted: another board has taken the place of this one. */
  forget(): void {
    this.desiredStates.clear();
    this.latest.clear();
    this.changes.clear();
  }
}

/** The boards of one line. */
export class SharedBoards {
  private readonly boards = new Map<string, SharedBoard>();
  private last = 0;

  /** The place of a request that is made now: later ones have a higher one. */
  nextRequestNumber(): number {
    return ++this.last;
  }

  /** Ends what waits of an owner, on all boards, with an error. */
  withdraw(owner: object, error: BmsError): void {
    for (const board of this.boards.values()) board.queue.withdraw(owner, error);
  }

  /** @param address has no meaning where the protocol has none */
  of(protocol: Protocol, address: number): SharedBoard {
    const key = protocol.address === undefined ? protocol.id : `${protocol.id} ${address}`;
    let board = this.boards.get(key);
    if (board === undefined) {
      board = new SharedBoard();
      this.boards.set(key, board);
    }
    return board;
  }
}
