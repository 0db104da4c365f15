import type { Reading } from '../battery/reading';
import { integer, seeded } from './seeded';

/** The identity of the simulated board. The texts fit the short fields of real boards. */
export type Identity = Required<
  Pick<Reading, 'model' | 'hardwareVersion' | 'softwareVersion' | 'serialNumber' | 'deviceName' | 'manufactureDate'>
>;

/** @param capacity nominal, Ah */
export function identityOf(seed: number, cells: number, capacity: number): Identity {
  const draw = seeded(seed);
  const serial = integer(draw, 10_000_000, 99_999_999);
  const day = new Date(Date.UTC(2022, 0, 1 + integer(draw, 0, 3 * 365)));
  return {
    model: `SIM-${cells}S-${capacity}Ah`,
    hardwareVersion: '1.0',
    softwareVersion: '1.0',
    serialNumber: String(serial),
    deviceName: `SIM-${String(serial).slice(-4)}`,
    manufactureDate: day.toISOString().slice(0, 10),
  };
}
