import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import helper from 'node-red-node-test-helper';
import { receive } from '../support/bridged-board';
import { flow as readFlow, load, Outbox, type Config, type Loaded } from '../support/helper-flow';

type Payload = Record<string, unknown> & { settings: Record<string, unknown> };

interface Problem {
  code: string;
  message: string;
  cause?: { report?: { key: string; restored: boolean; reason?: string }[] };
}

/** A simulated pack of which all settings may be written, and a bms-settings on it, with progress at the second output. */
function flow(node: Record<string, unknown> = {}, device: Record<string, unknown> = {}): Config[] {
  const configs = readFlow(
    { transport: 'simulator', simScenario: 'steady' },
    { protocol: 'jk-modbus', allowSettings: 'structure', ...device },
    { type: 'bms-settings', action: '', file: '', other: '', wires: [['out'], ['progress']], ...node },
  );
  return [...configs, { id: 'progress', type: 'helper', z: 'tab' }];
}

const payloadOf = async (box: Outbox, n = 1): Promise<Payload> => (await box.nth(n)).payload as Payload;

const errorOf = async ({ caught }: Loaded, n = 1): Promise<Problem> => (await caught.nth(n))['error'] as Problem;

/** Settings of a pack that rests: a pack of the scenario "steady" carries a current. */
const CONFIRMED = (action: string): string[] => [action, 'current'];

describe('bms-settings', function () {
  this.timeout(30_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'bms-settings-'));
    helper.settings({ userDir: folder });
  });
  after(() => {
    helper.settings({});
    rmSync(folder, { recursive: true });
  });
  afterEach(() => helper.unload());

  it('reads all settings on the same message, with progress, and keeps them in its file', async () => {
    const file = join(folder, 'pack.json');
    const loaded = await load(flow({ file }));
    const progress = new Outbox(loaded.node('progress'));
    receive(loaded.read, { _msgid: 'm1', payload: { action: 'read' }, req: 7 });
    const message = await loaded.out.nth(1);
    const document = message.payload as Payload;
    assert.deepEqual([message._msgid, message['req'], message.topic], ['m1', 7, 'Bank']);
    assert.deepEqual([document['format'], document['device']], ['openbms-settings/1', 'Bank']);
    assert.equal(document['protocol'], 'jk-modbus');
    assert.equal(typeof document.settings['cellOvervoltageProtection'], 'number');
    assert.ok(Math.abs(Number(document['taken']) - Date.now()) < 20_000);
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), document);
    const steps = progress.messages.map(({ payload }) => payload as { done: number; of: number });
    assert.ok(steps.length > 0);
    assert.deepEqual(steps.at(-1)?.done, steps.at(-1)?.of);
  });

  it('plans without consent, writes with it, and restores', async () => {
    const loaded = await load(flow());
    receive(loaded.read, { payload: { action: 'read' } });
    const { settings, ...rest } = await payloadOf(loaded.out);
    const from = Number(settings['cellOvervoltageProtection']);
    const to = from - 0.01;
    const wanted = { cellOvervoltageProtection: to };
    receive(loaded.read, { payload: { action: 'write', ...wanted } });
    const plan = await payloadOf(loaded.out, 2);
    assert.deepEqual(plan['plan'], [{ key: 'cellOvervoltageProtection', from, to: Number(to.toFixed(3)) }]);
    assert.deepEqual(plan['refused'], []);
    receive(loaded.read, { payload: { action: 'write', settings: wanted }, confirm: CONFIRMED('write') });
    const written = await payloadOf(loaded.out, 3);
    assert.deepEqual(
      [written['confirmed'], written['saved'], written['written']],
      [true, true, [{ key: 'cellOvervoltageProtection', before: from, after: Number(to.toFixed(3)) }]],
    );
    const snapshot = written['snapshot'] as Payload;
    assert.deepEqual(snapshot.settings, settings);
    const files = readdirSync(join(folder, 'bms-settings'));
    assert.equal(files.length, 1, files.join());
    assert.deepEqual(JSON.parse(readFileSync(join(folder, 'bms-settings', files[0] ?? ''), 'utf8')), snapshot);
    receive(loaded.read, { payload: { action: 'compare', ...rest, settings } });
    const compared = await payloadOf(loaded.out, 4);
    assert.deepEqual(
      [compared['same'], (compared['differences'] as { key: string }[]).map(({ key }) => key)],
      [false, ['cellOvervoltageProtection']],
    );
    receive(loaded.read, { payload: { action: 'restore', ...snapshot }, confirm: CONFIRMED('restore') });
    assert.equal((await payloadOf(loaded.out, 5))['confirmed'], true);
    receive(loaded.read, { payload: { action: 'compare', ...snapshot } });
    assert.equal((await payloadOf(loaded.out, 6))['same'], true);
    assert.deepEqual(loaded.caught.messages, []);
  });

  it('has nothing to write, and asks for no rest of the pack, where the board holds it already', async () => {
    const loaded = await load(flow({ action: 'write' }));
    receive(loaded.read, { payload: { cellOvervoltageProtection: 3.6 }, confirm: 'write' });
    const { confirmed, written } = await payloadOf(loaded.out);
    assert.deepEqual([confirmed, written], [true, []]);
  });

  it('compares with a second device, and with its file', async () => {
    const file = join(folder, 'other.json');
    const configs = flow({ action: 'compare', other: 'second' });
    const second = { ...configs.find(({ id }) => id === 'device'), id: 'second', name: 'Rear' } as Config;
    const third = { ...configs.find(({ id }) => id === 'read'), id: 'third', other: '', file } as Config;
    const loaded = await load([...configs, second, third]);
    receive(loaded.read, { payload: 1 });
    assert.equal((await payloadOf(loaded.out))['same'], true);
    writeFileSync(file, JSON.stringify({ cellOvervoltageProtection: 3.5 }));
    receive(loaded.node('third'), { payload: '' });
    const { differences } = await payloadOf(loaded.out, 2);
    assert.deepEqual(
      (differences as { wanted: number }[]).map(({ wanted }) => wanted),
      [3.5],
    );
  });

  it('writes nothing that the device does not allow, and says what it was', async () => {
    const loaded = await load(flow({}, { allowSettings: 'comfort' }));
    receive(loaded.read, { payload: { action: 'write', cellOvervoltageProtection: 3.55 }, confirm: 'write' });
    const { code, message, cause } = await errorOf(loaded);
    assert.equal(code, 'denied');
    assert.match(message, /Nothing was written/);
    assert.deepEqual(
      cause?.report?.map(({ key }) => key),
      ['cellOvervoltageProtection'],
    );
  });

  const WRONG: readonly (readonly [string, Record<string, unknown>, RegExp])[] = [
    ['no action', { payload: {} }, /names no action/],
    ['an unknown action', { payload: { action: 'erase' } }, /no action "erase"/],
    ['no settings', { payload: { action: 'write' } }, /no settings to write/],
    ['an unknown key', { payload: { action: 'write', voltage: 3 } }, /voltage/],
    ['an unknown consent', { payload: { action: 'write', sleepDelay: 3 }, confirm: ['write', 'all'] }, /"all"/],
    ['a text for a number', { payload: { action: 'write', cellOvervoltageProtection: 'high' } }, /cellOvervoltage/],
  ];
  it('names what is wrong with a message', async () => {
    const loaded = await load(flow());
    for (const [n, [what, message, expected]] of WRONG.entries()) {
      receive(loaded.read, message);
      const error = await errorOf(loaded, n + 1);
      assert.equal(error.code, 'bad_value', what);
      assert.match(error.message, expected, what);
    }
    assert.deepEqual(loaded.out.messages, []);
  });

  it('says that a file cannot be used', async () => {
    const file = join(folder, 'broken.json');
    writeFileSync(file, '{');
    const loaded = await load(flow({ action: 'compare', file }));
    receive(loaded.read, { payload: 1 });
    assert.equal((await errorOf(loaded)).code, 'bad_value');
    rmSync(file);
    receive(loaded.read, { payload: 1 });
    assert.equal((await errorOf(loaded, 2)).code, 'not_found');
  });
});
