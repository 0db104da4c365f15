import assert from 'node:assert/strict';
import { protocolById } from '../../src/codec';
import { VALUE_TYPES } from '../../src/runtime/settings/control-settings';
import { ControlBench } from '../support/control-scenes';
import { FakeRed } from '../support/fake-red';
import { FLOW_NODE_TYPES } from '../support/node-types';
import { NODES } from '../support/nodes';
import { Choices, NASTY_WORDS } from './choices';
import { assertBmsError, assertCleanPrototypes, assertMessage } from './contract';
import type { FuzzTarget } from './target';

const KEYS = ['payload', 'topic', 'parts', 'action', 'value', 'confirm', 'seconds', 'bms', '__proto__', 'constructor'];
const PAYLOADS = [
  ...[
    { action: 'charge', value: false },
    { action: 'release', seconds: 1 },
    { action: 'release', seconds: NaN },
    { action: 'bulk' },
  ],
  ...[{ action: 'restart', value: true, confirm: 'restart' }, { action: 'soc', value: '50' }, { action: '__proto__' }],
  ...[true, 'off', 42, '1e2', null, undefined],
];

const PATIENCE_MS = 120_000;

/** A node on a device that answers: what comes of any message ends once, and well or with an error of ours. */
export const messagesTarget: FuzzTarget = {
  name: 'nodes/messages',
  seeds: () => Array.from({ length: 40 }, (_, i) => Buffer.from([i, i >> 2, i, i, i, i])),
  async run(input) {
    const choices = new Choices(input);
    const jbd = protocolById('jbd');
    assert.ok(jbd);
    const bench = new ControlBench(jbd);
    const red = new FakeRed(NODES);
    const device = { id: 'device', type: 'bms-device', device: bench.device };
    red.nodes.set('device', Object.assign(red.make(device), device, { register: ignored, deregister: ignored }));
    const node = red.make({ id: 'node', device: 'device', ...settingsOf(choices) });
    const ends: unknown[] = [];
    const count = 1 + choices.below(3);
    for (let i = 0; i < count; i++) node.receive(messageOf(choices), (error) => ends.push(error));
    for (let passed = 0; ends.length < count; passed += 1000) {
      assert.ok(passed < PATIENCE_MS, 'a message does not come to an end');
      await bench.clock.tick(1000);
      // The nodes themselves are on the system's clock: bms-alarm recalls what it had kept with a timer of 1 ms at least.
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    for (const error of ends) if (error !== undefined) assertBmsError(error);
    // An answer carries what the message brought, too.
    for (const sent of node.sent.flat()) if (sent !== null) assertMessage(sent as object);
    await node.close();
    await bench.close();
    assert.equal(ends.length, count, 'a message has ended twice');
    assertCleanPrototypes();
  },
};

const ignored = (): void => undefined;

function settingsOf(choices: Choices): Record<string, unknown> {
  const formats = ['object', 'influx', 'values', 'array', 'messages', 'victron', 'pylontech'] as const;
  return {
    type: FLOW_NODE_TYPES[choices.below(FLOW_NODE_TYPES.length)],
    ...{ emit: choices.pick(['input', 'poll', 'change']), format: choices.pick(formats) },
    ...{ action: choices.pick(['', 'charge', 'soc', 'restart']), valueType: choices.pick(VALUE_TYPES) },
    value: choices.pick(['payload', 'true', '50', ...NASTY_WORDS]),
  };
}

function messageOf(choices: Choices): unknown {
  const extra = choices.object(2, KEYS);
  const payload = choices.flag() ? PAYLOADS[choices.below(PAYLOADS.length)] : choices.object(2, KEYS);
  const message = { _msgid: '1', payload: choices.flag() ? payload : choices.value(), ...extra };
  const how = choices.below(16);
  if (how === 1) return Object.freeze(message);
  return how === 2 ? Object.assign(message, { itself: message }) : message;
}
