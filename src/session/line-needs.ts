import { protocols } from '../codec';
import type { BleProfile, GattRoute, Profile, Protocol } from '../codec/protocol';

/** What a device needs of its line. */
export interface LineNeeds {
  /** of a serial line, bits per second */
  baudRate: number;
  /** of a radio link; every known one, when missing */
  routes?: readonly GattRoute[] | undefined;
  keepAlive?: BleProfile['keepAlive'];
  /** whether the board may as well be of another protocol: those that are known go first */
  isSearch?: boolean;
  /** the device that needs it, for messages */
  device?: string | undefined;
}

/** What a board of a protocol needs of its line. */
export function needsOf({ profile, ble }: Protocol, device?: string): LineNeeds {
  return { baudRate: profile.baudRate, routes: ble?.routes, keepAlive: ble?.keepAlive, device };
}

/** What a search for a board of a protocol needs: as the board may be of another, all routes. */
export function searchNeedsOf({ profile }: Protocol): LineNeeds {
  return { baudRate: profile.baudRate, isSearch: true };
}

/** What the pace of a protocol, and advice to users, depend on: see `Link`. */
export interface LineKind {
  readonly isRadio?: boolean;
  readonly isNetwork?: boolean;
  readonly hasOwnRate?: boolean;
}

/** The least time for an answer over a network: a mobile connection, a VPN or a busy bridge takes up to a second, ms. */
const NETWORK_TIMEOUT_MS = 1500;

/** The timing of a protocol on a line, perhaps with the user's own values. */
export interface Pace extends Profile {
  /** see `Exchange.stretch` */
  readonly stretch?: 'learnt' | 'late' | 'never' | undefined;
}

/** The pace of a protocol on a kind of line. */
export function paceOf({ profile, ble }: Protocol, { isRadio, isNetwork }: LineKind): Profile {
  if (isRadio === true) return { ...profile, ...ble?.pace };
  if (isNetwork !== true) return profile;
  return { ...profile, timeoutMs: Math.max(profile.timeoutMs, NETWORK_TIMEOUT_MS) };
}

/** The pace of a search, which asks many that are not there: it waits longer only for those that were heard too late. */
export function searchPaceOf(protocol: Protocol, { isRadio }: LineKind): Pace {
  return { ...paceOf(protocol, { isRadio: isRadio === true }), stretch: 'late' };
}

/** The addresses at which boards as delivered answer on a kind of line, the usual one first; [0] without addresses. */
export function usualAddresses({ address, ble }: Protocol, isRadio: boolean): [number, ...number[]] {
  const initial = address?.initial ?? 0;
  return isRadio && ble?.address !== undefined ? [ble.address, initial] : [initial];
}

/** Every route of every protocol. */
export function knownRoutes(): readonly GattRoute[] {
  return distinct(protocols().flatMap(({ ble }) => ble?.routes ?? []));
}

/** Until a device needs another, bits per second. */
const USUAL_BAUD_RATE = 9600;

/** What all devices on one line need of it together. */
export class SharedNeeds {
  private readonly byOwner = new Map<object, LineNeeds>();
  private rate: number;

  /** @param fixedRate set by the user; undefined leaves it to the devices */
  constructor(private readonly fixedRate?: number) {
    this.rate = fixedRate ?? USUAL_BAUD_RATE;
  }

  set(owner: object, needs: LineNeeds): void {
    this.byOwner.set(owner, needs);
    this.settleRate();
  }

  delete(owner: object): void {
    this.byOwner.delete(owner);
    this.settleRate();
  }

  /** the rate of the line, bits per second: stays as it was when no device needs another */
  get baudRate(): number {
    return this.rate;
  }

  /** The device that has fixed the rate at another one than the owner needs; undefined where there is none. */
  rateConflict(owner: object, baudRate: number): { baudRate: number; device: string } | undefined {
    if (this.fixedRate !== undefined) return undefined;
    const other = this.otherThan(owner);
    if (other === undefined || other.baudRate === baudRate) return undefined;
    return { baudRate: other.baudRate, device: other.device ?? 'another device' };
  }

  private settleRate(): void {
    this.rate = this.fixedRate ?? this.first?.baudRate ?? this.rate;
  }

  /** What decides on the rate: a line has but one. The first that knows its board, else the first that searches for one. */
  private get first(): LineNeeds | undefined {
    const all = [...this.byOwner.values()];
    return all.find(({ isSearch }) => isSearch !== true) ?? all[0];
  }

  /** The same, as far as it is not the owner's. */
  private otherThan(owner: object): LineNeeds | undefined {
    const { first } = this;
    return first === this.byOwner.get(owner) || first?.isSearch === true ? undefined : first;
  }

  get routes(): readonly GattRoute[] {
    const all = [...this.byOwner.values()];
    if (all.length === 0) return knownRoutes();
    return distinct(all.flatMap(({ routes }) => routes ?? knownRoutes()));
  }

  get keepAlive(): LineNeeds['keepAlive'] {
    return [...this.byOwner.values()].find(({ keepAlive }) => keepAlive !== undefined)?.keepAlive;
  }
}

function distinct(routes: readonly GattRoute[]): GattRoute[] {
  const key = ({ service, notify, write }: GattRoute): string => `${service} ${notify} ${write}`;
  return [...new Map(routes.map((route) => [key(route), route])).values()];
}
