import { lstat, readFile, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../clock';
import { byLikelihood, isBuiltIn, isPortName, isUsb } from './port-names';
import { loadLibrary } from './serial';
import { parseUdev, udevDatabase, type UdevEntry } from './udev';

/** A serial port of this machine. */
export interface PortInfo {
  /** what the system calls it now, such as /dev/ttyUSB0 */
  path: string;
  /** a name that stays the same across restarts, where the system has one that leads to this port alone */
  stablePath?: string;
  /** what that name goes by: the adapter, wherever it is plugged in, or the socket, whatever is plugged in */
  stableBy?: 'adapter' | 'socket';
  /** who made it, as far as known */
  description: string;
}

/** What the ports of a Linux system are listed from. */
export interface PortFiles {
  /** the folder of device files, mostly `/dev` */
  dev: string;
  /** where the kernel tells of terminals, mostly `/sys/class/tty` */
  sys: string;
  /** see `udevDatabase` */
  database(): Promise<string>;
  /** whether a path is a character device, and no link to one */
  isDevice(path: string): Promise<boolean>;
}

const SYSTEM: PortFiles = {
  dev: '/dev',
  sys: '/sys/class/tty',
  database: () => udevDatabase(systemClock),
  isDevice: (path) =>
    lstat(path).then(
      (found) => found.isCharacterDevice(),
      () => false,
    ),
};

/** The folders of stable names below the device files, in the order in which to prefer them. */
const STABLE = [
  ['serial/by-id', 'adapter'],
  ['serial/by-path', 'socket'],
] as const;

/** The serial ports of this machine. @throws BmsError `adapter_missing` when the native library is needed and lacks */
export async function listSerialPorts(): Promise<PortInfo[]> {
  if (process.platform === 'linux') return listPortFiles(SYSTEM);
  const { SerialPort } = await loadLibrary();
  const ports = await SerialPort.list();
  return ports.map(({ path, manufacturer, serialNumber }) => ({
    path,
    description: [manufacturer, serialNumber].filter((part) => part !== undefined).join(' '),
  }));
}

/**
 * The ports that exist as device files, USB adapters first. The device database only describes them: in a container it is
 * that of the host, or not there.
 */
export async function listPortFiles(files: PortFiles): Promise<PortInfo[]> {
  const [names, database] = await Promise.all([portNames(files), files.database().then(parseUdev)]);
  const stable = await stableNames(files, names, database);
  return names.map((name) => ({
    path: join(files.dev, name),
    ...stable.get(name),
    description: database.get(name)?.description ?? '',
  }));
}

async function portNames({ dev, sys, isDevice }: PortFiles): Promise<string[]> {
  const names = (await readdir(dev)).filter(isPortName).sort(byLikelihood);
  const present = await Promise.all(
    names.map(async (name) => {
      if (!(await isDevice(join(dev, name)))) return false;
      return !isBuiltIn(name) || (await readFile(join(sys, name, 'type'), 'utf8').catch(() => '')).trim() !== '0';
    }),
  );
  return names.filter((_name, index) => present[index]);
}

type Stable = Pick<PortInfo, 'stablePath' | 'stableBy'>;

/**
 * The stable name of each port that has one. Adapters without a serial number share one by-id name, which leads to the one
 * that was plugged in last: it is nobody's.
 */
async function stableNames(
  { dev }: PortFiles,
  names: readonly string[],
  database: ReadonlyMap<string, UdevEntry>,
): Promise<Map<string, Stable>> {
  const found = new Map<string, Stable>();
  for (const [folder, stableBy] of STABLE) {
    const leadsTo = await linksIn(join(dev, folder), dev);
    // Without the database nothing tells whose a name is that leads to another: where an adapter lacks one, it is doubtful.
    const isDoubtful =
      database.size === 0 && names.some((name) => isUsb(name) && ![...leadsTo.values()].includes(name));
    if (isDoubtful && stableBy === 'adapter') continue;
    for (const [stablePath, name] of leadsTo) {
      const isClaimed = [...database].some(([other, { links }]) => other !== name && links.includes(stablePath));
      if (!isClaimed && !found.has(name)) found.set(name, { stablePath, stableBy });
    }
  }
  return found;
}

/** The links of a folder that lead to something, with the name of what they lead to below `dev`. */
async function linksIn(folder: string, dev: string): Promise<Map<string, string>> {
  const links = new Map<string, string>();
  for (const name of await readdir(folder).catch(() => [])) {
    const link = join(folder, name);
    const path = await realpath(link).catch(() => undefined);
    if (path?.startsWith(`${dev}/`) === true) links.set(link, path.slice(dev.length + 1));
  }
  return links;
}
