import type { BatteryState, Reading } from '../../src/battery/reading';
import { MODULES } from '../support/ble/modules';
import { crc, putCrc } from './checks';
import type { Kit, Seal } from './kit';
import { CELLS, SENSORS, WHOLE, current, firstSensor } from './seam';
import { none, setBits } from './straight-line';

const STATES: readonly BatteryState[] = ['idle', 'idle', 'charging', 'idle', 'discharging'];

/** 1 is on; any other code of a board without alarms is off for a reason that is none. */
const ON = 1;
const BY_HAND = 15;

/** Of both words of each, the bits that are alarms; the others are states. */
const PROTECTIONS = [0x7e01_ffff, 0xffff_7fef] as const;
const WARNINGS = [0x4001_ffff, 0xffe2_c806] as const;

function status(frame: Buffer): Reading {
  const count = frame.readUInt8(9);
  const sensors = frame.readUInt8(8);
  const cellVoltages: number[] = [];
  for (let cell = 0; cell < count; cell++) cellVoltages.push((frame.readUInt16LE(34 + 2 * cell) & 0x1fff) / 1000);
  const temperatures: (number | null)[] = [];
  for (let sensor = 0; sensor < sensors; sensor++) {
    const raw = frame.readInt16LE(34 + 2 * count + 2 * sensor);
    temperatures.push(raw === -40 ? null : raw);
  }
  const at = 6 + 2 * count + 2 * sensors;
  const capacity = frame.readUInt32LE(at + 44);
  const throughput = frame.readUInt32LE(at + 52);
  const balance = frame.readUInt8(at + 42);
  const reading: Reading = {
    cellCount: count,
    cellVoltages,
    temperatures,
    voltage: frame.readUInt16LE(at + 32) / 100,
    current: 0 - frame.readInt16LE(at + 34) / 10,
    soc: frame.readUInt16LE(at + 36),
    soh: frame.readUInt16LE(at + 38),
    designCapacity: capacity / 1e6,
    remainingCapacity: frame.readUInt32LE(at + 48) / 1e6,
    cycleCapacity: throughput / 1000,
    dischargedCapacity: frame.readUInt32LE(at + 90) / 1000,
    chargedCapacity: frame.readUInt32LE(at + 94) / 1000,
    power: 0 - frame.readInt32LE(at + 56),
    runtime: frame.readUInt32LE(at + 60),
    cycles: Math.floor((throughput * 1000) / capacity),
    chargeEnabled: frame.readUInt8(at + 41) === ON,
    dischargeEnabled: frame.readUInt8(at + 40) === ON,
    balancing: balance === 1 || balance === 2 || balance === 4 || balance === 5,
    chargeSwitch: (frame.readUInt8(12) & 0x20) === 0 && frame.readUInt8(at + 41) !== BY_HAND,
    dischargeSwitch: (frame.readUInt8(12) & 0x02) === 0 && frame.readUInt8(at + 40) !== BY_HAND,
    balancingCells: setBits(frame.readUInt32LE(at + 64)),
    alarms: none(
      frame.readUInt32LE(10) & PROTECTIONS[0],
      frame.readUInt32LE(14) & PROTECTIONS[1],
      frame.readUInt32LE(18) & WARNINGS[0],
      frame.readUInt32LE(22) & WARNINGS[1],
    ),
  };
  const mosfets = frame.readInt16LE(at + 28);
  if (mosfets !== -40) reading.mosTemperature = mosfets;
  const balancer = frame.readInt16LE(at + 30);
  if (balancer !== -40) reading.balancerTemperature = balancer;
  const state = STATES[frame.readUInt8(7)];
  if (state !== undefined) reading.state = state;
  if ((frame.readUInt8(22) & 0x10) !== 0) reading.heating = true;
  if (frame.length >= at + 134) {
    reading.timeSinceCharge = frame.readUInt32LE(at + 110);
    reading.chargerConnected = (frame.readUInt16LE(at + 128) & 0x8000) !== 0;
  }
  return reading;
}

/** The main part of a frame, whose length is its sixth byte. */
function isWhole(frame: Buffer): boolean {
  const at = 6 + (frame[5] ?? 0);
  return at + 2 <= frame.length && crc(frame.subarray(1, at), 16) === frame.readUInt16LE(at);
}

/** The main part, and what may follow with a CRC of its own each (ant.md 3). */
const seal: Seal = (bytes, at) => {
  if (bytes[at] !== 0x7e) return 0;
  const first = at + 6 + ((bytes[at + 2] ?? 0) < 0x10 ? 0 : (bytes[at + 5] ?? 0));
  let next = first + 2;
  if (putCrc(bytes, at + 1, first) === 0) return 0;
  while (bytes[next] === 0xff || bytes[next] === 0xfe) {
    const end = next + 4 + (bytes[next + 3] ?? 0);
    if (putCrc(bytes, next, end) === 0) return 0;
    next = end + 2;
  }
  return next + 2 - at;
};

export const ant: Kit = {
  captures: {
    folder: 'ant',
    others: [
      ...['04-read-one-register', '08-balance-parameter-block', '10-password-level1-reply', '16-buzzer'],
      ...['17-voltage-parameter-block', '18-write-two-registers-and-save', '19-clear-log-refused'],
      // Requests of other hosts for the same answers.
      ...['05-20s-status-standby-extended', '06-24s-vendor-sample-24-byte-extension', '07-24s-two-segment-status'],
      // Answers to several requests in one piece.
      ...['21-three-replies-interleaved', '22-corrupted-reply-resync', '23-two-replies-back-to-back'],
    ],
  },
  isWhole: isWhole,
  seal: seal,
  stranger: { protocol: 'ant', address: 2 },
  module: MODULES.ant,
  addresses: [2, 161],
  seams: [
    {
      ...{ query: '(01)', at: 6 + 34 + 2 * (CELLS + SENSORS), bytes: 2, little: true, told: current },
      codes: [
        [0xffff, 0.1],
        [0, 0],
        [1, -0.1],
      ],
    },
    {
      ...{ query: '(01)', at: 6 + 28 + 2 * CELLS, bytes: 2, little: true, told: firstSensor },
      codes: [...WHOLE, [0xffd8, null], [0xffd9, -39]],
    },
  ],
  straightLine: [{ query: '01', decode: status }],
};
