import type { Peripheral } from '../peripheral';
import type { GattRoute, RoutedPort } from '../route';
import { attributesOf } from './attributes';
import type { NobleCentral } from './central';
import { NobleGatt } from './gatt';
import type { NoblePeripheral } from './noble';
import { Refusals, type Refusal } from './refusals';

/** What fits into a packet where nothing else was agreed. */
const LEAST_MTU = 23;

/** A device of the library. */
export class NobleDevice implements Peripheral {
  /** of the present connection; undefined where the library tells them by itself */
  private refusals: Refusals | undefined;

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
    this.refusals = undefined;
    await this.central.connect(this.peripheral);
    const attributes = attributesOf(this.central.noble, this.id);
    this.refusals = attributes && new Refusals(attributes);
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

  async ports(routes: readonly GattRoute[], name: string): Promise<RoutedPort[]> {
    const attributes = attributesOf(this.central.noble, this.id);
    const gatt = new NobleGatt(this.peripheral, attributes, (work) => this.unlessRefused(work));
    // That there is no more ends every discovery with a refusal.
    return this.unlessRefused(
      () => gatt.ways(routes, name),
      ({ wantsPairing }) => wantsPairing,
    );
  }

  measureRssi(listener: (rssi: number) => void): void {
    this.peripheral.updateRssi((error, rssi) => {
      if (!error) listener(rssi);
    });
  }

  private unlessRefused<T>(work: () => Promise<T>, counts?: (refusal: Refusal) => boolean): Promise<T> {
    return this.refusals === undefined ? work() : this.refusals.during(work, counts);
  }
}
