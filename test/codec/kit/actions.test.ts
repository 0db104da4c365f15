import assert from 'node:assert/strict';
import type { BmsError } from '../../../src/battery/errors';
import type { ActionValue } from '../../../src/battery/action';
import { actionsOf, type ActionRow } from '../../../src/codec/kit/actions';
import type { Action, Query, Step } from '../../../src/codec/protocol';

const query: Query = {
  name: 'status',
  group: 'fast',
  request: () => Buffer.of(1),
  match: () => 'complete',
  decode: ([frame]) => ({ reading: { soc: frame?.[0] ?? 0 }, memory: { seen: 1 } }),
};

const FOLLOWS = { queries: [query], evidence: 'switch', everyMs: 1, withinMs: 2 } as const;

const rows: readonly ActionRow<object, number>[] = [
  { name: 'charge', takes: 'switch', to: 0x10, confirm: { ...FOLLOWS, state: 'chargeSwitch' }, onlyIfTold: true },
  {
    name: 'balancing',
    takes: 'switch',
    raw: { on: 0x0d, off: 0x0e },
    to: 0,
    confirm: { ...FOLLOWS, state: ({ reading }) => reading.balancing },
  },
  {
    name: 'soc',
    takes: 'number',
    min: 0,
    max: 100,
    unit: '%',
    divisor: 10,
    to: 0x20,
    confirm: { ...FOLLOWS, state: 'soc', step: 0.1 },
  },
  {
    name: 'restart',
    takes: 'command',
    dangerous: true,
    to: 0x30,
    confirm: { ...FOLLOWS, evidence: 'effect', proof: 'restart' },
  },
  {
    name: 'shutdown',
    takes: 'command',
    raw: 0,
    to: 0x40,
    confirm: { ...FOLLOWS, proof: 'silence' },
    applies: () => false,
  },
];

const actions = actionsOf(rows, function* (_order, { to }, raw) {
  yield { name: 'write', request: Buffer.of(to, raw >> 8, raw & 0xff), isWrite: true, match: () => 'complete' };
});

const TARGET = { address: 0, memory: {} };

function actionOf(name: string): Action {
  return actions.find((action) => action.name === name) ?? assert.fail(name);
}

function written(name: string, value: ActionValue, before = {}): string {
  const input = { value, target: TARGET, before: { reading: before }, password: '', now: new Date(0) };
  return (actionOf(name).script(input).next().value as Step).request.toString('hex');
}

describe('actions as rows', () => {
  it('take what their rows say', () => {
    assert.deepEqual(
      actions.map(({ name, input, dangerous = false }) => [name, input, dangerous]),
      [
        ['charge', { kind: 'switch' }, false],
        ['balancing', { kind: 'switch' }, false],
        ['soc', { kind: 'number', min: 0, max: 100, unit: '%' }, false],
        ['restart', { kind: 'command' }, true],
        ['shutdown', { kind: 'command' }, false],
      ],
    );
    assert.equal(actionOf('shutdown').applies?.(TARGET), false);
    assert.equal(actionOf('charge').applies, undefined);
  });

  it('write the number that stands for the value', () => {
    const told = { chargeSwitch: true };
    assert.deepEqual([written('charge', true, told), written('charge', false, told)], ['100001', '100000']);
    assert.deepEqual([written('balancing', true), written('balancing', false)], ['00000d', '00000e']);
    assert.equal(written('soc', 49.96), '2001f4');
    assert.deepEqual([written('restart', true), written('shutdown', true)], ['300001', '400000']);
  });

  it('send nothing where the present state has to be known and is not', () => {
    assert.throws(
      () => written('charge', true),
      (error: BmsError) => error.code === 'unsupported' && /nothing was sent/.test(error.message),
    );
  });

  it('are read back by their queries, and shown by a key, a function or nothing', () => {
    const { confirm } = actionOf('soc');
    const read = confirm.read(TARGET);
    assert.deepEqual((read.next().value as Step).request, Buffer.of(1));
    const decoded = { reading: { soc: 7 }, memory: { seen: 1 } };
    assert.deepEqual(read.next([Buffer.of(7)]), { done: true, value: decoded });
    assert.deepEqual([confirm.state(decoded), confirm.step, confirm.everyMs, confirm.withinMs], [7, 0.1, 1, 2]);
    assert.equal(actionOf('balancing').confirm.state({ reading: { balancing: true } }), true);
    assert.equal(actionOf('restart').confirm.state(decoded), undefined);
    assert.equal(actionOf('restart').confirm.proof, 'restart');
  });
});
