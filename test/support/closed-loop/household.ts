import type { Lottery } from '../../../src/simulator/seeded';

/** A of sun and loads at a second of the day. */
export interface Demand {
  readonly sun: number;
  readonly load: number;
}

export const HOUR = 3600;
/** Fractions of the capacity per hour: as much sun as the chargers take, and what draws. */
const SUN = 0.36;
const BASE = 0.015;
const KETTLE = 0.15;
const EVENING = 0.12;

/**
 * A solar household: sun with passing clouds, a kettle that comes each forty minutes, and the evening.
 * @param capacity of the whole battery, Ah
 * @returns demand at a second after midnight
 */
export function household(capacity: number, draw: Lottery): (second: number) => Demand {
  const phase = draw();
  const cloudiness = 0.3 * draw();
  return (second) => {
    const hour = (second / HOUR) % 24;
    const isCloudy = (second / 1300 + phase) % 1 < cloudiness;
    const height = Math.max(0, Math.sin((Math.PI * (hour - 6)) / 12));
    const kettle = hour > 6 && hour < 22 && (second / 2400 + phase) % 1 < 0.075 ? KETTLE : 0;
    const evening = hour > 18 && hour < 22 ? EVENING : 0;
    return {
      sun: capacity * SUN * height * (isCloudy ? 0.3 : 1),
      load: capacity * (BASE + kettle + evening),
    };
  };
}
