import type { Characteristic, Property } from './gatt';

/** How the radio module of a kind of board shows itself. */
export interface Module {
  name: string;
  service: string;
  /** the characteristic that speaks, and the one that listens; one and the same where they are equal */
  notify: { uuid: string; properties: readonly Property[] };
  write: { uuid: string; properties: readonly Property[] };
  /** further ones, which nobody needs */
  others?: readonly Characteristic[];
  mtu: number;
  manufacturer?: number;
}

const DALY: Module = {
  name: 'DL-40A1B2C3D4E5',
  service: 'fff0',
  notify: { uuid: 'fff1', properties: ['read', 'notify'] },
  write: { uuid: 'fff2', properties: ['read', 'writeWithoutResponse', 'write'] },
  others: [{ uuid: 'fff3', properties: ['read', 'write', 'notify'] }],
  mtu: 247,
  manufacturer: 0x0302,
};

/** Modules as the protocols' sheets describe them (section 2 of each). */
export const MODULES = {
  /** answers 23 to the exchange: 20 bytes a notification */
  jbd: {
    name: 'xiaoxiang BMS',
    service: 'ff00',
    notify: { uuid: 'ff01', properties: ['read', 'notify'] },
    write: { uuid: 'ff02', properties: ['writeWithoutResponse'] },
    mtu: 23,
  },
  /** with an MTU that holds every answer */
  jbdLarge: {
    name: 'JBD-SP04S020',
    service: 'ff00',
    notify: { uuid: 'ff01', properties: ['read', 'notify'] },
    write: { uuid: 'ff02', properties: ['writeWithoutResponse', 'write'] },
    mtu: 247,
  },
  jbdDh04: {
    name: 'DH04SC02',
    service: 'fff0',
    notify: { uuid: 'fff1', properties: ['read', 'notify'] },
    write: { uuid: 'fff2', properties: ['write'] },
    mtu: 23,
  },
  daly: DALY,
  dalyModbus: DALY,
  /** refuses to be subscribed at fff1 on real boards; here it has no fff0 at all */
  dalyNew: {
    ...DALY,
    service: 'ff00',
    notify: { ...DALY.notify, uuid: 'ff01' },
    write: { ...DALY.write, uuid: 'ff02' },
  },
  ant: {
    name: 'ANT-BLE16ZMUB',
    service: 'ffe0',
    notify: { uuid: 'ffe1', properties: ['read', 'writeWithoutResponse', 'notify'] },
    write: { uuid: 'ffe1', properties: ['read', 'writeWithoutResponse', 'notify'] },
    mtu: 23,
    manufacturer: 0x2313,
  },
  antLegacy: {
    name: 'ANT-BLE20A',
    service: 'ffe0',
    notify: { uuid: 'ffe1', properties: ['writeWithoutResponse', 'notify'] },
    write: { uuid: 'ffe1', properties: ['writeWithoutResponse', 'notify'] },
    mtu: 23,
  },
  /** one characteristic for both, and one that is not used (jk-ble.md 2) */
  jkOld: {
    name: 'JK-B2A24S',
    service: 'ffe0',
    notify: { uuid: 'ffe1', properties: ['writeWithoutResponse', 'write', 'notify'] },
    write: { uuid: 'ffe1', properties: ['writeWithoutResponse', 'write', 'notify'] },
    others: [{ uuid: 'ffe2', properties: ['writeWithoutResponse', 'write'] }],
    mtu: 23,
    manufacturer: 0x0b65,
  },
  /** two characteristics with one UUID: only their properties tell them apart (jk-ble.md 2) */
  jkNew: {
    name: 'JK_B2A8S20P',
    service: 'ffe0',
    write: { uuid: 'ffe1', properties: ['writeWithoutResponse', 'write'] },
    notify: { uuid: 'ffe1', properties: ['read', 'notify'] },
    mtu: 131,
    manufacturer: 0x0b65,
  },
} as const satisfies Record<string, Module>;

export type ModuleName = keyof typeof MODULES;
