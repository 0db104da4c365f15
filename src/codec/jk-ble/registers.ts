import type { ActionName, ActionValue } from '../../battery/action';
import { VARIANTS, type Variant } from './variant';
import { command } from './wire';

/** A register that switches something, and how many bytes its value has. */
export interface Register {
  number: number;
  width: 0 | 1 | 4;
}

export type Registers = Readonly<Partial<Record<ActionName, Register>>>;

/** Boards with MOSFETs (jk-ble.md 9.1, 10). */
const JK02: Registers = {
  charge: { number: 0x1d, width: 4 },
  discharge: { number: 0x1e, width: 4 },
  balancing: { number: 0x1f, width: 4 },
  restart: { number: 0x66, width: 0 },
  shutdown: { number: 0x65, width: 0 },
};

/**
 * The registers of each variant. The same number means something else on another one: what switches the balancer of
 * JK04 sets the clock of 32S (jk-ble.md 9.2).
 */
export const REGISTERS: Readonly<Record<Variant, Registers>> = {
  [VARIANTS.jk04]: { balancing: { number: 0x6c, width: 1 } },
  [VARIANTS.jk02For24]: JK02,
  [VARIANTS.jk02For32]: { ...JK02, heating: { number: 0x27, width: 4 } },
};

/** The command that writes a register; the value is little-endian (jk-ble.md 3). */
export function writeCommand({ number, width }: Register, value: ActionValue): Buffer {
  const bytes = Array.from({ length: width }, (_, i) => (i === 0 && value === true ? 1 : 0));
  return command(number, ...bytes);
}
