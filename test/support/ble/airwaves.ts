import type { Clock, Timer } from '../../../src/clock';
import { addressBytes, join, u8 } from './bytes';
import type { VirtualPeripheral } from './peripheral';

/** Event types of an advertising report (Core Specification, Vol 4 Part E 7.7.65.2). */
const CONNECTABLE = 0x00;
const SCAN_RESPONSE = 0x04;

export interface Listener {
  /** @param report the parameters of an advertising report, without the subevent code */
  heard(report: Buffer): void;
  /** The peripheral to connect to is there. @returns false when it does not react: the attempt goes on, in vain */
  found(peripheral: VirtualPeripheral): boolean;
}

/**
 * What is in the air: every peripheral advertises at once when somebody begins to listen, then again and again. A scan
 * tells of it, and an attempt to connect succeeds when its peripheral is heard.
 */
export class Airwaves {
  private scan: { active: boolean; told: Set<VirtualPeripheral> | undefined } | undefined;
  private wanted: { address: string; addressType: string; isIgnored: boolean } | undefined;
  private timer: Timer | undefined;
  private active = false;

  constructor(
    private readonly peripherals: readonly VirtualPeripheral[],
    private readonly clock: Clock,
    private readonly everyMs: number,
    private readonly listener: Listener,
  ) {}

  get isScanning(): boolean {
    return this.scan !== undefined;
  }

  get isConnecting(): boolean {
    return this.wanted !== undefined;
  }

  /** @param active whether scan responses are asked for, from the next scan on */
  setScanType(active: boolean): void {
    this.active = active;
  }

  /** @param onceEach whether each peripheral is told of once only */
  startScan(onceEach: boolean): void {
    this.scan = { active: this.active, told: onceEach ? new Set() : undefined };
    this.advertise();
  }

  stopScan(): void {
    this.scan = undefined;
    this.rest();
  }

  seek(address: string, addressType: string): void {
    this.wanted = { address, addressType, isIgnored: false };
    this.advertise();
  }

  stopSeeking(): void {
    this.wanted = undefined;
    this.rest();
  }

  stop(): void {
    this.scan = undefined;
    this.wanted = undefined;
    this.active = false;
    this.rest();
  }

  private rest(): void {
    if (this.isScanning || this.isConnecting) return;
    this.timer?.cancel();
    this.timer = undefined;
  }

  private advertise(): void {
    this.timer?.cancel();
    this.timer = undefined;
    for (const peripheral of this.peripherals) {
      if (peripheral.isAdvertising) this.hear(peripheral);
    }
    if (!this.isScanning && !this.isConnecting) return;
    this.timer = this.clock.after(this.everyMs, () => this.advertise());
  }

  private hear(peripheral: VirtualPeripheral): void {
    const { scan, wanted } = this;
    if (scan !== undefined && scan.told?.has(peripheral) !== true) {
      scan.told?.add(peripheral);
      this.report(peripheral, scan.active);
    }
    if (wanted === undefined || wanted.isIgnored) return;
    if (wanted.address !== peripheral.address || wanted.addressType !== peripheral.addressType) return;
    this.wanted = undefined;
    if (!this.listener.found(peripheral)) this.wanted = { ...wanted, isIgnored: true };
  }

  private report(peripheral: VirtualPeripheral, active: boolean): void {
    const { data, response } = peripheral.advertisement();
    this.tell(CONNECTABLE, peripheral, data);
    if (active) this.tell(SCAN_RESPONSE, peripheral, response);
  }

  private tell(type: number, peripheral: VirtualPeripheral, data: Buffer): void {
    this.listener.heard(join(u8(1, type), peerBytes(peripheral), u8(data.length), data, u8(peripheral.rssi)));
  }
}

/** The type of an address and the address, as in every event that tells of a peripheral. */
export function peerBytes({ address, addressType }: VirtualPeripheral): Buffer {
  return join(u8(addressType === 'random' ? 1 : 0), addressBytes(address));
}
