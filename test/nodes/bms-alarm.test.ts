import assert from 'node:assert/strict';
import type { Node, NodeStatus } from 'node-red';
import helper from 'node-red-node-test-helper';
import type { AlarmSummary, DeviceAlarm } from '../../src/battery/active-alarms';
import type { AlarmEdge } from '../../src/battery/alarm-ledger';
import type { BmsDeviceNode } from '../../src/runtime/bms-nodes';
import { short } from '../support/alarms';
import { captured, type Board } from '../support/board';
import {
  BASIC,
  BridgedBoard,
  CELLS,
  closeNode,
  errorsOf,
  PROVENANCE,
  QUICK,
  receive,
  until,
} from '../support/bridged-board';
import { flow, Outbox, type Config } from '../support/helper-flow';
import { NODES } from '../support/nodes';

const JBD = captured('jbd', 'sp04s034-4s-5ah-idle');

const hex = (word: number): string => word.toString(16).padStart(4, '0');

/** A JBD answer with its checksum. */
function framed(register: string, data: string): string {
  const body = Buffer.from(`00${(data.length / 2).toString(16).padStart(2, '0')}${data}`, 'hex');
  const sum = body.reduce((total, byte) => total + byte, 0);
  return `dd${register}${body.toString('hex')}${hex(0x10000 - sum)}77`;
}

/** What the pack measures and reports at the moment. */
interface Pack {
  /** V */
  cells: number[];
  /** % */
  soc: number;
  /** JBD's protection bits: 0 is cell overvoltage */
  protections: number;
}

function answersOf(pack: Pack): Record<string, string> {
  const cells = pack.cells.map((volts) => hex(Math.round(volts * 1000)));
  const data = Buffer.from((JBD[BASIC] ?? '').slice(8, -6), 'hex');
  data.writeUInt16BE(pack.protections, 16);
  data.writeUInt8(pack.soc, 19);
  return { [BASIC]: framed('03', data.toString('hex')), [CELLS]: framed('04', cells.join('')) };
}

// prettier-ignore
const LOW_CELL = { code: 'cell_low', field: 'cellVoltageMin', operator: '<', limit: 3, clear: 3.2, level: 'protection' };
const LOW_SOC = { code: 'soc_low', field: 'soc', operator: '<', limit: 20, clear: 25, hold: 0, level: 'warning' };

let tests = 0;

describe('bms-alarm', () => {
  const bridged = new BridgedBoard();
  let pack: Pack;
  /** of its own for each test: what a node has told outlives its flow */
  let id: string;

  beforeEach(() => {
    id = `alarm${++tests}`;
    pack = { cells: [3.3, 3.3, 3.3, 3.3], soc: 60, protections: 0 };
    bridged.board.behaviour = answer;
  });

  const answer: Board['behaviour'] = (request, known, reply) => {
    const found = answersOf(pack)[request] ?? known;
    if (found !== undefined) reply(found);
  };
  const silence = (): void => undefined;

  function alarmFlow(alarm: Record<string, unknown>, device: Record<string, unknown> = {}): Config[] {
    return [
      ...flow(bridged.tcp, { pollInterval: 0.1, ...QUICK, ...device }),
      { id, type: 'bms-alarm', z: 'tab', device: 'device', wires: [['edges'], ['summaries']], ...alarm },
      { id: 'edges', type: 'helper', z: 'tab' },
      { id: 'summaries', type: 'helper', z: 'tab' },
    ].map((config) => (config.id === 'completer' ? { ...config, scope: [id] } : config));
  }

  interface Running {
    alarm: Node;
    edges: Outbox;
    summaries: Outbox;
    caught: Outbox;
    completed: Outbox;
    /** edges so far, in short */
    told(): string[];
    status(): NodeStatus;
  }

  function running(): Running {
    const alarm = helper.getNode(id);
    const [edges, summaries, caught, completed] = ['edges', 'summaries', 'caught', 'completed'].map(
      (name) => new Outbox(helper.getNode(name)),
    ) as [Outbox, Outbox, Outbox, Outbox];
    return {
      alarm,
      edges,
      summaries,
      caught,
      completed,
      told: () => edges.messages.map(({ payload }) => short(payload as AlarmEdge)),
      status: () => (alarm.status as unknown as { lastCall: { args: [NodeStatus] } }).lastCall.args[0],
    };
  }

  async function load(configs: Config[]): Promise<Running> {
    await helper.load(NODES, configs);
    return running();
  }

  /** Runs with one rule, whose alarm is active. */
  async function raised(): Promise<Running> {
    pack.soc = 10;
    const all = await load(alarmFlow({ rules: [LOW_SOC] }));
    await all.edges.nth(1);
    return all;
  }

  async function deploy(configs: Config[], type: 'full' | 'nodes' = 'full'): Promise<Running> {
    await helper.setFlows(configs, type);
    return running();
  }

  const deviceNode = (): BmsDeviceNode => helper.getNode('device') as unknown as BmsDeviceNode;
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  /** Lets the device be read a few times. */
  async function polls(count = 3): Promise<void> {
    const asked = (): number => bridged.board.requests.filter((request) => request === CELLS).length;
    const wanted = asked() + count;
    await until(() => asked() >= wanted);
    for (let i = 0; i < 5; i++) await turn();
  }

  it('tells each beginning and end once, and each change of what is active', async () => {
    const { edges, summaries, told, status, caught } = await load(alarmFlow({ rules: [LOW_CELL, LOW_SOC] }));
    await polls();
    assert.deepEqual([told(), summaries.messages], [[], []]);
    assert.deepEqual(status(), { fill: 'green', shape: 'dot', text: 'node-red:common.status.ok 15.6 V 60 % 0.0 A' });

    pack.cells = [3.3, 3.3, 2.9, 3.3];
    const raised = await edges.nth(1);
    const { since, ...edge } = raised.payload as AlarmEdge;
    assert.deepEqual(edge, {
      event: 'raised',
      code: 'cell_low',
      level: 'protection',
      source: 'rule',
      message: 'The lowest cell voltage is 2.9 V (cell 3), below 3 V.',
      field: 'cellVoltageMin',
      operator: '<',
      value: 2.9,
      cell: 3,
      limit: 3,
    });
    assert.ok(Math.abs(Date.now() - since) < 5000);
    assert.equal(raised.topic, 'Bank');
    const bms = raised['bms'] as Record<string, unknown>;
    assert.deepEqual(Object.keys(bms).sort(), PROVENANCE);
    assert.equal(bms['timestamp'], since);
    const summary = await summaries.nth(1);
    const { event, ...active } = raised.payload as AlarmEdge;
    assert.equal(event, 'raised');
    assert.deepEqual(summary.payload, { active: [active], level: 'protection', count: 1 });
    assert.deepEqual([summary.topic, summary['bms']], ['Bank', bms]);
    assert.deepEqual(status(), { fill: 'red', shape: 'dot', text: 'cell_low' });

    pack.soc = 10;
    await edges.nth(2);
    await turn();
    assert.deepEqual(status(), { fill: 'red', shape: 'dot', text: 'cell_low +1' });
    pack.cells = [3.3, 3.3, 3.3, 3.3];
    const cleared = await edges.nth(3);
    await turn();
    assert.ok(Number((cleared.payload as AlarmEdge).duration) > 0);
    assert.deepEqual(status(), { fill: 'yellow', shape: 'dot', text: 'soc_low' });
    pack.soc = 30;
    await summaries.nth(4);
    await polls();
    assert.deepEqual(told(), ['+cell_low@3', '+soc_low', '-cell_low@1', '-soc_low']);
    assert.deepEqual(
      summaries.messages.map(({ payload }) => (payload as AlarmSummary).level),
      ['protection', 'protection', 'warning', 'none'],
    );
    assert.equal(status().fill, 'green');
    assert.deepEqual(caught.messages, []);
  });

  it('raises only what lasts', async () => {
    pack.soc = 10;
    const { edges, summaries, told } = await load(alarmFlow({ rules: [{ ...LOW_SOC, hold: 0.35 }], topic: 'shed' }));
    await polls(2);
    assert.deepEqual(told(), []);
    await edges.nth(1);
    assert.equal((await summaries.nth(1)).topic, 'shed');
  });

  it('passes on what the device reports, unless told not to', async () => {
    pack.protections = 1;
    const { edges, told } = await load(alarmFlow({}));
    await edges.nth(1);
    const { code, level, source } = edges.messages[0]?.payload as AlarmEdge;
    assert.deepEqual([code, level, source], ['cell_overvoltage', 'protection', 'device']);
    pack.protections = 0;
    await edges.nth(2);
    assert.deepEqual(told(), ['+cell_overvoltage', '-cell_overvoltage']);
    await helper.unload();
    id = `${id}-not`;
    pack.protections = 1;
    const without = await load(alarmFlow({ includeDevice: false }));
    await polls();
    assert.deepEqual(without.told(), []);
  });

  it('answers a message with the summary at its second output', async () => {
    pack.soc = 10;
    const { alarm, edges, summaries, completed, caught } = await load(alarmFlow({ rules: [LOW_SOC] }));
    await summaries.nth(1);
    receive(alarm, { _msgid: 'abc', payload: 'x', topic: 'old', req: { id: 1 } });
    const message = await summaries.nth(2);
    assert.equal(message._msgid, 'abc');
    assert.deepEqual(message['req'], { id: 1 });
    assert.equal(message.topic, 'Bank');
    assert.equal((message['bms'] as { device: string }).device, 'Bank');
    assert.deepEqual(message.payload, summaries.messages[0]?.payload);
    assert.notEqual(message.payload, summaries.messages[0]?.payload);
    await completed.nth(1);
    assert.deepEqual([edges.messages.length, completed.messages.length, caught.messages.length], [1, 1, 0]);
  });

  it('makes a device that is lost an alarm, not an error, and ends it with its next reading', async () => {
    const { alarm, edges, summaries, told, status, caught } = await raised();
    bridged.board.behaviour = (_request, _answer, reply) => reply('00ff00ff13377');
    const lost = await edges.nth(2);
    const { since, ...edge } = lost.payload as AlarmEdge;
    assert.ok(Math.abs(Date.now() - since) < 5000);
    assert.deepEqual(edge, {
      event: 'raised',
      code: 'communication_lost',
      level: 'fault',
      source: 'device',
      message: 'The device does not answer.',
    });
    assert.equal((lost['bms'] as { sequence: number }).sequence > 0, true);
    assert.deepEqual(status(), {
      fill: 'red',
      shape: 'ring',
      text: '@openbms/node-red-bms/bms-device:bms-device.status.timeout',
    });
    pack.soc = 60;
    alarm.receive({ payload: 'how is it?' });
    const { level, count } = (await summaries.nth(3)).payload as AlarmSummary;
    assert.deepEqual([level, count], ['fault', 2]);
    bridged.board.behaviour = answer;
    await edges.nth(4);
    await polls();
    assert.deepEqual(told(), ['+soc_low', '+communication_lost', '-communication_lost', '-soc_low']);
    assert.deepEqual(caught.messages, []);
    assert.equal(status().fill, 'green');
  });

  it('says that a device has never answered', async () => {
    bridged.board.behaviour = silence;
    const { edges, told } = await load(alarmFlow({ rules: [LOW_SOC] }));
    const { sequence, device } = (await edges.nth(1))['bms'] as { sequence: number; device: string };
    assert.deepEqual([sequence, device, told()], [0, 'Bank', ['+communication_lost']]);
  });

  it('names the pack that a bank lacks', async () => {
    const gone = { id: 'nowhere', type: 'bms-connection', transport: 'tcp', tcpHost: '127.0.0.1', tcpPort: 9 };
    const rear = {
      id: 'rear',
      type: 'bms-device',
      name: 'Rear',
      connection: 'nowhere',
      protocol: 'jbd',
      pollInterval: 1,
    };
    const packs = [{ device: 'device' }, { device: 'rear' }];
    const bank = { id: 'bank', type: 'bms-bank', name: 'Boat', packs, quorum: 2, lostAfter: 1 };
    const { edges } = await load([gone, rear, bank, ...alarmFlow({ device: 'bank' })]);
    const { payload, topic } = await edges.nth(1);
    const { code, level, message, pack: missing } = payload as DeviceAlarm;
    assert.deepEqual([code, level, missing, topic], ['communication_lost', 'fault', 'Rear', 'Boat']);
    assert.match(message, /missing: Rear\.$/);
  });

  it('takes the bridge away in mid-request for the same', async () => {
    const { edges, told, caught } = await load(alarmFlow({}));
    await polls(1);
    await Promise.all([bridged.goAway(), edges.nth(1)]);
    bridged.board.behaviour = answer;
    await bridged.bridge.listen();
    await edges.nth(2);
    assert.deepEqual(told(), ['+communication_lost', '-communication_lost']);
    assert.deepEqual(caught.messages, []);
  });

  describe('at a deploy', () => {
    const rules = [LOW_SOC];

    for (const type of ['full', 'nodes'] as const) {
      it(`of type ${type} neither repeats nor loses an alarm`, async () => {
        pack.soc = 10;
        const before = await load(alarmFlow({ rules }));
        await before.edges.nth(1);
        const { since } = before.edges.messages[0]?.payload as AlarmEdge;
        const after = await deploy(alarmFlow({ rules, name: 'again' }), type);
        await polls();
        assert.deepEqual([after.told(), after.summaries.messages], [[], []]);
        assert.deepEqual(after.status(), { fill: 'yellow', shape: 'dot', text: 'soc_low' });
        pack.soc = 60;
        const { event, since: kept } = (await after.edges.nth(1)).payload as AlarmEdge;
        assert.deepEqual([event, kept], ['cleared', since]);
      });
    }

    it('keeps a device that is lost as it is', async () => {
      bridged.board.behaviour = silence;
      const before = await load(alarmFlow({ rules }));
      await before.edges.nth(1);
      const after = await deploy(alarmFlow({ rules }));
      const asked = bridged.board.requests.length;
      await until(() => bridged.board.requests.length > asked + 2);
      assert.deepEqual(after.told(), []);
      bridged.board.behaviour = answer;
      await after.edges.nth(1);
      assert.deepEqual(after.told(), ['-communication_lost']);
    });

    it('sees that the device was lost before the node was there', async () => {
      bridged.board.behaviour = silence;
      const nodes = alarmFlow({ rules });
      const other = { ...nodes.find((config) => config.id === id), id: `${id}-other`, wires: [[], []] } as Config;
      const without = [...nodes.filter((config) => config.id !== id), other];
      await helper.load(NODES, without);
      await until(() => deviceNode().battery?.condition.phase === 'lost');
      const device = deviceNode();
      const { edges, told } = await deploy([...nodes, other], 'nodes');
      await edges.nth(1);
      assert.deepEqual(told(), ['+communication_lost']);
      assert.equal(deviceNode(), device);
    });

    it('forgets a node that is deleted', async () => {
      pack.soc = 10;
      const nodes = alarmFlow({ rules });
      await (await load(nodes)).edges.nth(1);
      await helper.setFlows(
        nodes.filter((config) => config.id !== id),
        'full',
      );
      const { edges, told } = await deploy(nodes);
      await edges.nth(1);
      assert.deepEqual(told(), ['+soc_low']);
    });

    it('leaves nothing behind', async () => {
      await load(alarmFlow({ rules }));
      await polls(1);
      const device = deviceNode();
      const before = [device.battery?.readings.size, device.battery?.changed.size];
      for (let i = 0; i < 10; i++) await deploy(alarmFlow({ rules, name: String(i) }), 'nodes');
      assert.equal(deviceNode(), device);
      assert.deepEqual([device.battery?.readings.size, device.battery?.changed.size], before);
    });
  });

  it('names the rules that are wrong, once, and goes on with the others', async () => {
    pack.soc = 10;
    const rules = [{ ...LOW_CELL, limit: 'low' }, LOW_SOC, { ...LOW_SOC, limit: 15 }];
    const { edges, told, status, caught } = await load(alarmFlow({ rules }));
    const { error } = (await caught.nth(1)) as unknown as { error: { code: string; message: string } };
    assert.equal(error.code, 'bad_value');
    assert.match(error.message, /Rule 1: .*limit.* Rule 3: .*rule 2/);
    await edges.nth(1);
    await polls();
    assert.deepEqual([told(), caught.messages.length], [['+soc_low'], 1]);
    assert.deepEqual(status(), { fill: 'red', shape: 'ring', text: 'soc_low, bms-alarm.status.wrongRules' });
    pack.soc = 60;
    await edges.nth(2);
    await turn();
    assert.equal(status().text, 'bms-alarm.status.wrongRules');
  });

  it('says that the rules are no list', async () => {
    const { caught, status } = await load(alarmFlow({ rules: 'soc < 20' }));
    await caught.nth(1);
    await polls(1);
    assert.deepEqual(status(), { fill: 'red', shape: 'ring', text: 'bms-alarm.status.wrongProperty' });
  });

  it('takes environment variables in a rule', async () => {
    process.env['OPENBMS_TEST_LIMIT'] = '70';
    const { edges, told } = await load(
      alarmFlow({ rules: [{ ...LOW_SOC, limit: '${OPENBMS_TEST_LIMIT}', clear: '' }] }),
    );
    await edges.nth(1);
    delete process.env['OPENBMS_TEST_LIMIT'];
    assert.deepEqual(told(), ['+soc_low']);
  });

  it('judges what others ask for when the device is not polled', async () => {
    pack.soc = 10;
    const { alarm, edges, summaries, told, status } = await load(alarmFlow({ rules: [LOW_SOC] }, { pollInterval: 0 }));
    alarm.receive({});
    const { sequence } = (await summaries.nth(1))['bms'] as { sequence: number };
    assert.deepEqual([sequence, status().fill], [0, 'grey']);
    helper.getNode('read').receive({});
    await edges.nth(1);
    assert.deepEqual(told(), ['+soc_low']);
  });

  it('ends what is in progress when it closes, and sends nothing afterwards', async () => {
    const { alarm, edges, summaries, caught } = await raised();
    pack.soc = 60;
    alarm.receive({});
    await closeNode(alarm);
    await polls();
    const codes = errorsOf(caught);
    assert.ok(codes.every((code) => code === 'closed'));
    assert.deepEqual([edges.messages.length, summaries.messages.length + codes.length], [1, 2]);
  });
});
