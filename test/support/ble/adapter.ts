import { PtyCable } from '../pty';
import { VirtualController, type ControllerOptions } from './controller';

/**
 * A Bluetooth adapter on a serial port: a virtual controller behind a real terminal. With noble:
 * `withBindings('hci', adapter.bindings)`.
 */
export class VirtualAdapter {
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

  get bindings(): { hciDriver: 'uart'; bindParams: { uart: { port: string; baudRate: number } } } {
    return { hciDriver: 'uart', bindParams: { uart: { port: this.path, baudRate: 1_000_000 } } };
  }

  /** To be called when the host has closed the port: a host that still reads would spin on a line that has hung up. */
  close(): void {
    this.controller.close();
    this.cable.close();
  }
}
