import { without } from '../kit/memory';
import type { Protocol, Query } from '../untyped';
import { actions } from './actions';
import { readQuery, type Read } from './block';
import { ble } from './ble';
import { extendedStatus } from './d2';
import { ADDRESSES, d2StationOf, MEMORY, p81Station } from './memory';
import { d2Identity, p81Identity } from './identity';
import { status } from './p81';
import { privacy } from './private';
import { emulate } from './emulator';
import { statusQuery } from './status-query';
import { d2Switches, p81Switches } from './switch-reads';
import { frames } from './wire';

const askD2 = (read: Read): Query => readQuery(read, d2StationOf);
const askP81 = (read: Read): Query => readQuery(read, p81Station);

/**
 * Daly boards of the newer kind, which speak something like Modbus over UART, RS485 or Bluetooth: the D2 map without
 * board numbers, and the map of boards 1 to 17, asked at 81 to 91. Address 0 finds out which of the two answers.
 */
export const dalyModbus: Protocol = {
  id: 'daly-modbus',
  label: 'Daly (new, D2 and 81)',
  // daly-modbus.md 10, at a serial port. A board that stays silent has had a whole second: nothing more to wait for.
  profile: { baudRate: 9600, gapMs: 20, retryGapMs: 100, timeoutMs: 1000, quietMs: 200, retries: 3 },
  ble,
  address: ADDRESSES,
  frames,
  checksum: 'crc16',
  privacy,
  queries: [
    statusQuery,
    askP81(status),
    askD2(extendedStatus),
    ...d2Identity.reads.map(askD2),
    ...p81Identity.reads.map(askP81),
    ...d2Switches.map(askD2),
    ...p81Switches.map(askP81),
  ],
  memory: () => ({}),
  lasting: (memory) => without(memory, [MEMORY.balancing]),
  actions,
  actionsNeedReading: true,
  emulate,
};
