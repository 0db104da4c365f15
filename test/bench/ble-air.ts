import { systemClock } from '../../src/clock';
import { protocolById } from '../../src/codec';
import { SimulatedPack } from '../../src/simulator/pack';
import { VirtualAdapter } from '../support/ble/adapter';
import { VirtualBms } from '../support/ble/bms';
import { MODULES, type ModuleName } from '../support/ble/modules';
import { addressOf } from '../support/ble/station';

/** A module with a board behind it, as the benchmark wants it. */
export interface AirBoard {
  module: ModuleName;
  protocol: string;
  mtu: number;
}

/** What the process says: once the path of the adapter's port, then how many bytes were notified, when asked. */
export interface AirMessage {
  path?: string;
  notified?: number;
}

const ADVERTISING_MS = 20;

/**
 * A Bluetooth adapter with boards in its reach that answer at once, in a process of its own, so that neither their
 * timing nor their work is part of what is measured. It lives until it is told to end, or the benchmark has ended.
 */
function begin(boards: readonly AirBoard[]): void {
  let notified = 0;
  const hear = (bytes: Buffer): Buffer[] => {
    notified += bytes.length;
    return [bytes];
  };
  const adapter = new VirtualAdapter({ advertisingMs: ADVERTISING_MS });
  adapter.controller.add(...boards.map((board, index) => bmsOf(board, index + 1, hear)));
  process.on('message', (message) => {
    if (message === 'count') say({ notified });
    else void adapter.close().then(() => process.disconnect());
  });
  process.on('disconnect', () => process.exit());
  say({ path: adapter.path });
}

function bmsOf({ module, protocol: id, mtu }: AirBoard, last: number, cut: (bytes: Buffer) => Buffer[]): VirtualBms {
  const protocol = protocolById(id);
  if (protocol === undefined) throw new Error(`There is no protocol ${id}`);
  const pack = new SimulatedPack({
    ...{ cells: 16, chemistry: 'lfp', scenario: 'steady', speed: 1, seed: last, clock: systemClock },
  });
  return new VirtualBms({ address: addressOf(last), module: { ...MODULES[module], mtu }, protocol, pack, cut });
}

function say(message: AirMessage): void {
  process.send?.(message);
}

process.once('message', (boards) => begin(boards as AirBoard[]));
