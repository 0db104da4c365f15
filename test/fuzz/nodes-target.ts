import assert from 'node:assert/strict';
import { PROTOCOLS } from '../../src/codec/registry';
import { settle } from '../support/fake-clock';
import { FakeRed, type FakeNode } from '../support/fake-red';
import { NODES } from '../support/nodes';
import { Choices } from './choices';
import { assertBmsError, assertCleanPrototypes } from './contract';
import type { FuzzTarget } from './target';

type Options = readonly [unknown, ...unknown[]];

const NUMBERS: Options = ['', 0, 1, '5', '${NUMBER}', -1, 1e9];
const DEVICES: Options = ['device', 'bank', 'line', 'stranger', 'missing', '', '__proto__'];
const RULES: Options = [[], [{ code: 'soc_low', field: 'soc', operator: '<', limit: '20', level: 'warning' }]];

/** What the properties of each node are like, in the order in which a flow makes them. */
export const NODE_PROPERTIES: readonly { id: string; type: string; properties: Readonly<Record<string, Options>> }[] = [
  {
    id: 'line',
    type: 'bms-connection',
    properties: {
      ...{ baudRate: NUMBERS, simCells: NUMBERS, simSpeed: NUMBERS, bleOnDemand: [false, true, 'yes'] },
      ...{ simChemistry: ['lfp', 'nmc', 'lead'], simScenario: ['steady', 'fault', 'night'] },
    },
  },
  {
    // Its line is never opened, wherever it may lead.
    id: 'unused',
    type: 'bms-connection',
    properties: {
      transport: ['serial', 'tcp', 'ble', 'simulator', 'pigeon', '__proto__'],
      ...{ serialPort: ['/dev/ttyUSB0', '', 'COM3'], baudRate: NUMBERS, tcpHost: ['bridge', ''], tcpPort: NUMBERS },
      ...{ bleAddress: ['C0:FF:EE:00:00:01', ''], bleAdapter: ['', 'hci1', '..'], bleDriver: ['auto', 'dbus', 'usb'] },
    },
  },
  {
    id: 'device',
    type: 'bms-device',
    properties: {
      ...{ name: ['Bank', ''], connection: ['line', 'device', 'stranger', 'missing', '__proto__'], address: NUMBERS },
      protocol: ['auto', 'telepathy', ...PROTOCOLS.map(({ id }) => id)],
      ...{ pollInterval: NUMBERS, timeout: NUMBERS, retries: NUMBERS, cellsEvery: NUMBERS },
      allowControl: [false, true, 'true', 1],
      allowSettings: ['none', 'comfort', 'protection', 'structure', 'all'],
    },
  },
  {
    id: 'bank',
    type: 'bms-bank',
    properties: {
      ...{ name: ['Bank', ''], topology: ['parallel', 'series', 'strings', 'stages', 'ring'] },
      packs: [[{ device: 'device' }], [{ device: 'device', group: 'A', capacity: '100' }, { device: 'bank' }], []],
      ...{ quorum: NUMBERS, interval: NUMBERS, lostAfter: NUMBERS, holdFor: NUMBERS, joinAfter: NUMBERS },
      ...{
        socOf: ['available', 'all', 'some'],
        currentRule: ['share', 'sum', 'lowest'],
        balanceAssist: [false, true, 1],
      },
      ...{ connectDifference: NUMBERS, join: ['', 'one-way'], pack1: DEVICES },
    },
  },
  {
    id: 'read',
    type: 'bms-read',
    properties: {
      device: DEVICES,
      topic: ['', 'pack'],
      emit: ['poll', 'change', 'input'],
      format: ['object', 'values'],
    },
  },
  {
    id: 'cells',
    type: 'bms-cells',
    properties: { device: DEVICES, topic: ['', 'pack'], emit: ['poll', 'change'], format: ['object', 'messages'] },
  },
  {
    id: 'alarm',
    type: 'bms-alarm',
    properties: { device: DEVICES, topic: ['', 'pack'], includeDevice: [true, false, 'no'], rules: RULES },
  },
  {
    id: 'control',
    type: 'bms-control',
    properties: {
      ...{ device: DEVICES, topic: [''], action: ['', 'charge', 'soc', 'fly'], value: ['payload', '1'] },
      ...{ valueType: ['msg', 'bool', 'num', 'jsonata', 'wish'], minInterval: NUMBERS, maxAge: NUMBERS },
      ...{ deadMan: NUMBERS, safeValue: ['', 'off', 'on'], restore: [false, true] },
    },
  },
  {
    id: 'settings',
    type: 'bms-settings',
    properties: {
      ...{ device: DEVICES, topic: ['', 'pack'], action: ['', 'read', 'compare', 'write', 'restore', 'erase'] },
      ...{ other: DEVICES, file: ['', 'missing.json', '/nowhere/at/all.json'] },
    },
  },
  {
    id: 'limits',
    type: 'bms-limits',
    properties: {
      ...{
        device: DEVICES,
        topic: ['', 'pack'],
        chemistry: ['lfp', 'nmc', 'lead'],
        emit: ['change', 'interval', 'poll'],
      },
      ...{ format: ['object', 'values', 'victron', 'xml'], maxChargeCurrent: NUMBERS, maxDischargeCurrent: NUMBERS },
      ...{
        absorptionVoltage: ['', 3.5, '4', -1],
        chargeByCell: [
          [],
          [
            [3.4, 1],
            [3.6, 0],
          ],
          [[1]],
          'line',
        ],
      },
      ...{ limitsOf: ['battery', 'packs'], interval: NUMBERS },
    },
  },
  {
    id: 'energy',
    type: 'bms-energy',
    properties: {
      ...{ device: DEVICES, topic: ['', 'pack'], emit: ['interval', 'change', 'input', 'poll'] },
      ...{ interval: ['', 1, '60', 0], format: ['object', 'values', 'influx', 'xml'] },
    },
  },
  {
    id: 'log',
    type: 'bms-log',
    properties: { device: DEVICES, topic: ['', 'pack'], emit: ['change', 'input', 'poll'] },
  },
];

/**
 * A flow with a node of each kind, whose properties are what the input says; each gets a message, and then all close.
 * Whatever a flow file holds, making and closing nodes throws nothing and comes to an end.
 */
export const nodesTarget: FuzzTarget = {
  name: 'nodes/properties',
  seeds: () => Array.from({ length: 6 }, (_, i) => Buffer.alloc(120, i)),
  async run(input) {
    const choices = new Choices(input);
    const red = new FakeRed(NODES);
    const stranger = red.make({ id: 'stranger', type: 'inject' });
    const nodes = [
      stranger,
      ...NODE_PROPERTIES.map((plan) => red.make({ ...propertiesOf(plan, choices), ...fixed(plan) })),
    ];
    const ends = nodes.map((node) => ended(node, choices));
    await settle();
    const closed = nodes.reverse().map((node) => node.close());
    await Promise.all(closed);
    await settle();
    ends.forEach((end) => end());
    for (const { errors } of nodes) errors.forEach(assertBmsError);
    assertCleanPrototypes();
  },
};

function fixed({ id, type }: { id: string; type: string }): Record<string, unknown> {
  return { id, type, credentials: { password: '123456' }, ...(id === 'line' ? { transport: 'simulator' } : {}) };
}

function propertiesOf({ properties }: (typeof NODE_PROPERTIES)[number], choices: Choices): Record<string, unknown> {
  const entries = Object.entries(properties).map(([key, options]) => {
    const kind = choices.byte();
    if (kind % 8 === 7) return [key, undefined];
    return [key, kind % 4 === 3 ? wild(key, choices) : (options[kind % options.length] ?? options[0])];
  });
  return Object.fromEntries(entries) as Record<string, unknown>;
}

/** Anything; in a list of rules, rules of anything. */
function wild(key: string, choices: Choices): unknown {
  if (key !== 'rules' || choices.flag()) return choices.value();
  const words = ['code', 'field', 'operator', 'limit', 'clear', 'hold', 'level', 'message', '__proto__'];
  return Array.from({ length: choices.below(4) }, () => choices.object(1, words));
}

/** Sends a message. @returns asserts that it has ended, once, and how */
function ended(node: FakeNode, choices: Choices): () => void {
  const ends: unknown[] = [];
  if (node.listenerCount('input') === 0) return () => undefined;
  const message = {
    _msgid: '1',
    ...choices.object(2, ['payload', 'topic', 'parts', 'action', 'confirm', '__proto__']),
  };
  node.receive(message, (error) => ends.push(error));
  return () => {
    assert.equal(ends.length, 1, `the message of ${node.type} has ended ${ends.length} times`);
    if (ends[0] !== undefined) assertBmsError(ends[0]);
  };
}
