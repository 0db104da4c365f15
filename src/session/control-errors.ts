import type { ActionValue } from '../battery/action';
import { BmsError, NotSentError } from '../battery/errors';
import { holdingAlarms } from '../battery/holding';
import { quoted } from '../battery/quoted';
import type { Reading } from '../battery/reading';
import { say, sequenceOf, type Sentence } from '../battery/sentence';
import type { Action } from '../codec/protocol';

/** Every sentence of an error of an action says whether anything was sent; here are those that are not of one board. */

/** The error of an action of which nothing has gone out that could change the board. */
export function nothingSent(error: BmsError): BmsError {
  if (error instanceof NotSentError) return error;
  return new NotSentError(error.code, sequenceOf([error.sentence, say`Nothing was sent.`]), error, error.word);
}

/** The error of an action that the board has refused. @param partly whether an earlier request of it was taken */
export function refused(error: BmsError, partly: boolean): BmsError {
  if (error instanceof NotSentError) return error;
  const sent = partly
    ? say`It was sent once; what was sent before the refusal may have been carried out.`
    : say`It was sent once, and the board did not take it.`;
  return new BmsError(error.code, sequenceOf([error.sentence, sent]), error, error.word);
}

/** The error of an action that was sent, and whose device was closed before it was read back. */
export function closedMidway(error: BmsError, action: Action, value: ActionValue): BmsError {
  return new BmsError(
    error.code,
    say`${error.sentence} ${what(action, value)} was sent once, but not read back.`,
    error,
    error.word,
  );
}

/** The error of a request that a later one has replaced before its turn came. */
export function replaced(action: Pick<Action, 'name'>, value: ActionValue, device: string): BmsError {
  return new NotSentError(
    'queue_full',
    say`${what(action, value)} of ${device} was replaced by a later request for the same action before it was started; switch it less often. Nothing was sent.`,
  );
}

/** The error of an action that was sent, while which the safe state of a dead-man switch was carried out. */
export function overtaken(action: Action, value: ActionValue): BmsError {
  const message = say`${what(action, value)} was sent once, but before it was confirmed a dead-man switch has set its safe state.`;
  return new BmsError('not_confirmed', message);
}

export interface Doubt {
  /** what the board reports now; undefined when it cannot be read */
  present: Reading | undefined;
  /** why the last look failed */
  unseen: BmsError | undefined;
  /** why the acknowledgement is missing */
  lost: BmsError | undefined;
}

/** The error for an action that was sent, but of which it is not known that it was carried out. */
export function notConfirmed(action: Action, value: ActionValue, { present, unseen, lost }: Doubt): BmsError {
  const request = what(action, value);
  if (unseen !== undefined) {
    const message = say`${request} was sent once, but the device cannot be read back, so that its state is not known. ${unseen.sentence}`;
    return new BmsError(unseen.code, message, unseen, unseen.word);
  }
  const codes = holdingAlarms(action.name, present?.alarms ?? []).map(({ code }) => code);
  const alarms = codes.length === 0 ? [] : [say`The device reports ${codes.join(', ')}.`];
  const reasons = [...switchAndMosfet(action, present), ...alarms];
  if (lost !== undefined) {
    const message = say`${request} was sent once, but not acknowledged, and the state did not change.`;
    return new BmsError(lost.code, sequenceOf([message, ...reasons]), lost, lost.word);
  }
  const message = say`${request} was sent once and the device took it, but its state did not change; a protection may forbid it.`;
  return new BmsError('not_confirmed', sequenceOf([message, ...reasons]));
}

/** The error for an action whose state shows, but which the board forgets when it restarts. */
export function notSaved(action: Action, value: ActionValue, error: BmsError): BmsError {
  const message = say`${what(action, value)} took effect, but was not saved: the device loses it when it restarts. ${error.sentence}`;
  return new BmsError(error.code, message, error, error.word);
}

/** What the board reports of a switch and its MOSFET, where it reports both. */
function switchAndMosfet({ name }: Action, present: Reading = {}): Sentence[] {
  const { chargeSwitch, chargeEnabled, dischargeSwitch, dischargeEnabled } = present;
  const [set, does] =
    name === 'charge'
      ? [chargeSwitch, chargeEnabled]
      : name === 'discharge'
        ? [dischargeSwitch, dischargeEnabled]
        : [undefined, undefined];
  if (set === undefined || does === undefined) return [];
  const position = set ? say`Its switch is on` : say`Its switch is off`;
  return [does ? say`${position}, and the MOSFET conducts.` : say`${position}, and the MOSFET is open.`];
}

function what({ name }: Pick<Action, 'name'>, value: ActionValue): Sentence {
  return say`${quoted(name)} to ${value}`;
}
