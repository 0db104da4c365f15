import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { protocolById } from '../../src/codec';
import { FakeRed } from '../support/fake-red';
import { NODES } from '../support/nodes';
import { NodeRed } from '../support/node-red';
import { ServedBoard } from '../support/served-board';

/** A Node-RED that asks who is there: `editor` may do everything, `guest` only look. It tells all that it does. */
const SETTINGS = `
  logging: { console: { level: 'trace', audit: true } },
  adminAuth: (() => {
    const known = {
      editor: { username: 'editor', permissions: '*' },
      guest: { username: 'guest', permissions: 'read' },
    };
    const users = async (name) => known[name] ?? null;
    const authenticate = async (name, password) => (password === 'of ' + name ? users(name) : null);
    return { type: 'credentials', users, authenticate };
  })(),`;

const ROOT = '/@openbms/node-red-bms';

/** What only lists, for whoever may look. */
const LISTS = ['protocols', 'serial-ports', 'alarm-rules', 'settings-progress', 'limits-now'];
/** What reads the settings of a deployed device, for whoever may look. */
const LOOKS = ['settings-read', 'settings-compare', 'settings-vendorFile', 'settings-quickSetup'];
/** What sends something else or opens a line, for whoever could deploy the same. */
const DEEDS = [
  ...['accept', 'addresses', 'bluetooth', 'record', 'report', 'test'],
  ...['settings-plan', 'settings-write'],
];
const ALL = [...LISTS, ...LOOKS, ...DEEDS];

const SECRETS = { jbd: '918273', ant: 'Op3n-S3same' } as const;

/** Of the board whose settings hold its passwords. */
const SETTINGS_BODY = { device: 'ant-device', action: 'write', settings: {} };

describe('Node-RED with users', function () {
  this.timeout(60_000);
  const red = new NodeRed({ settings: SETTINGS });
  const boards = new Map<string, ServedBoard>();
  const tokens = new Map<string, string>();

  before(async () => {
    await red.start();
    for (const user of ['editor', 'guest']) tokens.set(user, await tokenOf(red, user));
    for (const id of Object.keys(SECRETS)) {
      const protocol = protocolById(id);
      assert.ok(protocol);
      boards.set(id, await new ServedBoard(protocol).listen());
    }
    red.token = tokens.get('editor') ?? '';
    await red.deploy(flowOn(red, boards));
  });
  after(async () => {
    for (const board of boards.values()) await board.close();
    await red.stop();
  });

  /** @returns the status and the text of the answer */
  async function asked(user: string, name: string): Promise<{ status: number; text: string }> {
    red.token = tokens.get(user) ?? '';
    const method = LISTS.includes(name) ? 'GET' : 'POST';
    const asking = name.startsWith('settings-') ? SETTINGS_BODY : testOf('jbd', boards);
    const body = method === 'POST' ? JSON.stringify(asking) : undefined;
    const query = name === 'bluetooth' ? '?adapter=nonsense' : '?connection=jbd-line&protocol=nonsense';
    const headers = { 'content-type': 'application/json' };
    const response = await red.request(`${ROOT}/${name}${query}`, { method, headers, ...(body && { body }) });
    red.token = tokens.get('editor') ?? '';
    return { status: response.status, text: await response.text() };
  }

  it('tells nobody anything who has not logged in', async () => {
    for (const name of ALL) assert.equal((await asked('', name)).status, 401, name);
    tokens.set('forger', 'nonsense');
    for (const name of ALL) assert.equal((await asked('forger', name)).status, 401, name);
  });

  it('lets those who may only look see lists, and do nothing', async () => {
    for (const name of LISTS) assert.equal((await asked('guest', name)).status, 200, name);
    assert.equal((await asked('guest', 'settings-read')).status, 200);
    for (const name of DEEDS) assert.equal((await asked('guest', name)).status, 401, name);
  });

  it('lets those who may deploy do all of it', async () => {
    for (const name of LISTS) assert.equal((await asked('editor', name)).status, 200, name);
    // Both are told that what they ask for is nonsense, which is as far as a refusal does not come.
    for (const name of ['addresses', 'bluetooth']) assert.equal((await asked('editor', name)).status, 400, name);
    const { status, text } = await asked('editor', 'test');
    assert.equal(status, 200, text);
    assert.equal((JSON.parse(text) as { protocol: string }).protocol, 'jbd');
  });

  it('has no other addresses of ours', () => {
    const reading = LISTS.map((name) => `GET ${ROOT}/${name}`);
    const looking = LOOKS.map((name) => `POST ${ROOT}/${name}`);
    const writing = DEEDS.map((name) => `POST ${ROOT}/${name}`);
    const { endpoints } = new FakeRed(NODES);
    assert.deepEqual([...endpoints.keys()].sort(), [...reading, ...looking, ...writing].sort());
    for (const [address, permission] of endpoints) {
      assert.match(permission, writing.includes(address) ? /^bms-\w+\.write$/ : /^bms-\w+\.read$/, address);
    }
  });

  it('tells the passwords of packs to nobody', async () => {
    const told: [string, string][] = [];
    for (const id of Object.keys(SECRETS)) {
      for (const node of [`${id}-read`, `${id}-control`]) {
        const from = red.collected.length;
        await red.request(`/inject/${node}-in`, { method: 'POST' });
        await red.until(({ name }) => name === node, from);
      }
    }
    for (const path of ['/flows', '/flow/tab', '/flow/global', '/credentials/bms-device/jbd-device', '/settings']) {
      told.push([path, await (await red.request(path)).text()]);
    }
    for (const name of ALL) told.push([name, (await asked('editor', name)).text]);
    told.push(['log', red.log], ['messages, errors and statuses', JSON.stringify(red.collected)]);
    for (const file of ['flows.json', 'flows_cred.json'])
      told.push([file, readFileSync(join(red.userDir, file), 'utf8')]);
    for (const [where, text] of told) {
      assert.ok(text.length >= 2, where);
      for (const secret of Object.values(SECRETS).flatMap(formsOf)) {
        assert.ok(!text.includes(secret), `${where} tells a password`);
      }
    }
    assert.ok(red.log.includes('[trace]') || red.log.includes('[debug]'), 'the log tells less than it should');
    assert.ok(red.collected.some(({ from }) => from === 'status') && red.collected.some(({ confirmed }) => confirmed));
  });
});

/** A password as text, and as bytes in a report or a log: its characters, or its digits as numbers. */
function formsOf(password: string): string[] {
  const digits = Buffer.from(Array.from(password, Number).filter((digit) => !Number.isNaN(digit)));
  const hexes = [Buffer.from(password), digits]
    .map((bytes) => bytes.toString('hex'))
    .filter(({ length }) => length > 8);
  return [password, ...hexes.flatMap((hex) => [hex, hex.replace(/..(?=.)/g, '$& ')])];
}

async function tokenOf(red: NodeRed, username: string): Promise<string> {
  const scope = username === 'guest' ? 'read' : '*';
  const login = { client_id: 'node-red-admin', grant_type: 'password', scope, username, password: `of ${username}` };
  const headers = { 'content-type': 'application/json' };
  const response = await red.request('/auth/token', { method: 'POST', headers, body: JSON.stringify(login) });
  assert.equal(response.status, 200, username);
  return ((await response.json()) as { access_token: string }).access_token;
}

function lineOf(id: string, boards: ReadonlyMap<string, ServedBoard>): Record<string, unknown> {
  return { transport: 'tcp', tcpHost: '127.0.0.1', tcpPort: String(boards.get(id)?.port) };
}

function testOf(id: string, boards: ReadonlyMap<string, ServedBoard>): object {
  return {
    id: `${id}-line`,
    connection: { id: `${id}-line`, changed: true, properties: lineOf(id, boards) },
    device: { id: `${id}-device`, properties: { protocol: id, pollInterval: 0 } },
  };
}

/** For each protocol a pack with a password, which is read and switched. */
function flowOn(red: NodeRed, boards: ReadonlyMap<string, ServedBoard>): object[] {
  const packs = Object.entries(SECRETS).flatMap(([id, password]) => {
    const asking = (node: string): object => ({
      ...{ id: `${node}-in`, type: 'inject', z: 'tab', repeat: '', once: false, wires: [[node]] },
      props: [{ p: 'payload' }],
      ...{ payload: 'false', payloadType: 'bool' },
    });
    const naming = (node: string): object => ({
      ...{ id: `${node}-name`, type: 'change', z: 'tab', wires: [['collect']] },
      rules: [
        { t: 'set', p: 'name', pt: 'msg', to: node, tot: 'str' },
        { t: 'set', p: 'confirmed', pt: 'msg', to: 'payload.confirmed', tot: 'msg' },
      ],
    });
    const common = { z: 'tab', device: `${id}-device`, topic: '' };
    return [
      { id: `${id}-line`, type: 'bms-connection', ...lineOf(id, boards) },
      {
        ...{ id: `${id}-device`, type: 'bms-device', name: id, connection: `${id}-line`, protocol: id, address: '' },
        ...{ pollInterval: 0, timeout: '', retries: 1, allowControl: true, credentials: { password } },
      },
      { ...common, id: `${id}-read`, type: 'bms-read', emit: 'input', format: 'object', wires: [[`${id}-read-name`]] },
      {
        ...{ ...common, id: `${id}-control`, type: 'bms-control', action: 'charge', wires: [[`${id}-control-name`]] },
        ...{ value: 'payload', valueType: 'msg' },
      },
      ...[`${id}-read`, `${id}-control`].flatMap((node) => [asking(node), naming(node)]),
    ];
  });
  return [{ id: 'tab', type: 'tab', label: 'users' }, ...packs, ...red.collecting('tab')];
}
