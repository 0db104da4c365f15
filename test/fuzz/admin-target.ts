import assert from 'node:assert/strict';
import type { Node, NodeAPI } from 'node-red';
import { ERROR_CODES } from '../../src/battery/errors';
import { Bus } from '../../src/session/bus';
import { searchAddresses } from '../../src/runtime/dialogs/address-search';
import { serveDialogAction } from '../../src/runtime/dialogs/admin-endpoints';
import { searchBluetooth } from '../../src/runtime/dialogs/bluetooth-search';
import { testPack } from '../../src/runtime/dialogs/pack-test';
import { FakeClock, settle } from '../support/fake-clock';
import { ScriptedLink } from '../support/scripted-link';
import { Choices, NASTY_WORDS } from './choices';
import { assertCleanPrototypes } from './contract';
import type { FuzzTarget } from './target';

const SECRET = 'opened-sesame';
const ENDPOINTS = ['addresses', 'test', 'bluetooth'] as const;
const WORDS = ['line', 'device', 'missing', 'jbd', 'daly', 'auto', 'hci0', 'hci', 'dbus', ...NASTY_WORDS] as const;
const PATIENCE_MS = 600_000;

/** Neither port, host nor Bluetooth device: what is asked must not lead out of the test. */
const PROPERTIES = [
  ...['name', 'transport', 'simCells', 'simSpeed', 'simScenario', 'baudRate', 'protocol', 'address', 'timeout'],
  ...['retries', 'bleAdapter', 'bleOnDemand', '__proto__', 'constructor'],
];

/** A request to an address of the editor is answered once, with JSON in which no secret stands. */
export const adminTarget: FuzzTarget = {
  name: 'admin/requests',
  seeds: () =>
    ENDPOINTS.flatMap((_, i) =>
      [0, 1, 2, 3, 4, 5].map((fill) => Buffer.concat([Buffer.from([i]), Buffer.alloc(40, fill)])),
    ),
  async run(input) {
    const choices = new Choices(input);
    const clock = new FakeClock();
    const handle = editorOf(clock).get(`/@openbms/node-red-bms/${choices.pick(ENDPOINTS)}`);
    assert.ok(handle);
    const response = new FakeResponse();
    const headers = { 'content-type': choices.pick(['application/json', 'text/plain', '']) };
    handle({ query: queryOf(choices), body: bodyOf(choices), headers }, response);
    const gone = choices.below(4) === 3;
    for (let passed = 0; response.answers.length === 0; passed += 1000) {
      assert.ok(passed < PATIENCE_MS, 'the request is not answered');
      await clock.tick(1000);
      if (gone && passed === 1000) response.hangUp();
    }
    await settle();
    assertAnswer(response);
    assertCleanPrototypes();
  },
};

function assertAnswer({ answers, code }: FakeResponse): void {
  assert.equal(answers.length, 1, 'answered more than once');
  const text = JSON.stringify(answers[0]);
  assert.ok(!text.includes(SECRET), 'the answer tells a secret');
  if (code === 200) return;
  assert.ok([400, 404, 409, 415, 500].includes(code), `status ${code}`);
  const { error, code: ours } = answers[0] as { error: string; code: (typeof ERROR_CODES)[number] };
  assert.ok(ERROR_CODES.includes(ours), `code ${ours}`);
  assert.ok(error.length > 0 && error.length < 3000, `a sentence of ${error.length} characters`);
}

class FakeResponse {
  readonly answers: unknown[] = [];
  code = 200;
  hangUp = (): void => undefined;

  on(_event: 'close', listener: () => void): void {
    this.hangUp = listener;
  }

  status(code: number): this {
    this.code = code;
    return this;
  }

  json(answer: unknown): void {
    this.answers.push(answer);
  }
}

type Handler = (request: object, response: FakeResponse) => void;

/** The addresses of the editor in a runtime with a silent line and a device. */
function editorOf(clock: FakeClock): Map<string, Handler> {
  const handlers = new Map<string, Handler>();
  const post = (path: string, _guard: unknown, handler: Handler): unknown => handlers.set(path, handler);
  const auth = { needsPermission: () => undefined };
  const api = { _: (key: string) => key, httpAdmin: { post }, auth } as unknown as NodeAPI;
  const bus = new Bus({ link: new ScriptedLink(clock, () => undefined), clock });
  const borrow = (): (() => Promise<void>) => {
    bus.open();
    return async () => bus.release();
  };
  // Like Node-RED's own table, it has what all objects have.
  const deployed: Record<string, object | undefined> = {
    line: { id: 'line', type: 'bms-connection', bus, borrow },
    device: { id: 'device', type: 'bms-device', credentials: { password: SECRET } },
  };
  const nodes = { getNode: (id: string) => (deployed[id] ?? null) as unknown as Node };
  const util = { getSetting: () => undefined };
  serveDialogAction(api, 'addresses', 'x', (request) => searchAddresses(nodes, request, clock));
  serveDialogAction(api, 'test', 'x', (request) => testPack({ nodes, util, settings: {} }, request, clock));
  const radio = {
    join: () => () => Promise.resolve(),
    powerOn: () => Promise.resolve(),
    scan: () => Promise.resolve([]),
  };
  serveDialogAction(api, 'bluetooth', 'x', (request) =>
    searchBluetooth(request, { clock, radioOf: () => radio as never, searchMs: 1 }),
  );
  return handlers;
}

function queryOf(choices: Choices): Record<string, unknown> {
  const query = choices.object(1, ['connection', 'protocol', 'adapter', 'driver', '__proto__']);
  return choices.flag() ? { ...query, connection: choices.pick(WORDS), protocol: choices.pick(WORDS) } : query;
}

function bodyOf(choices: Choices): unknown {
  if (choices.below(4) === 3) return choices.value();
  const part = (transport: object): unknown =>
    choices.below(8) === 7
      ? choices.value(0)
      : {
          id: choices.flag() ? choices.pick(WORDS) : choices.value(1),
          ...(choices.flag() ? { changed: choices.value(0) } : {}),
          properties: { ...choices.object(1, PROPERTIES), ...(choices.flag() ? transport : {}) },
        };
  return { connection: part({ transport: 'simulator', simCells: 4 }), device: part({ protocol: 'daly' }) };
}
