import { ClauseError } from '../../../battery/errors';
import { say } from '../../../battery/sentence';
import { called, finished } from './calls';
import type { Attributes, RawService } from './attributes';
import type { NobleCharacteristic, NoblePeripheral, NobleService } from './noble';
import type { GattPort, GattRoute, RoutedPort } from '../route';
import { noService } from '../services';
import { shortUuid } from '../advertisement';
import { byHandle, type Ask, type RawCharacteristic } from './duplicate-uuids';

/** The services of a device on one connection. */
export class NobleGatt {
  /** which of the services with one UUID is asked, by that UUID */
  private readonly entered = new Map<string, RawService>();

  constructor(
    private readonly peripheral: NoblePeripheral,
    private readonly attributes: Attributes | undefined,
    private readonly ask: Ask,
  ) {}

  /**
   * Finds the routes that the device has, at least one. A service that is there twice gives two ways.
   * @throws BmsError `unsupported` when it has none of them
   */
  async ways(routes: readonly GattRoute[], name: string): Promise<RoutedPort[]> {
    let raw: readonly RawService[] = [];
    this.mustLast();
    // Told before the answer to the question itself.
    this.peripheral.once('servicesDiscovered', (_: unknown, found: readonly RawService[]) => (raw = found));
    const services = await called<NobleService[]>((done) => this.peripheral.discoverServices([], done));
    const found: RoutedPort[] = [];
    for (const route of routes) {
      const service = services.find(({ uuid }) => shortUuid(uuid) === route.service);
      if (service === undefined) continue;
      const same = raw.filter(({ uuid }) => shortUuid(uuid) === route.service);
      const ends = same.length > 1 ? await this.copies(service, same, route) : [await this.endsIn(service, route)];
      found.push(...ends.flatMap((each, copy) => (each === undefined ? [] : [{ ...each, route, copy }])));
    }
    if (found.length > 0) return found;
    throw noService(
      name,
      services.map(({ uuid }) => shortUuid(uuid)),
    );
  }

  /** The library knows one service of each UUID: it is told which one is meant. */
  private async copies(
    service: NobleService,
    same: readonly RawService[],
    route: GattRoute,
  ): Promise<(GattPort | undefined)[]> {
    const { attributes } = this;
    if (attributes === undefined) return [await this.endsIn(service, route)];
    const enter = (copy: RawService): Promise<GattPort | undefined> => {
      this.entered.set(service.uuid, copy);
      attributes.addService(copy);
      return this.endsIn(service, route);
    };
    const all: (GattPort | undefined)[] = [];
    for (const copy of same) {
      let ends = await enter(copy);
      const found = ends && {
        subscribe: async (onData: (bytes: Buffer) => void): Promise<() => void> => {
          if (this.entered.get(service.uuid) !== copy) ends = await enter(copy);
          return (ends ?? missing()).subscribe(onData);
        },
        write: (bytes: Buffer): Promise<void> => (ends ?? missing()).write(bytes),
      };
      all.push(found);
    }
    return all;
  }

  private async endsIn(service: NobleService, route: GattRoute): Promise<GattPort | undefined> {
    let raw: readonly RawCharacteristic[] = [];
    this.mustLast();
    // Told before the answer to the question itself.
    service.once('characteristicsDiscovered', (found: readonly RawCharacteristic[]) => (raw = found));
    const all = await called<NobleCharacteristic[]>((done) => service.discoverCharacteristics([], done));
    const twins = byHandle(this.peripheral, raw, route, this.ask);
    if (twins !== undefined) return twins;
    const notify = all.find(({ uuid, properties }) => shortUuid(uuid) === route.notify && canNotify(properties));
    const write = all.find(({ uuid, properties }) => shortUuid(uuid) === route.write && canWrite(properties));
    if (notify === undefined || write === undefined) return undefined;
    return endsOf(notify, write, this.ask);
  }

  /** The library answers no question on a connection that is ending, and prints what it thinks of it. */
  private mustLast(): void {
    if (this.peripheral.state !== 'connected') throw new ClauseError(say`the connection has ended`);
  }
}

function endsOf(notify: NobleCharacteristic, write: NobleCharacteristic, ask: Ask): GattPort {
  const withoutResponse = write.properties.includes('writeWithoutResponse');
  return {
    async subscribe(onData) {
      notify.on('data', onData);
      const stop = (): void => void notify.removeListener('data', onData);
      try {
        await ask(() => finished((done) => notify.subscribe(done)));
      } catch (error) {
        stop();
        throw error;
      }
      return stop;
    },
    write: (bytes) => ask(() => finished((done) => write.write(bytes, withoutResponse, done))),
  };
}

function missing(): never {
  throw new ClauseError(say`its characteristics are gone`);
}

function canNotify(properties: readonly string[]): boolean {
  return properties.includes('notify') || properties.includes('indicate');
}

function canWrite(properties: readonly string[]): boolean {
  return properties.includes('writeWithoutResponse') || properties.includes('write');
}
