import type { Reading } from '../../battery/reading';
import { FIRST_MAJOR_OF_32S, majorOf, SOFTWARE_MAJOR } from '../jk-record/software';
import type { Memory } from '../untyped';
import type { CellRecord } from './cell-record';
import { MEMORY } from './memory';
import { jk02For24, jk02For32 } from './jk02';
import { jk04 } from './jk04';

/** How a board lays out its records (jk-ble.md 1). The numbers are memory of a connection. */
export const VARIANTS = { jk04: 4, jk02For24: 24, jk02For32: 32 } as const;
export type Variant = (typeof VARIANTS)[keyof typeof VARIANTS];
const ALL = Object.values(VARIANTS);

const LAYOUTS: Readonly<Record<Variant, CellRecord>> = { 4: jk04, 24: jk02For24, 32: jk02For32 };

const FIRST_MAJOR_OF_24S = 4;
const SLOTS_OF_24S = 24;

/** Nothing may follow the S: B2A24S is a balancer, B2A24S20P is a board with MOSFETs. */
const BALANCER_MODEL = /^JK[-_]B\d+A\d+S$/;

export function isBalancer(model: string | undefined): boolean {
  return BALANCER_MODEL.test(model ?? '');
}

export function layoutOf(variant: Variant): CellRecord {
  return LAYOUTS[variant];
}

/**
 * The variant whose structure a cell record has; undefined when there are no cells to tell by, or when it could be
 * either: resistances and cycles of 24S may by chance look like mask and voltage of 32S.
 */
export function variantByStructure(record: Buffer): Variant | undefined {
  if (jk04.fits(record)) return VARIANTS.jk04;
  const is32 = jk02For32.fits(record);
  if (is32 === jk02For24.fits(record)) return undefined;
  return is32 ? VARIANTS.jk02For32 : VARIANTS.jk02For24;
}

/** The variant that a board's structure has shown before. */
export function variantKnown(memory: Memory): Variant | undefined {
  return ALL.find((variant) => variant === memory[MEMORY.variant]);
}

/**
 * The variant by model and software version. It misjudges some boards, so that the structure goes first. A board
 * that has told nothing is taken for one of today.
 */
export function variantByIdentity(memory: Memory): Variant {
  if (memory[MEMORY.balancer] === 1) return VARIANTS.jk04;
  const major = memory[SOFTWARE_MAJOR] ?? FIRST_MAJOR_OF_32S;
  return major < FIRST_MAJOR_OF_32S ? VARIANTS.jk02For24 : VARIANTS.jk02For32;
}

/** The variant of the board that a pack would have: 32S, unless its model or version is one of the others. */
export function variantOf(pack: Reading): Variant {
  if (isBalancer(pack.model)) return VARIANTS.jk04;
  const major = majorOf(pack.softwareVersion) ?? FIRST_MAJOR_OF_32S;
  const fits = (pack.cellVoltages?.length ?? 0) <= SLOTS_OF_24S;
  return fits && major >= FIRST_MAJOR_OF_24S && major < FIRST_MAJOR_OF_32S ? VARIANTS.jk02For24 : VARIANTS.jk02For32;
}
