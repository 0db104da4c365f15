import assert from 'node:assert/strict';
import { systemClock } from '../../src/clock';
import { NodeRed, type Collected } from '../support/node-red';
import { WitnessBridge } from '../support/witness-bridge';
import { DalyWitness } from '../witness/boards/daly';
import { JbdWitness } from '../witness/boards/jbd';

type Node = Record<string, unknown> & { id: string; type: string };

const clock = systemClock;

const isReading = ({ from, bms }: Collected): boolean => from === 'node' && bms !== undefined;

const payloadOf = (entry: Collected): Record<string, unknown> => (entry['payload'] ?? {}) as Record<string, unknown>;

describe('what happens in the life of a pack, in a real Node-RED', function () {
  this.timeout(30_000);
  const red = new NodeRed();
  let bridge: WitnessBridge;

  before(async function () {
    this.timeout(180_000);
    await red.start();
  });
  after(() => red.stop());
  afterEach(async () => {
    await red.deploy([]);
    await bridge.close();
  });

  /** A pack of its own for each test: what is known of one is remembered. */
  function flow(name: string, protocol: string, control: Record<string, unknown> = {}): Node[] {
    const node = { z: 'tab', device: `device of ${name}`, topic: '', wires: [['collect']] };
    const switching = {
      ...{ type: 'bms-control', value: 'payload', valueType: 'msg', safeValue: 'off', minInterval: '', maxAge: '' },
      ...{ deadMan: '', restore: false, action: '' },
    };
    const entrance = (to: string): Node[] => [
      {
        id: `in-${to}`,
        type: 'http in',
        z: 'tab',
        url: `/${name}/${to}`,
        method: 'post',
        wires: [[`taken-${to}`, to]],
      },
      { id: `taken-${to}`, type: 'http response', z: 'tab', wires: [] },
    ];
    return [
      { id: `line of ${name}`, type: 'bms-connection', transport: 'tcp', tcpHost: '127.0.0.1', tcpPort: bridge.port },
      {
        ...{ id: `device of ${name}`, type: 'bms-device', name, connection: `line of ${name}`, protocol, address: '' },
        ...{ pollInterval: 0.5, timeout: '', retries: '', allowControl: true },
      },
      { ...node, id: 'read', type: 'bms-read', emit: 'poll', format: 'object' },
      { ...node, ...switching, id: 'control', ...control },
      { ...node, ...switching, id: 'other' },
      ...entrance('control'),
      ...entrance('other'),
    ];
  }

  async function deploy(nodes: Node[]): Promise<void> {
    await red.deploy([{ id: 'tab', type: 'tab', label: 'test' }, ...nodes, ...red.collecting('tab')], 'full');
  }

  async function tell(name: string, node: 'control' | 'other', payload: object): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    await red.request(`/${name}/${node}`, { method: 'POST', headers, body: JSON.stringify(payload) });
  }

  const nextReading = (from = red.collected.length): Promise<Collected> => red.until(isReading, from);

  const confirmed = (value: boolean, from: number): Promise<Collected> =>
    red.until((entry) => payloadOf(entry)['confirmed'] === true && payloadOf(entry)['value'] === value, from);

  const fixed = { action: 'discharge', restore: true };

  it('brings back what another node has requested later', async () => {
    const board = new DalyWitness({ clock });
    bridge = await new WitnessBridge(board).listen();
    await deploy(flow('restored', 'daly', { ...fixed, value: 'false', valueType: 'bool' }));
    await nextReading();
    let from = red.collected.length;
    await tell('restored', 'control', {});
    await confirmed(false, from);
    from = red.collected.length;
    await tell('restored', 'other', { action: 'discharge', value: true });
    await confirmed(true, from);
    await bridge.close();
    await red.until(({ from: source }) => source === 'status', red.collected.length);
    // What it does by itself while nobody sees it.
    board.truth.dischargeSwitch = false;
    const before = board.changes.length;
    await bridge.listen();
    await bridge.until(() => board.changes.length > before);
    assert.deepEqual(board.changes.slice(before), ['discharge=true']);
  });

  it('reaches the safe state of a dead-man switch though the line breaks with it, and restores nothing over it', async () => {
    const board = new DalyWitness({ clock });
    bridge = await new WitnessBridge(board).listen();
    const from = red.collected.length;
    await deploy(flow('unheard', 'daly', { ...fixed, deadMan: 2 }));
    await nextReading(from);
    board.mischief = 'line cut before the write';
    await bridge.until(() => board.log.length > 0);
    board.mischief = 'none';
    await bridge.until(() => !board.truth.dischargeSwitch);
    await nextReading();
    await nextReading();
    assert.ok(board.changes.every((change) => change === 'discharge=false'));
  });

  for (const isDown of [false, true]) {
    const how = isDown ? 'while the line is down' : 'with the line up';
    it(`takes a board out of factory mode when a deploy meets an action, ${how}`, async () => {
      const board = new JbdWitness({ clock });
      bridge = await new WitnessBridge(board).listen();
      const nodes = flow(`mode ${how}`.replaceAll(' ', '-'), 'jbd');
      const from = red.collected.length;
      await deploy(nodes);
      await nextReading(from);
      await tell(`mode ${how}`.replaceAll(' ', '-'), 'control', { action: 'soc', value: 70 });
      await bridge.until(() => board.factoryMode);
      if (isDown) await bridge.close();
      await deploy(nodes);
      if (isDown) {
        assert.equal(board.isNormal, false);
        await bridge.listen();
      }
      await bridge.until(() => board.isNormal);
      await nextReading();
      assert.equal(board.isNormal, true);
    });
  }

  it('switches nothing on another board behind the same port until it is accepted', async () => {
    bridge = await new WitnessBridge(new DalyWitness({ clock })).listen();
    const nodes = flow('swapped', 'daly');
    let from = red.collected.length;
    await deploy(nodes);
    await nextReading(from);
    const other = new DalyWitness({ clock, truth: { serialNumber: 'DALY-WITNESS-0002' } });
    from = red.collected.length;
    bridge.hang(other);
    bridge.drop();
    await red.until(({ bms }) => (bms as { otherBoard?: boolean } | undefined)?.otherBoard === true, from);
    const isDenied = ({ error }: Collected): boolean =>
      /Nothing was sent/.test((error as { message?: string } | undefined)?.message ?? '');
    await tell('swapped', 'other', { action: 'discharge', value: false });
    await red.until(isDenied, from);
    assert.deepEqual(other.changes, []);
    await tell('swapped', 'other', { action: 'accept' });
    from = red.collected.length;
    await red.until((entry) => isReading(entry) && !('otherBoard' in (entry['bms'] as object)), from);
    await tell('swapped', 'other', { action: 'discharge', value: false });
    await confirmed(false, from);
    assert.deepEqual(other.changes, ['discharge=false']);
  });
});
