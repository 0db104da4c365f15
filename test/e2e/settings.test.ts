import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkAfterEach, Editor } from '../support/editor';
import { NODE_RED_4, NODE_RED_5_DARK, type EditorKind } from '../support/editors';
import { NodeRed } from '../support/node-red';

const FLOW = [
  { id: 'tab', type: 'tab', label: 'Battery' },
  { id: 'line', type: 'bms-connection', transport: 'simulator', simCells: 16, simScenario: 'steady' },
  device('jk', { protocol: 'jk-modbus', address: '1', allowSettings: 'protection' }),
  device('sister', { protocol: 'jk-modbus', address: '2' }),
  { id: 'ant-line', type: 'bms-connection', transport: 'simulator', simCells: 16, simScenario: 'steady' },
  device('ant', { protocol: 'ant', connection: 'ant-line', allowSettings: 'structure' }),
  { id: 'jbd-line', type: 'bms-connection', transport: 'simulator', simCells: 16, simScenario: 'steady' },
  device('jbd', {
    protocol: 'jbd',
    connection: 'jbd-line',
    allowSettings: 'protection',
    allowExperimentalSettings: true,
  }),
  { id: 'read-jbd', type: 'bms-read', z: 'tab', x: 200, y: 320, device: 'device-jbd', emit: 'poll', wires: [[]] },
  { id: 'read-jk', type: 'bms-read', z: 'tab', x: 200, y: 120, device: 'device-jk', emit: 'poll', wires: [[]] },
  { id: 'read-ant', type: 'bms-read', z: 'tab', x: 200, y: 220, device: 'device-ant', emit: 'poll', wires: [[]] },
];

function device(id: string, properties: object): object {
  return { id: `device-${id}`, type: 'bms-device', name: id, connection: 'line', pollInterval: 2, ...properties };
}

const TIP = '#bms-settings-tip';
/** The row of a setting, by its key. */
const row = (key: string): string => `.bms-settings tr[data-key="${key}"]`;

/** Whether the topmost dialog is as wide as what is in it. */
const FITS = `(() => {
  const body = document.querySelector('.red-ui-tray:last-of-type .red-ui-tray-body');
  return [body, ...body.querySelectorAll('.bms-settings-scroll')].every((e) => e.scrollWidth <= e.clientWidth + 1);
})()`;

for (const kind of [NODE_RED_4, NODE_RED_5_DARK]) {
  describe(`the settings of a board, in the editor of ${kind.title}`, function () {
    this.timeout(60_000);
    withSettings(kind);
  });
}

function withSettings(kind: EditorKind): void {
  const red = new NodeRed(kind);
  let editor: Editor;

  before(async () => {
    await red.start();
    await red.deploy(FLOW);
    editor = await Editor.open(red.url, kind, `settings ${kind.title}`);
    await editor.page.setViewportSize({ width: 1024, height: 700 });
    await editor.status('read-jk', /V/);
  });
  after(async () => {
    await editor?.close();
    await red.stop();
  });
  checkAfterEach(() => editor);

  async function said(wanted: RegExp): Promise<string> {
    const script = `${wanted}.test(document.querySelector('${TIP}').innerText)`;
    await editor.page.waitForFunction(script, undefined, { timeout: 20_000 });
    return editor.at(TIP).innerText();
  }

  async function open(read: string): Promise<void> {
    await editor.edit(read);
    await editor.editConfig('#node-input-device', 'edit');
    await editor.at('#bms-device-settings').click();
    await editor.opened(3);
  }

  async function close(): Promise<void> {
    await editor.page.keyboard.press('Escape');
    await editor.reached(2);
    await editor.finish('#node-config-dialog-cancel');
    await editor.page.keyboard.press('Control+Escape');
    await editor.reached(0);
  }

  /** As a user chooses a language in the settings of the editor, which then wants to be loaded again. */
  async function speak(language: string): Promise<void> {
    await editor.page.evaluate(`localStorage.setItem('editor-language', '${language}')`);
    await editor.page.goto('about:blank');
    await editor.page.goto(red.url);
    await editor.at('[id=read-jk] .red-ui-flow-node-status-label').waitFor({ timeout: 30_000 });
    await editor.page.waitForFunction(`!document.querySelector('#red-ui-loading-progress')?.offsetParent`);
  }

  /** The pack is in use, which speaks against writing, until the user passes over it. */
  async function writeThoughCurrentFlows(): Promise<void> {
    assert.equal(await editor.at('#bms-settings-write').getAttribute('aria-disabled'), 'true');
    await editor.at('.bms-settings [data-check=current]').click();
    await editor.at('#bms-settings-write').click();
  }

  it('are read, searched, one changed by a plan, and put back', async () => {
    await open('read-jk');
    assert.equal(await editor.page.evaluate<string>('document.activeElement.id'), 'bms-settings-read');
    await editor.at('#bms-settings-read').click();
    await said(/^\d+ settings of jk, .*The deployed device allows all but the structure/);
    await editor.look('read');
    assert.equal(await editor.page.evaluate<boolean>(FITS), true);
    await editor.at('#bms-settings-search').fill('overvoltage protection cell');
    await editor.look('searched');
    const protection = row('cellOvervoltageProtection');
    const before = await editor.at(`${protection} td`).first().innerText();
    await editor.at(`${protection} input`).fill('9');
    await editor.at('#bms-settings-plan').click();
    await said(/cannot be: Cell overvoltage/);
    await editor.at(`${protection} input`).fill('3.62');
    await editor.at('#bms-settings-plan').click();
    await said(/^Nothing was written yet/);
    await editor.look('plan');
    assert.equal(await editor.page.evaluate<boolean>(FITS), true);
    await writeThoughCurrentFlows();
    await said(/^Written and read back: 1\./);
    assert.equal(await editor.at(`${protection} td`).first().innerText(), '3.62 V');
    await editor.look('written');
    await editor.at('#bms-settings-undo').click();
    await said(/^Nothing was written yet/);
    await writeThoughCurrentFlows();
    await said(/^Written and read back: 1\./);
    assert.equal(await editor.at(`${protection} td`).first().innerText(), before);
  });

  it('are each named with what they stand at when they could not be written', async () => {
    const report = [
      { label: 'Cell overvoltage: protection', wanted: '3.63', before: '3.6', present: '', restored: false },
    ];
    const failed = {
      error: 'The line was lost. Not put back, as far as can be seen: x.',
      code: 'disconnected',
      report,
    };
    await editor.page.route('**/settings-write', (route) => route.fulfill({ json: { failed } }), { times: 1 });
    await editor.at(`${row('cellOvervoltageProtection')} input`).fill('3.63');
    await editor.at('#bms-settings-plan').click();
    await said(/^Nothing was written yet/);
    await writeThoughCurrentFlows();
    await said(/^The settings were not written/);
    await editor.look('failure');
    await editor.page.keyboard.press('Escape');
    await editor.at('#bms-settings-discard').click();
  });

  it('are saved, and compared with a file and with another pack', async () => {
    const download = editor.page.waitForEvent('download');
    await editor.at('#bms-settings-save').click();
    const file = await download;
    assert.match(file.suggestedFilename(), /^settings-jk-\d{8}-\d{6}\.json$/);
    const saved = JSON.parse(readFileSync(await file.path(), 'utf8')) as { settings: Record<string, number> };
    const changed = { ...saved, settings: { ...saved.settings, cellUndervoltageRecovery: 2.95 } };
    const path = join(red.userDir, 'changed.json');
    writeFileSync(path, JSON.stringify(changed));
    const chooser = editor.page.waitForEvent('filechooser');
    await editor.at('#bms-settings-compare-file').click();
    await (await chooser).setFiles(path);
    await said(/^Differences from changed\.json: 1\./);
    await editor.at('#bms-settings-search').fill('cell undervoltage');
    await editor.look('compared with a file');
    await editor.at('#bms-settings-take-differences').click();
    assert.equal(await editor.at(`${row('cellUndervoltageRecovery')} input`).inputValue(), '2.95');
    await editor.at('#bms-settings-discard').click();
    await editor.at('#bms-settings-pack').selectOption('device-sister');
    await said(/^sister .*has the same settings|^Differences from sister/);
    await close();
  });

  it('of an ANT board are proposed by quick setup, with its levels of permission', async () => {
    await open('read-ant');
    await editor.at('#bms-settings-read').click();
    await said(/^\d+ settings of ant/);
    await editor.at('#bms-settings-levels summary').click();
    await editor.look('levels');
    await editor.at('#bms-settings-levels summary').click();
    await editor.at('#bms-settings-quick summary').click();
    await editor.at('#bms-settings-chemistry').selectOption('lto');
    await editor.at('#bms-settings-propose').click();
    await editor.at('#bms-settings-take').waitFor();
    await editor.look('quick setup');
    await editor.at('#bms-settings-take').click();
    await editor.at('#bms-settings-plan').click();
    await said(/^Nothing was written yet/);
    await editor.look('plan of quick setup');
    assert.equal(await editor.page.evaluate<boolean>(FITS), true);
    await editor.page.keyboard.press('Escape');
    await close();
  });

  it('of a JBD board are saved for JBDTools, and marked as experimental in table and plan', async () => {
    await open('read-jbd');
    await editor.at('#bms-settings-read').click();
    await said(/^\d+ settings of jbd.*no public source/);
    const download = editor.page.waitForEvent('download');
    await editor.at('#bms-settings-save-vendor').click();
    const file = await download;
    assert.match(readFileSync(await file.path(), 'utf8'), /^FileCode +3838/);
    const chooser = editor.page.waitForEvent('filechooser');
    await editor.at('#bms-settings-compare-file').click();
    const path = join(red.userDir, 'bank.fig');
    writeFileSync(path, readFileSync(await file.path(), 'utf8').replace(/(CellOverVoltage\s+)\d+/, '$13700'));
    await (await chooser).setFiles(path);
    await said(/^Differences from bank\.fig: 1\./);
    await editor.at('#bms-settings-take-differences').click();
    await editor.look('experimental');
    assert.equal(await editor.page.evaluate<boolean>(FITS), true);
    await editor.at('#bms-settings-plan').click();
    await said(/^Nothing was written yet/);
    await editor.look('plan of experimental');
    await editor.page.keyboard.press('Escape');
    await close();
  });

  it('are reached, changed and planned with the keys alone', async () => {
    const { keyboard } = editor.page;
    const tabTo = async (selector: string): Promise<void> => {
      for (let tabs = 0; tabs < 40; tabs++) {
        if (await editor.page.evaluate<boolean>(`document.activeElement.matches('${selector}')`)) return;
        await keyboard.press('Tab');
      }
      assert.fail(`${selector} is not reached`);
    };
    await editor.edit('read-ant');
    await editor.editConfig('#node-input-device', 'edit');
    await tabTo('#bms-device-settings');
    await keyboard.press('Enter');
    await editor.opened(3);
    await keyboard.press('Enter');
    await said(/^\d+ settings of ant/);
    await tabTo('#bms-settings-search');
    await keyboard.type('cellOvervoltageProtection');
    await tabTo('tr:not([hidden]) input[type=text]');
    await keyboard.type('3.63');
    await tabTo('#bms-settings-plan');
    await keyboard.press('Space');
    await said(/^Nothing was written yet/);
    await tabTo('[data-check=current]');
    await keyboard.press('Space');
    await tabTo('#bms-settings-write');
    await keyboard.press('Enter');
    await said(/^Written and read back: 1\./);
    await close();
  });

  it('are legible in other languages', async () => {
    for (const language of ['de', 'zh-CN']) {
      await speak(language);
      await editor.edit('read-jk');
      await editor.editConfig('#node-input-device', 'edit');
      await editor.look(`device ${language}`);
      await editor.at('#bms-device-experimental-tip').scrollIntoViewIfNeeded();
      await editor.look(`device below ${language}`);
      await editor.at('#bms-device-settings').click();
      await editor.opened(3);
      await editor.at('#bms-settings-read').click();
      await editor.at(row('cellOvervoltageProtection')).waitFor();
      await editor.look(`read ${language}`);
      assert.equal(await editor.page.evaluate<boolean>(FITS), true);
      await editor.at(`${row('cellOvervoltageProtection')} input`).fill('3.63');
      await editor.at('#bms-settings-plan').click();
      await editor.at('#bms-settings-write').waitFor();
      await editor.look(`plan ${language}`);
      assert.equal(await editor.page.evaluate<boolean>(FITS), true);
      await editor.page.keyboard.press('Escape');
      await close();
    }
  });
}
