import { EventEmitter } from 'node:events';
import { systemClock } from '../../../src/clock';
import { CLOSING_MS, type Adapter } from './adapter';
import { VirtualController, type ControllerOptions } from './controller';

/** The first byte of a packet that is a command. */
const COMMAND = 0x01;

/** Adapters of this computer, by number. */
const adapters = new Map<number, SocketAdapter>();

/**
 * What `@abandonware/bluetooth-hci-socket` is to its library: a raw socket of the kernel on an adapter. As there, every
 * socket hears all that the adapter says, and the commands of the others.
 */
export class FakeHciSocket extends EventEmitter {
  private adapter: SocketAdapter | undefined;
  private number = -1;

  bindRaw(number?: number): number {
    const [first = 0] = adapters.keys();
    const found = adapters.get(number ?? first);
    if (found?.isUp !== true) throw Object.assign(new Error('ENODEV, No such device'), { code: 'ENODEV' });
    this.adapter = found;
    this.number = found.number;
    return found.number;
  }

  setFilter(): void {
    // What the kernel would hold back is not sent here.
  }

  isDevUp(): boolean {
    return adapters.get(this.number)?.isUp ?? false;
  }

  start(): void {
    this.adapter?.sockets.add(this);
  }

  stop(): void {
    this.adapter?.sockets.delete(this);
  }

  write(bytes: Buffer): void {
    if (this.adapter !== undefined) return this.adapter.hear(this, Buffer.from(bytes));
    const what = { code: 'EBADFD', syscall: 'write' };
    this.emit('error', Object.assign(new Error('EBADFD, File descriptor in bad state'), what));
  }

  /** The adapter is gone, and does not come back to this socket. */
  orphan(): void {
    this.adapter = undefined;
  }
}

/** A Bluetooth adapter of the kernel: a virtual controller behind raw sockets. */
export class SocketAdapter implements Adapter {
  readonly controller: VirtualController;
  readonly number: number;
  readonly sockets = new Set<FakeHciSocket>();
  isUp = true;
  private listener: (bytes: Buffer) => void = () => undefined;

  constructor(options: ControllerOptions = {}) {
    this.number = Math.max(-1, ...adapters.keys()) + 1;
    adapters.set(this.number, this);
    this.controller = new VirtualController(
      { write: (packet) => this.tell(packet), onData: (listener) => (this.listener = listener) },
      options,
    );
  }

  get name(): string {
    return `hci${this.number}`;
  }

  get property(): string {
    return this.name;
  }

  /** @param bytes one packet */
  hear(from: FakeHciSocket, bytes: Buffer): void {
    setImmediate(() => this.isUp && this.listener(bytes));
    if (bytes[0] === COMMAND) this.tell(bytes, from);
  }

  unplug(): void {
    this.controller.powerOff();
    this.isUp = false;
    for (const socket of this.sockets) socket.orphan();
    this.sockets.clear();
  }

  plugIn(): void {
    this.isUp = true;
  }

  async close(): Promise<void> {
    this.controller.close();
    const limit = systemClock.monotonic() + CLOSING_MS;
    while (this.sockets.size > 0 && systemClock.monotonic() < limit) {
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    adapters.delete(this.number);
    if (this.sockets.size > 0) throw new Error('The host has not stopped its socket on the Bluetooth adapter');
  }

  private tell(packet: Buffer, except?: FakeHciSocket): void {
    setImmediate(() => {
      for (const socket of [...this.sockets]) if (socket !== except) socket.emit('data', packet);
    });
  }
}
