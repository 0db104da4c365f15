import type { Reading } from '../../src/battery/reading';
import { sum } from '../../src/codec/kit/checksum';
import { put, total } from './checks';
import type { Kit, Seal } from './kit';
import { none } from './straight-line';

/** Ids of the NW protocol that carry nothing for a reading, by their length. */
const SKIPPED: ReadonlyMap<number, number> = new Map([
  ...[0x86, 0xa9, 0xae, 0xaf, 0xb1, 0xb3, 0xb8, 0xbb, 0xbc, 0xbd, 0xc0].map((id) => [id, 1] as const),
  ...[0x88, 0x8d, 0x8e, 0x8f, 0x90, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98].map((id) => [id, 2] as const),
  ...[0x99, 0x9a, 0x9b, 0x9c, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6].map((id) => [id, 2] as const),
  ...[0xa7, 0xa8, 0xad, 0xb0, 0xbe, 0xbf].map((id) => [id, 2] as const),
  ...([
    [0xb2, 10],
    [0xb4, 8],
    [0xb5, 4],
  ] as const),
]);

const temperatureOf = (raw: number): number | null => (raw === 0xff ? null : raw < 100 ? raw : 100 - raw);

/** Protocol version 1, as the boards of the benchmark have it. */
function allValues(frame: Buffer): Reading {
  const reading: Reading = {};
  const temperatures: (number | null)[] = [null, null];
  const end = frame.length - 9;
  for (let at = 11; at < end;) {
    const id = frame.readUInt8(at++);
    switch (id) {
      case 0x79: {
        const length = frame.readUInt8(at);
        const cellVoltages: number[] = [];
        for (let cell = at + 1; cell < at + 1 + length; cell += 3) {
          cellVoltages[frame.readUInt8(cell) - 1] = frame.readUInt16BE(cell + 1) / 1000;
        }
        reading.cellVoltages = cellVoltages;
        at += 1 + length;
        break;
      }
      case 0x80: {
        const mosfets = temperatureOf(frame.readUInt16BE(at));
        if (mosfets !== null) reading.mosTemperature = mosfets;
        at += 2;
        break;
      }
      case 0x81:
        temperatures[0] = temperatureOf(frame.readUInt16BE(at));
        at += 2;
        break;
      case 0x82:
        temperatures[1] = temperatureOf(frame.readUInt16BE(at));
        at += 2;
        break;
      case 0x83:
        reading.voltage = frame.readUInt16BE(at) / 100;
        at += 2;
        break;
      case 0x84: {
        const raw = frame.readUInt16BE(at);
        reading.current = (raw & 0x8000) !== 0 ? (raw & 0x7fff) / 100 : 0 - raw / 100;
        at += 2;
        break;
      }
      case 0x85:
        reading.soc = frame.readUInt8(at);
        at += 1;
        break;
      case 0x87:
        reading.cycles = frame.readUInt16BE(at);
        at += 2;
        break;
      case 0x89:
        reading.cycleCapacity = frame.readUInt32BE(at);
        at += 4;
        break;
      case 0x8a:
        reading.cellCount = frame.readUInt16BE(at);
        at += 2;
        break;
      case 0x8b:
        reading.alarms = none(frame.readUInt16BE(at));
        at += 2;
        break;
      case 0x8c: {
        const bits = frame.readUInt16BE(at);
        reading.chargeEnabled = (bits & 1) !== 0;
        reading.dischargeEnabled = (bits & 2) !== 0;
        reading.balancing = (bits & 4) !== 0;
        at += 2;
        break;
      }
      case 0x9d:
        reading.balancingSwitch = frame.readUInt8(at) === 1;
        at += 1;
        break;
      case 0xab:
        reading.chargeSwitch = frame.readUInt8(at) === 1;
        at += 1;
        break;
      case 0xac:
        reading.dischargeSwitch = frame.readUInt8(at) === 1;
        at += 1;
        break;
      case 0xaa:
        reading.designCapacity = frame.readUInt32BE(at);
        at += 4;
        break;
      case 0xb6:
        reading.runtime = 60 * frame.readUInt32BE(at);
        at += 4;
        break;
      case 0xb7:
        reading.softwareVersion = frame
          .toString('latin1', at, at + 15)
          .replace(/\0.*$/, '')
          .trim();
        at += 15;
        break;
      case 0xb9:
        reading.fullCapacity = frame.readUInt32BE(at);
        at += 4;
        break;
      case 0xba: {
        const model = frame
          .toString('latin1', at + 12, at + 24)
          .replace(/\0.*$/, '')
          .trim();
        if (model.startsWith('JK')) reading.model = model;
        at += 24;
        break;
      }
      default:
        at += SKIPPED.get(id) ?? end;
    }
  }
  reading.temperatures = temperatures;
  const { designCapacity, soc } = reading;
  if (designCapacity !== undefined && soc !== undefined) reading.remainingCapacity = (designCapacity * soc) / 100;
  return reading;
}

const seal: Seal = (bytes, at) => {
  if (bytes[at] !== 0x4e || at + 4 > bytes.length) return 0;
  const end = at + 2 + bytes.readUInt16BE(at + 2);
  if (end - at < 20 || end > bytes.length) return 0;
  bytes[end - 5] = 0x68;
  return put(bytes, 4, end - 4, sum(bytes, at, end - 4) & 0xffff, false) ? end - at : 0;
};

export const jk: Kit = {
  captures: {
    folder: 'jk',
    others: ['single-register-voltage', 'write-charge-mosfet-off'],
    errors: { '14s-corrupted-then-good': ['checksum'] },
  },
  isWhole: (frame) => (total(frame.subarray(0, -4)) & 0xffff) === frame.readUInt32BE(frame.length - 4),
  seal: seal,
  stranger: { protocol: 'jk-modbus', address: 1 },
  module: undefined,
  addresses: [],
  // test/codec/jk-values.test.ts has those of the items.
  seams: [],
  straightLine: [{ query: '06', decode: allValues }],
};
