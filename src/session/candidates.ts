import { weightOf } from '../codec/advertised';
import type { GattRoute, Protocol } from '../codec/protocol';
import type { Bus } from './bus';
import { usualAddresses } from './line-needs';

/** A board of which it is known how to talk to it. */
export interface Found {
  protocol: Protocol;
  address: number;
  /** what is known of it from the line already */
  memory?: object;
}

export interface Sought {
  bus: Bus;
  /** in the order in which to ask */
  protocols: readonly Protocol[];
  /** undefined: the address that boards of each protocol are delivered with */
  address: number | undefined;
  /** what was found last time, which is asked first */
  remembered?: Found | undefined;
}

/**
 * The boards that may be on a line, in the order in which to ask for them. On a radio link what the module advertises
 * goes first, and protocols that do not travel over the route in use are left out.
 */
export function candidatesOf({ protocols, address, remembered, bus }: Sought): Found[] {
  const candidates = protocols
    .filter((protocol) => canTravel(protocol, bus) && (address === undefined || canHave(protocol, address)))
    .flatMap((protocol) => {
      const given = protocol.address === undefined ? undefined : address;
      const addresses = given === undefined ? usualAddresses(protocol, bus.isRadio) : [given];
      const weight = weightIn(bus, protocol);
      return addresses.map((each) => ({ found: { protocol, address: each }, weight }));
    })
    .sort((one, other) => other.weight - one.weight)
    .map(({ found }) => found);
  if (remembered === undefined || !isMeant(remembered, address) || !canTravel(remembered.protocol, bus))
    return candidates;
  const first = { protocol: remembered.protocol, address: remembered.address };
  return [first, ...candidates.filter((each) => each.protocol !== first.protocol || each.address !== first.address)];
}

/** How much of what a radio module says of itself speaks for a protocol. */
function weightIn({ isRadio, otherEnd }: Bus, protocol: Protocol): number {
  if (!isRadio) return 0;
  const { services, route } = otherEnd;
  // A service need not be advertised to be there.
  const known = route === undefined || services.includes(route.service) ? services : [...services, route.service];
  return weightOf(protocol, { ...otherEnd, services: known });
}

function canTravel({ ble }: Protocol, { isRadio, otherEnd: { route } }: Bus): boolean {
  if (!isRadio) return true;
  if (ble === undefined) return false;
  return route === undefined || ble.routes.some((each) => isSame(each, route));
}

function isSame(one: GattRoute, other: GattRoute): boolean {
  return one.service === other.service && one.notify === other.notify && one.write === other.write;
}

/** Whether a board may be the one that the user means, who has given an address or not. */
export function isMeant({ protocol, address: present }: Found, address: number | undefined): boolean {
  return address === undefined || protocol.address === undefined || present === address;
}

/** An address narrows the search to the protocols that have it; without addresses there is nothing to contradict. */
function canHave({ address: range }: Protocol, address: number): boolean {
  if (range === undefined) return true;
  return (address >= range.min && address <= range.max) || (range.others ?? []).includes(address);
}
