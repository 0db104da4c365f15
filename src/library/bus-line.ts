import type { ActionName, ActionValue } from '../battery/action';
import type { Reading } from '../battery/reading';
import type { Clock } from '../clock';
import { requireProtocol } from '../codec';
import { Bus } from '../session/bus';
import { Device, type Snapshot } from '../session/device';
import type { FrameLog } from '../link/frame-log';
import { linkOf } from './link-of';
import type { ControlResult, Pack, PackCondition, PackLine, PackSettings, ReadingInfo } from './pack';
import type { Transport } from './transport';

/** What some transports have besides where they lead. */
interface LineSettings {
  baudRate?: number;
  onDemand?: boolean;
}

/** A line of the library: the bus of its packs, opened for the first. */
export class BusLine implements PackLine {
  private readonly bus: Bus;
  private readonly devices = new Set<Device>();

  /**
   * @param log takes what comes over the line, where that is wanted
   * @throws BmsError `bad_value`, `unsupported`
   */
  constructor(
    options: Transport,
    private readonly clock: Clock,
    log?: FrameLog,
  ) {
    const { baudRate, onDemand = false } = options as LineSettings;
    this.bus = new Bus({ link: linkOf(options, clock), baudRate, clock, onDemand, log });
  }

  get name(): string {
    return this.bus.name;
  }

  pack(settings: PackSettings = {}): Promise<Pack> {
    return this.connect(settings, () => Promise.resolve());
  }

  /** @param ended called when the pack is closed, after its device has stopped */
  async connect(settings: PackSettings, ended: () => Promise<void>): Promise<Pack> {
    const { bus, devices } = this;
    const device = deviceOf(settings, bus, this.clock);
    devices.add(device);
    // First, so that the line opens at the rate of the protocol.
    device.start();
    bus.open();
    const close = (): Promise<void> => {
      device.stop();
      devices.delete(device);
      return ended();
    };
    try {
      await device.read();
    } catch (error) {
      await close();
      throw error;
    }
    return new DevicePack(device, close);
  }

  async close(): Promise<void> {
    for (const device of this.devices) device.stop();
    this.devices.clear();
    await this.bus.close();
  }
}

function deviceOf(settings: PackSettings, bus: Bus, clock: Clock): Device {
  const { protocol = 'auto', address, name = bus.name, pollIntervalMs = 0, ...others } = settings;
  return new Device({
    ...{ timeoutMs: others.timeoutMs, retries: others.retries, invertCurrent: others.invertCurrent === true },
    ...{ allowControl: others.allowControl === true, password: others.password ?? '' },
    protocol: protocol === 'auto' ? undefined : requireProtocol(protocol),
    ...{ bus, address, name, pollIntervalMs, clock },
  });
}

/** What a pack is outside: a device without what only this package may do with it. */
class DevicePack implements Pack {
  constructor(
    private readonly device: Device,
    private readonly end: () => Promise<void>,
  ) {}

  get protocol(): string {
    return this.device.protocol?.id ?? '';
  }

  get address(): number | string {
    return this.device.address;
  }

  get last(): Readonly<Reading> | undefined {
    return this.device.last?.reading;
  }

  get condition(): PackCondition {
    return this.device.condition;
  }

  async read(): Promise<Readonly<Reading>> {
    return (await this.device.read()).reading;
  }

  async control(
    action: ActionName,
    value: ActionValue,
    options: { confirm?: ActionName } = {},
  ): Promise<ControlResult> {
    const done = await this.device.control({ action, value, ...options });
    return { ...done, confirmed: true };
  }

  onReading(listener: (reading: Readonly<Reading>, info: ReadingInfo) => void): () => void {
    return this.device.readings.subscribe((snapshot) => listener(snapshot.reading, infoOf(snapshot)));
  }

  onCondition(listener: (condition: PackCondition) => void): () => void {
    return this.device.changed.subscribe(listener);
  }

  close(): Promise<void> {
    return this.end();
  }
}

function infoOf({ timestamp, duration, sequence }: Snapshot): ReadingInfo {
  return { timestamp, durationMs: duration, sequence };
}
