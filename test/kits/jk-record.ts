import type { Reading } from '../../src/battery/reading';
import { sealOfSum } from './checks';
import { none } from './straight-line';

/** A record of 300 bytes. */
export const sealRecord = sealOfSum(0x55, 300);

/** The cell record of a 32S board, with or without an acknowledgement behind it. */
export function cellRecord(frame: Buffer): Reading {
  const mask = frame.readUInt32LE(70);
  const cellVoltages: number[] = [];
  const cellResistances: number[] = [];
  for (let cell = 0; cell < 32; cell++) {
    if (((mask >>> cell) & 1) === 0) continue;
    cellVoltages.push(frame.readUInt16LE(6 + 2 * cell) / 1000);
    cellResistances.push(frame.readUInt16LE(80 + 2 * cell) / 1000);
  }
  const present = frame.readUInt8(214);
  const sensor = (at: number, bit: number): number | null => {
    const raw = frame.readInt16LE(at);
    return (present & bit) === 0 || raw === -2000 ? null : raw / 10;
  };
  const temperatures = [sensor(162, 2), sensor(164, 4)];
  if (frame.readUInt32LE(256) !== 0) temperatures.push(sensor(256, 16), sensor(258, 32));
  const reading: Reading = {
    cellVoltages,
    cellCount: cellVoltages.length,
    cellResistances,
    voltage: frame.readUInt32LE(150) / 1000,
    current: frame.readInt32LE(158) / 1000,
    balanceCurrent: frame.readInt16LE(170) / 1000,
    soc: frame.readUInt8(173),
    remainingCapacity: frame.readInt32LE(174) / 1000,
    fullCapacity: frame.readUInt32LE(178) / 1000,
    cycles: frame.readUInt32LE(182),
    cycleCapacity: frame.readUInt32LE(186) / 1000,
    soh: frame.readUInt8(190),
    runtime: frame.readUInt32LE(194),
    chargeEnabled: (frame.readUInt8(198) & 1) !== 0,
    dischargeEnabled: (frame.readUInt8(199) & 1) !== 0,
    heating: (frame.readUInt8(215) & 1) !== 0,
    temperatures,
    balancing: frame.readUInt8(172) !== 0,
    alarms: none(frame.readUInt32LE(166)),
  };
  const mosfets = sensor(144, 1);
  if (mosfets !== null) reading.mosTemperature = mosfets;
  return reading;
}
