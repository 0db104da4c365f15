import { crc8 } from '../../src/codec/kit/checksum';
import { crc, put } from './checks';
import type { Kit, Seal } from './kit';
import { KELVIN, SIGNED_32, current, firstSensor } from './seam';

/** The CRC covers the request as well (sinowealth.md 3). */
const seal: Seal = (bytes, at, request) => {
  const width = request[2] ?? 0;
  const end = at + width;
  return put(bytes, 1, end, end < bytes.length ? crc8(bytes, at, end, crc8(request, 0, 3)) : 0) ? width + 1 : 0;
};

export const sinowealth: Kit = {
  captures: { folder: 'sinowealth', errors: { 'bad-crc': ['checksum'] } },
  isWhole: (frame, request) => crc(Buffer.concat([request, frame.subarray(0, -1)]), 8) === frame.at(-1),
  seal: seal,
  // Answers begin with nothing: every byte of noise may be the end of one.
  weakness: 16 / 256,
  stranger: { protocol: 'daly', address: 1 },
  module: undefined,
  addresses: [],
  seams: [
    { query: '(10)', at: 0, bytes: 4, told: current, codes: SIGNED_32(1000) },
    { query: '(0c)', at: 0, bytes: 2, told: firstSensor, codes: [[0, null], ...KELVIN] },
  ],
  straightLine: [{ query: '10', decode: (frame) => ({ current: frame.readInt32BE(0) / 1000 }) }],
};
