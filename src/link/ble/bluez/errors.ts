import { BmsError, sentenceOf } from '../../../battery/errors';
import { say, verbatim, type Sentence } from '../../../battery/sentence';
import { DbusError } from '../../dbus/connection';
import { switchedOff } from '../error-texts';

export const NO_BUS = say`start D-Bus, and in a container pass it through ("-v /run/dbus:/run/dbus")`;
export const NOT_RUNNING = say`start it ("sudo systemctl enable --now bluetooth")`;
const DENIED = say`add its user to the group bluetooth ("sudo usermod -aG bluetooth $USER") and log in again`;

/** Errors of BlueZ that mean: pair first. */
const UNPAIRED = /\.(NotAuthorized|Authentication(Failed|Rejected|Canceled|Timeout))$/;

/** Refusals of the attribute protocol that mean the same: insufficient authentication, authorization, key size, encryption. */
const UNPAIRED_ATT = /\b0x0(5|8|c|f)\b|not paired|insufficient (auth|encr)/i;

/** Whether an error is of this kind: the last part of `org.bluez.Error.InProgress`. */
export function isBluezError(error: unknown, ...kinds: readonly string[]): error is DbusError {
  return error instanceof DbusError && kinds.some((kind) => error.type === `org.bluez.Error.${kind}`);
}

/** Whether the device lets only those in who are paired with it. */
export function wantsPairing(error: unknown): boolean {
  if (!(error instanceof DbusError)) return false;
  return UNPAIRED.test(error.type) || UNPAIRED_ATT.test(error.message);
}

/**
 * The error for a call that BlueZ or the bus refuses, where it says what to do about it.
 * @returns undefined when only the caller knows what it means
 */
export function refusalOf(error: unknown): BmsError | undefined {
  if (error instanceof BmsError) return error;
  if (!(error instanceof DbusError)) return new BmsError('adapter_missing', whyNot(error), error);
  if (error.type === 'org.freedesktop.DBus.Error.AccessDenied') {
    return new BmsError('permission', say`This process may not use BlueZ; ${DENIED}.`, error);
  }
  if (error.type === 'org.freedesktop.DBus.Error.ServiceUnknown') {
    return new BmsError('adapter_missing', say`BlueZ does not run; ${NOT_RUNNING}.`, error);
  }
  return isBluezError(error, 'NotReady') ? switchedOff() : undefined;
}

/** What BlueZ said, in one line with the name of its error. */
export function reasonOf(error: unknown): Sentence {
  if (!(error instanceof DbusError)) return sentenceOf(error);
  const kind = error.type.slice(error.type.lastIndexOf('.') + 1);
  const [text = ''] = error.message.split('\n');
  return verbatim(text === error.type || text === kind ? kind : `${text} (${kind})`);
}

export function whyNot(error: unknown): Sentence {
  return say`D-Bus cannot be used (${reasonOf(error)}); ${NO_BUS}.`;
}
