import { join, u16, u8, uuidBytes, uuidText } from './bytes';

/** Bits of a characteristic's declaration (Core Specification, Vol 3 Part G 3.3.1.1). */
const PROPERTY_BITS = {
  read: 0x02,
  writeWithoutResponse: 0x04,
  write: 0x08,
  notify: 0x10,
} as const;

export type Property = keyof typeof PROPERTY_BITS;

/** Attribute types (Assigned Numbers 3). */
export const TYPE = {
  primaryService: '2800',
  characteristic: '2803',
  clientConfiguration: '2902',
} as const;

export interface Characteristic {
  /** 4 or 32 hexadecimal digits; several characteristics of a service may have the same */
  uuid: string;
  properties: readonly Property[];
  /** what reading gives */
  value?: Buffer;
  /** Called with what one write brought. */
  onWrite?(bytes: Buffer): void;
}

export interface Service {
  uuid: string;
  characteristics: readonly Characteristic[];
}

export interface Attribute {
  handle: number;
  /** lower case, without hyphens */
  type: string;
  value: Buffer;
  /** of a service: its last attribute */
  end: number;
  readable: boolean;
  /** of a value and its descriptors */
  characteristic?: Characteristic;
}

/** The attributes of a server, numbered from 1 in the order of their declaration (Vol 3 Part G 2.5). */
export class GattTable {
  readonly attributes: Attribute[] = [];

  constructor(services: readonly Service[]) {
    for (const { uuid, characteristics } of services) {
      const service = this.add(TYPE.primaryService, uuidBytes(uuid));
      for (const characteristic of characteristics) this.declare(characteristic);
      service.end = this.attributes.length;
    }
  }

  at(handle: number): Attribute | undefined {
    return this.attributes[handle - 1];
  }

  range(start: number, end: number): Attribute[] {
    return this.attributes.slice(start - 1, end);
  }

  /** The attribute that holds the characteristic's value. */
  valueOf(characteristic: Characteristic): Attribute | undefined {
    return this.attributes.find((attribute) => attribute.characteristic === characteristic);
  }

  private declare(characteristic: Characteristic): void {
    const { uuid, properties, value } = characteristic;
    const bits = properties.reduce((sum, property) => sum | PROPERTY_BITS[property], 0);
    const handle = this.attributes.length + 2;
    this.add(TYPE.characteristic, join(u8(bits), u16(handle), uuidBytes(uuid)));
    const attribute = this.add(uuidText(uuidBytes(uuid)), value ?? Buffer.alloc(0), characteristic);
    attribute.readable = properties.includes('read');
    if (properties.includes('notify')) {
      this.add(TYPE.clientConfiguration, u16(0), characteristic);
    }
  }

  private add(type: string, value: Buffer, characteristic?: Characteristic): Attribute {
    const handle = this.attributes.length + 1;
    const attribute: Attribute = { handle, type, value, end: handle, readable: true };
    if (characteristic !== undefined) attribute.characteristic = characteristic;
    this.attributes.push(attribute);
    return attribute;
  }
}
