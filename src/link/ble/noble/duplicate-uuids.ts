import { finished } from './calls';
import type { NoblePeripheral } from './noble';
import type { GattPort, GattRoute } from '../route';
import { shortUuid } from '../advertisement';

/**
 * Newer JK modules have two characteristics with the same UUID, one to write and one that notifies (jk-ble.md 2). The
 * library keeps only one of each UUID, so that these two are used without its help.
 */

/** A characteristic as the HCI backend of the library knows it. */
export interface RawCharacteristic {
  uuid: string;
  rawProps?: number;
  valueHandle?: number;
}

/** Runs what asks the device for something. @throws Error when the device refuses it */
export type Ask = <T>(work: () => Promise<T>) => Promise<T>;

const NOTIFY = 0x10 | 0x20;
const WRITE_NO_RESPONSE = 0x04;
const WRITE = 0x08;

const ENABLE_NOTIFICATIONS = Buffer.of(1, 0);

/** The ends of a route by their handles; undefined when they have different UUIDs, or handles are not known. */
export function byHandle(
  peripheral: NoblePeripheral,
  raw: readonly RawCharacteristic[],
  route: GattRoute,
  ask: Ask,
): GattPort | undefined {
  const same = raw.filter(({ uuid }) => shortUuid(uuid) === route.notify);
  if (route.notify !== route.write || same.length < 2) return undefined;
  const notify = same.find(({ rawProps = 0 }) => (rawProps & NOTIFY) !== 0);
  const write = same.find((entry) => entry !== notify && ((entry.rawProps ?? 0) & (WRITE | WRITE_NO_RESPONSE)) !== 0);
  const [from, to] = [notify?.valueHandle, write?.valueHandle];
  if (from === undefined || to === undefined) return undefined;
  const withoutResponse = ((write?.rawProps ?? 0) & WRITE_NO_RESPONSE) !== 0;
  const put = (handle: number, bytes: Buffer, quietly: boolean): Promise<void> =>
    ask(() => finished((done) => peripheral.writeHandle(handle, bytes, quietly, done)));
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
