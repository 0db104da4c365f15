import type { Clock } from '../../clock';

/** What is used of dbus-next, which is optional as the Bluetooth library is. */
interface DbusMessage {
  readonly body: readonly unknown[];
}

interface DbusConnection {
  on(event: 'error', listener: (error: Error) => void): void;
  call(message: object): Promise<DbusMessage | null>;
  disconnect(): void;
}

interface DbusLibrary {
  systemBus(): DbusConnection;
  Message: new (fields: object) => object;
}

const ANSWER_LIMIT_MS = 1000;

/** Whether BlueZ owns its name on the system bus; never rejects, and answers within a second. */
export async function isBluezRunning(clock: Clock): Promise<boolean> {
  let dbus: DbusLibrary;
  try {
    dbus = ((await import('dbus-next')) as unknown as { default: DbusLibrary }).default;
  } catch {
    return false; // without the library BlueZ cannot be used, whether it runs or not
  }
  return new Promise((resolve) => {
    let connection: DbusConnection | undefined;
    const end = (running: boolean): void => {
      limit.cancel();
      resolve(running);
      try {
        connection?.disconnect();
      } catch {
        // It was never connected.
      }
    };
    const limit = clock.after(ANSWER_LIMIT_MS, () => end(false));
    try {
      connection = dbus.systemBus();
      connection.on('error', () => end(false));
      const question = new dbus.Message({
        destination: 'org.freedesktop.DBus',
        path: '/org/freedesktop/DBus',
        interface: 'org.freedesktop.DBus',
        member: 'NameHasOwner',
        signature: 's',
        body: ['org.bluez'],
      });
      connection.call(question).then(
        (answer) => end(answer?.body[0] === true),
        () => end(false),
      );
    } catch {
      end(false);
    }
  });
}
