import type { DeviceSettings } from './settings/device-settings';

/** A name that is in use. */
export interface TakenName {
  readonly name: string;
  /** Gives the name back; may be called any number of times. */
  release(): void;
}

/** The names of all devices: topics and tags are made of them, so that no two packs may share one unasked. */
export class DeviceNames {
  private readonly inUse = new Map<object, string>();

  /**
   * The name of a device: the user's own, else its line and its address, with a number behind it where that is another's.
   * @param line what users call its connection
   */
  take(settings: Pick<DeviceSettings, 'name' | 'protocol' | 'address'>, line: string): TakenName {
    const name = settings.name || this.unused(nameOf(settings, line));
    const owner = {};
    this.inUse.set(owner, name);
    return { name, release: () => void this.inUse.delete(owner) };
  }

  private unused(name: string): string {
    const others = new Set(this.inUse.values());
    let found = name;
    for (let number = 2; others.has(found); number++) found = `${name} (${number})`;
    return found;
  }
}

/** What distinguishes a device without a name from those on other lines and at other addresses. */
function nameOf({ protocol, address }: Pick<DeviceSettings, 'protocol' | 'address'>, line: string): string {
  const usual = protocol?.address?.initial;
  return [line, address ?? usual].filter((part) => part !== undefined && part !== '').join(' ');
}
