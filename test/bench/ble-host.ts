import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { systemClock } from '../../src/clock';
import { protocolById } from '../../src/codec';
import type { Protocol } from '../../src/codec/protocol';
import { BleLink } from '../../src/link/ble';
import { Bus } from '../../src/session/bus';
import { Device, type Snapshot } from '../../src/session/device';
import { needsOf, paceOf } from '../../src/session/line-needs';
import { Reader } from '../../src/session/reader';
import { addressOf } from '../support/ble/station';
import type { AirBoard, AirMessage } from './ble-air';

const clock = systemClock;

/** This side of the air: our links, buses and devices, each as a node makes it. */
export class Host {
  private constructor(
    private readonly air: ChildProcess,
    private readonly port: string,
    private readonly boards: readonly AirBoard[],
  ) {}

  static async withBoards(boards: readonly AirBoard[]): Promise<Host> {
    const air = fork(join(__dirname, 'ble-air.js'));
    air.send(boards);
    const [{ path }] = (await once(air, 'message')) as [AirMessage];
    if (path === undefined) throw new Error('There is no port of the adapter');
    return new Host(air, path, boards);
  }

  /** bytes of all notifications so far */
  async notified(): Promise<number> {
    this.air.send('count');
    const [{ notified = NaN }] = (await once(this.air, 'message')) as [AirMessage];
    return notified;
  }

  bus(index = 0): Bus {
    const adapter = { driver: 'hci', adapter: `${this.port}:1000000` } as const;
    return new Bus({ link: new BleLink(addressOf(index + 1), adapter, clock), clock });
  }

  protocol(index = 0): Protocol {
    const protocol = protocolById(this.boards[index]?.protocol ?? '');
    if (protocol === undefined) throw new Error(`There is no board ${index}`);
    return protocol;
  }

  /** A device that polls every second as soon as its bus is open. */
  device(bus: Bus, index = 0): Device {
    const name = `pack ${index + 1}`;
    return new Device({ name, bus, protocol: this.protocol(index), address: undefined, pollIntervalMs: 1000, clock });
  }

  /** What reads a board once, on a bus of its own that is open. */
  async reader(): Promise<{ bus: Bus; reader: Reader; gapMs: number }> {
    const protocol = this.protocol();
    const bus = this.bus();
    bus.setNeeds(this, needsOf(protocol));
    bus.open();
    while (bus.state.phase !== 'ready') {
      if (bus.state.phase === 'backoff') throw bus.state.error;
      await new Promise<void>((resolve) => {
        const stop = bus.changed.subscribe(() => resolve(stop()));
      });
    }
    const profile = paceOf(protocol, { isRadio: true });
    const address = protocol.address?.initial ?? 0;
    const reader = new Reader({ bus, protocol, address, profile, clock, onRetrying: () => undefined });
    reader.start();
    return { bus, reader, gapMs: profile.gapMs };
  }

  async end(): Promise<void> {
    this.air.send('end');
    const [code] = (await once(this.air, 'exit')) as [number | null];
    if (code !== 0) throw new Error('The process of the adapter has failed');
  }
}

/** The next reading of a device. */
export function nextReading({ readings }: Device): Promise<Snapshot> {
  return new Promise((resolve) => {
    const stop = readings.subscribe((snapshot) => {
      stop();
      resolve(snapshot);
    });
  });
}
