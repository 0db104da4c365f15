import type { Message } from '../../dbus/message';
import { MANAGER, PROPERTIES, type Properties } from './names';

/** Something that has changed: properties that have come or changed, or an interface that has gone. */
export interface Change {
  readonly path: string;
  readonly interface: string;
  /** undefined when the interface has gone */
  readonly changed: Properties | undefined;
}

type Interfaces = Map<string, Record<string, unknown>>;

/** The objects of a service as it tells them (org.freedesktop.DBus.ObjectManager), kept up to date by its signals. */
export class Objects {
  private readonly interfaces = new Map<string, Interfaces>();

  constructor(private readonly onChange: (change: Change) => void) {}

  /** Properties of an object; undefined when it is not there, or has not got the interface. */
  properties(path: string, type: string): Properties | undefined {
    return this.interfaces.get(path)?.get(type);
  }

  /** Paths of the objects under another that have an interface, in their order. */
  under(parent: string, type: string): string[] {
    const start = parent.endsWith('/') ? parent : `${parent}/`;
    return [...this.interfaces]
      .filter(([path, interfaces]) => path.startsWith(start) && interfaces.has(type))
      .map(([path]) => path)
      .sort();
  }

  /** Takes the answer of GetManagedObjects. */
  load(all: unknown): void {
    this.interfaces.clear();
    for (const [path, interfaces] of Object.entries(recordIn(all))) this.add(path, interfaces);
  }

  /** Takes a signal. */
  hear({ path = '', interface: type, member, body }: Message): void {
    const [first, second, third] = body;
    if (type === PROPERTIES && member === 'PropertiesChanged') {
      this.change(path, String(first), recordIn(second), Array.isArray(third) ? third : []);
    }
    if (type !== MANAGER) return;
    if (member === 'InterfacesAdded') this.add(String(first), second);
    if (member === 'InterfacesRemoved' && Array.isArray(second)) this.remove(String(first), second.map(String));
  }

  private add(path: string, interfaces: unknown): void {
    const known = this.interfaces.get(path) ?? new Map<string, Record<string, unknown>>();
    this.interfaces.set(path, known);
    for (const [name, properties] of Object.entries(recordIn(interfaces))) {
      known.set(name, { ...recordIn(properties) });
      this.onChange({ path, interface: name, changed: recordIn(properties) });
    }
  }

  private change(path: string, type: string, changed: Properties, gone: readonly unknown[]): void {
    const known = this.interfaces.get(path)?.get(type);
    // What is not known is not there any more, or was never told.
    if (known === undefined) return;
    Object.assign(known, changed);
    for (const name of gone) Reflect.deleteProperty(known, String(name));
    this.onChange({ path, interface: type, changed });
  }

  private remove(path: string, types: readonly string[]): void {
    const known = this.interfaces.get(path);
    for (const type of types) {
      if (known?.delete(type) === true) this.onChange({ path, interface: type, changed: undefined });
    }
    if (known?.size === 0) this.interfaces.delete(path);
  }
}

function recordIn(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
