import { without } from '../kit/memory';
import { NOTHING_PRIVATE } from '../kit/privacy';
import type { Protocol, EmulatedResponse } from '../untyped';
import { cellRegisters, cells, sensorRegisters, sensors } from './lists';
import { registerQuery, type Register } from './register';
import { configuration, packVoltage, pollRegisters, slowRegisters, soc } from './registers';
import { decodeRequest, encodeAnswer, encodeRequest, framesFor } from './wire';

/** The configuration comes first, because the lists depend on it, and the voltage tells large boards (sinowealth.md 7, 8). */
const REGISTERS: readonly Register[] = [
  configuration,
  packVoltage,
  ...sensorRegisters,
  ...pollRegisters,
  ...cellRegisters,
  ...slowRegisters,
];

const NOTHING = Buffer.alloc(0);

/**
 * The board's side, for the simulator: one board per line, which says nothing to requests that it does not know.
 * @param request bytes as they came over the line
 */
function emulate(request: Buffer): EmulatedResponse | undefined {
  const asked = decodeRequest(request);
  if (asked === undefined) return undefined;
  const { command, width } = asked;
  const register = REGISTERS.find((entry) => entry.command === command && entry.width === width);
  if (register === undefined) return undefined;
  return {
    address: 0,
    answer(pack) {
      const data = register.encode(pack);
      return data === undefined ? NOTHING : encodeAnswer(request, data);
    },
  };
}

/**
 * Boards with a Sinowealth gauge, sold by Daly among others: 3 to 10 cells, one register per request, and answers
 * that nothing but a check byte tells from noise. One board per line, without an address.
 */
export const sinowealth: Protocol = {
  id: 'sinowealth',
  label: 'Sinowealth (Daly small boards)',
  // sinowealth.md 7
  profile: { baudRate: 9600, gapMs: 20, retryGapMs: 200, timeoutMs: 500, quietMs: 100, retries: 5 },
  // Every query brings its own: the check byte of an answer covers its request.
  frames: framesFor(encodeRequest(packVoltage.command, packVoltage.width)),
  checksum: 'crc8',
  // Boards tell numbers only, no text (sinowealth.md 6).
  privacy: NOTHING_PRIVATE,
  queries: REGISTERS.map(registerQuery),
  memory: () => ({}),
  lasting: (memory) => without(memory, [cells.perRead, sensors.perRead]),
  probe: [soc, packVoltage].map(registerQuery),
  emulate,
};
