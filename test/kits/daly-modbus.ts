import type { Reading } from '../../src/battery/reading';
import { MODULES } from '../support/ble/modules';
import { endsWithCrc, sealModbus } from './checks';
import type { Kit } from './kit';
import { current, firstSensor } from './seam';
import { none, STATES } from './straight-line';

/** The registers 0000 to 003d of a D2 board; ffff is a register that the board does not have. */
function status(frame: Buffer): Reading {
  const register = (number: number): number => frame.readUInt16BE(3 + 2 * number);
  const count = register(0x31);
  const cellVoltages: number[] = [];
  for (let cell = 0; cell < count; cell++) cellVoltages.push(register(cell) / 1000);
  const temperatures: (number | null)[] = [];
  const sensors = register(0x32);
  for (let sensor = 0; sensor < sensors; sensor++) {
    const raw = register(0x20 + sensor);
    temperatures.push(raw === 0xff || raw === 0xffff ? null : raw - 40);
  }
  const reading: Reading = { cellCount: count, cellVoltages, temperatures };
  const voltage = register(0x28);
  if (voltage !== 0xffff) reading.voltage = voltage / 10;
  const current = register(0x29);
  if (current !== 0xffff) reading.current = (current - 30_000) / 10;
  const soc = register(0x2a);
  if (soc !== 0xffff) reading.soc = soc / 10;
  const remaining = register(0x30);
  if (remaining !== 0xffff) reading.remainingCapacity = remaining / 10;
  const cycles = register(0x33);
  if (cycles !== 0xffff) reading.cycles = cycles;
  const balancing = register(0x34);
  if (balancing <= 1) reading.balancing = balancing === 1;
  const charge = register(0x35);
  if (charge <= 1) reading.chargeEnabled = charge === 1;
  const discharge = register(0x36);
  if (discharge <= 1) reading.dischargeEnabled = discharge === 1;
  const state = STATES[register(0x2f)];
  if (state !== undefined) reading.state = state;
  reading.alarms = none(register(0x3a), register(0x3b), register(0x3c), register(0x3d));
  return reading;
}

export const dalyModbus: Kit = {
  captures: {
    folder: 'daly-modbus',
    others: [
      ...['d2-balancer-switch-write', 'd2-password', 'd2-set-clock-write-multiple', 'd2-write-bad-crc-echo'],
      ...['document-framing-examples', 'p81-mos-control-requests', 'p81-probe-by-app'],
    ],
    errors: { 'd2-pipelined-answers': ['timeout', 'timeout'] },
  },
  isWhole: endsWithCrc,
  seal: sealModbus,
  stranger: { protocol: 'daly-modbus', address: 2 },
  module: MODULES.dalyModbus,
  addresses: [1, 17],
  seams: [
    {
      ...{ query: '(0000)', at: 3 + 2 * 0x29, bytes: 2, told: current },
      codes: [
        [29_999, -0.1],
        [30_000, 0],
        [30_001, 0.1],
      ],
    },
    {
      ...{ query: '(0000)', at: 3 + 2 * 0x20, bytes: 2, told: firstSensor },
      codes: [
        [0, -40],
        [39, -1],
        [40, 0],
        [41, 1],
        [255, null],
      ],
    },
  ],
  straightLine: [{ query: '0000', decode: status }],
};
