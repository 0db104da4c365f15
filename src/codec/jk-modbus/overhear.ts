import type { Overheard } from '../untyped';
import { MEMORY } from './memory';
import { messageOf } from './wire';

/** Boards answer triggers only: whatever of them is heard, a master polls the bus, or sends its own state (jk-modbus.md 8). */
export function overhear(frame: Buffer): Overheard | undefined {
  const message = messageOf(frame);
  if (message.kind === 'trigger') return { fromMaster: true };
  if (message.kind !== 'answer') return undefined;
  return { address: message.address, fromMaster: true, memory: { [MEMORY.master]: 1 } };
}
