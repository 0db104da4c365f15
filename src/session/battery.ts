import type { BmsError } from '../battery/errors';
import type { Identity } from '../battery/identity';
import type { ActionRequest, ActionResult, SafeState } from './action-request';
import type { OtherBoard } from './board-guard';
import type { Condition } from './device-condition';
import type { Priority } from './queue';
import type { Signal } from './signal';
import type { LinkFigures, Snapshot } from './snapshot';

/** How a reading is asked for. */
export interface ReadOptions {
  readonly priority?: Priority;
  /** who gets it as the answer, and skips it among `readings`: see `Snapshot.askers` */
  readonly asker?: object;
}

/** Notices a board that answers in the place of the known one. */
export interface BoardWatch {
  /** that board; undefined when the known one answers */
  readonly otherBoard: OtherBoard | undefined;
  /** every board that takes the place of the known one; undefined when the known one is back, or the other was accepted */
  readonly changed: Pick<Signal<OtherBoard | undefined>, 'subscribe'>;
  /** the error that says which board answers instead of which */
  errorOf(other: OtherBoard): BmsError;
}

/** What a message has taken out of a bank, or put back. */
export interface Exclusion {
  readonly action: 'exclude';
  /** name of the pack */
  readonly pack: string;
  /** whether it is taken out */
  readonly value: boolean;
  /** names of all packs that are taken out now */
  readonly excluded: readonly string[];
}

/**
 * A battery as the nodes of the palette see it: one pack (`Device`), or several as one (`Bank`). All that they read, watch and
 * switch.
 */
export interface Battery {
  readonly name: string;
  /** every reading, polled or requested */
  readonly readings: Pick<Signal<Snapshot>, 'subscribe'>;
  /** every change of the condition */
  readonly changed: Pick<Signal<Condition>, 'subscribe'>;
  /** every outage as it begins; it ends when the battery is there again */
  readonly outages: Pick<Signal<BmsError>, 'subscribe'>;
  /** a pack of several that was away answers again, while the battery was there; missing where it is one pack */
  readonly packBack?: Pick<Signal<string>, 'subscribe'>;
  readonly guard: BoardWatch;
  readonly last: Snapshot | undefined;
  readonly condition: Condition;
  /** why the present outage began, or what it is by now; undefined when there is none */
  readonly outage: BmsError | undefined;
  /** the protocol in use, '' until it is detected; `bank` */
  readonly protocolId: string;
  /** bus address, or that of a radio link; '' where there is none, or it is not known */
  readonly address: number | string;
  /** what has come over its line or lines so far */
  readonly link: LinkFigures;
  /** how old the last reading is, ms; undefined before the first */
  readonly ageMs: number | undefined;
  /** how old the last reading may be and still count as the present state, ms */
  readonly staleAfterMs: number;

  /**
   * Reads everything afresh. Requests at the same time share one reading.
   * @throws BmsError why nothing could be read
   */
  read(options?: ReadOptions): Promise<Snapshot>;
  /**
   * Switches or sets something, if the user allows it, and proves it by reading it back.
   * @param request several count in the order of these calls, however long it takes to know them
   * @throws BmsError why it was not carried out, or not confirmed
   */
  control(request: ActionRequest | Promise<ActionRequest>): Promise<ActionResult>;
  /**
   * Brings back the last action that was requested and was carried out, or perhaps was.
   * @returns undefined when there is nothing to bring back
   * @throws BmsError as `control`
   */
  restore(action: string): Promise<ActionResult | undefined>;
  /**
   * Goes to a safe state, ahead of everything else.
   * @returns undefined when it is not wanted any more
   * @throws BmsError as `control`
   */
  applySafeState(state: SafeState): Promise<ActionResult | undefined>;
  /** The place of an action that is requested now: later ones have a higher one. */
  nextRequestNumber(): number;
  /**
   * Leaves the line, or the lines, to something else for a while, such as a phone.
   * @param forMs 0 takes it back at once
   * @throws BmsError `closed`
   */
  pause(forMs: number): Promise<void>;
  /**
   * Takes the board that answers in the place of the known one for the right one.
   * @returns that board; undefined when no other board answers
   */
  acceptBoard(): Identity | undefined;
  /**
   * Takes a pack out of a bank, or puts it back.
   * @throws BmsError `unsupported` where this is no bank; `bad_value` where it has no such pack
   */
  exclude(pack: string, value: boolean): Exclusion;
}
