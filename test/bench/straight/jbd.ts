import type { Reading } from '../../../src/battery/reading';
import { none, setBits, STATES } from './common';

function head(frame: Buffer, at: number): Reading {
  const flags = frame.readUInt8(at + 20);
  const per = (flags & 0x80) === 0 ? 100 : 10;
  const date = frame.readUInt16BE(at + 10);
  const month = String((date >> 5) & 15).padStart(2, '0');
  const day = String(date & 31).padStart(2, '0');
  const version = frame.readUInt8(at + 18);
  return {
    voltage: frame.readUInt16BE(at) / 100,
    current: frame.readInt16BE(at + 2) / per,
    remainingCapacity: frame.readUInt16BE(at + 4) / per,
    designCapacity: frame.readUInt16BE(at + 6) / per,
    cycles: frame.readUInt16BE(at + 8),
    soc: frame.readUInt8(at + 19),
    chargeEnabled: (flags & 1) !== 0,
    dischargeEnabled: (flags & 2) !== 0,
    chargeSwitch: true,
    dischargeSwitch: true,
    cellCount: frame.readUInt8(at + 21),
    manufactureDate: `${2000 + (date >> 9)}-${month}-${day}`,
    balancingCells: setBits((frame.readUInt16BE(at + 14) << 16) | frame.readUInt16BE(at + 12)),
    softwareVersion: `${(version >> 4).toString(16)}.${(version & 15).toString(16)}`,
  };
}

function temperatures(frame: Buffer, at: number, count: number): (number | null)[] {
  const values: (number | null)[] = [];
  for (let sensor = 0; sensor < count; sensor++) {
    const raw = frame.readUInt16BE(at + 2 * sensor);
    values.push(raw === 0x097f || raw === 0x1087 ? null : (raw - 2731) / 10);
  }
  return values;
}

export function basic(frame: Buffer): Reading {
  const reading = head(frame, 4);
  const sensors = frame.readUInt8(26);
  const end = 27 + 2 * sensors;
  const length = frame.length - 3;
  reading.alarms = none(frame.readUInt16BE(20), length === end + 9 ? frame.readUInt16BE(end + 1) : 0);
  reading.temperatures = temperatures(frame, 27, sensors);
  if (length === end + 9) {
    reading.fullCapacity = frame.readUInt16BE(end + 3) / 100;
    reading.balanceCurrent = frame.readUInt16BE(end + 7) / 1000;
  }
  return reading;
}

export function basicAddressed(frame: Buffer): Reading {
  const reading = head(frame, 5);
  reading.alarms = none(frame.readUInt16BE(21), frame.readUInt16BE(27));
  reading.ambientTemperature = (frame.readUInt16BE(29) - 2731) / 10;
  reading.mosTemperature = (frame.readUInt16BE(31) - 2731) / 10;
  reading.temperatures = temperatures(frame, 34, frame.readUInt8(33));
  return reading;
}

export function packStatus(frame: Buffer): Reading {
  const at = 8;
  const flags = frame.readUInt8(at + 33);
  const count = frame.readUInt16BE(at + 66);
  const cellVoltages: number[] = [];
  for (let cell = 0; cell < count; cell++) cellVoltages.push(frame.readUInt16BE(at + 68 + 2 * cell) / 1000);
  const sensorsAt = at + 68 + 2 * count;
  const temperatures: number[] = [];
  const sensors = frame.readUInt16BE(sensorsAt);
  for (let i = 0; i < sensors; i++) temperatures.push((frame.readUInt16BE(sensorsAt + 2 + 2 * i) - 500) / 10);
  const end = sensorsAt + 2 + 2 * sensors;
  const name = frame
    .toString('latin1', end + 6, end + 36)
    .replace(/\0.*$/, '')
    .trim();
  const reading: Reading = {
    voltage: frame.readUInt16BE(at) / 100,
    current: (frame.readUInt32BE(at + 4) - 300_000) / 100,
    soc: frame.readUInt16BE(at + 8) / 100,
    remainingCapacity: frame.readUInt16BE(at + 10) / 100,
    fullCapacity: frame.readUInt16BE(at + 12) / 100,
    designCapacity: frame.readUInt16BE(at + 14) / 100,
    mosTemperature: (frame.readUInt16BE(at + 16) - 500) / 10,
    ambientTemperature: (frame.readUInt16BE(at + 18) - 500) / 10,
    soh: frame.readUInt16BE(at + 22),
    dischargeEnabled: (flags & 1) !== 0,
    chargeEnabled: (flags & 2) !== 0,
    heating: (flags & 8) !== 0,
    cycles: frame.readUInt16BE(at + 36),
    cellVoltageAverage: frame.readUInt16BE(at + 46) / 1000,
    temperatureAverage: (frame.readUInt16BE(at + 56) - 500) / 10,
    chargeVoltageLimit: frame.readUInt16BE(at + 58) / 10,
    chargeCurrentLimit: frame.readUInt16BE(at + 60) / 10,
    dischargeVoltageLimit: frame.readUInt16BE(at + 62) / 10,
    dischargeCurrentLimit: frame.readUInt16BE(at + 64) / 10,
    cellCount: count,
    alarms: none(frame.readUInt32BE(at + 24), frame.readUInt32BE(at + 28)),
    cellVoltages,
    temperatures,
    balancingCells: setBits(frame.readUInt16BE(end + 2)),
    softwareVersion: `${frame.readUInt8(end + 4)}.${frame.readUInt8(end + 5)}`,
  };
  const state = STATES[frame.readUInt16BE(at + 20)];
  if (state !== undefined) reading.state = state;
  if (name !== '') reading.deviceName = name;
  return reading;
}
