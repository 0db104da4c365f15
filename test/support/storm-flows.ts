import { integer, pick, type Lottery } from '../../src/simulator/seeded';

export type FlowNode = Record<string, unknown> & { id: string; type: string };

/** Real ends of lines, that the flows are about. */
export interface Ends {
  serialPort: string;
  tcpPort: number;
}

/** What the log of a Node-RED must never say. */
export const DISASTER = /uncaught|unhandled|MaxListenersExceeded|Close timed out|Error stopping/i;

/** How often each node is given a message, s: so that there is always something under way. */
const EVERY_S = 0.1;

// Node-RED takes every property that equals a node's id for a reference to it: ids must not be words of a dialog.
/** The connections of the base flow. */
export const LINES = { serial: 'line-1', bridge: 'line-2', simulated: 'line-3' } as const;

/** A pack of each kind of line, each with every node, which is always asked and switched while it is also polled. */
export function baseFlow({ serialPort, tcpPort }: Ends): FlowNode[] {
  return [
    { id: LINES.serial, type: 'bms-connection', transport: 'serial', serialPort, baudRate: '' },
    { id: LINES.bridge, type: 'bms-connection', transport: 'tcp', tcpHost: '127.0.0.1', tcpPort },
    {
      id: LINES.simulated,
      type: 'bms-connection',
      transport: 'simulator',
      simCells: 8,
      simScenario: 'day',
      simSpeed: 10,
    },
    ...packOn('A', LINES.serial, { protocol: 'jbd' }),
    ...packOn('B', LINES.bridge, { protocol: 'daly' }),
    ...packOn('C', LINES.simulated, { protocol: 'jbd' }),
    ...packOn('D', LINES.simulated, { protocol: 'auto', timeout: '', retries: '' }),
    ...bankOf(['A', 'C']),
  ];
}

/** A pack with every node, each of which is given messages all the time; the first of them is the device. */
export function packOn(name: string, connection: string, props: Record<string, unknown>): FlowNode[] {
  const node = (kind: string, more: Record<string, unknown>): FlowNode[] => [
    {
      id: `${name}-${kind}`,
      type: `bms-${kind}`,
      z: 'tab',
      device: idOf(name),
      topic: '',
      wires: [['collect']],
      ...more,
    },
    {
      id: `${name}-ask-${kind}`,
      type: 'inject',
      z: 'tab',
      props: [{ p: 'payload' }],
      payload: 'true',
      payloadType: 'bool',
      repeat: String(EVERY_S),
      once: true,
      onceDelay: 0,
      wires: [[`${name}-${kind}`]],
    },
  ];
  const id = idOf(name);
  const common = { pollInterval: 0.2, timeout: 300, retries: 1, allowControl: true };
  return [
    { id, type: 'bms-device', name, connection, address: '', ...common, ...props },
    ...node('read', { emit: 'poll', format: 'object' }),
    ...node('cells', { emit: 'change', format: 'object' }),
    ...node('alarm', { includeDevice: true, rules: [], wires: [['collect'], ['collect']] }),
    ...node('control', { action: 'charge', value: 'payload', valueType: 'msg' }),
    ...node('settings', { action: 'read', other: '', file: '', wires: [['collect'], ['collect']] }),
    ...node('energy', { emit: 'change', format: 'values' }),
    ...node('log', { emit: 'input' }),
    ...node('limits', { maxChargeCurrent: 50, maxDischargeCurrent: 50 }),
  ];
}

/** A bank of packs, read by a node that also asks. */
function bankOf(names: readonly string[]): FlowNode[] {
  const ids = names.map(idOf);
  const references = Object.fromEntries(ids.map((id, i) => [`pack${i + 1}`, id]));
  const packs = ids.map((device) => ({ device }));
  return [
    { id: 'bank', type: 'bms-bank', name: 'Both', topology: 'parallel', quorum: 1, packs, ...references },
    { id: 'bank-read', type: 'bms-read', z: 'tab', device: 'bank', emit: 'poll', topic: '', wires: [['collect']] },
  ];
}

/** The id of the device of this name. */
export function idOf(name: string): string {
  return `pack-${name}`;
}

/** Ways in which somebody changes a flow. */
const CHANGES: readonly ((flow: FlowNode[], draw: Lottery, ends: Ends) => FlowNode[])[] = [
  // a node's own settings
  (flow, draw) => change(flow, draw, /^bms-(read|cells)$/, { topic: `T${integer(draw, 0, 9)}` }),
  (flow, draw) => change(flow, draw, /^bms-(read|cells)$/, { emit: pick(draw, ['poll', 'change', 'input']) }),
  (flow, draw) => change(flow, draw, /^bms-read$/, { format: pick(draw, ['object', 'influx', 'values']) }),
  (flow, draw) => change(flow, draw, /^bms-control$/, { action: pick(draw, ['charge', 'discharge', '']) }),
  // another device, none, or one that is not there
  (flow, draw) =>
    change(flow, draw, /^bms-(read|cells|alarm)$/, {
      device: pick(draw, ['pack-A', 'pack-B', 'pack-C', 'pack-D', '', 'gone']),
    }),
  // a device's settings
  (flow, draw) => change(flow, draw, /^bms-device$/, { pollInterval: pick(draw, [0, 0.1, 0.5, 'often']) }),
  (flow, draw) => change(flow, draw, /^bms-device$/, { protocol: pick(draw, ['auto', 'jbd', 'daly', 'ant']) }),
  (flow, draw) =>
    change(flow, draw, /^bms-device$/, { connection: pick(draw, [LINES.serial, LINES.bridge, LINES.simulated, '']) }),
  (flow, draw) => change(flow, draw, /^bms-device$/, { allowControl: draw() < 0.5 }),
  (flow, draw) => change(flow, draw, /^bms-bank$/, { topology: pick(draw, ['parallel', 'series', 'strings']) }),
  // a connection's settings
  (flow, draw) => change(flow, draw, /^bms-connection$/, { baudRate: pick(draw, ['', 9600, 115200, 'fast']) }),
  (flow, draw) => change(flow, draw, /^bms-connection$/, { transport: pick(draw, ['serial', 'tcp', 'simulator']) }),
  (flow, draw, { tcpPort }) =>
    change(flow, draw, /^bms-connection$/, { tcpHost: '127.0.0.1', tcpPort: pick(draw, [tcpPort, 1]) }),
  (flow, draw, { serialPort }) =>
    change(flow, draw, /^bms-connection$/, { serialPort: pick(draw, [serialPort, '/dev/ttyBMS-none']) }),
  // something goes
  (flow, draw) => without(flow, draw, /^bms-(read|cells|alarm|control)$/),
  (flow, draw) => without(flow, draw, /^bms-device$/),
  (flow, draw) => without(flow, draw, /^bms-connection$/),
  // a second connection with a pack on the same port
  (flow, _draw, { serialPort }) =>
    flow.some(({ id }) => id === 'twin')
      ? flow.filter(({ id }) => id !== 'twin' && !/^(pack-)?E/.test(id))
      : [
          ...flow,
          { id: 'twin', type: 'bms-connection', transport: 'serial', serialPort, baudRate: '' },
          ...packOn('E', 'twin', { protocol: 'jbd' }),
        ],
];

/** @returns the flow after somebody has changed some of it */
export function changed(flow: FlowNode[], draw: Lottery, ends: Ends): FlowNode[] {
  let now = flow;
  for (let times = integer(draw, 1, 3); times > 0; times--) {
    now = CHANGES[integer(draw, 0, CHANGES.length - 1)]?.(now, draw, ends) ?? now;
  }
  return now;
}

function chosen(flow: readonly FlowNode[], draw: Lottery, type: RegExp): FlowNode | undefined {
  const nodes = flow.filter((node) => type.test(node.type));
  return nodes[integer(draw, 0, nodes.length - 1)];
}

function change(flow: FlowNode[], draw: Lottery, type: RegExp, props: Record<string, unknown>): FlowNode[] {
  const one = chosen(flow, draw, type);
  return flow.map((node) => (node === one ? { ...node, ...props } : node));
}

function without(flow: FlowNode[], draw: Lottery, type: RegExp): FlowNode[] {
  const one = chosen(flow, draw, type);
  return flow.filter((node) => node !== one);
}
