import assert from 'node:assert/strict';
import { ERROR_CODES } from '../../src/battery/errors';
import { daly } from '../../src/codec/daly';
import { jbd } from '../../src/codec/jbd';
import { integer, pick, seeded } from '../../src/simulator/seeded';
import { growth, quarters, type Figures, type Tolerance } from '../soak/trend';
import { censusPackage, figuresOf, isReadingOf, messagesOf } from '../support/census';
import { NodeRed } from '../support/node-red';
import type { PtyCable } from '../support/pty';
import { ServedBoard, boardOnCable } from '../support/served-board';
import { DISASTER, LINES, baseFlow, changed, idOf, type Ends, type FlowNode } from '../support/storm-flows';

const DEPLOYS = Number(process.env['OPENBMS_STORM_DEPLOYS'] ?? 64);
/** So many deploys from one look at what is open to the next. */
const BETWEEN_LOOKS = Math.max(4, Math.floor(DEPLOYS / 64));

/**
 * Node-RED itself learns and compiles all the way; a node that stays behind with its last reading is 100 kB. The tests'
 * own requests leave an open connection or two, with nine listeners each.
 */
const TOLERANCES: Readonly<Record<string, Tolerance>> = {
  'heap MB': { share: 0.05, atLeast: 2, onceIsFine: true },
  'listeners of handles': { share: 0, atLeast: 20 },
};
/** What is under way at the moment of a look: a request of the dialog, a file of the port, a search. */
const USUAL: Tolerance = { share: 0, atLeast: 4 };

/** How a message may end. */
const KNOWN: readonly string[] = ['ok', ...ERROR_CODES];

describe('a storm of deploys in a real Node-RED', function () {
  this.timeout(60_000);
  const red = new NodeRed({ palettes: [censusPackage()] });
  const board = new ServedBoard(daly);
  let cable: PtyCable;
  let ends: Ends;

  before(async function () {
    this.timeout(180_000);
    cable = boardOnCable(jbd);
    await board.listen();
    ends = { serialPort: cable.path, tcpPort: board.port };
    await red.start();
  });
  after(async () => {
    await red.stop();
    cable.close();
    await board.close();
  });

  const deploy = (nodes: FlowNode[], type: 'full' | 'nodes' | 'flows' = 'full'): Promise<void> =>
    red.deploy([{ id: 'tab', type: 'tab', label: 'test' }, ...nodes, ...red.collecting('tab')], type);

  /** Waits until every pack has been read afresh whose protocol need not be found out. */
  async function allAreRead(): Promise<void> {
    const from = red.collected.length;
    for (const name of ['A', 'B', 'C']) await red.until((entry) => isReadingOf(entry, name), from);
  }

  it(`survives ${DEPLOYS} of them, with requests in flight, and leaves nothing behind`, async function () {
    this.timeout(3000 * DEPLOYS);
    const draw = seeded(7);
    const samples: Figures[] = [];
    const tests: Promise<void>[] = [];
    for (let i = 0; i < DEPLOYS; i++) {
      if (i % BETWEEN_LOOKS === 0) {
        await deploy(baseFlow(ends), 'full');
        await allAreRead();
        await Promise.all(tests.splice(0));
        samples.push(await figuresOf(red));
      }
      if (draw() < 0.3) tests.push(testInDialog(integer(draw, 1, 1000)));
      await deploy(
        changed(i % 3 === 0 ? baseFlow(ends) : await flowNow(), draw, ends),
        pick(draw, ['full', 'flows', 'nodes']),
      );
    }
    await Promise.all(tests);
    await deploy(baseFlow(ends));
    await allAreRead();
    console.table(quarters(samples));
    assert.deepEqual(
      growth(samples, (name) => TOLERANCES[name] ?? USUAL),
      [],
    );
    assert.doesNotMatch(red.log, DISASTER);
  });

  it('ends every message, once, with an answer or one of our errors', async () => {
    await deploy([]);
    const { received, done } = await messagesOf(red);
    const total = Object.values(done).reduce((sum, count) => sum + count, 0);
    console.log(`${received} messages: ${JSON.stringify(done)}`);
    assert.equal(total, received);
    assert.ok(received > (10 * DEPLOYS) / 3, `only ${received} messages`);
    for (const code of Object.keys(done)) assert.ok(KNOWN.includes(code), code);
    assert.ok((done['ok'] ?? 0) > 0 && (done['closed'] ?? 0) > 0, JSON.stringify(done));
  });

  /** What the editor would be given now. */
  async function flowNow(): Promise<FlowNode[]> {
    const known = new Set(['tab', ...red.collecting('tab').map((node) => (node as FlowNode).id)]);
    return (await red.json<FlowNode[]>('/flows')).filter(({ id }) => !known.has(id));
  }

  /** Somebody tests a pack in its dialog, and perhaps closes that before the answer. */
  async function testInDialog(patienceMs: number): Promise<void> {
    const flow = baseFlow(ends);
    const [connection, device] = [LINES.bridge, idOf('B')].map((id) => ({
      id,
      properties: flow.find((node) => node.id === id),
    }));
    const body = JSON.stringify({ connection: { ...connection, changed: false }, device });
    const headers = { 'content-type': 'application/json' };
    const signal = AbortSignal.timeout(patienceMs);
    try {
      const response = await red.request('/@openbms/node-red-bms/test', { method: 'POST', headers, body, signal });
      const answer = (await response.json()) as { code?: string; protocol?: string };
      if (response.ok) assert.equal(answer.protocol, 'daly');
      else assert.ok(KNOWN.includes(answer.code ?? ''), JSON.stringify(answer));
    } catch (thrown) {
      if (!(thrown instanceof Error && thrown.name === 'TimeoutError')) throw thrown;
    }
  }
});
