import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { NODE_TYPES } from '../support/node-types';

/*
 * What a process has loaded, and what not. In a process of its own: the other tests of this one load everything.
 */

/** Runs a program that writes JSON, whose `process.argv[1]` is a folder of the built tests. */
async function resultOf(program: string, folder: string): Promise<unknown> {
  const path = join(__dirname, '..', folder);
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', program, path], { cwd: process.cwd() });
  return JSON.parse(stdout);
}

const FLOW_WITHOUT_BLUETOOTH = `
  const helper = require('node-red-node-test-helper');
  const { flow, load } = require(process.argv[1] + '/helper-flow.js');
  (async () => {
    await new Promise((started) => helper.startServer(started));
    const { read, out } = await load(flow({ transport: 'simulator' }));
    read.receive({ payload: '' });
    await out.nth(1);
    const loaded = Object.keys(require.cache);
    const bluetooth = loaded.filter((file) => /@(stoprocent|abandonware)|hci-socket/.test(file));
    process.stdout.write(JSON.stringify({ bluetooth, nodes: loaded.some((file) => /bms-connection/.test(file)) }));
    process.exit(0);
  })();
`;

const NODES_ONLY = `
  const { readdirSync } = require('node:fs');
  const types = [];
  const RED = {
    nodes: { registerType: (type) => types.push(type) },
    auth: { needsPermission: () => undefined },
    httpAdmin: { get: () => undefined, post: () => undefined },
    hooks: { add: () => undefined },
  };
  const entries = readdirSync(process.argv[1]).filter((name) => /^bms-.*\\.js$/.test(name));
  for (const name of entries) require(process.argv[1] + '/' + name)(RED);
  const loaded = Object.keys(require.cache);
  const protocols = loaded.filter((file) => /src.codec.(?!kit)[^/\\\\]+[/\\\\]/.test(file));
  const libraries = loaded.filter((file) => /node_modules/.test(file));
  const late = loaded.filter((file) => /src.(link.(ble|dbus|replay)|simulator|runtime.(recordings|dialogs.(?![a-z]+-endpoints)))/.test(file));
  process.stdout.write(JSON.stringify({ types, protocols, libraries, late }));
`;

describe('what is loaded', () => {
  it('is no Bluetooth library by a flow without Bluetooth', async () => {
    assert.deepEqual(await resultOf(FLOW_WITHOUT_BLUETOOTH, 'support'), { bluetooth: [], nodes: true });
  }).timeout(30_000);

  it('is no protocol, no library and nothing that loads late by a Node-RED whose flows have none of the nodes', async () => {
    assert.deepEqual(await resultOf(NODES_ONLY, '../nodes'), {
      types: NODE_TYPES.toSorted(),
      ...{ protocols: [], libraries: [], late: [] },
    });
  });
});
