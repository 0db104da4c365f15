import type { Peripheral } from './peripheral';

/** A device that advertises, as it was heard last. */
export interface Advertisement {
  /** MAC address in capitals with colons; '' where the platform hides it */
  address: string;
  /** how the platform calls it: the address without colons, or a UUID of its own (macOS) */
  id: string;
  /** as advertised, trimmed; '' when it has none */
  name: string;
  /** dBm */
  rssi: number;
  /** advertised services, UUIDs in short form where there is one */
  services: readonly string[];
  /** company id as sent, and what follows */
  manufacturerData: Buffer | undefined;
  /** on the monotonic clock, ms */
  at: number;
}

/** What a driver says of a device. @param now on the monotonic clock, ms */
export function advertisementOf(peripheral: Peripheral, now: number): Advertisement {
  const { address, id, rssi, manufacturerData } = peripheral;
  return {
    address: isMac(address) ? address.toUpperCase() : '',
    id: id.toLowerCase(),
    name: nameOf(peripheral),
    rssi,
    services: servicesOf(peripheral),
    manufacturerData,
    at: now,
  };
}

/** As advertised, trimmed; '' when it has none. Some boards end it with a carriage return, others pad it with NUL. */
export function nameOf({ name }: Peripheral): string {
  return printable(name).trim();
}

/** Advertised services, UUIDs in short form where there is one. */
export function servicesOf({ services }: Peripheral): string[] {
  return services.map(shortUuid);
}

/** Without control characters, those that turn the direction of a text, halves of characters and line ends. */
function printable(name: string): string {
  return name.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '');
}

/** Whether a sighting is the device that the user means: by MAC address, the platform's id, or the advertised name. */
export function matches(wanted: string, { address, id, name }: Advertisement): boolean {
  const text = wanted.trim();
  if (isMac(text)) return normalized(text) === normalized(address === '' ? id : address);
  return text.toLowerCase() === id || printable(text) === name;
}

/** The same for every way to write a MAC address. */
export function deviceKey(wanted: string): string {
  const text = wanted.trim().toLowerCase();
  return isMac(text) ? normalized(text) : text;
}

const BASE_UUID = /^0000([0-9a-f]{4})00001000800000805f9b34fb$/;

/** A UUID in lower case without dashes; in the short form of 16 bits where there is one. */
export function shortUuid(uuid: string): string {
  const plain = uuid.toLowerCase().replace(/-/g, '');
  return BASE_UUID.exec(plain)?.[1] ?? plain;
}

function isMac(text: string): boolean {
  return /^(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i.test(text);
}

function normalized(address: string): string {
  return address.toLowerCase().replace(/[:-]/g, '');
}
