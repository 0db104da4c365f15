import { BmsError } from '../../../battery/errors';
import { called, finished } from './calls';
import type { Noble, NobleCharacteristic, NoblePeripheral, NobleService } from './noble';
import type { Ends, GattRoute, Way } from '../route';
import { shortUuid } from '../sighting';
import { byHandle, byPath, type RawCharacteristic } from './twins';

/** Services that an error names: more than any battery has. */
const MOST_NAMED = 8;

/**
 * Finds the routes that a connected device has, at least one.
 * @throws BmsError `unsupported` when it has none of them
 */
export async function waysOf(
  noble: Noble,
  peripheral: NoblePeripheral,
  routes: readonly GattRoute[],
  name: string,
): Promise<Way[]> {
  const services = await called<NobleService[]>((done) => peripheral.discoverServices([], done));
  const found: Way[] = [];
  for (const route of routes) {
    const service = services.find(({ uuid }) => shortUuid(uuid) === route.service);
    const ends = service && (await endsIn(noble, peripheral, service, route));
    if (ends !== undefined) found.push({ ...ends, route });
  }
  if (found.length > 0) return found;
  const has = services.slice(0, MOST_NAMED).map(({ uuid }) => shortUuid(uuid));
  if (services.length > MOST_NAMED) has.push('and others');
  throw new BmsError(
    'unsupported',
    `${name} is no battery of the chosen protocol: it has none of its Bluetooth services (it has ${has.join(', ') || 'none'}).`,
  );
}

async function endsIn(
  noble: Noble,
  peripheral: NoblePeripheral,
  service: NobleService,
  route: GattRoute,
): Promise<Ends | undefined> {
  let raw: readonly RawCharacteristic[] = [];
  // Told before the answer to the question itself.
  service.once('characteristicsDiscovered', (found: readonly RawCharacteristic[]) => (raw = found));
  const all = await called<NobleCharacteristic[]>((done) => service.discoverCharacteristics([], done));
  const twins = byHandle(peripheral, raw, route) ?? byPath(noble, peripheral, route);
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
