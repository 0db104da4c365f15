import { holdingAlarms } from '../../battery/holding';
import { actionsOf, type Send } from '../kit/actions';
import { mosfetConfirmation, settingOf, type Direction } from '../kit/mosfet';
import { reading } from '../kit/script';
import type { Confirmation, Decoded } from '../protocol';
import { readAll } from './queries';
import { unlock, writeStep } from './write';

/** Ids that change something (jk.md 9). */
export const CHARGE = 0xab;
export const DISCHARGE = 0xac;
export const BALANCER = 0x9d;
export const RESTART = 0xbb;

/** jk.md 9 */
const SHOWS = { everyMs: 500, withinMs: 5000 };

/** A board that restarts may not acknowledge it: the wait is no longer than boards take to answer (jk.md 8), ms. */
const RESTART_ACKNOWLEDGED_MS = 300;

interface Id {
  readonly id: number;
  readonly label: string;
  /** how long to wait for the acknowledgement, where it is not the protocol's own time, ms */
  readonly timeoutMs?: number;
}

const send: Send<object, Id> = function* (_order, { to: { id, label, timeoutMs } }, raw) {
  yield* unlock();
  yield { ...writeStep(label, id, [raw]), ...(timeoutMs !== undefined && { timeoutMs }) };
};

/**
 * ab and ac show what is set only where they differ from the MOSFETs: on some boards they follow these, and some leave
 * them 0 (jk.md 9). So one that is off beside a MOSFET that an alarm may hold open proves nothing.
 */
function certainSetting(direction: Direction): (decoded: Decoded) => boolean | undefined {
  const setting = settingOf(direction);
  return (decoded) => {
    const set = setting(decoded);
    const { alarms } = decoded.reading;
    const mayBeHeld = alarms === undefined || holdingAlarms(direction, alarms).length > 0;
    return set === false && mayBeHeld ? undefined : set;
  };
}

/** What is off may still be an effect that has left no alarm, so that a safe state is sent all the same. */
function mosfet(direction: Direction): Confirmation {
  return {
    ...mosfetConfirmation(direction, { read: reading(readAll), ...SHOWS }, certainSetting(direction)),
    evidence: 'effect',
  };
}

/**
 * What boards can be asked to do (jk.md 9). The SOC is the board's own count; factory reset, upgrade and calibration are not
 * offered. A switch is not written where the board does not report its state: nothing would prove that the write took effect.
 */
export const actions = actionsOf<object, Id>(
  [
    {
      name: 'charge',
      takes: 'switch',
      to: { id: CHARGE, label: 'charge MOSFET (ab)' },
      onlyIfTold: true,
      confirm: mosfet('charge'),
    },
    {
      name: 'discharge',
      takes: 'switch',
      to: { id: DISCHARGE, label: 'discharge MOSFET (ac)' },
      onlyIfTold: true,
      confirm: mosfet('discharge'),
    },
    {
      // Firmware 11 does not accept it (jk.md 9): then it is not confirmed. Whether the balancer works now says nothing of
      // its switch (jk.md 7).
      name: 'balancing',
      takes: 'switch',
      to: { id: BALANCER, label: 'balancer (9d)' },
      onlyIfTold: true,
      confirm: { queries: [readAll], state: 'balancingSwitch', evidence: 'switch', ...SHOWS },
    },
    {
      name: 'restart',
      takes: 'command',
      to: { id: RESTART, label: 'restart (bb)', timeoutMs: RESTART_ACKNOWLEDGED_MS },
      dangerous: true,
      confirm: { queries: [readAll], evidence: 'effect', proof: 'restart', everyMs: 300, withinMs: 15_000 },
    },
  ],
  send,
);
