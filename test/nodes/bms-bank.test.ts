import assert from 'node:assert/strict';
import type { NodeAPI } from 'node-red';
import helper from 'node-red-node-test-helper';
import type { BankReading } from '../../src/battery/bank/reading';
import { freshStatus } from '../../src/runtime/status';
import type { Snapshot } from '../../src/session/device';
import { errorsOf, receive } from '../support/bridged-board';
import { load, Outbox, type Config, type Loaded } from '../support/helper-flow';

/** Simulated packs, a bank of them, and a bms-read on it. */
function bankFlow(bank: Record<string, unknown> = {}, devices: Record<string, unknown>[] = [{}, {}, {}]): Config[] {
  const packs = devices.map((_props, i) => ({ device: `device${i + 1}` }));
  const helper = (id: string): Config => ({ id, type: 'helper', z: 'tab' });
  return [
    { id: 'tab', type: 'tab', label: 'test' },
    { id: 'bank', type: 'bms-bank', name: 'House', topology: 'parallel', packs, ...bank },
    ...devices.flatMap((props, i): Config[] => [
      { id: `line${i + 1}`, type: 'bms-connection', transport: 'simulator', simScenario: 'steady', simCells: 4 },
      { ...pack(i + 1), ...props },
    ]),
    { id: 'read', type: 'bms-read', z: 'tab', device: 'bank', emit: 'input', format: 'object', wires: [['out']] },
    helper('out'),
    { id: 'catcher', type: 'catch', z: 'tab', scope: null, wires: [['caught']] },
    { id: 'completer', type: 'complete', z: 'tab', scope: ['read'], wires: [['completed']] },
    ...[helper('completed'), helper('caught')],
  ];
}

function pack(number: number): Config {
  const line = { connection: `line${number}`, protocol: 'jbd', pollInterval: 1 };
  return { id: `device${number}`, type: 'bms-device', name: `Pack ${number}`, ...line };
}

async function asked(
  { read, out, caught }: Pick<Loaded, 'read' | 'out' | 'caught'>,
  payload: unknown,
): Promise<unknown> {
  const [answers, errors] = [out.messages.length + 1, caught.messages.length + 1];
  receive(read, { payload });
  const message = await Promise.race([out.nth(answers), caught.nth(errors)]);
  return message['error'] ?? message.payload;
}

describe('bms-bank', () => {
  afterEach(() => helper.unload());

  it('is read as one battery', async () => {
    const loaded = await load(bankFlow());
    const { read, out } = loaded;
    receive(read, { mark: 7 });
    const message = await out.nth(1);
    const reading = message.payload as BankReading;
    assert.deepEqual([reading.packCount, reading.packsOnline, reading.cellCount, reading.degraded], [3, 3, 12, false]);
    assert.deepEqual(
      reading.packs?.map((entry) => entry.pack),
      ['Pack 1', 'Pack 2', 'Pack 3'],
    );
    const bms = message['bms'] as Record<string, unknown>;
    assert.deepEqual([bms['device'], bms['protocol'], bms['address'], message['mark']], ['House', 'bank', '', 7]);
  });

  it('takes a pack out, and back, by a message', async () => {
    const loaded = await load(bankFlow());
    await asked(loaded, undefined);
    const out = { action: 'exclude', pack: 'Pack 2', value: true };
    assert.deepEqual(await asked(loaded, out), { ...out, excluded: ['Pack 2'] });
    const { packs } = (await asked(loaded, undefined)) as BankReading;
    assert.deepEqual(
      packs?.map((entry) => entry.pack),
      ['Pack 1', 'Pack 3'],
    );
    const { code } = (await asked(loaded, { ...out, pack: 'Pack 9' })) as { code: string };
    assert.equal(code, 'bad_value');
    assert.deepEqual(await asked(loaded, { ...out, value: 'off' }), { ...out, value: false, excluded: [] });
  });

  it('remembers what was taken out over a deploy', async () => {
    const loaded = await load(bankFlow());
    await asked(loaded, { action: 'exclude', pack: 'Pack 3', value: true });
    await helper.setFlows(bankFlow({ socOf: 'all' }), 'full');
    const again = { read: helper.getNode('read'), out: new Outbox(helper.getNode('out')), caught: loaded.caught };
    const answer = await asked(again, { action: 'exclude', pack: 'Pack 1', value: true });
    assert.deepEqual((answer as { excluded: string[] }).excluded, ['Pack 1', 'Pack 3']);
  });

  it('shows how many packs are there while one is missing', () => {
    const RED = { _: (_key: string, { online, count }: Record<string, string>) => `${online} of ${count}` };
    const reading: BankReading = {
      degraded: true,
      packsOnline: 2,
      packCount: 3,
      voltage: 53.18,
      soc: 57.4,
      current: 9,
    };
    const shown = freshStatus(RED as unknown as NodeAPI, { reading } as Snapshot);
    assert.deepEqual(shown, { fill: 'yellow', shape: 'dot', text: '2 of 3, 53.2 V 57 %' });
  });

  it('counts a disabled device as taken out', async () => {
    const { packCount, packsOnline } = (await asked(await load(bankFlow({}, [{}, { d: true }, {}])), 0)) as BankReading;
    assert.deepEqual([packCount, packsOnline], [2, 2]);
  });

  it('takes its devices from the properties that refer to them, where these differ: those of a copy have other ids', async () => {
    const packs = [{ device: 'original' }, { device: 'device2' }];
    const loaded = await load(bankFlow({ packs, pack1: 'device1' }));
    assert.equal(((await asked(loaded, 0)) as BankReading).packCount, 2);
  });

  const device = (number: number, group?: string): Record<string, unknown> => ({ device: `device${number}`, group });
  const WRONG: [string, RegExp, string, Record<string, unknown>][] = [
    ['no packs', /has no packs/, 'bad_value', { packs: [] }],
    ['a list of something else', /must be a list/, 'bad_value', { packs: ['device1'] }],
    ['a device twice', /Packs 1 and 3 have the same device/, 'bad_value', { packs: [device(1), device(2), device(1)] }],
    ['a bank among its packs', /Pack 2 is a bank/, 'bad_value', { packs: [device(1), { device: 'bank' }] }],
    ['a device that is not there', /device for pack 2/, 'not_found', { packs: [device(1), { device: 'gone' }] }],
    ['no group', /Pack 2: .*group/, 'bad_value', { topology: 'strings', packs: [device(1, 'A'), device(2)] }],
    [
      'groups of unlike size',
      /A has 2, B has 1/,
      'bad_value',
      { topology: 'stages', packs: [device(1, 'A'), device(2, 'A'), device(3, 'B')] },
    ],
    ['a wrong figure', /lostAfter/, 'bad_value', { lostAfter: 'soon' }],
    ['a wrong topology', /topology/, 'bad_value', { topology: 'ring' }],
  ];
  for (const [what, message, code, props] of WRONG) {
    it(`says so once, and gives no readings: ${what}`, async () => {
      const loaded = await load(bankFlow(props));
      const reported = await loaded.caught.nth(1);
      const error = reported['error'] as { message: string; code: string };
      assert.match(error.message, message);
      const again = (await asked(loaded, 0)) as { message: string; code: string };
      assert.deepEqual([again.message, again.code, error.code], [error.message, code, code]);
      assert.equal(errorsOf(loaded.caught).length, 2);
    });
  }
});
