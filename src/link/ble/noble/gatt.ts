import { called, finished } from './calls';
import type { NobleCharacteristic, NoblePeripheral, NobleService } from './noble';
import type { Ends, GattRoute, Way } from '../route';
import { noService } from '../services';
import { shortUuid } from '../sighting';
import { byHandle, type RawCharacteristic } from './twins';

/**
 * Finds the routes that a connected device has, at least one.
 * @throws BmsError `unsupported` when it has none of them
 */
export async function waysOf(peripheral: NoblePeripheral, routes: readonly GattRoute[], name: string): Promise<Way[]> {
  const services = await called<NobleService[]>((done) => peripheral.discoverServices([], done));
  const found: Way[] = [];
  for (const route of routes) {
    const service = services.find(({ uuid }) => shortUuid(uuid) === route.service);
    const ends = service && (await endsIn(peripheral, service, route));
    if (ends !== undefined) found.push({ ...ends, route });
  }
  if (found.length > 0) return found;
  throw noService(
    name,
    services.map(({ uuid }) => shortUuid(uuid)),
  );
}

async function endsIn(peripheral: NoblePeripheral, service: NobleService, route: GattRoute): Promise<Ends | undefined> {
  let raw: readonly RawCharacteristic[] = [];
  // Told before the answer to the question itself.
  service.once('characteristicsDiscovered', (found: readonly RawCharacteristic[]) => (raw = found));
  const all = await called<NobleCharacteristic[]>((done) => service.discoverCharacteristics([], done));
  const twins = byHandle(peripheral, raw, route);
  if (twins !== undefined) return twins;
  const notify = all.find(({ uuid, properties }) => shortUuid(uuid) === route.notify && canNotify(properties));
  const write = all.find(({ uuid, properties }) => shortUuid(uuid) === route.write && canWrite(properties));
  if (notify === undefined || write === undefined) return undefined;
  const withoutResponse = write.properties.includes('writeWithoutResponse');
  return {
    async subscribe(onData) {
      notify.on('data', onData);
      const stop = (): void => void notify.removeListener('data', onData);
      try {
        await finished((done) => notify.subscribe(done));
      } catch (error) {
        stop();
        throw error;
      }
      return stop;
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
