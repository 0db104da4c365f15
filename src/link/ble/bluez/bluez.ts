import { BmsError } from '../../../battery/errors';
import { say } from '../../../battery/sentence';
import { within, type Clock } from '../../../clock';
import { DbusConnection } from '../../dbus/connection';
import type { Message } from '../../dbus/message';
import { noAdapter } from '../adapters';
import { switchedOff } from '../error-texts';
import { NO_BUS, NOT_RUNNING, refusalOf, whyNot } from './errors';
import { ADAPTER, BLUEZ, lastPart, MANAGER, PROPERTIES } from './names';
import { Objects, type Change } from './objects';

const ANSWER_LIMIT_MS = 2000;

/** What is to be heard of: that BlueZ goes away, its objects, and what they say. */
const WATCHED = [
  `type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='${BLUEZ}'`,
  `type='signal',sender='${BLUEZ}',interface='${MANAGER}'`,
  `type='signal',sender='${BLUEZ}',interface='${PROPERTIES}'`,
];

/** BlueZ on the system bus, and what it has. */
export class Bluez {
  readonly objects = new Objects((change) => this.tell(change));
  private readonly listeners = new Set<(change: Change) => void>();
  private onGone: (error: BmsError) => void = () => undefined;
  private failure: BmsError | undefined;

  private constructor(
    private readonly clock: Clock,
    private readonly connection: Promise<DbusConnection>,
  ) {}

  /**
   * @returns BlueZ when it runs; otherwise an error, `adapter_missing` or `permission`, which says what to do. Never
   *   rejects, and answers within seconds
   */
  static async find(clock: Clock): Promise<Bluez | BmsError> {
    let bluez: Bluez | undefined;
    try {
      const connection = DbusConnection.open(
        clock,
        (message) => bluez?.hear(message),
        (error) => bluez?.gone(new BmsError('adapter_missing', whyNot(error), error)),
      );
      bluez = new Bluez(clock, connection);
      await bluez.begin(await connection);
      return bluez;
    } catch (error) {
      bluez?.close();
      return refusalOf(error) ?? new BmsError('adapter_missing', whyNot(error), error);
    }
  }

  /**
   * The adapter to use.
   * @param wanted '' for the first that is on; `hci1` or `1`
   * @returns its path
   * @throws BmsError `adapter_missing`
   */
  adapter(wanted: string): string {
    const paths = this.objects.under('/', ADAPTER);
    const name = wanted.trim().replace(/^(?=\d+$)/, 'hci');
    const possible = paths.filter((path) => name === '' || lastPart(path) === name);
    if (possible.length === 0) throw noAdapter(name, paths.map(lastPart));
    const path = possible.find((candidate) => this.objects.properties(candidate, ADAPTER)?.['Powered'] === true);
    if (path === undefined) throw switchedOff();
    return path;
  }

  /**
   * Calls a method of an object, and waits for as long as BlueZ takes.
   * @throws DbusError, Error when the bus is gone
   */
  async call(
    path: string,
    type: string,
    member: string,
    signature = '',
    ...body: readonly unknown[]
  ): Promise<readonly unknown[]> {
    const connection = await this.connection;
    return connection.call({ destination: BLUEZ, path, interface: type, member, signature }, ...body);
  }

  /** @param listener told of every change of an object. @returns listens no more */
  watch(listener: (change: Change) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** @param listener told once when BlueZ or the bus is gone */
  whenGone(listener: (error: BmsError) => void): void {
    this.onGone = listener;
    if (this.failure !== undefined) listener(this.failure);
  }

  close(): void {
    this.failure ??= new BmsError('closed', say`Bluetooth was stopped.`);
    this.connection.then(
      (connection) => connection.close(),
      () => undefined,
    );
  }

  private async begin(connection: DbusConnection): Promise<void> {
    const late = new BmsError('adapter_missing', say`D-Bus does not answer; ${NO_BUS}.`);
    const asked = async (): Promise<void> => {
      // Asking for its objects would have the bus start it, where it may be started.
      const [isRunning] = await connection.bus('NameHasOwner', BLUEZ);
      if (isRunning !== true) throw new BmsError('adapter_missing', say`BlueZ does not run; ${NOT_RUNNING}.`);
      for (const rule of WATCHED) await connection.bus('AddMatch', rule);
      const [all] = await this.call('/', MANAGER, 'GetManagedObjects');
      this.objects.load(all);
    };
    await within(this.clock, ANSWER_LIMIT_MS, asked(), late);
  }

  private hear(message: Message): void {
    const { member, body } = message;
    const [subject, , owner] = body;
    if (member === 'NameOwnerChanged' && subject === BLUEZ && owner === '') {
      return this.gone(new BmsError('adapter_missing', say`BlueZ has stopped; ${NOT_RUNNING}.`));
    }
    this.objects.hear(message);
  }

  private tell(change: Change): void {
    for (const listener of [...this.listeners]) listener(change);
  }

  private gone(error: BmsError): void {
    if (this.failure !== undefined) return;
    this.failure = error;
    this.onGone(error);
  }
}
