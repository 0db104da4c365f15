import assert from 'node:assert/strict';
import type { NodeAPI } from 'node-red';
import bmsDevice from '../../../nodes/bms-device';
import { BmsError } from '../../../src/battery/errors';
import { say } from '../../../src/battery/sentence';
import { serveDialogAction, serveDialogs, type DialogRequest } from '../../../src/runtime/dialogs/admin-endpoints';
import { settle } from '../../support/fake-clock';

type Guarded = (
  user: string,
  query?: Record<string, unknown>,
  headers?: Record<string, string>,
) => Promise<{ status: number; body: unknown }>;

/** The part of Node-RED that offers endpoints, with two users: one may do what the permission says, one may not. */
function admin() {
  const routes = new Map<string, Guarded>();
  let hangUp = (): void => undefined;
  const route =
    (method: string) =>
    (path: string, guard: (user: string) => boolean, handler: (request: object, response: object) => void): void => {
      routes.set(`${method} ${path}`, async (user, query = {}, headers = {}) => {
        if (!guard(user)) return { status: 401, body: undefined };
        const answer = { status: 200, body: undefined as unknown };
        const response = {
          on: (_event: string, listener: () => void) => (hangUp = listener),
          status(code: number) {
            answer.status = code;
            return response;
          },
          json: (body: unknown) => (answer.body = body),
        };
        handler({ query, headers }, response);
        await settle();
        return answer;
      });
    };
  const RED = {
    _: (key: string) => key,
    httpAdmin: { get: route('GET'), post: route('POST') },
    auth: { needsPermission: (permission: string) => (user: string) => user === permission },
  };
  const call = (name: string): Guarded => {
    const found = routes.get(name);
    assert.ok(found, name);
    return found;
  };
  return { RED: RED as unknown as NodeAPI, call, hangUp: () => hangUp() };
}

describe('the dialog of a device', () => {
  for (const [path, does, allowed] of [
    ['addresses', 'sends requests', 404],
    ['test', 'opens lines', 400],
  ] as const) {
    it(`is for who may change bms-device where it ${does}: ${path}`, async () => {
      const { RED, call } = admin();
      bmsDevice(Object.assign(RED, { nodes: { registerType: () => undefined, getNode: () => null } }));
      const ask = (user: string) =>
        call(`POST /@openbms/node-red-bms/${path}`)(user, { connection: 'c', protocol: 'daly' });
      for (const user of ['bms-device.read', 'bms-connection.write', 'nobody']) {
        assert.equal((await ask(user)).status, 401, user);
      }
      // Allowed, it misses the connection.
      assert.equal((await ask('bms-device.write')).status, allowed);
    });
  }
});

describe('endpoints for the dialogs', () => {
  it('answer only who has the permission; nothing begins for others', async () => {
    const { RED, call } = admin();
    let asked = 0;
    serveDialogs(RED, 'things', 'bms-device.read', async () => ++asked);
    serveDialogAction(RED, 'search', 'bms-device.read', async () => ++asked);
    for (const name of ['GET /@openbms/node-red-bms/things', 'POST /@openbms/node-red-bms/search']) {
      assert.equal((await call(name)('nobody')).status, 401);
    }
    assert.equal(asked, 0);
    assert.deepEqual(await call('GET /@openbms/node-red-bms/things')('bms-device.read'), { status: 200, body: 1 });
  });

  it('take parameters as text, and nothing else', async () => {
    const { RED, call } = admin();
    serveDialogs(RED, 'things', 'x', async ({ text }) => ['a', 'b', 'c'].map(text));
    const { body } = await call('GET /@openbms/node-red-bms/things')('x', { a: ' one ', b: ['two'] });
    assert.deepEqual(body, ['one', '', '']);
  });

  it('tell when the dialog has gone', async () => {
    const { RED, call, hangUp } = admin();
    let seen: DialogRequest | undefined;
    serveDialogAction(RED, 'search', 'x', async (request) => (seen = request));
    await call('POST /@openbms/node-red-bms/search')('x');
    assert.equal(seen?.isGone(), false);
    hangUp();
    assert.equal(seen?.isGone(), true);
  });

  it('tell it at once to who asks later, and give what was sent along', async () => {
    const { RED, call, hangUp } = admin();
    let seen: DialogRequest | undefined;
    serveDialogAction(RED, 'search', 'x', async (request) => (seen = request));
    await call('POST /@openbms/node-red-bms/search')('x');
    assert.deepEqual(seen?.body, {});
    const told: string[] = [];
    seen?.whenGone(() => void told.push('before'));
    assert.equal(told.length, 0);
    hangUp();
    seen?.whenGone(() => void told.push('after'));
    assert.deepEqual(told, ['before', 'after']);
  });

  it('answer a failure with a code and a sentence', async () => {
    const { RED, call } = admin();
    const failures: [Error, number, string][] = [
      [new BmsError('bad_value', say`wrong`), 400, 'bad_value'],
      [new BmsError('not_found', say`wrong`), 404, 'not_found'],
      [new BmsError('port_busy', say`wrong`), 409, 'port_busy'],
      [new BmsError('adapter_missing', say`wrong`), 500, 'adapter_missing'],
      [new TypeError('odd'), 500, 'internal'],
    ];
    for (const [thrown, status, code] of failures) {
      serveDialogs(RED, 'things', 'x', () => Promise.reject(thrown));
      const answer = await call('GET /@openbms/node-red-bms/things')('x');
      const { error, code: given } = answer.body as { error: string; code: string };
      assert.deepEqual([answer.status, given], [status, code]);
      if (code !== 'internal') assert.equal(error, 'wrong');
    }
  });

  it('take JSON only, so that no page of another site can have a line opened', async () => {
    const { RED, call } = admin();
    serveDialogAction(RED, 'search', 'x', async () => 'done');
    const send = async (headers: Record<string, string>): Promise<number> =>
      (await call('POST /@openbms/node-red-bms/search')('x', {}, headers)).status;
    const accepted = ['application/json', 'application/json; charset=utf-8', 'Application/JSON'];
    for (const type of accepted) assert.equal(await send({ 'content-type': type, 'content-length': '2' }), 200, type);
    assert.equal(await send({}), 200);
    assert.equal(await send({ 'content-length': '0', 'sec-fetch-site': 'same-origin' }), 200);
    const refused = [
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'text/plain',
      'application/jsonp',
      '',
    ];
    for (const type of refused) assert.equal(await send({ 'content-type': type }), 415, type);
    assert.equal(await send({ 'content-length': '2' }), 415);
    assert.equal(await send({ 'sec-fetch-site': 'cross-site' }), 415);
  });

  it('do not repeat at length what they were asked with', async () => {
    const { RED, call } = admin();
    serveDialogs(RED, 'things', 'x', () =>
      Promise.reject(new BmsError('port_not_found', say`${'x'.repeat(100_000)} is not there.`)),
    );
    const { body } = await call('GET /@openbms/node-red-bms/things')('x');
    assert.ok(JSON.stringify(body).length < 600);
  });
});
