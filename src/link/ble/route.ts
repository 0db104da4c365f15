import type { Route } from '../link';
export type { Route as GattRoute };

/** The two ends of a route on a connected device. */
export interface GattPort {
  /** Tells the device to notify, and passes on what it says. @returns stops to pass it on */
  subscribe(onData: (bytes: Buffer) => void): Promise<() => void>;
  write(bytes: Buffer): Promise<void>;
}

/** A route that a device has. */
export interface RoutedPort extends GattPort {
  readonly route: Route;
  /** which of them, where a device has the service more than once; 0 for the first */
  readonly copy: number;
}
