import { BmsError } from '../../battery/errors';
import { within, type Clock } from '../../clock';
import { noAdapter } from './adapters';
import { installHint, switchedOff } from './remedies';

/** What is used of dbus-next, which is optional as the Bluetooth library is. */
interface DbusMessage {
  readonly member?: string | undefined;
  readonly body: readonly unknown[];
}

interface DbusConnection {
  on(event: 'error', listener: (error: Error) => void): void;
  on(event: 'message', listener: (message: DbusMessage) => void): void;
  call(message: object): Promise<DbusMessage | null>;
  disconnect(): void;
}

interface DbusLibrary {
  systemBus(): DbusConnection;
  Message: new (fields: object) => object;
}

/** Objects of BlueZ: path, interface, property. */
type Objects = Record<string, Record<string, Record<string, { value: unknown }>>>;

const ANSWER_LIMIT_MS = 2000;
const BLUEZ = 'org.bluez';
const ADAPTER = 'org.bluez.Adapter1';
const BUS = { destination: 'org.freedesktop.DBus', path: '/org/freedesktop/DBus', interface: 'org.freedesktop.DBus' };

/** What is to be heard of: that BlueZ goes away, and that it loses an adapter. */
const WATCHED = [
  `type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='${BLUEZ}'`,
  `type='signal',sender='${BLUEZ}',member='InterfacesRemoved'`,
];

const NO_BUS = 'start D-Bus, and in a container pass it through ("-v /run/dbus:/run/dbus")';
const NOT_RUNNING = 'start it ("sudo systemctl enable --now bluetooth")';
const DENIED = 'add its user to the group bluetooth ("sudo usermod -aG bluetooth $USER") and log in again';

/** BlueZ on the system bus, watched: the Bluetooth library does not notice when it goes. */
export class Bluez {
  private listener: (error: Error) => void = () => undefined;
  private isOpen = true;
  private path = '';
  private failure: Error | undefined;

  private constructor(
    private readonly dbus: DbusLibrary,
    private readonly connection: DbusConnection,
    private readonly clock: Clock,
  ) {
    connection.on('error', (error) => this.gone(new BmsError('adapter_missing', whyNot(error), error)));
    connection.on('message', (message) => this.hear(message));
  }

  /**
   * @returns BlueZ when it runs; otherwise an error, `adapter_missing` or `permission`, which says what to do. Never
   *   rejects, and answers within seconds
   */
  static async find(clock: Clock): Promise<Bluez | BmsError> {
    let dbus: DbusLibrary;
    try {
      dbus = ((await import('dbus-next')) as unknown as { default: DbusLibrary }).default;
    } catch (error) {
      return new BmsError('adapter_missing', `The driver D-Bus needs a library: ${installHint('dbus-next')}.`, error);
    }
    let bluez: Bluez | undefined;
    try {
      bluez = new Bluez(dbus, dbus.systemBus(), clock);
      if (await bluez.isRunning()) return bluez;
      bluez.close();
      return new BmsError('adapter_missing', `BlueZ does not run; ${NOT_RUNNING}.`);
    } catch (error) {
      bluez?.close();
      return error instanceof BmsError ? error : new BmsError('adapter_missing', whyNot(error), error);
    }
  }

  /**
   * The adapter to use, and from now on its end is told.
   * @param wanted '' for the first; `hci1` or `1`
   * @returns how BlueZ calls it: `hci1`
   * @throws BmsError `adapter_missing`, `permission`
   */
  async adapter(wanted: string): Promise<string> {
    const objects = await this.objects();
    const paths = Object.keys(objects).filter((path) => objects[path]?.[ADAPTER] !== undefined);
    const name = wanted.trim().replace(/^(?=\d+$)/, 'hci');
    const path = paths.find((candidate) => name === '' || candidate.endsWith(`/${name}`));
    if (path === undefined) throw noAdapter(name === '' ? '' : ` ${name}`, paths.map(lastPart));
    if (objects[path]?.[ADAPTER]?.['Powered']?.value !== true) throw switchedOff();
    for (const rule of WATCHED) await this.call({ ...BUS, member: 'AddMatch', signature: 's', body: [rule] });
    this.path = path;
    return lastPart(path);
  }

  /** @param listener told once when BlueZ, the adapter or the bus is gone */
  whenGone(listener: (error: Error) => void): void {
    this.listener = listener;
    if (this.failure !== undefined) listener(this.failure);
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    try {
      this.connection.disconnect();
    } catch {
      // It was never connected.
    }
  }

  private async isRunning(): Promise<boolean> {
    const answer = await this.call({ ...BUS, member: 'NameHasOwner', signature: 's', body: [BLUEZ] });
    return answer?.body[0] === true;
  }

  private async objects(): Promise<Objects> {
    try {
      const manager = 'org.freedesktop.DBus.ObjectManager';
      const answer = await this.call({
        destination: BLUEZ,
        path: '/',
        interface: manager,
        member: 'GetManagedObjects',
      });
      return (answer?.body[0] ?? {}) as Objects;
    } catch (error) {
      const isDenied = (error as { type?: unknown }).type === 'org.freedesktop.DBus.Error.AccessDenied';
      if (isDenied) throw new BmsError('permission', `This process may not use BlueZ; ${DENIED}.`, error);
      throw error instanceof BmsError ? error : new BmsError('adapter_missing', whyNot(error), error);
    }
  }

  /** The bus may never answer, and may fail without telling the one who asked. */
  private call(fields: object): Promise<DbusMessage | null> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const late = new BmsError('adapter_missing', `D-Bus does not answer; ${NO_BUS}.`);
    const failed = new Promise<never>((_, reject) => this.whenGone(reject));
    const answer = this.connection.call(new this.dbus.Message(fields));
    return within(this.clock, ANSWER_LIMIT_MS, Promise.race([answer, failed]), late);
  }

  private hear({ member, body }: DbusMessage): void {
    const [subject, detail, owner] = body;
    if (member === 'NameOwnerChanged' && subject === BLUEZ && owner === '') {
      this.gone(new BmsError('adapter_missing', `BlueZ has stopped; ${NOT_RUNNING}.`));
    }
    if (member === 'InterfacesRemoved' && subject === this.path && Array.isArray(detail) && detail.includes(ADAPTER)) {
      this.gone(noAdapter(` ${lastPart(this.path)}`, []));
    }
  }

  private gone(error: Error): void {
    if (!this.isOpen || this.failure !== undefined) return;
    this.failure = error;
    this.listener(error);
  }
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function whyNot(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return `D-Bus cannot be used (${reason}); ${NO_BUS}.`;
}
