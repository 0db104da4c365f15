import { finished } from './calls';
import { dbusCharacteristics, type DbusBus, type DbusCharacteristic } from './insides';
import type { Emitter, Noble, NoblePeripheral } from './noble';
import type { Ends, GattRoute } from '../route';
import { shortUuid } from '../sighting';

/**
 * Newer JK modules have two characteristics with the same UUID, one to write and one that notifies (jk-ble 2). The
 * library keeps only one of each UUID, so that these two are used without its help.
 */

/** A characteristic as the HCI backend of the library knows it. */
export interface RawCharacteristic {
  uuid: string;
  rawProps?: number;
  valueHandle?: number;
}

const NOTIFY = 0x10 | 0x20;
const WRITE_NO_RESPONSE = 0x04;
const WRITE = 0x08;

const ENABLE_NOTIFICATIONS = Buffer.of(1, 0);

/** The ends of a route by their handles; undefined when they have different UUIDs, or handles are not known. */
export function byHandle(
  peripheral: NoblePeripheral,
  raw: readonly RawCharacteristic[],
  route: GattRoute,
): Ends | undefined {
  const same = raw.filter(({ uuid }) => shortUuid(uuid) === route.notify);
  if (route.notify !== route.write || same.length < 2) return undefined;
  const notify = same.find(({ rawProps = 0 }) => (rawProps & NOTIFY) !== 0);
  const write = same.find((entry) => entry !== notify && ((entry.rawProps ?? 0) & (WRITE | WRITE_NO_RESPONSE)) !== 0);
  const [from, to] = [notify?.valueHandle, write?.valueHandle];
  if (from === undefined || to === undefined) return undefined;
  const withoutResponse = ((write?.rawProps ?? 0) & WRITE_NO_RESPONSE) !== 0;
  const put = (handle: number, bytes: Buffer, quietly: boolean): Promise<void> =>
    finished((done) => peripheral.writeHandle(handle, bytes, quietly, done));
  return {
    async subscribe(onData) {
      const onNotify = (handle: number, bytes: Buffer): void => {
        if (handle === from) onData(bytes);
      };
      peripheral.on('handleNotify', onNotify);
      const stop = (): void => void peripheral.removeListener('handleNotify', onNotify);
      try {
        // The configuration of a characteristic follows its value, as a rule and on all of these modules.
        await put(from + 1, ENABLE_NOTIFICATIONS, false);
      } catch (error) {
        stop();
        throw error;
      }
      return stop;
    },
    write: (bytes) => put(to, bytes, withoutResponse),
  };
}

/** What is used of an object of BlueZ. */
interface CharacteristicObject {
  StartNotify(): Promise<void>;
  WriteValue(bytes: Buffer, options: object): Promise<void>;
}

const CHARACTERISTIC = 'org.bluez.GattCharacteristic1';
const PROPERTIES = 'org.freedesktop.DBus.Properties';

/** The same on D-Bus, by the paths of the characteristics. */
export function byPath(noble: Noble, peripheral: NoblePeripheral, route: GattRoute): Ends | undefined {
  const { bus, characteristics } = dbusCharacteristics(noble, peripheral.id, route.service) ?? {};
  const same = characteristics?.filter(({ uuid }) => shortUuid(uuid) === route.notify) ?? [];
  if (bus === undefined || route.notify !== route.write || same.length < 2) return undefined;
  const notify = same.find(({ properties }) => properties.includes('notify') || properties.includes('indicate'));
  const write = same.find((entry) => entry !== notify && entry.properties.some((name) => name.startsWith('write')));
  if (notify === undefined || write === undefined) return undefined;
  return {
    async subscribe(onData) {
      const object = await bus.getProxyObject('org.bluez', notify.path);
      const properties = object.getInterface(PROPERTIES) as Emitter;
      const onChange = (name: string, changed: { Value?: { value: Uint8Array } }): void => {
        if (name === CHARACTERISTIC && changed.Value !== undefined) onData(Buffer.from(changed.Value.value));
      };
      properties.on('PropertiesChanged', onChange);
      const stop = (): void => void properties.removeListener('PropertiesChanged', onChange);
      try {
        await (object.getInterface(CHARACTERISTIC) as CharacteristicObject).StartNotify();
      } catch (error) {
        stop();
        throw error;
      }
      return stop;
    },
    write: (bytes) => writeTo(bus, write, bytes),
  };
}

async function writeTo(bus: DbusBus, { path }: DbusCharacteristic, bytes: Buffer): Promise<void> {
  const object = await bus.getProxyObject('org.bluez', path);
  // BlueZ writes as the characteristic wants it when nothing else is said.
  await (object.getInterface(CHARACTERISTIC) as CharacteristicObject).WriteValue(bytes, {});
}
