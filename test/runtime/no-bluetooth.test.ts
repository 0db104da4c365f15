import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * What a process has loaded that has all nodes and runs a flow without Bluetooth. In a process of its own: the other
 * tests of this one load the library.
 */
const PROGRAM = `
  const helper = require('node-red-node-test-helper');
  const { flow, load } = require(process.argv[1]);
  (async () => {
    await new Promise((started) => helper.startServer(started));
    const { read, out } = await load(flow({ transport: 'simulator' }));
    read.receive({ payload: '' });
    await out.nth(1);
    const loaded = Object.keys(require.cache);
    const bluetooth = loaded.filter((file) => /@(stoprocent|abandonware)|dbus-next|hci-socket/.test(file));
    process.stdout.write(JSON.stringify({ bluetooth, nodes: loaded.some((file) => /bms-connection/.test(file)) }));
    process.exit(0);
  })();
`;

describe('a flow without Bluetooth', () => {
  it('loads no Bluetooth library', async () => {
    const support = join(__dirname, '..', 'support', 'helper-flow.js');
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', PROGRAM, support], { cwd: process.cwd() });
    assert.deepEqual(JSON.parse(stdout), { bluetooth: [], nodes: true });
  }).timeout(30_000);
});
