import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { SerialPort } from 'serialport';
import { restore, stub } from 'sinon';
import { listSerialPorts } from '../../src/link/serial-ports';

describe('the serial ports of this machine', () => {
  const { PATH } = process.env;
  afterEach(() => {
    restore();
    process.env['PATH'] = PATH;
  });

  it('have the stable name that the system gives them, and say who made them', async () => {
    const unknown = { vendorId: undefined, productId: undefined, locationId: undefined };
    stub(SerialPort, 'list').resolves([
      { ...unknown, path: '/dev/ttyUSB0', pnpId: 'usb-FTDI_0042', manufacturer: 'FTDI', serialNumber: '0042' },
      { ...unknown, path: '/dev/ttyS0', pnpId: undefined, manufacturer: undefined, serialNumber: undefined },
    ]);
    const stable = process.platform === 'linux' ? { stablePath: '/dev/serial/by-id/usb-FTDI_0042' } : {};
    assert.deepEqual(await listSerialPorts(), [
      { path: '/dev/ttyUSB0', ...stable, description: 'FTDI 0042' },
      { path: '/dev/ttyS0', description: '' },
    ]);
  });

  it('are the names of the kernel where there is no udev', async function () {
    if (process.platform !== 'linux') return this.skip();
    // The library asks a program, which is not found.
    process.env['PATH'] = '/nowhere';
    const listed = (await listSerialPorts()).map(({ path }) => path);
    const wired = readdirSync('/dev').filter((name) => /^tty(USB|ACM|S)\d+$/.test(name));
    for (const name of wired) assert.ok(listed.includes(`/dev/${name}`), name);
    assert.ok(!listed.includes('/dev/tty1'), 'a console is no serial port');
  });

  it('cannot be listed: says why', async () => {
    stub(SerialPort, 'list').rejects(new Error('udevadm exited with error code: 1'));
    await assert.rejects(listSerialPorts(), /udevadm exited/);
  });
});
