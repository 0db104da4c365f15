import { without } from '../kit/memory';
import type { Protocol } from '../protocol';
import { actions } from './actions';
import { ble } from './ble';
import { emulate } from './emulator';
import { ADDRESSES, type DalyModbusMemory } from './memory';
import { privacy } from './private';
import { queries } from './queries';
import { settings } from './settings';
import { frames } from './wire';

/**
 * Daly boards of the newer kind, which speak something like Modbus over UART, RS485 or Bluetooth: the D2 map without
 * board numbers, and the p81 map of boards 1 to 17, asked at 81 to 91. Address 0 asks both.
 */
export const dalyModbus: Protocol<DalyModbusMemory> = {
  id: 'daly-modbus',
  label: 'Daly (new, D2 and 81)',
  // daly-modbus.md 10, at a serial port. A board that stays silent has had a whole second: nothing more to wait for.
  profile: { baudRate: 9600, gapMs: 20, retryGapMs: 100, timeoutMs: 1000, quietMs: 200, retries: 3 },
  ble,
  address: ADDRESSES,
  frames,
  checksum: 'crc16',
  privacy,
  queries,
  memory: () => ({}),
  lasting: (memory) => without(memory, ['isBalancing']),
  actions,
  actionsNeedReading: true,
  settings,
  emulate,
};
