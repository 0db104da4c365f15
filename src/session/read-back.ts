import type { ActionValue } from '../battery/action';
import { toBmsError, type BmsError } from '../battery/errors';
import type { Clock } from '../clock';
import type { Action, Checksum, Decoded } from '../codec/protocol';
import type { ActionResult } from './action-request';

/** Looks in vain, one after the other, until a board counts as silent. */
const SILENT_LOOKS = 3;

/** For what cannot be written exactly in binary. */
const ROUNDING = 1e-6;

/** Whether an answer may be damaged and its sum still be right, so that one alone proves nothing. */
export function isWeak(checksum: Checksum): boolean {
  return checksum === 'sum8' || checksum === 'sum16';
}

/** Whether what was read shows the wanted state. */
export function shows({ confirm }: Action, now: Decoded, value: ActionValue, before: Decoded): boolean {
  if (confirm.shows !== undefined) return confirm.shows(now, value, before);
  const state = confirm.state(now);
  if (typeof state === 'number' && typeof value === 'number') return isNear(state, value, confirm.step ?? 1);
  return state === value;
}

/** Whether it is certain that the board is set so already: an effect that is off may be held, and come on again. */
export function isSet(action: Action, now: Decoded, value: ActionValue): boolean {
  const { evidence, isSet: isCertain } = action.confirm;
  if (!shows(action, now, value, now)) return false;
  return isCertain === undefined ? evidence === 'switch' : isCertain(now, value);
}

/** Whether a number is what the board makes of the wanted one: some round, some cut. */
function isNear(state: number, wanted: number, step: number): boolean {
  const steps = state / step;
  const wantedSteps = wanted / step;
  return (
    Math.abs(steps - wantedSteps) <= 0.5 + ROUNDING || Math.abs(steps - Math.floor(wantedSteps + ROUNDING)) <= ROUNDING
  );
}

/** What comes of an action that was read before and after. */
export function outcome(action: Action, value: ActionValue, before: Decoded, after: Decoded): ActionResult {
  const old = action.confirm.state(before);
  const present = action.confirm.state(after);
  return {
    action: action.name,
    value,
    ...(old !== undefined && { before: old }),
    ...(present !== undefined && { after: present }),
  };
}

/** An action that was sent, and how to see what has come of it. */
export interface Sent {
  readonly action: Action;
  readonly value: ActionValue;
  readonly before: Decoded;
  /** why the acknowledgement is missing */
  readonly lost: BmsError | undefined;
  readonly clock: Clock;
  readonly checksum: Checksum;
  /** Reads what is switched. */
  look(): Promise<Decoded>;
  /** Waits for the next look; throws when there shall be none. */
  pause(ms: number): Promise<void>;
  /** Whether an error of `look` means that the board says nothing. */
  isSilence(error: BmsError): boolean;
}

/**
 * Looks until the wanted state shows and what comes of it has followed, or its time is over. Where the sums of the answers are weak it must show twice running;
 * where it showed before the action as well, only an acknowledgement or a change proves anything.
 * @returns the outcome; or why the last look failed, undefined when it did not
 */
export async function readBack(sent: Sent): Promise<{ outcome: ActionResult } | { unseen: BmsError | undefined }> {
  const { action, value, before, clock } = sent;
  const { everyMs, withinMs, proof } = action.confirm;
  const deadline = clock.monotonic() + withinMs;
  const needed = isWeak(sent.checksum) && proof === undefined ? 2 : 1;
  let unseen: BmsError | undefined;
  let silences = 0;
  let shown = 0;
  /** what is proved already, while what comes of it has not followed */
  let reached: ActionResult | undefined;
  do {
    await sent.pause(everyMs);
    try {
      const seen = await sent.look();
      unseen = undefined;
      const proved = proof === undefined ? proves(sent, seen) : proof === 'restart' && silences > 0;
      if (proof === 'silence') silences = 0;
      shown = proved ? shown + 1 : 0;
      reached = undefined;
      if (shown >= needed) {
        reached = proof === undefined ? outcome(action, value, before, seen) : answering(action, value, true);
        if (action.confirm.hasTakenEffect?.(seen, value) !== false) return { outcome: reached };
      }
    } catch (thrown) {
      unseen = toBmsError(thrown);
      if (sent.isSilence(unseen)) silences++;
      else if (proof === 'silence') silences = 0;
      if (proof === 'silence' && silences >= SILENT_LOOKS) return { outcome: answering(action, value, false) };
    }
    // A state that has shown once, at the last moment, is looked at once more.
  } while (clock.monotonic() < deadline || (shown > 0 && shown < needed && unseen === undefined));
  return reached === undefined ? { unseen } : { outcome: reached };
}

function proves({ action, value, before, lost }: Sent, seen: Decoded): boolean {
  if (!shows(action, seen, value, before)) return false;
  if (lost === undefined || !shows(action, before, value, before)) return true;
  return action.confirm.state(seen) !== action.confirm.state(before);
}

/** The outcome where no state shows it, but whether the board answers does; before, it did. */
function answering({ name }: Action, value: ActionValue, after: boolean): ActionResult {
  return { action: name, value, before: true, after };
}
