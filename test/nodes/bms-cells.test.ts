import assert from 'node:assert/strict';
import type { CellPoint, CellTable } from '../../src/battery/cells';
import { BridgedBoard, CELLS, errorsOf, OTHER_VOLTAGES, receive, REFUSED } from '../support/bridged-board';
import { flow, load, type Loaded } from '../support/helper-flow';

describe('bms-cells', () => {
  const bridged = new BridgedBoard();

  beforeEach(() => bridged.answers(CELLS, OTHER_VOLTAGES));

  function cells(cellsProps: Record<string, unknown> = {}, deviceProps: Record<string, unknown> = {}): Promise<Loaded> {
    return load(flow(bridged.tcp, deviceProps, { type: 'bms-cells', ...cellsProps }));
  }

  it('answers an input with the cells', async () => {
    const { read, out } = await cells();
    receive(read, {});
    const message = await out.nth(1);
    const { cells: list, ...table } = message.payload as CellTable;
    assert.deepEqual(table, {
      count: 4,
      min: 3.895,
      max: 3.909,
      average: 3.902,
      delta: 0.014,
      minCell: 3,
      maxCell: 1,
    });
    assert.deepEqual(list, [
      { cell: 1, voltage: 3.909, deviation: 0.007, balancing: false },
      { cell: 2, voltage: 3.901, deviation: -0.001, balancing: false },
      { cell: 3, voltage: 3.895, deviation: -0.007, balancing: false },
      { cell: 4, voltage: 3.902, deviation: 0, balancing: false },
    ]);
  });

  it('gives the voltages as a list', async () => {
    const { read, out } = await cells({ format: 'array' });
    receive(read, {});
    assert.deepEqual((await out.nth(1)).payload, [3.909, 3.901, 3.895, 3.902]);
  });

  it('gives each cell a message of its own, with parts, for charts and join nodes', async () => {
    const { read, out } = await cells({ format: 'messages', topic: 'p' });
    receive(read, { mark: true, parts: { id: 'outer', index: 3, count: 9 } });
    await out.nth(4);
    const { messages } = out;
    assert.deepEqual(
      messages.map(({ topic, payload }) => [topic, payload]),
      [
        ['p/cell/1', 3.909],
        ['p/cell/2', 3.901],
        ['p/cell/3', 3.895],
        ['p/cell/4', 3.902],
      ],
    );
    assert.deepEqual(messages[1]?.['cell'], { cell: 2, voltage: 3.901, deviation: -0.001, balancing: false });
    assert.ok(messages.every((message) => message['mark'] === true && 'bms' in message));
    const parts = messages.map((message) => message['parts'] as unknown as Record<string, unknown>);
    assert.deepEqual(
      parts.map(({ index, count, type, len }) => [index, count, type, len]),
      [0, 1, 2, 3].map((index) => [index, 4, 'array', 1]),
    );
    assert.equal(new Set(parts.map(({ id }) => id)).size, 1);
    assert.equal((parts[0]?.['parts'] as { id: string }).id, 'outer');
  });

  it('has parts on the messages of polls, another id for each', async () => {
    const { out } = await cells({ format: 'messages', emit: 'poll' }, { pollInterval: 0.1 });
    await out.nth(8);
    const ids = out.messages.map((message) => (message['parts'] as unknown as { id: string }).id);
    assert.equal(new Set(ids.slice(0, 4)).size, 1);
    assert.equal(new Set(ids.slice(0, 8)).size, 2);
    const counts = out.messages.map((message) => (message['parts'] as unknown as { count: number }).count);
    assert.ok(counts.every((count) => count === 4));
  });

  it('has parts also where there is but one cell', async () => {
    bridged.board.behaviour = (request, answer, reply) =>
      reply(request === CELLS ? 'dd0400020f45ffaa77' : (answer ?? ''));
    const { read, out } = await cells({ format: 'messages' });
    receive(read, { parts: { id: 'outer', index: 0, count: 2 } });
    const parts = (await out.nth(1))['parts'] as unknown as { count: number; parts: { id: string } };
    assert.deepEqual([parts.count, parts.parts.id], [1, 'outer']);
  });

  it('makes a batch of points for InfluxDB', async () => {
    const { read, out } = await cells({ format: 'influx' });
    receive(read, {});
    const message = await out.nth(1);
    const points = message.payload as CellPoint[];
    const { timestamp } = message['bms'] as { timestamp: number };
    assert.equal(points.length, 4);
    assert.deepEqual(points[2], {
      measurement: 'cell',
      fields: { voltage: 3.895, deviation: -0.007, balancing: false },
      tags: { device: 'Bank', cell: '3', protocol: 'jbd' },
      timestamp: new Date(timestamp),
    });
  });

  it('says nothing on polls of a device without cell voltages, and says so when asked', async () => {
    bridged.answers(CELLS, REFUSED);
    const { read, out, caught } = await cells({ emit: 'poll' }, { pollInterval: 0.1 });
    await bridged.untilPolled(3);
    assert.deepEqual([out.messages.length, caught.messages.length], [0, 0]);
    receive(read, { payload: 7 });
    await caught.nth(1);
    assert.deepEqual(errorsOf(caught), ['unsupported']);
    assert.equal(caught.messages[0]?.payload, 7);
    assert.equal(out.messages.length, 0);
  });

  it('shares one reading with a bms-read of the same device', async () => {
    const { read, out, node } = await load([
      ...flow(bridged.tcp, {}, { type: 'bms-cells' }),
      { id: 'read2', type: 'bms-read', z: 'tab', device: 'device', emit: 'input', format: 'object', wires: [['out']] },
    ]);
    receive(read, {});
    receive(node('read2'), {});
    await out.nth(2);
    assert.equal(bridged.polls, 1);
  });
});
