import type { BmsError } from '../../battery/errors';
import type { BleLimits } from './limits';
import type { GattRoute, RoutedPort } from './route';
import type { Scanner } from './scanner';

/** Where an adapter is driven, and which it is. */
export interface AdapterPlace {
  readonly driver: 'hci' | 'dbus' | 'default';
  /** `hci0`, a serial port, or '' where it is not known */
  readonly adapter: string;
}

/** A device as an adapter knows it: what every driver of an adapter gives. */
export interface Peripheral {
  /** how the platform calls it */
  readonly id: string;
  /** MAC address; '' where the platform hides it */
  readonly address: string;
  /** as advertised; '' when it has none */
  readonly name: string;
  /** UUIDs of the advertised services, in any form */
  readonly services: readonly string[];
  /** company id as sent, and what follows */
  readonly manufacturerData: Buffer | undefined;
  /** when it was heard last, dBm; 0 when that is not known */
  readonly rssi: number;
  readonly isConnected: boolean;
  /** bytes of a packet of the attribute protocol, with its header of 3 */
  readonly mtu: number;
  /** Connects. To be called when nobody else does, and not while it is connected. @throws Error of the driver */
  connect(): Promise<void>;
  /** Ends the connection, or the attempt to make one. Resolves in bounded time; never rejects. */
  release(): Promise<void>;
  /** @param listener told once when the connection has ended. @returns listens no more */
  whenDisconnected(listener: () => void): () => void;
  /**
   * The routes that the connected device has, at least one, in the order in which they were asked for.
   * @param name of the device, for the error
   * @throws BmsError `unsupported` when it has none of them
   */
  ports(routes: readonly GattRoute[], name: string): Promise<RoutedPort[]>;
  /** Measures the strength of the signal. @param listener told in dBm, where the platform can tell */
  measureRssi(listener: (rssi: number) => void): void;
}

/** An adapter that is on, driven until something ends it. It is not started again. */
export interface Central {
  readonly place: AdapterPlace;
  readonly limits: BleLimits;
  readonly scanner: Scanner;
  /** when the adapter is gone, and every connection with it */
  readonly ending: AbortController;
  /** Runs what needs the radio for itself, such as connecting, when its turn comes. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  /** Whether somebody else waits for the radio. */
  readonly isAwaited: boolean;
  /** A connected device has said something. */
  showsLife(): void;
  /** To be called when all connections have ended. Resolves in bounded time. */
  stop(): Promise<void>;
}

/** How a driver listens for advertisements. The scanner begins and ends it, never both at once. */
export interface Listening {
  /** @param listener told of a device at every advertisement */
  onDiscover(listener: (peripheral: Peripheral) => void): void;
  /** @param begun called when what is told from now on was heard. @throws Error when the adapter does not listen */
  begin(begun: () => void): Promise<void>;
  end(): Promise<void>;
  /** Ends for sure, after a change that was not answered. */
  reset(): Promise<void>;
  /** Lets go of what is kept of a device, unless it is connected. */
  forget(peripheral: Peripheral): void;
  /** Lets go of devices of which a part only was heard. */
  forgetHalfHeard(): void;
  /**
   * Nobody listens, though the adapter was told to.
   * @param thrown what has come of it
   * @returns why looking out is of no use then
   */
  refused(thrown: unknown): BmsError;
}
