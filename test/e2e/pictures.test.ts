import assert from 'node:assert/strict';
import { realpathSync } from 'node:fs';
import { jbd } from '../../src/codec/jbd';
import { SimulatedPack } from '../../src/simulator/pack';
import { VirtualAdapter } from '../support/ble/adapter';
import { VirtualBms } from '../support/ble/bms';
import { openBrowser, type Browser } from '../support/browser';
import { example, nodeOf, palette, watched } from '../support/e2e';
import { Editor } from '../support/editor';
import { NODE_RED_5_LIGHT } from '../support/editors';
import { FakeClock } from '../support/fake-clock';
import { NodeRed } from '../support/node-red';
import { takePicture, type Area } from '../support/pictures';

const READ = '01 - Read a pack';
const DASHBOARD = '10 - Dashboard (needs @flowfuse node-red-dashboard)';

/** of its charts */
const HISTORY_POINTS = 40;

/** What the editor shows of a flow, with room for status and grid around it. */
const FLOW = `(() => {
  const nodes = [...document.querySelectorAll('.red-ui-flow-node-group')].map((node) => node.getBoundingClientRect());
  const [x, y] = ['left', 'top'].map((side) => Math.min(...nodes.map((node) => node[side])) - 30);
  const [right, bottom] = ['right', 'bottom'].map((side) => Math.max(...nodes.map((node) => node[side])) + 30);
  return { x, y, width: right - x, height: bottom - y };
})()`;

/** The topmost dialog as far down as it is filled. */
const DIALOG = `(() => {
  const { x, y, width } = document.querySelector('.red-ui-tray:last-of-type .red-ui-tray-header').getBoundingClientRect();
  const rows = [...document.querySelectorAll('.red-ui-tray:last-of-type form > *')].map((row) => row.getBoundingClientRect());
  return { x, y, width, height: Math.max(...rows.map((row) => row.bottom)) + 12 - y };
})()`;

/** The pictures of the README, taken as a user sees it: `npm run pictures` renews them. */
describe('pictures of the editor', function () {
  this.timeout(60_000);
  const flow = example(READ);
  const red = new NodeRed(NODE_RED_5_LIGHT);
  let editor: Editor;

  before(async () => {
    await red.start();
    await red.deploy(flow);
    editor = await Editor.open(red.url, NODE_RED_5_LIGHT, 'pictures');
    // The whole flow between the sidebars.
    await editor.page.setViewportSize({ width: 1600, height: 860 });
  });
  after(async () => {
    await editor?.close();
    await red.stop();
  });
  afterEach(() => assert.deepEqual(editor.errors.splice(0), []));

  const take = async (name: string, area: string): Promise<void> =>
    takePicture(editor.page, name, await editor.page.evaluate<Area>(area));

  it('a flow, with the figures below its nodes', async () => {
    for (const name of ['Boat bank', 'Workshop']) {
      await editor.status(nodeOf(flow, 'bms-read', name).id, /^[\d.]+ V \d+ %/);
    }
    await take('flow', FLOW);
  });

  it('the dialog of a device, which has been tested', async () => {
    await editor.edit(nodeOf(flow, 'bms-read', 'Boat bank').id);
    await editor.editConfig('#node-input-device', 'edit');
    await editor.at('#bms-device-test').click();
    await editor.page.waitForFunction(`/answers/.test(document.querySelector('#bms-device-test-tip').innerText)`);
    await editor.look('bms-device');
    await take('device', DIALOG);
  });

  it('the dialog of a connection, which lists the batteries that it hears', async () => {
    const adapter = new VirtualAdapter({ advertisingMs: 50 });
    try {
      const clock = new FakeClock();
      const pack = new SimulatedPack({ cells: 4, chemistry: 'lfp', scenario: 'steady', speed: 1, seed: 7, clock });
      adapter.controller.add(
        new VirtualBms({ address: 'a4:c1:38:12:34:56', module: 'jbd', protocol: jbd, pack, rssi: -58 }),
      );
      await editor.editConfig('#node-config-input-connection', 'add');
      await editor.at('#node-config-input-transport').selectOption('ble');
      await editor.enter('#node-config-input-bleAdapter', realpathSync(adapter.path));
      await editor.at('#node-config-input-bleDriver').selectOption('hci');
      await editor.at('#bms-connection-search').focus();
      await editor.page.keyboard.press('Enter');
      await editor.at('#bms-connection-heard').waitFor({ timeout: 20_000 });
      assert.equal(await editor.page.evaluate(`document.activeElement.id`), 'bms-connection-search');
      assert.match(await editor.at('[role=status] > #bms-connection-search-tip').innerText(), /^Devices with protocol/);
      const found = 'xiaoxiang BMS - jbd, jbd-up16s - -58 dBm - A4:C1:38:12:34:56';
      assert.deepEqual((await editor.at('#bms-connection-heard option').allInnerTexts()).slice(1), [found]);
      await editor.at('#bms-connection-heard').selectOption({ label: found });
      assert.equal(await editor.at('#node-config-input-bleAddress').inputValue(), 'A4:C1:38:12:34:56');
      await editor.enter('#node-config-input-bleAdapter', '');
      await editor.at('#node-config-input-bleDriver').selectOption('auto');
      await editor.look('bms-connection');
      await take('connection', DIALOG);
    } finally {
      await adapter.close();
    }
  });

  it('and says how many serial ports there are', async () => {
    await editor.at('#node-config-input-transport').selectOption('serial');
    await editor.at('#bms-connection-find').focus();
    await editor.page.keyboard.press('Enter');
    await editor.at('#bms-connection-found-tip').waitFor();
    assert.equal(await editor.page.evaluate(`document.activeElement.id`), 'bms-connection-find');
    const ports = await red.json<unknown[]>('/@openbms/node-red-bms/serial-ports');
    const said = await editor.at('[role=status] > #bms-connection-found-tip').innerText();
    assert.match(said, ports.length > 0 ? /^Choose a port/ : /^No serial port found/);
    assert.equal(await editor.at('#bms-connection-found').isVisible(), ports.length > 0);
    await editor.look('bms-connection ports');
  });
});

describe('picture of the dashboard', function () {
  this.timeout(60_000);
  const red = new NodeRed({ palettes: [palette('@flowfuse/node-red-dashboard')] });
  let browser: Browser | undefined;

  before(async () => {
    await red.start();
    const { wires } = nodeOf(example(DASHBOARD), 'delay') as unknown as { wires: string[][] };
    const nodes = example(DASHBOARD, {
      'bms-device': { pollInterval: 0.25 },
      'bms-connection': { simSpeed: 900 },
      delay: { rate: '10', nbRateUnits: '1', wires: [[...(wires[0] ?? []), 'collect']] },
    });
    await red.deploy(watched(nodes, (tab) => red.collecting(tab)));
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await red.stop();
  });

  it('with its history', async () => {
    const page = await browser!.newPage({ viewport: { width: 1250, height: 800 } });
    await page.goto(`${red.url}/dashboard/battery`);
    await page.locator('.bars .cell').first().waitFor();
    await page.waitForFunction(`document.querySelectorAll('.nrdb-ui-chart canvas').length >= 3`);
    await red.until(() => red.collected.filter(({ from }) => from === 'node').length >= HISTORY_POINTS);
    await takePicture(page, 'dashboard');
  });
});
