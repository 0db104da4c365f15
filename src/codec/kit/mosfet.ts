import { holdingAlarms } from '../../battery/holding';
import type { Confirmation, Decoded } from '../protocol';

export type Direction = 'charge' | 'discharge';

/** What the user of the board has set, and what the MOSFET does now, as readings have them. */
const KEYS = {
  charge: { set: 'chargeSwitch', does: 'chargeEnabled' },
  discharge: { set: 'dischargeSwitch', does: 'dischargeEnabled' },
} as const;

/** Whether a MOSFET is switched on, where a reading tells it apart from what the MOSFET does. */
export function settingOf(direction: Direction): (decoded: Decoded) => boolean | undefined {
  return ({ reading }) => reading[KEYS[direction].set];
}

/** Whether the board reports a protection or a fault that keeps a MOSFET open. */
function isHeld(direction: Direction, { reading: { alarms = [] } }: Decoded): boolean {
  return holdingAlarms(direction, alarms).some(({ level }) => level !== 'warning');
}

/**
 * How switching a MOSFET is proved: by what is set, on boards that tell it, else by what the MOSFET does. One that is
 * switched on may be held open by a protection; one that is switched off must not conduct.
 * @param rest how it is read, and how soon it shows
 * @param setting what is set; undefined where the board does not tell it, or not for certain
 */
export function mosfetConfirmation<M extends object>(
  direction: Direction,
  rest: Pick<Confirmation<M>, 'read' | 'everyMs' | 'withinMs'>,
  setting: (decoded: Decoded<M>) => boolean | undefined = settingOf(direction),
): Confirmation<M> {
  const conducts = ({ reading }: Decoded<M>): boolean | undefined => reading[KEYS[direction].does];
  const isSwitched = (now: Decoded<M>, value: boolean): boolean =>
    setting(now) === value && (value || conducts(now) !== true);
  return {
    evidence: 'switch',
    state: (decoded) => setting(decoded) ?? conducts(decoded),
    isSet: (now, value) => isSwitched(now, value === true),
    shows: (now, value) => (setting(now) === undefined ? conducts(now) === value : isSwitched(now, value === true)),
    hasTakenEffect: (now, value) => conducts(now) === value || isHeld(direction, now),
    ...rest,
  };
}
