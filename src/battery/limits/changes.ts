import type { Limits } from './output';
import { isAtLeast } from './tolerance';

/** Limits as they leave: of a bank, what it combines. */
export type SentLimits = Readonly<Partial<Limits>>;

const VOLTAGES = ['chargeVoltageLimit', 'dischargeVoltageLimit'] as const;
const CURRENTS = ['chargeCurrentLimit', 'dischargeCurrentLimit'] as const;
const FLAGS = [...(['chargeAllowed', 'dischargeAllowed', 'chargeRequest', 'phase', 'balanced', 'lastFull'] as const)];
/** V */
const VOLTAGE_STEP = 0.1;
/** A */
const CURRENT_STEP = 1;
/** of the limit before */
const PART = 0.02;

/** Whether limits differ by so much that they are to be sent (charge-limits.md 14). */
export function haveLimitsChanged(before: SentLimits, now: SentLimits): boolean {
  return (
    (now.full === true && before.full !== true) ||
    FLAGS.some((key) => before[key] !== now[key]) ||
    VOLTAGES.some((key) => hasMoved(before[key], now[key], VOLTAGE_STEP)) ||
    CURRENTS.some((key) => hasMoved(before[key], now[key], CURRENT_STEP))
  );
}

function hasMoved(before: number | undefined, now: number | undefined, step: number): boolean {
  if (before === now) return false;
  if (before === undefined || now === undefined || before === 0 || now === 0) return true;
  return isAtLeast(Math.abs(now - before), Math.min(step, PART * before));
}

/** Whether a current limit has fallen to 0: what charges or discharges must know at once. */
export function hasFallenToZero(before: SentLimits, now: SentLimits): boolean {
  return CURRENTS.some((key) => now[key] === 0 && before[key] !== 0);
}
