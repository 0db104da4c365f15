import { existsSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../../src/clock';
import { PtyCable } from '../pty';
import { VirtualController, type ControllerOptions } from './controller';

/** Where Linux lists what this process has open. */
const OPEN_FILES = '/proc/self/fd';

/** How long a host may take to let go of an adapter, ms. */
export const CLOSING_MS = 1000;

/** A Bluetooth adapter with a virtual controller in it. */
export interface Adapter {
  readonly controller: VirtualController;
  /** as a radio is told it; stays the same when it was unplugged */
  readonly name: string;
  /** as a user enters it */
  readonly property: string;
  unplug(): void;
  plugIn(): void;
  /** Waits until the host has let go of it. @throws Error when the host does not */
  close(): Promise<void>;
}

/**
 * A Bluetooth adapter on a serial port: a virtual controller behind a real terminal. With noble:
 * `withBindings('hci', adapter.bindings)`.
 */
export class VirtualAdapter implements Adapter {
  readonly controller: VirtualController;
  private readonly cable: PtyCable;
  private listener: (bytes: Buffer) => void = () => undefined;

  constructor(options: ControllerOptions = {}) {
    this.cable = new PtyCable((bytes) => this.listener(bytes));
    this.controller = new VirtualController(
      { write: (bytes) => this.cable.say(bytes), onData: (listener) => (this.listener = listener) },
      options,
    );
  }

  /** of the serial port */
  get path(): string {
    return this.cable.path;
  }

  get name(): string {
    return `${this.path}:1000000`;
  }

  get property(): string {
    return realpathSync(this.path);
  }

  get bindings(): { hciDriver: 'uart'; bindParams: { uart: { port: string; baudRate: number } } } {
    return { hciDriver: 'uart', bindParams: { uart: { port: this.path, baudRate: 1_000_000 } } };
  }

  /** The adapter is pulled out of its socket: its port hangs up, its links are gone. */
  unplug(): void {
    this.controller.powerOff();
    this.cable.pullOut();
  }

  plugIn(): void {
    this.cable.plugIn();
  }

  /**
   * Waits until the host has closed the port, then takes it away: a host that still writes would fail with nobody to
   * tell it to, one that still reads would spin on a line that has hung up.
   * @throws Error when the host does not close it
   */
  async close(): Promise<void> {
    this.controller.close();
    const limit = systemClock.monotonic() + CLOSING_MS;
    while (this.isOpen && systemClock.monotonic() < limit) await new Promise<void>((resolve) => setImmediate(resolve));
    const wasLeftOpen = this.isOpen;
    this.cable.close();
    if (wasLeftOpen) throw new Error('The host has not closed the port of the Bluetooth adapter');
  }

  /** Whether somebody in this process, besides the cable itself, has the terminal open. */
  private get isOpen(): boolean {
    if (!existsSync(OPEN_FILES) || !existsSync(this.path)) return false;
    const terminal = realpathSync(this.path);
    return readdirSync(OPEN_FILES).filter((file) => leadsTo(file) === terminal).length > 1;
  }
}

function leadsTo(file: string): string | undefined {
  try {
    return readlinkSync(join(OPEN_FILES, file));
  } catch {
    return undefined; // closed since it was listed
  }
}
