import { say, type Sentence } from '../../battery/sentence';
import type { PermissionLevel } from '../parameter';

/*
 * Levels of permission: what the board allows at each, and the password that opens it (ant.md 9, ant-app-features.md 2). What
 * levels 3 and 4 may write depends on the firmware.
 */

/** Where the password of a level is checked, and how many characters it has. */
export interface PasswordSlot {
  readonly level: number;
  readonly register: number;
  readonly length: number;
}

/** The least level at which the board shows its log, shows its settings, lets any of them be written; and the highest. */
export const NEEDED = { log: 1, read: 2, write: 3, all: 5 } as const;

/** A password of 8 characters is that of level 1 unless it stands behind the number of its level: `3:12345678`. */
const PREFIXED = /^([1-4]):(.{8})$/;

const withNumber = (level: number): Sentence => say`8 characters, entered behind ${`${level}:`}`;

interface Level extends PermissionLevel {
  readonly slot?: Omit<PasswordSlot, 'level'>;
}

export const LEVELS: readonly Level[] = [
  { level: 0, may: say`shows the status` },
  {
    ...{ level: 1, may: say`shows the status, its numbers and its log` },
    ...{ password: say`8 characters`, slot: { register: 330, length: 8 } },
  },
  {
    ...{ level: 2, may: say`shows its settings` },
    ...{ password: withNumber(2), slot: { register: 338, length: 8 } },
  },
  {
    ...{ level: 3, may: say`lets itself be switched, and some settings be written` },
    ...{ password: withNumber(3), slot: { register: 346, length: 8 } },
  },
  {
    ...{ level: 4, may: say`lets itself be switched, and more settings be written` },
    ...{ password: withNumber(4), slot: { register: 354, length: 8 } },
  },
  {
    ...{
      level: NEEDED.all,
      may: say`lets everything be written but what is for its maker; as delivered, without a password`,
    },
    ...{ password: say`12 characters`, slot: { register: 362, length: 12 } },
  },
  { level: 9, may: say`lets the maker do one thing, with a password that counts once` },
];

/** Where a password is checked, and what is sent there. @returns undefined for what cannot be a password */
export function slotOf(password: string): { slot: PasswordSlot; text: string } | undefined {
  if (!/^[\x20-\x7e]+$/.test(password)) return undefined;
  const [, number, behind] = PREFIXED.exec(password) ?? [];
  const text = behind ?? password;
  const level = number === undefined ? LEVEL_BY_LENGTH.get(text.length) : Number(number);
  const slot = LEVELS.find((entry) => entry.level === level)?.slot;
  return slot === undefined || level === undefined ? undefined : { slot: { level, ...slot }, text };
}

/**
 * A password of 8 is not tried on several levels: on the wrong one it would be a wrong password, and some firmware is said
 * to lock after those.
 */
const LEVEL_BY_LENGTH: ReadonlyMap<number, number> = new Map([
  [8, 1],
  [12, NEEDED.all],
]);

/** What to enter in the device so that a level is reached. */
export function passwordFor(needed: number): Sentence {
  return needed >= NEEDED.all
    ? say`enter the password of level 5, which has 12 characters, in the device`
    : say`enter the password of level 5, which has 12 characters, in the device, or that of level ${needed}, which has 8, as ${`${needed}:`} and the password`;
}
