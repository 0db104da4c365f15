import { without } from '../kit/memory';
import { NOTHING_PRIVATE } from '../kit/privacy';
import type { Protocol } from '../protocol';
import { emulate } from './emulator';
import { PER_READ, probe, queries, type SinowealthMemory } from './queries';
import { settings } from './settings';
import { buildRead, framesFor } from './wire';

/**
 * Boards with a Sinowealth gauge, sold by Daly among others: 3 to 10 cells, one register per request, and answers
 * that nothing but a check byte distinguishes from noise. One board per line, without an address.
 */
export const sinowealth: Protocol<SinowealthMemory> = {
  id: 'sinowealth',
  label: 'Sinowealth (Daly small boards)',
  // sinowealth.md 7
  profile: { baudRate: 9600, gapMs: 20, retryGapMs: 200, timeoutMs: 500, quietMs: 100, retries: 5 },
  // Every query brings its own: the check byte of an answer covers its request.
  frames: framesFor(buildRead(0x0b, 2)),
  checksum: 'crc8',
  // Registers hold numbers only, no text (sinowealth.md 6).
  privacy: NOTHING_PRIVATE,
  queries,
  memory: () => ({}),
  lasting: (memory) => without(memory, PER_READ),
  probe,
  settings,
  emulate,
};
