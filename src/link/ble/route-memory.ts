import type { RoutedPort } from './route';

/** Devices that are remembered; more are strangers that pass by. */
const MOST_DEVICES = 100;

/**
 * What has come of the ways to the boards of devices, so that the one that works is tried first on the next connection.
 * It outlives them all.
 */
export class RouteMemory {
  /** ranks of the ways of each device: what has worked is below 0, what has not is above, the last the furthest */
  private readonly devices = new Map<string, Map<string, number>>();
  private steps = 0;

  /** The ways in the order in which to try them. @param device its id */
  sorted(device: string, ways: readonly RoutedPort[]): RoutedPort[] {
    const ranks = this.devices.get(device);
    const rankOf = (way: RoutedPort): number => ranks?.get(keyOf(way)) ?? 0;
    return [...ways].sort((one, other) => rankOf(one) - rankOf(other));
  }

  /** The board has said something on it. */
  worked(device: string, way: RoutedPort): void {
    this.rank(device, way, -++this.steps);
  }

  /** The device has refused it. */
  refused(device: string, way: RoutedPort): void {
    this.rank(device, way, ++this.steps);
  }

  /** Nothing has come of it, which may be the fault of the radio or the board where it has worked before. */
  silent(device: string, way: RoutedPort): void {
    const before = this.devices.get(device)?.get(keyOf(way)) ?? 0;
    if (before >= 0) this.rank(device, way, ++this.steps);
  }

  private rank(device: string, way: RoutedPort, rank: number): void {
    const ranks = this.devices.get(device) ?? new Map<string, number>();
    // Anew, so that those that were not met for long come first.
    this.devices.delete(device);
    this.devices.set(device, ranks);
    ranks.set(keyOf(way), rank);
    const [first] = this.devices.keys();
    if (this.devices.size > MOST_DEVICES && first !== undefined) this.devices.delete(first);
  }
}

function keyOf({ route, copy }: RoutedPort): string {
  return `${route.service} ${route.notify} ${route.write} ${copy}`;
}
