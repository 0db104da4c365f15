import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { jbd } from '../../src/codec/jbd';
import { openBrowser, type Browser, type Locator, type Page } from '../support/browser';
import { example, palette, watched } from '../support/e2e';
import { NodeRed } from '../support/node-red';
import { ServedBoard } from '../support/served-board';

const FILE = '10 - Dashboard (needs @flowfuse node-red-dashboard)';
const PICTURES = join('.cache', 'pictures');

/** The charts of the dashboard draw themselves also while the page is being resized and they have no room. */
const NOT_OURS = /^Error: <rect> attribute (width|height): A negative value is not valid/;

/** The page of the example in a real browser. */
describe('Dashboard', function () {
  this.timeout(90_000);
  const red = new NodeRed({ palettes: [palette('@flowfuse/node-red-dashboard')] });
  const board = new ServedBoard(jbd);
  const troubles: string[] = [];
  let browser: Browser | undefined;
  let page: Page;

  before(async () => {
    mkdirSync(PICTURES, { recursive: true });
    const opened = openBrowser().then((started) => (browser = started));
    await Promise.all([red.start(), board.listen(), opened]);
    const nodes = example(FILE, {
      'bms-device': { pollInterval: 0.5 },
      'bms-connection': { transport: 'tcp', tcpHost: '127.0.0.1', tcpPort: board.port },
      delay: { rateUnits: 'second', nbRateUnits: '1' },
    });
    await red.deploy(watched(nodes, (tab) => red.collecting(tab)));
    page = await (await opened).newPage({ viewport: { width: 1400, height: 1000 } });
    page.on('pageerror', (error) => troubles.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !NOT_OURS.test(message.text())) troubles.push(message.text());
    });
    await page.goto(`${red.url}/dashboard/battery`);
  });
  after(async () => {
    await browser?.close();
    await Promise.all([red.stop(), board.close()]);
  });

  const group = (title: string): Locator => page.locator('.nrdb-ui-group', { hasText: title }).first();
  const toggle = (label: string): Locator =>
    page.locator('.nrdb-switch', { hasText: new RegExp(`^\\s*${label}\\s*$`) });

  const result = (text: string): Locator => page.locator('.nrdb-ui-widget.nrdb-ui-text', { hasText: text });

  it('shows the values of the pack', async () => {
    await page.locator('.bars .cell').first().waitFor();
    await page.locator('.temperatures td').first().waitFor();
    const { voltage = 0, soc = 0 } = board.pack.read();
    const soon = (text: string): Promise<unknown> =>
      page.waitForFunction(
        `[...document.querySelectorAll('.nrdb-ui-gauge')].some((gauge) => ${text}.test(gauge.textContent))`,
      );
    // Title, both ends of the scale, value, unit.
    await soon(`/^Voltage4060${Math.floor(voltage)}(\\.\\d+)?V$/`);
    await soon(`/^State of charge0100(${Math.floor(soc)}|${Math.ceil(soc)})%$/`);
    await soon(String.raw`/^Current-100100-\d+(\.\d+)?A$/`);
  });

  it('has a bar for each cell, coloured by its distance from the average', async () => {
    const bars = page.locator('.bars .bar');
    assert.equal(await bars.count(), 16);
    const drawn = await bars.evaluateAll((all) =>
      all.map(({ className, clientHeight }) => ({ className, clientHeight })),
    );
    for (const { className, clientHeight } of drawn) {
      assert.match(className, /\b(even|off|far)\b/);
      assert.ok(clientHeight > 10, `${clientHeight} px`);
    }
    const shown = (await page.locator('.bars .value').allTextContents()).map(Number);
    const real = board.pack.read().cellVoltages ?? [];
    shown.forEach((volts, i) => assert.ok(Math.abs(volts - (real[i] ?? 0)) < 0.02, `cell ${i + 1}: ${volts} V`));
  });

  it('shows temperatures, and no alarm', async () => {
    assert.match((await group('Temperatures').textContent()) ?? '', /Sensor 1\s*-?\d+\.\d °C/);
    await page.locator('.well').waitFor();
  });

  it('draws its charts', async () => {
    await page.waitForFunction(`document.querySelectorAll('.nrdb-ui-chart canvas').length >= 3`);
  });

  it('a switch that cuts the power asks the user, then the board, and moves when it was read back; an alarm shows what happened', async () => {
    await page.waitForFunction(`[...document.querySelectorAll('.nrdb-switch input')].every((input) => input.checked)`);
    await page.screenshot({ path: join(PICTURES, 'dashboard.png'), fullPage: true });
    await toggle('Discharging').locator('input').click();
    await page.locator('text=Everything that this pack feeds loses its power.').waitFor();
    await page.locator('button', { hasText: 'Cancel' }).click();
    await page.locator('text=Everything that this pack feeds loses its power.').waitFor({ state: 'hidden' });
    assert.equal(board.pack.read().dischargeEnabled, true);
    await toggle('Discharging').locator('input').click();
    await page.locator('button', { hasText: 'Switch off' }).click();
    await result('Dashboard bank: discharge off').waitFor();
    assert.equal(board.pack.read().dischargeEnabled, false);
    await page.waitForFunction(
      `[...document.querySelectorAll('.nrdb-switch input')].filter((input) => !input.checked).length === 1`,
    );
    await page.locator('.alarms .warning').first().waitFor();
    await page.screenshot({ path: join(PICTURES, 'dashboard-switched.png'), fullPage: true });
    await toggle('Discharging').locator('input').click();
    await result('Dashboard bank: discharge on').waitFor();
    assert.equal(board.pack.read().dischargeEnabled, true);
    await page.locator('.well').waitFor();
  });

  it('a switch that could not be moved says why, and stays', async () => {
    await board.close();
    await toggle('Charging').locator('input').click();
    const { error } = await red.until(
      ({ from, error }) => from === 'catch' && (error as { source: { type: string } }).source.type === 'bms-control',
    );
    const { message } = error as { message: string };
    await result(message.replace(/^\w+: /, '')).waitFor();
    await page.waitForFunction(`[...document.querySelectorAll('.nrdb-switch input')].every((input) => input.checked)`);
    await page.locator('.alarms .fault').first().waitFor();
    await board.listen();
    await page.locator('.well').waitFor();
  });

  it('went without an error in the page', () => {
    assert.deepEqual(troubles, []);
  });
});
