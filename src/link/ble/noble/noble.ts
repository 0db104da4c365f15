/** What is used of noble, which `@stoprocent/noble` and `@abandonware/noble` have in common. */

export type AdapterState = 'unknown' | 'resetting' | 'unsupported' | 'unauthorized' | 'poweredOff' | 'poweredOn';

export interface Emitter {
  on(event: string, listener: (...args: never[]) => void): unknown;
  once(event: string, listener: (...args: never[]) => void): unknown;
  removeListener(event: string, listener: (...args: never[]) => void): unknown;
  removeAllListeners(event?: string): unknown;
}

export interface NobleCharacteristic extends Emitter {
  readonly uuid: string;
  readonly properties: readonly string[];
  subscribe(callback: (error?: Error | null) => void): void;
  write(data: Buffer, withoutResponse: boolean, callback: (error?: Error | null) => void): void;
}

export interface NobleService extends Emitter {
  readonly uuid: string;
  discoverCharacteristics(
    uuids: readonly string[],
    callback: (error: Error | null | undefined, characteristics: NobleCharacteristic[]) => void,
  ): void;
}

export interface NoblePeripheral extends Emitter {
  readonly id: string;
  readonly address: string;
  readonly addressType: string;
  readonly state: string;
  readonly rssi: number;
  readonly mtu: number | null;
  readonly advertisement: {
    readonly localName?: string | undefined;
    readonly serviceUuids?: readonly string[] | undefined;
    readonly manufacturerData?: Buffer | undefined;
  };
  connect(callback: (error?: Error | null) => void): void;
  cancelConnect?(): void;
  disconnect(callback?: () => void): void;
  discoverServices(
    uuids: readonly string[],
    callback: (error: Error | null | undefined, services: NobleService[]) => void,
  ): void;
  updateRssi(callback: (error: Error | null | undefined, rssi: number) => void): void;
  writeHandle(handle: number, data: Buffer, withoutResponse: boolean, callback: (error?: Error | null) => void): void;
}

export interface Noble extends Emitter {
  readonly state: AdapterState;
  startScanning(
    serviceUuids: readonly string[],
    allowDuplicates: boolean,
    callback: (error?: Error | null) => void,
  ): void;
  stopScanning(callback?: () => void): void;
  stop?(): void;
}
