import type { ActionName, ActionValue } from '../battery/action';
import type { PackReport } from '../battery/bank/switching';

/** What is requested of a board. */
export interface ActionRequest {
  /** one of the actions of the protocol */
  action: string;
  /** as it came in a message; checked by the action runner */
  value: unknown;
  /** the name of the action, said once more, for one that is dangerous */
  confirm?: unknown;
  /**
   * Leave the board alone when it is in this state already. Where only the effect of a switch can be seen, switching off is
   * sent all the same: what is off may be held by a protection and come on again.
   */
  onlyIfDifferent?: boolean;
  /** the least time since the last change of the same action, ms */
  minIntervalMs?: number | undefined;
  /** how old the last reading of the device may be, ms */
  maxAgeMs?: number | undefined;
}

/** A state that is to be reached because no message comes any more. */
export interface SafeState {
  readonly action: string;
  readonly value: boolean;
  /** when it began to be wanted, see `Device.nextRequestNumber`: a later request that was carried out takes its place */
  readonly requestNumber: number;
  /** Whether it is wanted still, asked when its turn comes. */
  isWanted(): boolean;
}

/** An action that the board has carried out, as read back from it. */
export interface ActionResult {
  action: ActionName;
  value: ActionValue;
  /** what was switched, before and after; missing where the board does not report it */
  before?: ActionValue;
  after?: ActionValue;
  /** what became of each pack of a bank */
  packs?: readonly PackReport[];
}
