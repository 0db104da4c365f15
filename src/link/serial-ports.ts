import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { loadLibrary } from './serial';

export interface PortInfo {
  /** what the system calls it now, such as /dev/ttyUSB0 */
  path: string;
  /** a name that stays the same across restarts and sockets, where the system has one */
  stablePath?: string;
  /** who made it, as far as known */
  description: string;
}

const STABLE_NAMES = '/dev/serial/by-id';

/** Names of the kernel for ports that may have a battery on them. */
const DEVICE_NAME = /^tty(USB|ACM|AMA|S|O|XRUSB|mxc|THS)\d+$/;

/** The serial ports of this machine. @throws BmsError `adapter_missing` when the native library cannot load */
export async function listSerialPorts(): Promise<PortInfo[]> {
  const { SerialPort } = await loadLibrary();
  try {
    const ports = await SerialPort.list();
    return ports.map(({ path, pnpId, manufacturer, serialNumber }) => ({
      path,
      ...(pnpId !== undefined && process.platform === 'linux' ? { stablePath: join(STABLE_NAMES, pnpId) } : {}),
      description: [manufacturer, serialNumber].filter((part) => part !== undefined).join(' '),
    }));
  } catch (error) {
    // The library asks udev, which containers often lack; the kernel's own names are there all the same.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return listDeviceFiles();
    throw error;
  }
}

async function listDeviceFiles(): Promise<PortInfo[]> {
  const stable = new Map<string, string>();
  for (const name of await readdir(STABLE_NAMES).catch(() => [])) {
    const link = join(STABLE_NAMES, name);
    stable.set(await realpath(link), link);
  }
  const names = (await readdir('/dev')).filter((name) => DEVICE_NAME.test(name)).sort();
  return names.map((name) => {
    const path = join('/dev', name);
    const stablePath = stable.get(path);
    return { path, ...(stablePath === undefined ? {} : { stablePath }), description: '' };
  });
}
