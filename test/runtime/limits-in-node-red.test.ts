import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { Limits } from '../../src/battery/limits/limits';
import { NodeRed, type Collected } from '../support/node-red';

/** A context store on disk, written soon. */
const ON_DISK = `contextStorage: { default: { module: 'localfilesystem', config: { flushInterval: 1 } } },`;

describe('charge limits in a real Node-RED', function () {
  this.timeout(60_000);
  const runtimes: NodeRed[] = [];
  after(async () => {
    // The flow of a later one talks to the test through an earlier one.
    for (const red of runtimes.toReversed()) await red.stop();
  });

  /** @param from the one before, that was killed: the new one has its flows and its context */
  async function started(from?: NodeRed): Promise<NodeRed> {
    const red = new NodeRed({ settings: ON_DISK });
    runtimes.push(red);
    for (const file of from === undefined ? [] : ['flows.json', 'context'])
      cpSync(join(from?.userDir ?? '', file), join(red.userDir, file), { recursive: true });
    return red.start();
  }

  /** Two packs, alone and as a bank, each with limits, one of them twice; the limits of the bank are those of its packs. */
  function flow(red: NodeRed, name = 'House'): object[] {
    const pack = { type: 'bms-device', connection: 'line-1', protocol: 'jbd', pollInterval: 0.5 };
    const limits = {
      type: 'bms-limits',
      z: 'tab',
      maxChargeCurrent: 50,
      maxDischargeCurrent: 80,
      wires: [['collect']],
    };
    return [
      { id: 'tab', type: 'tab', label: 'test' },
      { id: 'line-1', type: 'bms-connection', transport: 'simulator', simCells: 8, simScenario: 'steady', simSpeed: 1 },
      { ...pack, id: 'pack-1', name },
      { ...pack, id: 'pack-2', name: 'Shed' },
      { id: 'bank-1', type: 'bms-bank', name: 'Bank', packs: [{ device: 'pack-1' }, { device: 'pack-2' }] },
      { ...limits, id: 'limits-1', device: 'pack-1', wires: [['collect', 'limits-3']] },
      { ...limits, id: 'limits-2', device: 'pack-2', wires: [['collect', 'limits-3']] },
      { ...limits, id: 'limits-3', device: 'bank-1', limitsOf: 'packs', topic: 'of packs' },
      { ...limits, id: 'limits-4', device: 'pack-1', format: 'victron', topic: 'victron' },
      {
        id: 'button',
        type: 'inject',
        z: 'tab',
        props: [{ p: 'payload' }],
        payload: '{"action":"float"}',
        payloadType: 'json',
        wires: [['limits-1']],
      },
      ...red.collecting('tab'),
    ];
  }

  const limitsIn = (entry: Collected): Limits => entry['payload'] as Limits;
  const isOf = (topic: string, phase?: string) => (entry: Collected) =>
    entry.from === 'node' && entry['topic'] === topic && (phase === undefined || limitsIn(entry).phase === phase);

  let red: NodeRed;
  before(async function () {
    this.timeout(180_000);
    red = await started();
    await red.deploy(flow(red));
  });

  it('gives out limits with the first reading, for each node on a pack, and for a bank what its packs allow', async () => {
    const { bms, payload } = await red.until(isOf('House', 'bulk'));
    assert.equal((bms as { device: string }).device, 'House');
    assert.deepEqual(Object.keys(payload as object).slice(0, 2), ['chargeVoltageLimit', 'chargeCurrentLimit']);
    const bank = limitsIn(await red.until(isOf('of packs')));
    assert.equal(bank.chargeVoltageLimit, 27.6);
    assert.ok((bank.dischargeCurrentLimit ?? 0) > 80, JSON.stringify(bank));
  });

  it('sends limits to the virtual battery first and alone', async () => {
    await red.until((entry) => isOf('victron')(entry) && 'Soc' in (entry['payload'] as object));
    const [first, second] = red.collected.filter(isOf('victron'));
    assert.deepEqual(Object.keys(first?.['payload'] as object), [
      ...['Info/MaxChargeVoltage', 'Info/MaxChargeCurrent', 'Info/MaxDischargeCurrent', 'Info/BatteryLowVoltage'],
    ]);
    assert.ok('Soc' in (second?.['payload'] as object));
    assert.deepEqual(
      [first, second].map((entry) => entry && 'connected' in entry),
      [false, false],
    );
  });

  it('keeps its phase over a deploy that renames the device, and over kill -9 and a start', async () => {
    await red.request('/inject/button', { method: 'POST' });
    await red.until(isOf('House', 'float'));
    const deployed = red.collected.length;
    await red.deploy(flow(red, 'Cellar'));
    assert.equal(limitsIn(await red.until(isOf('Cellar'), deployed)).phase, 'float');
    // The store on disk is written a second after what it is to keep.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    process.kill(red.pid, 'SIGKILL');
    const next = await started(red);
    const before = red.collected.length;
    const again = await red.until(isOf('Cellar'), before);
    assert.equal(limitsIn(again).phase, 'float');
    assert.doesNotMatch(next.log, /uncaught|unhandled/i);
  });
});
