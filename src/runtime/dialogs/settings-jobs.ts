import type { NodeAPI } from 'node-red';
import { BmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import type { Device } from '../../session/device';
import type { ReadSettings, SettingsProgress } from '../../session/settings/requests';
import { deviceNode, type BmsDeviceNode } from '../bms-nodes';

export type Nodes = Pick<NodeAPI['nodes'], 'getNode'>;

/** A deployed device whose settings a dialog shows. */
export interface DialogDevice {
  readonly node: BmsDeviceNode;
  readonly device: Device;
}

/** What runs for a dialog now, by the id of its device. */
const running = new Map<string, { progress: SettingsProgress | undefined }>();

/** The settings that a dialog has had read last. They hold secrets of the board, and stay here. */
const lastRead = new WeakMap<Device, ReadSettings>();

/** @throws BmsError `not_found` for a device that is not deployed; what is wrong with it */
export function dialogDevice(nodes: Nodes, id: unknown): DialogDevice {
  const node = deviceNode(nodes, id);
  if (node === null) {
    throw new BmsError('not_found', say`The device is not running; deploy it first.`);
  }
  const { battery: device, problem } = node;
  if (device === undefined) throw problem ?? new BmsError('bad_value', say`The device cannot be used.`);
  return { node, device };
}

/**
 * Does one thing with the settings of a device for a dialog, and keeps how far it has come. A device that no node uses runs for
 * so long.
 * @throws BmsError `port_busy` while something runs for another dialog; what `perform` throws
 */
export async function inDialog<T>(
  { node, device }: DialogDevice,
  perform: (progress: (step: SettingsProgress) => void) => Promise<T>,
): Promise<T> {
  if (running.has(node.id)) {
    const busy = say`The settings of ${device.name} are being read or written for another dialog; wait for the end of that.`;
    throw new BmsError('port_busy', busy);
  }
  const job: { progress: SettingsProgress | undefined } = { progress: undefined };
  running.set(node.id, job);
  const letGo = node.borrow();
  try {
    return await perform((step) => (job.progress = step));
  } finally {
    running.delete(node.id);
    await letGo();
  }
}

/** How far what runs for a dialog has come; undefined when nothing runs, or no step is done. */
export function progressOf(id: string): SettingsProgress | undefined {
  return running.get(id)?.progress;
}

export function keepRead({ device }: DialogDevice, read: ReadSettings): void {
  lastRead.set(device, read);
}

/** The settings as they were read last. @throws BmsError `not_found` when they were not, since the device was deployed */
export function readBefore({ device }: DialogDevice): ReadSettings {
  const read = lastRead.get(device);
  if (read !== undefined) return read;
  throw new BmsError('not_found', say`The settings of ${device.name} were not read since the deploy; read them first.`);
}
