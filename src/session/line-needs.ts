import { protocols } from '../codec';
import type { BleProfile, GattRoute, Profile, Protocol } from '../codec/protocol';

/** What a device needs of its line. */
export interface LineNeeds {
  /** of a serial line, bits per second */
  baudRate: number;
  /** of a radio link; every known one, when missing */
  routes?: readonly GattRoute[] | undefined;
  keepAlive?: BleProfile['keepAlive'];
}

/** What a board of a protocol needs of its line. */
export function needsOf({ profile, ble }: Protocol): LineNeeds {
  return { baudRate: profile.baudRate, routes: ble?.routes, keepAlive: ble?.keepAlive };
}

/** What a search for a board of a protocol needs: as the board may be of another, all routes. */
export function searchNeedsOf({ profile }: Protocol): LineNeeds {
  return { baudRate: profile.baudRate };
}

/** The pace of a protocol on a kind of line. */
export function paceOf({ profile, ble }: Protocol, isRadio: boolean): Profile {
  return isRadio ? { ...profile, ...ble?.pace } : profile;
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

/** What all devices on one line need of it together. */
export class SharedNeeds {
  private readonly byOwner = new Map<object, LineNeeds>();

  set(owner: object, needs: LineNeeds): void {
    this.byOwner.set(owner, needs);
  }

  delete(owner: object): void {
    this.byOwner.delete(owner);
  }

  hasOthers(owner: object): boolean {
    return [...this.byOwner.keys()].some((other) => other !== owner);
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
