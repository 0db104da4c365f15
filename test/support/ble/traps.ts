import { STATUS } from './hci';

/** Where a peripheral can fail: the steps of a start-up in their order, and what follows. */
export const STEPS = [
  'connect',
  'mtu',
  'services',
  'characteristics',
  'descriptors',
  'subscribe',
  'read',
  'write',
  'pairing',
] as const;

export type Step = (typeof STEPS)[number];

/** What happens at a step instead of what should. */
export interface Trap {
  does: 'drop' | 'silence' | 'refuse' | 'anew';
  /** why the connection ends, or the error of the attribute protocol; a status of HCI for `connect` */
  code: number;
  /** only the first time */
  once?: boolean;
}

/** The connection ends. */
export function drop(reason: number = STATUS.connectionTimeout): Trap {
  return { does: 'drop', code: reason };
}

/** The step is never answered; the connection lasts. At `connect`, it never comes about. */
export function silence(): Trap {
  return { does: 'silence', code: 0 };
}

/** The step is answered with an error. A write without response is then lost, as nothing can tell. */
export function refuse(error: number): Trap {
  return { does: 'refuse', code: error };
}

/** What is looked for beyond what was told is told from the beginning, so that it never ends. */
export function foreverAnew(): Trap {
  return { does: 'anew', code: 0 };
}

export function once(trap: Trap): Trap {
  return { ...trap, once: true };
}
