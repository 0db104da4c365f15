import assert from 'node:assert/strict';
import helper from 'node-red-node-test-helper';
import {
  BridgedBoard,
  CELLS,
  closeNode,
  errorsOf,
  OTHER_VOLTAGES,
  PROVENANCE,
  QUICK,
  receive,
  until,
} from '../support/bridged-board';
import { flow, load, type Loaded } from '../support/helper-flow';
import { FLOW_NODE_TYPES, READING_NODE_TYPES } from '../support/node-types';

const FIGURES = ['answers', 'badChecksums', 'discardedBytes', 'foreignFrames', 'impossibleAnswers'];
const MORE_FIGURES = ['impossibleValues', 'requests', 'skippedPolls'];

/** What the nodes that send readings have in common. */
for (const type of READING_NODE_TYPES) {
  describe(`${type}, as every node that sends readings`, () => {
    const bridged = new BridgedBoard();

    function loaded(props: Record<string, unknown> = {}, deviceProps: Record<string, unknown> = {}): Promise<Loaded> {
      return load(flow(bridged.tcp, deviceProps, { type, ...props }));
    }

    it('answers an input on the same message, with where the reading comes from', async () => {
      const { read, out, completed, caught } = await loaded();
      receive(read, { _msgid: 'abc', payload: 'x', topic: 'old', req: { id: 1 } });
      const { _msgid: id, topic, req, bms } = await out.nth(1);
      assert.deepEqual([id, topic, req], ['abc', 'Bank', { id: 1 }]);
      const { link, device, protocol, sequence } = bms as Record<string, unknown>;
      assert.deepEqual(Object.keys(bms as object).sort(), PROVENANCE);
      assert.deepEqual([device, protocol, sequence], ['Bank', 'jbd', 1]);
      const { requests = 0, answers, ...troubles } = link as Record<string, number>;
      assert.deepEqual(Object.keys(link as object).sort(), [...FIGURES, ...MORE_FIGURES].sort());
      assert.ok(requests >= 4 && answers === requests);
      assert.ok(Object.values(troubles).every((count) => count === 0));
      await completed.nth(1);
      assert.deepEqual([completed.messages.length, caught.messages.length], [1, 0]);
    });

    it('emits every poll with a rising sequence, and a poll does not repeat what was asked', async () => {
      const { read, out } = await loaded({ emit: 'poll', topic: 'pack' }, { pollInterval: 0.15 });
      await out.nth(2);
      receive(read, { payload: 'now', mark: true });
      await out.nth(5);
      const sequences = out.messages.map((message) => (message['bms'] as { sequence: number }).sequence);
      assert.deepEqual(sequences, [1, 2, 3, 4, 5]);
      assert.equal(out.messages.filter((message) => message['mark'] === true).length, 1);
      assert.ok(out.messages.every((message) => message.topic === 'pack'));
      const payloads = out.messages.map((message) => message.payload);
      assert.equal(new Set(payloads).size, payloads.length, 'each message has an object of its own');
    });

    it('emits only changes', async () => {
      const { out } = await loaded({ emit: 'change' }, { pollInterval: 0.1 });
      await out.nth(1);
      await bridged.untilPolled(4);
      assert.equal(out.messages.length, 1);
      bridged.answers(CELLS, OTHER_VOLTAGES);
      assert.match(JSON.stringify((await out.nth(2)).payload), /3\.909.*3\.901.*3\.895.*3\.902/);
    });

    it('sends nothing in a format that this version does not know, and says so', async () => {
      const { read, out, caught } = await loaded({ format: 'nonsense' });
      receive(read, {});
      await caught.nth(2);
      assert.deepEqual([errorsOf(caught), out.messages.length], [['bad_value', 'bad_value'], 0]);
    });

    it('reports silence as timeout, damaged answers as such, with done called once, and then answers again', async () => {
      bridged.board.behaviour = () => undefined;
      const { read, out, caught, completed } = await loaded({}, QUICK);
      receive(read, { payload: 7 });
      const { payload, error } = await caught.nth(1);
      const { message, source } = error as { message: string; source: { type: string } };
      assert.deepEqual([payload, source.type], [7, type]);
      assert.match(message, /check/);
      bridged.board.behaviour = (_request, answer = '', reply) =>
        reply(`${answer.slice(0, -6)}0000${answer.slice(-2)}`);
      receive(read, {});
      await caught.nth(2);
      assert.deepEqual(errorsOf(caught), ['timeout', 'checksum']);
      assert.deepEqual([out.messages.length, completed.messages.length], [0, 0]);
      bridged.board.obey();
      receive(read, {});
      await out.nth(1);
    });

    it('reports an outage once, and recovers by itself when the device returns', async () => {
      const { out, caught } = await loaded({ emit: 'poll' }, { pollInterval: 0.1, ...QUICK });
      await out.nth(2);
      await Promise.all([bridged.goAway(), caught.nth(1)]);
      const seen = out.messages.length;
      await bridged.comeBack();
      await out.nth(seen + 2);
      assert.deepEqual(errorsOf(caught), ['disconnected']);
      // A pack counts as lost after three seconds, and the line is opened again after a pause.
    }).timeout(20_000);

    it('ends what is in progress when it closes, within two seconds, and sends nothing afterwards', async () => {
      bridged.board.behaviour = () => undefined;
      const { read, out, caught, node } = await loaded();
      receive(read, {});
      await until(() => bridged.board.requests.length > 0);
      const before = Date.now();
      for (const id of ['read', 'device', 'connection']) await closeNode(node(id));
      assert.ok(Date.now() - before < 2000);
      await caught.nth(1);
      assert.deepEqual([errorsOf(caught), out.messages.length], [['closed'], 0]);
      await until(() => bridged.bridge.sockets.size === 0);
    });
  });
}

describe('every node of a flow', () => {
  afterEach(() => helper.unload());

  for (const type of FLOW_NODE_TYPES) {
    it(`${type} loads without any property and says what is missing`, async () => {
      const others = flow({}, {}).filter(({ id }) => id !== 'read');
      const { read, caught, completed } = await load([...others, { id: 'read', type, z: 'tab', wires: [[]] }]);
      receive(read, { payload: 'text' });
      await caught.nth(1);
      assert.equal(completed.messages.length, 0);
      assert.ok(
        errorsOf(caught).every((code) => code === 'not_found' || code === 'bad_value'),
        errorsOf(caught).join(),
      );
      // Without a device it takes readings as messages, which is no fault.
      if (type === 'bms-limits') return;
      const { lastCall } = read.status as unknown as { lastCall: { args: [{ fill: string; shape: string }] } };
      assert.deepEqual([lastCall.args[0].fill, lastCall.args[0].shape], ['red', 'ring']);
    });
  }
});
