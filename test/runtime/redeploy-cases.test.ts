import assert from 'node:assert/strict';
import { daly } from '../../src/codec/daly';
import { jbd } from '../../src/codec/jbd';
import { censusPackage, figuresOf, isReadingOf } from '../support/census';
import { NodeRed } from '../support/node-red';
import { PtyCable } from '../support/pty';
import { ServedBoard, boardOnCable } from '../support/served-board';
import { baseFlow, LINES, packOn, DISASTER, type FlowNode } from '../support/storm-flows';

/** Node-RED waits for a node that does not close for 15 s; a line lets go within two. */
const STOP_LIMIT_MS = 8000;

const TAB = { id: 'tab', type: 'tab', label: 'test' };

function serialLine(id: string, serialPort: string): FlowNode {
  return { id, type: 'bms-connection', transport: 'serial', serialPort, baudRate: '' };
}

describe('stopping a real Node-RED with requests in flight', function () {
  this.timeout(120_000);
  const bridge = new ServedBoard(daly);
  let cable: PtyCable;
  let silent: PtyCable;
  before(async () => {
    cable = boardOnCable(jbd);
    silent = new PtyCable(() => undefined);
    await bridge.listen();
  });
  after(async () => {
    cable.close();
    silent.close();
    await bridge.close();
  });

  /** Starts a Node-RED with packs that answer and one that does not, and stops it amid their requests. */
  async function startAndStop(): Promise<{ code: number | null; tookMs: number; log: string }> {
    const red = await new NodeRed().start();
    const flow = [
      ...baseFlow({ serialPort: cable.path, tcpPort: bridge.port }),
      serialLine('line-4', silent.path),
      ...packOn('S', 'line-4', { protocol: 'jbd', timeout: 30_000, retries: 5 }),
    ];
    await red.deploy([TAB, ...flow, ...red.collecting('tab')]);
    for (const name of ['A', 'B', 'C']) await red.until((entry) => isReadingOf(entry, name));
    const from = performance.now();
    const code = await red.stop();
    return { code, tookMs: performance.now() - from, log: red.log };
  }

  it('ends in time and in order, and the next one opens the same ports', async () => {
    for (let run = 0; run < 2; run++) {
      const { code, tookMs, log } = await startAndStop();
      assert.equal(code, 0, log);
      assert.ok(tookMs < STOP_LIMIT_MS, `stopping took ${tookMs} ms`);
      assert.match(log, /Stopped flows/);
      assert.doesNotMatch(log, DISASTER);
    }
  });
});

describe('lines and packs used twice in a real Node-RED', function () {
  this.timeout(60_000);
  const red = new NodeRed({ palettes: [censusPackage()] });
  const bridge = new ServedBoard(daly);
  let cable: PtyCable;
  before(async function () {
    this.timeout(180_000);
    cable = boardOnCable(jbd);
    await bridge.listen();
    await red.start();
  });
  after(async () => {
    await red.stop();
    cable.close();
    await bridge.close();
  });

  const deploy = (nodes: FlowNode[], type?: 'full' | 'nodes' | 'flows'): Promise<void> =>
    red.deploy([TAB, ...nodes, ...red.collecting('tab')], type);

  it('refuses the second of two connections on one path, which takes over when the first goes', async () => {
    const first = [serialLine('line-1', cable.path), ...packOn('A', 'line-1', { protocol: 'jbd' })];
    const second = [serialLine('line-2', cable.path), ...packOn('B', 'line-2', { protocol: 'jbd' })];
    await deploy(first);
    await red.until((entry) => isReadingOf(entry, 'A'));
    await deploy([...first, ...second], 'nodes');
    const caught = await red.until((entry) => (entry['error'] as { code?: string } | undefined)?.code === 'port_busy');
    const { message } = caught['error'] as { message: string };
    assert.ok(message.includes(cable.path), message);
    assert.match(message, /already open|another connection|share/i);
    const from = red.collected.length;
    await red.until((entry) => isReadingOf(entry, 'A'), from);
    assert.ok(!red.collected.some((entry) => isReadingOf(entry, 'B')), 'B was read on the port of A');
    await deploy(second, 'nodes');
    await red.until((entry) => isReadingOf(entry, 'B'), from);
  });

  it('asks the right pack in each instance of a subflow, and leaves nothing of instances that are deployed anew', async () => {
    const packs = [
      serialLine(LINES.serial, cable.path),
      { id: LINES.bridge, type: 'bms-connection', transport: 'tcp', tcpHost: '127.0.0.1', tcpPort: bridge.port },
      ...packOn('A', LINES.serial, { protocol: 'jbd' }).slice(0, 1),
      ...packOn('B', LINES.bridge, { protocol: 'daly' }).slice(0, 1),
    ];
    const instances = (round: number): FlowNode[] => [...subflow(), ...instance('A', round), ...instance('B', round)];
    await deploy([...packs, ...instances(0)]);
    const bothAnswer = async (): Promise<void> => {
      const from = red.collected.length;
      for (const name of ['A', 'B']) {
        await red.until((entry) => isReadingOf(entry, name) && entry['asked'] === name, from);
      }
      const crossed = red.collected
        .slice(from)
        .filter((entry) => 'asked' in entry && !isReadingOf(entry, String(entry['asked'])));
      assert.deepEqual(
        crossed.filter(({ from: kind }) => kind === 'node'),
        [],
      );
    };
    await bothAnswer();
    const before = (await figuresOf(red))['listeners of lines and packs'];
    for (let round = 1; round <= 6; round++) {
      await deploy([...packs, ...instances(round)], round % 2 === 0 ? 'flows' : 'nodes');
      await bothAnswer();
    }
    assert.equal((await figuresOf(red))['listeners of lines and packs'], before);
    assert.doesNotMatch(red.log, DISASTER);
  });
});

/** A subflow that reads the pack which its instance names. */
function subflow(): FlowNode[] {
  return [
    {
      ...{ id: 'sub', type: 'subflow', name: 'A reader', env: [{ name: 'PACK', type: 'conf-type', value: '' }] },
      in: [{ wires: [{ id: 'sub-read' }] }],
      out: [{ wires: [{ id: 'sub-read', port: 0 }] }],
    },
    {
      ...{ id: 'sub-read', type: 'bms-read', z: 'sub', x: 0, y: 0, device: '${PACK}', topic: '' },
      ...{ emit: 'input', format: 'object', wires: [] },
    },
  ];
}

/** An instance of the subflow that is asked all the time. */
function instance(name: string, round: number): FlowNode[] {
  const env = [{ name: 'PACK', type: 'conf-type', value: `pack-${name}` }];
  return [
    { id: `use-${name}`, type: 'subflow:sub', z: 'tab', x: 0, y: 0, name: `round ${round}`, env, wires: [['collect']] },
    {
      ...{ id: `ask-${name}`, type: 'inject', z: 'tab', repeat: '0.1', once: true, onceDelay: 0 },
      props: [{ p: 'asked', v: name, vt: 'str' }],
      wires: [[`use-${name}`]],
    },
  ];
}
