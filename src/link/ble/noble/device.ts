import type { Peripheral } from '../peripheral';
import type { GattRoute, Way } from '../route';
import type { NobleCentral } from './central';
import { waysOf } from './gatt';
import type { NoblePeripheral } from './noble';

/** What fits into a packet where nothing else was agreed. */
const LEAST_MTU = 23;

/** A device of the library. */
export class NobleDevice implements Peripheral {
  constructor(
    private readonly central: NobleCentral,
    private readonly peripheral: NoblePeripheral,
  ) {}

  get id(): string {
    return this.peripheral.id;
  }

  get address(): string {
    return this.peripheral.address;
  }

  get name(): string {
    return this.peripheral.advertisement.localName ?? '';
  }

  get services(): readonly string[] {
    return this.peripheral.advertisement.serviceUuids ?? [];
  }

  get manufacturerData(): Buffer | undefined {
    return this.peripheral.advertisement.manufacturerData;
  }

  get rssi(): number {
    return this.peripheral.rssi;
  }

  get isConnected(): boolean {
    return this.peripheral.state === 'connected';
  }

  /** Whether nothing is left of a connection or an attempt to make one. */
  get isAtRest(): boolean {
    return this.peripheral.state === 'disconnected' || this.peripheral.state === 'error';
  }

  get mtu(): number {
    return Math.max(LEAST_MTU, this.peripheral.mtu ?? LEAST_MTU);
  }

  async connect(): Promise<void> {
    // What is left of an attempt that was given up would be in the way.
    if (this.peripheral.state !== 'disconnected') await this.release();
    await this.central.connect(this.peripheral);
  }

  release(): Promise<void> {
    return this.central.release(this.peripheral);
  }

  whenDisconnected(listener: () => void): () => void {
    // When the adapter goes, the library tells of its connections first: then that is the reason.
    const told = (): void => queueMicrotask(listener);
    this.peripheral.once('disconnect', told);
    return () => void this.peripheral.removeListener('disconnect', told);
  }

  ways(routes: readonly GattRoute[], name: string): Promise<Way[]> {
    return waysOf(this.peripheral, routes, name);
  }

  measureRssi(listener: (rssi: number) => void): void {
    this.peripheral.updateRssi((error, rssi) => {
      if (!error) listener(rssi);
    });
  }
}
