/** Little-endian building blocks: everything in HCI, L2CAP and ATT has its low byte first. */
export function u8(...values: readonly number[]): Buffer {
  return Buffer.from(values.map((value) => value & 0xff));
}

export function u16(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length);
  values.forEach((value, index) => bytes.writeUInt16LE(value & 0xffff, 2 * index));
  return bytes;
}

export function join(...parts: readonly Buffer[]): Buffer {
  return Buffer.concat(parts);
}

/** @param address `a4:c1:38:00:00:01`, as people write it: the highest byte first */
export function addressBytes(address: string): Buffer {
  if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(address)) throw new Error(`${address} is no Bluetooth address`);
  return Buffer.from(address.replaceAll(':', ''), 'hex').reverse();
}

export function addressText(bytes: Buffer): string {
  return Buffer.from(bytes).reverse().toString('hex').match(/../g)!.join(':');
}

/**
 * @param uuid `ff01`, or 32 hexadecimal digits with or without hyphens
 * @returns 2 or 16 bytes, as they go over the air
 */
export function uuidBytes(uuid: string): Buffer {
  const digits = uuid.replaceAll('-', '');
  if (!/^([0-9a-f]{4}|[0-9a-f]{32})$/i.test(digits)) throw new Error(`${uuid} is no 16- or 128-bit UUID`);
  return Buffer.from(digits, 'hex').reverse();
}

/** @param bytes 2 or 16 of them; @returns lower case, without hyphens */
export function uuidText(bytes: Buffer): string {
  return Buffer.from(bytes).reverse().toString('hex');
}
