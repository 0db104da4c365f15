import type { Reading } from '../../battery/reading';
import { FIRST_MAJOR_OF_32S, majorOf, type SoftwareMemory } from '../jk-record/device-info';
import { jk02For24, jk02For32 } from './variants/jk02';
import { jk04 } from './variants/jk04';
import type { RecordLayout } from './variants/layout';

/** How a board lays out its records (jk-ble.md 1). */
export type Variant = 'jk04' | 'jk02-24s' | 'jk02-32s';

export const LAYOUTS: Readonly<Record<Variant, RecordLayout>> = {
  jk04,
  'jk02-24s': jk02For24,
  'jk02-32s': jk02For32,
};

/** What a connection has learned of its board. */
export interface JkBleMemory extends SoftwareMemory {
  /** whether its model is that of an active balancer */
  isBalancer?: boolean;
  /** once the structure of a cell record has shown it */
  variant?: Variant;
  /** Ah, from the settings, which come only when they are asked for */
  designCapacity?: number;
  /** how often the board may yet fail to send by itself until it is asked with every poll; unset until settings came */
  patience?: number;
}

const FIRST_MAJOR_OF_24S = 4;
const SLOTS_OF_24S = 24;

/** Nothing may follow the S: B2A24S is a balancer, B2A24S20P is a board with MOSFETs. */
const BALANCER_MODEL = /^JK[-_]B\d+A\d+S$/;

export function isBalancer(model: string | undefined): boolean {
  return BALANCER_MODEL.test(model ?? '');
}

/**
 * The variant whose structure a cell record has; undefined when there are no cells to tell by, or when it could be
 * either: resistances and cycles of 24S may by chance look like mask and voltage of 32S.
 */
export function variantByStructure(record: Buffer): Variant | undefined {
  if (jk04.fits(record)) return 'jk04';
  const is32 = jk02For32.fits(record);
  if (is32 === jk02For24.fits(record)) return undefined;
  return is32 ? 'jk02-32s' : 'jk02-24s';
}

/**
 * The variant by model and software version. It misjudges some boards, so that the structure goes first. A board that has
 * sent no device information is taken for a current one.
 */
export function variantByIdentity({ isBalancer: balances, softwareMajor = FIRST_MAJOR_OF_32S }: JkBleMemory): Variant {
  if (balances === true) return 'jk04';
  return softwareMajor < FIRST_MAJOR_OF_32S ? 'jk02-24s' : 'jk02-32s';
}

/** The variant of the board that a pack would have: 32S, unless its model or version is one of the others. */
export function variantOf(pack: Reading): Variant {
  if (isBalancer(pack.model)) return 'jk04';
  const major = majorOf(pack.softwareVersion) ?? FIRST_MAJOR_OF_32S;
  const fits = (pack.cellVoltages?.length ?? 0) <= SLOTS_OF_24S;
  return fits && major >= FIRST_MAJOR_OF_24S && major < FIRST_MAJOR_OF_32S ? 'jk02-24s' : 'jk02-32s';
}
