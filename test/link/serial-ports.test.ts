import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SerialPort } from 'serialport';
import { restore, stub } from 'sinon';
import { listPortFiles, listSerialPorts, type PortInfo } from '../../src/link/serial-ports';
import { udevDatabase } from '../../src/link/udev';
import { FakeClock } from '../support/fake-clock';
import { patientClock } from '../support/patient-clock';

/** An entry of the device database. */
function entry(name: string, links: readonly string[], properties: Record<string, string> = {}): string {
  const told = Object.entries({ DEVLINKS: links.join(' '), ...properties }).map(([key, value]) => `E: ${key}=${value}`);
  return [`P: /devices/x/${name}`, `N: ${name}`, ...links.map((link) => `S: ${link.slice(5)}`), ...told].join('\n');
}

describe('the serial ports of a Linux machine', () => {
  let root: string;
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'openbms-ports-')));
    mkdirSync(join(root, 'dev/serial/by-id'), { recursive: true });
    mkdirSync(join(root, 'dev/serial/by-path'));
    mkdirSync(join(root, 'sys'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  /** Makes device files, and links of by-id and by-path to them. */
  function make(names: readonly string[], links: Record<string, string> = {}): void {
    for (const name of names) writeFileSync(join(root, 'dev', name), '');
    for (const [link, name] of Object.entries(links)) symlinkSync(`../../${name}`, join(root, 'dev/serial', link));
  }

  /** Lists them with paths as if the folder were `/dev`. */
  async function list(database = ''): Promise<PortInfo[]> {
    const dev = join(root, 'dev');
    const ports = await listPortFiles({
      ...{ dev, sys: join(root, 'sys') },
      database: () => Promise.resolve(database.replaceAll('/dev/', `${dev}/`)),
      isDevice: (path) => Promise.resolve(readdirSync(dev).includes(path.slice(dev.length + 1))),
    });
    return JSON.parse(JSON.stringify(ports).replaceAll(dev, '/dev')) as PortInfo[];
  }

  const paths = async (database?: string): Promise<string[]> =>
    (await list(database)).map(({ path }) => path.replace('/dev/', ''));

  it('have the name of the adapter that stays, and say who made them', async () => {
    make(['ttyUSB0'], { 'by-id/usb-FTDI_0042': 'ttyUSB0', 'by-path/pci-usb-0:1': 'ttyUSB0' });
    const links = ['/dev/serial/by-id/usb-FTDI_0042', '/dev/serial/by-path/pci-usb-0:1'];
    assert.deepEqual(
      await list(entry('ttyUSB0', links, { ID_VENDOR: 'FTDI', ID_MODEL: 'FT232', ID_SERIAL_SHORT: '42' })),
      [{ path: '/dev/ttyUSB0', stablePath: links[0], stableBy: 'adapter', description: 'FTDI FT232 42' }],
    );
  });

  const twin = '/dev/serial/by-id/usb-1a86_USB_Serial-if00-port0';
  const sockets = ['/dev/serial/by-path/pci-usb-0:1.1', '/dev/serial/by-path/pci-usb-0:1.2'];
  const twins = ['ttyUSB0', 'ttyUSB1'].map((name, index) => entry(name, [twin, sockets[index] ?? ''])).join('\n\n');

  it('that are twins have the name of their socket, not the one that they share', async () => {
    make(['ttyUSB0', 'ttyUSB1'], {
      'by-id/usb-1a86_USB_Serial-if00-port0': 'ttyUSB1',
      'by-path/pci-usb-0:1.1': 'ttyUSB0',
      'by-path/pci-usb-0:1.2': 'ttyUSB1',
    });
    const expected = sockets.map((socket, index) => [`/dev/ttyUSB${index}`, socket, 'socket']);
    for (const database of [twins, '']) {
      const ports = await list(database);
      assert.deepEqual(
        ports.map(({ path, stablePath, stableBy }) => [path, stablePath, stableBy]),
        expected,
      );
    }
  });

  it('that are twins keep their plain names where no other leads to them', async () => {
    make(['ttyUSB0', 'ttyUSB1'], { 'by-id/usb-1a86_USB_Serial-if00-port0': 'ttyUSB1' });
    for (const database of [twins, '']) {
      assert.deepEqual(
        (await list(database)).map(({ stablePath }) => stablePath),
        [undefined, undefined],
      );
    }
  });

  it('have no stable name that does not exist, as in a container without it', async () => {
    make(['ttyUSB0']);
    assert.deepEqual(await list(entry('ttyUSB0', ['/dev/serial/by-id/usb-FTDI_0042'])), [
      { path: '/dev/ttyUSB0', description: '' },
    ]);
  });

  it('are those of the container, not those of the host', async () => {
    make(['ttyBMS']);
    assert.deepEqual(await paths(entry('ttyUSB3', [])), ['ttyBMS']);
  });

  it('come with USB adapters first, whatever they are called, and without consoles', async () => {
    const ports = ['ttyACM0', 'ttyCH343USB0', 'ttyUSB2', 'ttyUSB10', 'ttyXRUSB0'];
    const others = ['rfcomm0', 'ttyAMA0', 'ttyLP0', 'ttymxc2', 'ttyRS485-1', 'ttySC0', 'ttyTHS1'];
    make([...ports, ...others, 'ttyS0', 'tty', 'tty1', 'tty63', 'ttyp0', 'ttyprintk', 'ttynull', 'null', 'sda']);
    const listed = await paths();
    assert.deepEqual(listed.slice(0, ports.length).sort(), [...ports].sort());
    assert.ok(listed.indexOf('ttyUSB2') < listed.indexOf('ttyUSB10'));
    assert.deepEqual([...listed.slice(ports.length, -1)].sort(), [...others].sort());
    assert.equal(listed.at(-1), 'ttyS0');
  });

  it('are without names of a PC that have no socket', async () => {
    make(['ttyS0', 'ttyS1', 'ttyS2']);
    for (const [name, type] of [
      ['ttyS0', '4\n'],
      ['ttyS1', '0\n'],
    ] as const) {
      mkdirSync(join(root, 'sys', name));
      writeFileSync(join(root, 'sys', name, 'type'), type);
    }
    // Where the kernel does not tell, it is offered.
    assert.deepEqual(await paths(), ['ttyS0', 'ttyS2']);
  });

  it('are there without a device database, or with one that makes no sense', async () => {
    make(['ttyUSB0']);
    for (const database of ['', 'not a database', 'N: ttyUSB0']) assert.deepEqual(await paths(database), ['ttyUSB0']);
  });
});

describe('the device database', () => {
  const { PATH } = process.env;
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'openbms-udev-'));
    process.env['PATH'] = `${folder}:${PATH}`;
  });
  afterEach(() => {
    process.env['PATH'] = PATH;
    rmSync(folder, { recursive: true });
  });

  function program(script: string): void {
    const file = join(folder, 'udevadm');
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
  }

  it('is what the program prints', async () => {
    program('echo "N: ttyUSB0 $1 $2"');
    assert.equal(await udevDatabase(patientClock), 'N: ttyUSB0 info -e\n');
  });

  it('is empty when the program fails', async () => {
    program('echo "N: ttyUSB0"; exit 1');
    assert.equal(await udevDatabase(patientClock), '');
  });

  it('is empty where there is no such program', async () => {
    process.env['PATH'] = folder;
    assert.equal(await udevDatabase(patientClock), '');
  });

  it('is waited for no longer than five seconds', async () => {
    program('exec sleep 600');
    const clock = new FakeClock();
    let text: string | undefined;
    const asked = udevDatabase(clock).then((got) => (text = got));
    await clock.tick(4999);
    assert.equal(text, undefined);
    await clock.tick(1);
    assert.equal(await asked, '');
  });
});

describe('the serial ports of another system', () => {
  const { platform } = process;
  afterEach(() => {
    restore();
    Object.defineProperty(process, 'platform', { value: platform });
  });

  it('are those of the library', async () => {
    Object.defineProperty(process, 'platform', { value: 'win32' });
    const unknown = { pnpId: undefined, vendorId: undefined, productId: undefined, locationId: undefined };
    stub(SerialPort, 'list').resolves([{ ...unknown, path: 'COM3', manufacturer: 'FTDI', serialNumber: '0042' }]);
    assert.deepEqual(await listSerialPorts(), [{ path: 'COM3', description: 'FTDI 0042' }]);
  });
});
