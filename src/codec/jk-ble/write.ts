import { NotSentError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import type { Step, Target } from '../protocol';
import type { JkBleMemory, Variant } from './variant';
import { command, isAcknowledgement } from './wire';

/** From a write to its acknowledgement: usually a tenth of this (jk-ble.md 10, 13), ms. */
const ACKNOWLEDGED_MS = 1000;

/**
 * The numbers of registers mean something else on each variant (jk-ble.md 9.2).
 * @throws NotSentError `unsupported` while the structure of its records has not shown what the board is
 */
export function variantFor({ memory: { variant } }: Target<JkBleMemory>): Variant {
  if (variant !== undefined) return variant;
  throw new NotSentError(
    'unsupported',
    say`The board has not yet shown which variant it is; connect its cells and read it. Nothing was sent.`,
  );
}

/**
 * Writes a register. The acknowledgement names none, so that one command is under way at a time (jk-ble.md 3).
 * @param value its bytes, the lowest first
 */
export function writeStep(name: string, register: number, value: Uint8Array): Step {
  return {
    name: `${name} (${register.toString(16).padStart(2, '0')})`,
    request: command(register, ...value),
    isWrite: true,
    match: (frame) => (isAcknowledgement(frame) ? 'complete' : 'foreign'),
    timeoutMs: ACKNOWLEDGED_MS,
  };
}
