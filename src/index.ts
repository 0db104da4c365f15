/**
 * Reads lithium battery packs: connects to a battery-management system over a serial port, a network bridge or Bluetooth,
 * detects its protocol, and gives its values one name and one unit, whatever the vendor. Everything that is public is
 * exported here; `@openbms/node-red-bms/codec` has the part that needs no line.
 *
 * @example
 * ```ts
 * import { openPack } from '@openbms/node-red-bms';
 *
 * const pack = await openPack({ transport: 'simulator' });
 * console.log(pack.protocol, await pack.read());
 * await pack.close();
 * ```
 *
 * @packageDocumentation
 */

export * from './library/codec';
export { listSerialPorts, type PortInfo } from './link/serial-ports';
export {
  openLine,
  openPack,
  type ControlResult,
  type Pack,
  type PackCondition,
  type PackLine,
  type PackOptions,
  type PackSettings,
  type ReadingInfo,
} from './library/pack';
export type {
  BluetoothTransport,
  ReplayTransport,
  SerialTransport,
  SimulatorTransport,
  TcpTransport,
  Transport,
} from './library/transport';
