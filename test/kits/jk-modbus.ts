import { endsWithCrc, endsWithSum, putCrc, sealModbus } from './checks';
import { cellRecord, sealRecord } from './jk-record';
import type { Kit, Seal } from './kit';
import { SIGNED_16, SIGNED_32, current, balanceCurrent, firstSensor } from './seam';

/** A record of 300 bytes with the acknowledgement of the write behind, or a Modbus message. */
function isWhole(frame: Buffer): boolean {
  return frame[0] === 0x55
    ? endsWithSum(frame.subarray(0, 300)) && endsWithCrc(frame.subarray(-8))
    : endsWithCrc(frame);
}

const seal: Seal = (bytes, at, request) => {
  if (bytes[at] !== 0x55) return bytes[at + 1] === 0x10 ? putCrc(bytes, at, at + 9) : sealModbus(bytes, at, request);
  if (sealRecord(bytes, at, request) === 0) return 0;
  const next = at + 300 + (bytes[at + 301] === 0x10 ? 0 : 1);
  return putCrc(bytes, next, next + 6) === 0 ? 300 : next + 8 - at;
};

export const jkModbus: Kit = {
  captures: {
    folder: 'jk-modbus',
    others: [
      ...['write-balancer-addr2', 'write-exception-rcv-time', 'write-switches-15.41', 'write-vendor-v1.1-examples'],
      // Registers in blocks of another length.
      'fc03-pb2a16s20p-15.41-full',
    ],
    errors: { 'poll-wrong-address-then-right': ['timeout'] },
  },
  isWhole: isWhole,
  seal: seal,
  askedAfter: ['jbd-up16s'],
  stranger: { protocol: 'jk-modbus', address: 2 },
  module: undefined,
  addresses: [1, 2, 15],
  seams: [
    { query: '(1620)', at: 158, bytes: 4, little: true, told: current, codes: SIGNED_32(1000) },
    { query: '(1620)', at: 162, bytes: 2, little: true, told: firstSensor, codes: SIGNED_16(10) },
    {
      ...{ query: '(1620)', at: 170, bytes: 2, little: true, told: balanceCurrent },
      codes: SIGNED_16(1000),
    },
  ],
  straightLine: [{ query: '1620', decode: cellRecord }],
};
