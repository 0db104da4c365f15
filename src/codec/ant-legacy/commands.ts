/** Commands and registers that are written (ant-legacy.md 5, 6). */
export const COMMANDS = {
  charge: 0xfa,
  discharge: 0xf9,
  /** a toggle: it turns round whatever the balancer does */
  balance: 0xfc,
  zeroCurrent: 0xf8,
  apply: 0xff,
  restart: 0xfe,
  shutdown: 0xf7,
  /** the answer of a board that is locked, to anything but its password */
  locked: 0xf5,
  /** remaining capacity, 1e-6 Ah: its lower and its upper half */
  remainingLow: 33,
  remainingHigh: 34,
} as const;

/** The four that bring a password, two characters each (ant-legacy.md 5). */
export const UNLOCK: readonly number[] = [0xf1, 0xf2, 0xf3, 0xf4];
export const PASSWORD_LENGTH = 2 * UNLOCK.length;
