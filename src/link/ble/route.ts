/** Where a board's bytes come out and go in. UUIDs in short form where there is one. */
export interface GattRoute {
  readonly service: string;
  readonly notify: string;
  readonly write: string;
}

/** The two ends of a route on a connected device. */
export interface GattPort {
  /** Tells the device to notify, and passes on what it says. @returns stops to pass it on */
  subscribe(onData: (bytes: Buffer) => void): Promise<() => void>;
  write(bytes: Buffer): Promise<void>;
}

/** A route that a device has. */
export interface RoutedPort extends GattPort {
  readonly route: GattRoute;
  /** which of them, where a device has the service more than once; 0 for the first */
  readonly copy: number;
}
