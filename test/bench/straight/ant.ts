import type { BatteryState, Reading } from '../../../src/battery/reading';
import { none, setBits } from './common';

const STATES: readonly BatteryState[] = ['idle', 'idle', 'charging', 'idle', 'discharging'];

/** 1 is on; any other code of a board without alarms is off for a reason that is none. */
const ON = 1;
const BY_HAND = 15;

/** Of both words of each, the bits that are alarms; the others are states. */
const PROTECTIONS = [0x7e01_ffff, 0xffff_7fef] as const;
const WARNINGS = [0x4001_ffff, 0xffe2_c806] as const;

export function status(frame: Buffer): Reading {
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

export function legacyStatus(frame: Buffer): Reading {
  const count = frame.readUInt8(123);
  const cellVoltages: number[] = [];
  for (let cell = 0; cell < count; cell++) cellVoltages.push(frame.readUInt16BE(6 + 2 * cell) / 1000);
  const temperatures: (number | null)[] = [];
  for (let at = 95; at < 103; at += 2) {
    const raw = frame.readInt16BE(at);
    temperatures.push(raw === -40 ? null : raw);
  }
  const capacity = frame.readUInt32BE(75);
  const throughput = frame.readUInt32BE(83);
  const balance = frame.readUInt8(105);
  const reading: Reading = {
    voltage: frame.readUInt16BE(4) / 10,
    current: 0 - frame.readInt32BE(70) / 10,
    soc: frame.readUInt8(74),
    designCapacity: capacity / 1e6,
    remainingCapacity: frame.readUInt32BE(79) / 1e6,
    cycleCapacity: throughput / 1000,
    runtime: frame.readUInt32BE(87),
    power: 0 - frame.readInt32BE(111),
    cellCount: count,
    cellVoltages,
    temperatures,
    cycles: Math.floor((throughput * 1000) / capacity),
    balancingCells: setBits(frame.readUInt32BE(132)),
    chargeEnabled: frame.readUInt8(103) === ON,
    dischargeEnabled: frame.readUInt8(104) === ON,
    chargeSwitch: frame.readUInt8(103) === ON,
    dischargeSwitch: frame.readUInt8(104) === ON,
    balancing: balance === 1 || balance === 2 || balance === 4 || balance === 5,
    alarms: [],
  };
  const mosfets = frame.readInt16BE(91);
  if (mosfets !== -40) reading.mosTemperature = mosfets;
  const balancer = frame.readInt16BE(93);
  if (balancer !== -40) reading.balancerTemperature = balancer;
  return reading;
}
