import { protocols } from './index';
import type { AdvertisementPattern, Protocol } from './protocol';

/** What a Bluetooth module tells before anybody is connected. */
export interface Advertised {
  /** '' when it has none */
  name: string;
  /** MAC address with colons; '' where the platform hides it */
  address: string;
  /** UUIDs in lower case, short where there is one */
  services: readonly string[];
  /** company id as sent, low byte first, and what follows */
  manufacturerData: Buffer | undefined;
}

/** Many vendors share a service: that alone says much less than a name, a company or an address. */
const SHARED = 1;
const OWN = 4;

/**
 * The protocols that an advertisement speaks for, the most likely first; none when nothing does. Which one it is only
 * the board's answers tell.
 * @returns ids
 */
export function likelyProtocols(advertised: Advertised): string[] {
  return protocols()
    .map((protocol) => ({ id: protocol.id, weight: weightOf(protocol, advertised) }))
    .filter(({ weight }) => weight > 0)
    .sort((one, other) => other.weight - one.weight)
    .map(({ id }) => id);
}

/** How much in an advertisement speaks for a protocol; 0 when nothing does. */
export function weightOf({ ble }: Protocol, advertised: Advertised): number {
  const found = (ble?.advertisements ?? []).filter((clue) => fits(clue, advertised));
  return found.reduce((sum, clue) => sum + (isShared(clue) ? SHARED : OWN), 0);
}

function isShared({ name, company, address }: AdvertisementPattern): boolean {
  return name === undefined && company === undefined && address === undefined;
}

function fits(clue: AdvertisementPattern, { name, address, services, manufacturerData }: Advertised): boolean {
  if (clue.name !== undefined && !pattern(clue.name).test(name.trim())) return false;
  if (clue.service !== undefined && !services.includes(clue.service)) return false;
  if (clue.address !== undefined && !address.toUpperCase().startsWith(clue.address)) return false;
  return clue.company === undefined || clue.company === companyOf(manufacturerData);
}

function companyOf(manufacturerData: Buffer | undefined): number | undefined {
  return manufacturerData !== undefined && manufacturerData.length >= 2 ? manufacturerData.readUInt16LE(0) : undefined;
}

function pattern(name: string): RegExp {
  const text = name.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${text.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'is');
}
