import type { Counters } from './counters';

/** When something was read. */
export interface Moment {
  /** ms since the epoch, may jump: says only which day it is */
  readonly wall: number;
  /** ms, never backwards: durations come from it */
  readonly monotonic: number;
}

/** What the battery did at one moment; positive while charging. */
export interface Point {
  readonly at: Moment;
  /** W */
  readonly power: number;
  /** A */
  readonly current: number;
}

const SECONDS_PER_HOUR = 3600;

/**
 * What flowed between two points if power and current changed evenly: a trapezoid each, or, where the sign changes, two
 * triangles that meet at zero, one charging and one discharging.
 */
export function integral(from: Point, to: Point, seconds: number): Counters {
  const hours = seconds / SECONDS_PER_HOUR;
  return {
    chargedEnergy: above(from.power, to.power) * hours,
    dischargedEnergy: above(-from.power, -to.power) * hours,
    chargedCapacity: above(from.current, to.current) * hours,
    dischargedCapacity: above(-from.current, -to.current) * hours,
  };
}

/** The average of the part above zero of what goes evenly from one value to another. */
function above(from: number, to: number): number {
  if (from >= 0 && to >= 0) return (from + to) / 2;
  if (from <= 0 && to <= 0) return 0;
  const positive = Math.max(from, to);
  return (positive * positive) / (2 * Math.abs(to - from));
}

/** The point in between, at a share of the way from 0 to 1. */
export function pointBetween(from: Point, to: Point, share: number): Point {
  const between = (one: number, other: number): number => one + (other - one) * share;
  return {
    at: { wall: between(from.at.wall, to.at.wall), monotonic: between(from.at.monotonic, to.at.monotonic) },
    power: between(from.power, to.power),
    current: between(from.current, to.current),
  };
}
