import { join, u16, u8, uuidBytes } from './bytes';

/** What a peripheral tells to everybody. */
export interface Advertised {
  name: string;
  /** UUIDs of 4 or 32 hexadecimal digits */
  services: readonly string[];
  manufacturerData?: { company: number; data: Buffer } | undefined;
}

/** Types of advertising data (Assigned Numbers 2.3). */
const AD = {
  flags: 0x01,
  services16: 0x03,
  services128: 0x07,
  shortName: 0x08,
  name: 0x09,
  manufacturerData: 0xff,
} as const;

/** What a legacy advertisement and its scan response hold each (Core Specification, Vol 6 Part B 2.3). */
const MOST_BYTES = 31;

const GENERAL_DISCOVERABLE_LE_ONLY = 0x06;

/**
 * An advertisement and its scan response, as BMS modules lay them out: the services come first, the name is told to
 * those who ask, the manufacturer's data stand where there is room.
 */
export function advertisement({ name, services, manufacturerData }: Advertised): { data: Buffer; response: Buffer } {
  const data = [structure(AD.flags, u8(GENERAL_DISCOVERABLE_LE_ONLY)), ...serviceLists(services)];
  const response: Buffer[] = [];
  if (manufacturerData !== undefined) {
    const bytes = structure(AD.manufacturerData, join(u16(manufacturerData.company), manufacturerData.data));
    (room(data) >= bytes.length ? data : response).push(bytes);
  }
  if (name !== '') response.push(nameWithin(name, room(response)));
  for (const part of [data, response]) {
    if (room(part) < 0) throw new Error(`${name} has more to advertise than ${MOST_BYTES} bytes hold`);
  }
  return { data: join(...data), response: join(...response) };
}

function serviceLists(services: readonly string[]): Buffer[] {
  const uuids = services.map(uuidBytes);
  return [
    { type: AD.services16, length: 2 },
    { type: AD.services128, length: 16 },
  ].flatMap(({ type, length }) => {
    const list = uuids.filter((uuid) => uuid.length === length);
    return list.length === 0 ? [] : [structure(type, join(...list))];
  });
}

function nameWithin(name: string, most: number): Buffer {
  const bytes = Buffer.from(name);
  const fits = bytes.length + 2 <= most;
  return structure(fits ? AD.name : AD.shortName, bytes.subarray(0, most - 2));
}

function structure(type: number, content: Buffer): Buffer {
  return join(u8(content.length + 1, type), content);
}

function room(parts: readonly Buffer[]): number {
  return parts.reduce((left, part) => left - part.length, MOST_BYTES);
}
