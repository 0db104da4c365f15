import assert from 'node:assert/strict';
import helper from 'node-red-node-test-helper';
import { BASIC, BridgedBoard, CELLS, errorsOf, QUICK, receive } from '../support/bridged-board';
import { flow, load } from '../support/helper-flow';
import { loadVector } from '../support/vectors';

const EXPECT = loadVector('jbd', 'sp04s034-4s-5ah-idle').expect;

describe('bms-read', () => {
  const bridged = new BridgedBoard();

  it('answers an input with a full reading', async () => {
    const { read, out } = await load(flow(bridged.tcp));
    receive(read, {});
    const payload = (await out.nth(1)).payload as Record<string, unknown>;
    for (const [key, value] of Object.entries(EXPECT)) {
      const got = payload[key];
      if (key === 'errorCounts') assert.deepEqual({ ...(got as object), ...(value as object) }, got);
      else assert.deepEqual(got, value, key);
    }
  });

  it('makes InfluxDB points and single values', async () => {
    const { read, out } = await load(flow(bridged.tcp, {}, { format: 'influx' }));
    read.receive({});
    const [fields, tags] = (await out.nth(1)).payload as [Record<string, unknown>, Record<string, unknown>];
    assert.equal(fields['voltage'], 15.6);
    assert.ok(Object.values(fields).every((value) => typeof value !== 'object'));
    assert.equal(tags['device'], 'Bank');
    await helper.unload();
    const values = await load(flow(bridged.tcp, {}, { format: 'values', topic: 'p' }));
    receive(values.read, { parts: { id: 'outer', index: 3, count: 9 } });
    const first = await values.out.nth(1);
    const parts = first['parts'] as unknown as { count: number; parts: { id: string } };
    await values.out.nth(parts.count);
    assert.equal(parts.parts.id, 'outer');
    const byTopic = new Map(values.out.messages.map((message) => [message.topic, message.payload]));
    assert.equal(byTopic.get('p/voltage'), 15.6);
    assert.equal(byTopic.get('p/state'), 'idle');
    assert.equal(byTopic.get('p/chargeEnabled'), true);
    assert.equal(values.out.messages.length, parts.count);
  });

  it('says that a device has no connection, an impossible property or an unknown protocol', async () => {
    for (const [props, code] of [
      [{ connection: 'gone' }, 'not_found'],
      [{ protocol: 'nonsense' }, 'unsupported'],
      [{ protocol: 'daly', address: '777' }, 'bad_value'],
      [{ pollInterval: 'often' }, 'bad_value'],
    ] as const) {
      const { read, caught } = await load(flow(bridged.tcp, props));
      read.receive({});
      await caught.nth(1);
      assert.deepEqual(errorsOf(caught), [code]);
      await helper.unload();
    }
  });

  it('says that nothing listens', async () => {
    const port = bridged.bridge.port;
    await bridged.bridge.close();
    const { read, caught } = await load(flow({ ...bridged.tcp, tcpPort: port }, QUICK));
    read.receive({});
    await caught.nth(1);
    assert.deepEqual(errorsOf(caught), ['port_not_found']);
  });

  /** Each way in which an answer can be wrong, and the code that a flow sees. */
  const faults: Record<string, [behave: (answer: string) => string, code: string]> = {
    'a cut frame': [(answer) => answer.slice(0, 20), 'timeout'],
    'a wrong checksum': [(answer) => `${answer.slice(0, -6)}0000${answer.slice(-2)}`, 'checksum'],
    'another register': [(answer) => `dd99${answer.slice(4)}`, 'timeout'],
    'the echo of the request': [() => BASIC + CELLS, 'timeout'],
    noise: [() => '00ff00ff13377', 'timeout'],
  };
  for (const [name, [behave, code]] of Object.entries(faults)) {
    it(`takes ${name} for no answer`, async () => {
      bridged.board.behaviour = (_request, answer, reply) => reply(behave(answer ?? ''));
      const { read, out, caught } = await load(flow(bridged.tcp, QUICK));
      read.receive({});
      await caught.nth(1);
      assert.deepEqual(errorsOf(caught), [code]);
      assert.equal(out.messages.length, 0);
    });
  }

  it('reports a refusal, and keeps what the board does not refuse', async () => {
    bridged.board.behaviour = (request, _answer, reply) => reply(`dd${request.slice(4, 6)}8000ff8077`);
    const { read, caught, out } = await load(flow(bridged.tcp, QUICK));
    read.receive({});
    await caught.nth(1);
    assert.deepEqual(errorsOf(caught), ['unsupported']);
    bridged.board.behaviour = (request, answer, reply) =>
      reply(request === CELLS ? 'dd048000ff8077' : (answer ?? 'ddaa8000ff8077'));
    read.receive({});
    const { payload } = await out.nth(1);
    assert.equal((payload as Record<string, unknown>)['voltage'], 15.6);
    assert.ok(!('cellVoltages' in (payload as object)));
  });

  it('finds the answer behind noise and the echo of the request', async () => {
    bridged.board.behaviour = (request, answer, reply) => reply(`00dd0377${request}${answer ?? ''}`);
    const { read, out } = await load(flow(bridged.tcp));
    read.receive({});
    assert.equal(((await out.nth(1)).payload as Record<string, unknown>)['voltage'], 15.6);
  });

  it('takes no late answer for the next one', async () => {
    const late: (() => void)[] = [];
    bridged.board.behaviour = (_request, answer, reply) => late.push(() => reply(answer ?? ''));
    const { read, caught, out } = await load(flow(bridged.tcp, QUICK));
    read.receive({});
    await caught.nth(1);
    bridged.board.behaviour = (request, answer, reply) => {
      for (const say of late.splice(0)) say();
      reply(request === CELLS ? 'dd0400020f45ffaa77' : (answer ?? ''));
    };
    read.receive({});
    const { payload } = await out.nth(1);
    assert.deepEqual((payload as Record<string, unknown>)['cellVoltages'], [3.909]);
  });

  it('shares one read between nodes, one connection between devices', async () => {
    const configs = [
      ...flow(bridged.tcp),
      { id: 'read2', type: 'bms-read', z: 'tab', device: 'device', emit: 'input', format: 'object', wires: [['out2']] },
      { id: 'out2', type: 'helper', z: 'tab' },
      { id: 'device2', type: 'bms-device', name: 'Same', connection: 'connection', protocol: 'jbd', pollInterval: 0 },
      {
        id: 'read3',
        type: 'bms-read',
        z: 'tab',
        device: 'device2',
        emit: 'input',
        format: 'object',
        wires: [['out2']],
      },
    ];
    const { read, out, node } = await load(configs);
    read.receive({});
    node('read2').receive({});
    await out.nth(1);
    assert.equal(bridged.polls, 1);
    node('read3').receive({});
    await bridged.untilPolled(2);
    assert.equal(bridged.bridge.accepted, 1);
  });
});
