import { dbusLibrary, type Message, type MessageBus, type Variant } from './dbus-library';

const MANAGER = 'org.freedesktop.DBus.ObjectManager';
const PROPERTIES = 'org.freedesktop.DBus.Properties';

/** Properties with the signatures of their values. */
export type Properties = Readonly<Record<string, readonly [signature: string, value: unknown]>>;

type Variants = Record<string, Variant>;

export function variantsOf(properties: Properties): Variants {
  const entries = Object.entries(properties).map(([name, [signature, value]]) => {
    return [name, new dbusLibrary.Variant(signature, value)] as const;
  });
  return Object.fromEntries(entries);
}

/** Objects that a service has on a bus (org.freedesktop.DBus.ObjectManager), and the signals when they change. */
export class ServedObjects {
  readonly bus: MessageBus;
  /** by path and interface */
  readonly all: Record<string, Record<string, Variants>> = {};

  /** @param serve answers the calls of methods */
  constructor(busAddress: string, serve: (message: Message) => boolean) {
    this.bus = dbusLibrary.sessionBus({ busAddress });
    this.bus.on('error', () => undefined);
    this.bus.addMethodHandler(serve);
  }

  add(path: string, type: string, properties: Properties): void {
    const variants = variantsOf(properties);
    this.all[path] = { [type]: variants };
    this.signal('/', MANAGER, 'InterfacesAdded', 'oa{sa{sv}}', [path, { [type]: variants }]);
  }

  change(path: string, type: string, changed: Properties, gone: readonly string[] = []): void {
    const known = this.all[path]?.[type];
    if (known === undefined) return;
    const variants = variantsOf(changed);
    Object.assign(known, variants);
    for (const name of gone) delete known[name];
    this.signal(path, PROPERTIES, 'PropertiesChanged', 'sa{sv}as', [type, variants, gone]);
  }

  remove(path: string): void {
    const types = Object.keys(this.all[path] ?? {});
    delete this.all[path];
    this.signal('/', MANAGER, 'InterfacesRemoved', 'oas', [path, types]);
  }

  /** Removes what is below an object, the deepest first. */
  removeUnder(parent: string): void {
    const below = Object.keys(this.all).filter((path) => path.startsWith(`${parent}/`));
    for (const path of below.sort().reverse()) this.remove(path);
  }

  answer(message: Message, signature = '', body: unknown[] = []): true {
    this.bus.send(dbusLibrary.Message.newMethodReturn(message, signature, body));
    return true;
  }

  refuse(message: Message, name: string, text: string): true {
    this.bus.send(dbusLibrary.Message.newError(message, name, text));
    return true;
  }

  private signal(path: string, type: string, name: string, signature: string, body: unknown[]): void {
    this.bus.send(dbusLibrary.Message.newSignal(path, type, name, signature, body));
  }
}
