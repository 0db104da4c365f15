/** Names of BlueZ on the bus (its documents `org.bluez.*.rst`). */
export const BLUEZ = 'org.bluez';
export const ADAPTER = 'org.bluez.Adapter1';
export const DEVICE = 'org.bluez.Device1';
export const SERVICE = 'org.bluez.GattService1';
export const CHARACTERISTIC = 'org.bluez.GattCharacteristic1';
export const MANAGER = 'org.freedesktop.DBus.ObjectManager';
export const PROPERTIES = 'org.freedesktop.DBus.Properties';

/** Properties of an interface, as they were told last. */
export type Properties = Readonly<Record<string, unknown>>;

export function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
