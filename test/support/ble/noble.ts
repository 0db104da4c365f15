import { withBindings, type Characteristic, type Noble, type Peripheral } from '@stoprocent/noble';
import type { VirtualAdapter } from './adapter';

/** noble itself, not mocked, on a virtual adapter. */
export class NobleHost {
  readonly noble: Noble;

  constructor(private readonly adapter: VirtualAdapter) {
    this.noble = withBindings('hci', adapter.bindings);
  }

  async powerOn(): Promise<void> {
    await this.noble.waitForPoweredOnAsync(2000);
  }

  /** Scans until a device with this address is heard. */
  async find(address: string): Promise<Peripheral> {
    const found = new Promise<Peripheral>((resolve) => {
      const look = (peripheral: Peripheral): void => {
        if (peripheral.address !== address) return;
        this.noble.removeListener('discover', look);
        resolve(peripheral);
      };
      this.noble.on('discover', look);
    });
    await this.noble.startScanningAsync([], false);
    const peripheral = await found;
    await this.noble.stopScanningAsync();
    return peripheral;
  }

  async connect(address: string): Promise<Peripheral> {
    const peripheral = await this.find(address);
    await peripheral.connectAsync();
    return peripheral;
  }

  async close(): Promise<void> {
    this.noble.stop();
    await this.adapter.close();
  }
}

/** Everything that the device tells on a characteristic, from now on. */
export class Heard {
  readonly pieces: Buffer[] = [];
  private waiting: { count: number; done: () => void } | undefined;

  constructor(characteristic: Characteristic) {
    characteristic.on('data', (bytes: Buffer) => {
      this.pieces.push(bytes);
      if (this.waiting !== undefined && this.length >= this.waiting.count) this.waiting.done();
    });
  }

  get length(): number {
    return this.pieces.reduce((sum, { length }) => sum + length, 0);
  }

  /** @returns all of it, as soon as it is this much */
  async bytes(count: number): Promise<Buffer> {
    if (this.length < count) await new Promise<void>((done) => (this.waiting = { count, done }));
    return Buffer.concat(this.pieces);
  }
}

/**
 * Whether a promise has not settled although everything that was under way has arrived: a command goes through the
 * same queues and is answered behind it.
 */
export async function isPending(promise: Promise<unknown>, peripheral: Peripheral): Promise<boolean> {
  await peripheral.updateRssiAsync();
  return Promise.race([promise.then(isSettled, isSettled), Promise.resolve().then(() => Promise.resolve(true))]);
}

const isSettled = (): boolean => false;
