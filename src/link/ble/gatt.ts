import { BmsError } from '../../battery/errors';
import type { NobleCharacteristic, NoblePeripheral, NobleService } from './noble';
import { shortUuid } from './sighting';

/** Where a board's bytes come out and go in. UUIDs in short form where there is one. */
export interface GattRoute {
  readonly service: string;
  readonly notify: string;
  readonly write: string;
}

/** The two ends of a route on a connected device. */
export interface Ends {
  route: GattRoute;
  /** Tells the device to notify, and passes on what it says. @returns stops to pass it on */
  subscribe(onData: (bytes: Buffer) => void): Promise<() => void>;
  write(bytes: Buffer): Promise<void>;
}

/** A characteristic as the HCI backend of the library knows it. */
interface RawCharacteristic {
  uuid: string;
  rawProps: number;
  valueHandle: number;
}

const NOTIFY = 0x10 | 0x20;
const WRITE_NO_RESPONSE = 0x04;
const WRITE = 0x08;

type Failure = Error | null | undefined;

/** Turns one of the library's calls with a callback into a promise. */
export function called<T>(call: (done: (error: Failure, value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, value) => (error ? reject(error) : resolve(value)));
  });
}

/** The same for a call that gives no value. */
export function finished(call: (done: (error?: Failure) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    call((error) => (error ? reject(error) : resolve()));
  });
}

/**
 * Finds the first route that a device has.
 * @throws BmsError `unsupported` when it has none of them
 */
export async function endsOf(peripheral: NoblePeripheral, routes: readonly GattRoute[], name: string): Promise<Ends[]> {
  const services = await called<NobleService[]>((done) => peripheral.discoverServices([], done));
  const found: Ends[] = [];
  for (const route of routes) {
    const service = services.find(({ uuid }) => shortUuid(uuid) === route.service);
    const ends = service && (await endsIn(peripheral, service, route));
    if (ends !== undefined) found.push(ends);
  }
  if (found.length > 0) return found;
  const has = services.map(({ uuid }) => shortUuid(uuid)).join(', ');
  throw new BmsError(
    'unsupported',
    `${name} is no battery of the chosen protocol: it has none of its Bluetooth services (it has ${has || 'none'}).`,
  );
}

async function endsIn(peripheral: NoblePeripheral, service: NobleService, route: GattRoute): Promise<Ends | undefined> {
  let raw: readonly RawCharacteristic[] = [];
  const keepRaw = (characteristics: readonly RawCharacteristic[]): void => void (raw = characteristics);
  service.once('characteristicsDiscovered', keepRaw);
  const all = await called<NobleCharacteristic[]>((done) => service.discoverCharacteristics([], done));
  service.removeListener('characteristicsDiscovered', keepRaw);
  const twins = byHandle(peripheral, raw, route);
  if (twins !== undefined) return twins;
  const notify = all.find(({ uuid, properties }) => shortUuid(uuid) === route.notify && canNotify(properties));
  const write = all.find(({ uuid, properties }) => shortUuid(uuid) === route.write && canWrite(properties));
  if (notify === undefined || write === undefined) return undefined;
  const withoutResponse = write.properties.includes('writeWithoutResponse');
  return {
    route,
    async subscribe(onData) {
      notify.on('data', onData);
      await finished((done) => notify.subscribe(done));
      return () => void notify.removeListener('data', onData);
    },
    write: (bytes) => finished((done) => write.write(bytes, withoutResponse, done)),
  };
}

function canNotify(properties: readonly string[]): boolean {
  return properties.includes('notify') || properties.includes('indicate');
}

function canWrite(properties: readonly string[]): boolean {
  return properties.includes('writeWithoutResponse') || properties.includes('write');
}

const ENABLE_NOTIFICATIONS = Buffer.of(1, 0);

/**
 * Newer JK modules have two characteristics with the same UUID, one to write and one that notifies (jk-ble 2). The
 * library keeps only one of each UUID, so that these two are used by their handles.
 */
function byHandle(peripheral: NoblePeripheral, raw: readonly RawCharacteristic[], route: GattRoute): Ends | undefined {
  const same = raw.filter(({ uuid }) => shortUuid(uuid) === route.notify);
  if (route.notify !== route.write || same.length < 2) return undefined;
  const notify = same.find(({ rawProps }) => (rawProps & NOTIFY) !== 0);
  const write = same.find((entry) => entry !== notify && (entry.rawProps & (WRITE | WRITE_NO_RESPONSE)) !== 0);
  if (notify === undefined || write === undefined) return undefined;
  const withoutResponse = (write.rawProps & WRITE_NO_RESPONSE) !== 0;
  const put = (handle: number, bytes: Buffer, quietly: boolean): Promise<void> =>
    finished((done) => peripheral.writeHandle(handle, bytes, quietly, done));
  return {
    route,
    async subscribe(onData) {
      const onNotify = (handle: number, bytes: Buffer): void => {
        if (handle === notify.valueHandle) onData(bytes);
      };
      peripheral.on('handleNotify', onNotify);
      const stop = (): void => void peripheral.removeListener('handleNotify', onNotify);
      try {
        // The configuration of a characteristic follows its value, as a rule and on all of these modules.
        await put(notify.valueHandle + 1, ENABLE_NOTIFICATIONS, false);
      } catch (error) {
        stop();
        throw error;
      }
      return stop;
    },
    write: (bytes) => put(write.valueHandle, bytes, withoutResponse),
  };
}
