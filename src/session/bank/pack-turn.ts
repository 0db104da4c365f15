import type { ActionName } from '../../battery/action';
import type { PackOutcome } from '../../battery/bank/switching';
import { NotSentError, toBmsError, type BmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import type { ActionResult } from '../action-request';
import type { Device } from '../device';

/** What is asked of each pack of a bank, one after the other. */
export interface GroupTurn {
  readonly action: ActionName;
  readonly value: boolean;
  /** whether also packs that do not answer are asked: what is wanted of them counts when they are there again */
  readonly asksLost?: boolean;
  /** Whether it is still in the bank. */
  isCounted(device: Device): boolean;
  /** Why a pack is not asked any more, as its turn comes. */
  objectionTo(device: Device): BmsError | undefined;
  /** @returns undefined where nothing is wanted of the pack */
  perform(device: Device): Promise<ActionResult | undefined>;
}

export function isLost({ condition }: Device): boolean {
  return condition.phase === 'lost';
}

/** Asks one pack. @returns undefined where nothing is wanted of it */
export async function askPack(turn: GroupTurn, device: Device): Promise<PackOutcome | undefined> {
  const pack = device.name;
  if (!turn.isCounted(device)) return undefined;
  const error = turn.objectionTo(device) ?? (isLost(device) && turn.asksLost !== true ? notAnswering(pack) : undefined);
  if (error !== undefined) return { pack, confirmed: false, error };
  try {
    const done = await turn.perform(device);
    if (done === undefined) return undefined;
    const { before, after } = done;
    return { pack, confirmed: true, ...(before !== undefined && { before }), ...(after !== undefined && { after }) };
  } catch (thrown) {
    return { pack, confirmed: false, error: toBmsError(thrown) };
  }
}

/** A pack that is lost is asked nothing. */
export function notAnswering(pack: string): BmsError {
  return new NotSentError('timeout', say`Pack ${pack} does not answer. Nothing was sent.`);
}

/** A pack that comes after one that has failed. */
export function notBegun(pack: string): PackOutcome {
  const error = new NotSentError(
    'not_confirmed',
    say`Pack ${pack} was not asked, as one before it has failed. Nothing was sent.`,
  );
  return { pack, confirmed: false, error };
}
