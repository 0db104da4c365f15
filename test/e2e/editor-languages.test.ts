import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkAfterEach, Editor } from '../support/editor';
import { NODE_RED_4 } from '../support/editors';
import { NodeRed } from '../support/node-red';

type Catalogue = Record<string, Record<string, Record<string, string>>>;

/** The texts of a node in a language, as they are in its catalogue: `label.device` of bms-read. */
function texts(language: string, node: string): (key: string) => string {
  const path = join('nodes', 'locales', language, `${node}.json`);
  const catalogue = (JSON.parse(readFileSync(path, 'utf8')) as Catalogue)[node];
  return (key) => {
    const found = key.split('.').reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], catalogue);
    assert.equal(typeof found, 'string', key);
    return String(found);
  };
}

/** Labels of the topmost dialog that are wider than the room they have, and so lie over their fields. */
const TOO_WIDE = `[...document.querySelectorAll('.red-ui-tray:last-of-type .form-row > label')]
  .filter((label) => label.offsetParent && label.scrollWidth > label.clientWidth + 1)
  .map((label) => label.innerText)`;

describe('the editor in other languages', function () {
  this.timeout(90_000);
  const red = new NodeRed();
  let editor: Editor;

  before(async () => {
    await red.start();
    editor = await Editor.open(red.url, NODE_RED_4, 'languages');
  });
  after(async () => {
    await editor?.close();
    await red.stop();
  });
  checkAfterEach(() => editor);

  /** As a user chooses a language in the settings of the editor, which then wants to be loaded again. */
  async function speak(language: string): Promise<void> {
    await editor.page.evaluate(`localStorage.setItem('editor-language', '${language}')`);
    await editor.page.goto('about:blank');
    await editor.page.goto(red.url);
    await editor.at('.red-ui-palette-node[data-palette-type="bms-read"]').waitFor({ timeout: 30_000 });
    await editor.page.waitForFunction(`!document.querySelector('#red-ui-loading-progress')?.offsetParent`);
  }

  /** Waits until one of the elements says a text: a dialog gets its texts while it slides in. */
  async function shows(selector: string, text: string): Promise<void> {
    const [where, wanted] = [JSON.stringify(selector), JSON.stringify(text)];
    await editor.page.waitForFunction(
      `[...document.querySelectorAll(${where})].some((element) => element.textContent.trim() === ${wanted})`,
    );
  }

  async function labelsFit(): Promise<void> {
    assert.deepEqual(await editor.page.evaluate(TOO_WIDE), []);
  }

  for (const [language, battery, help] of [
    ['de', 'Batterie', 'Liest eine Batterie'],
    ['zh-CN', '电池', '读取电池组'],
  ] as const) {
    it(`shows palette, dialogs and help in ${language}`, async () => {
      const [read, device, connection] = ['bms-read', 'bms-device', 'bms-connection'].map((node) =>
        texts(language, node),
      ) as [ReturnType<typeof texts>, ReturnType<typeof texts>, ReturnType<typeof texts>];
      await speak(language);
      const header = (await editor.at('#red-ui-palette-header-battery').innerText()).trim();
      assert.equal(header.toLowerCase(), battery.toLowerCase());
      await shows('.red-ui-palette-node[data-palette-type="bms-read"] .red-ui-palette-label', read('label.palette'));

      await editor.edit(await editor.drag('bms-read', 220, 120));
      await shows('label[for="node-input-emit"]', read('label.emit'));
      await shows('#node-input-format option', read('option.format.influx'));
      await labelsFit();
      await editor.picture(`bms-read ${language}`);
      await editor.editConfig('#node-input-device', 'add');
      await shows('label[for="node-config-input-pollInterval"]', device('label.pollInterval'));
      await editor.at('#node-config-input-protocol option[value="ant"]').waitFor({ state: 'attached' });
      await shows('#node-config-input-protocol option', device('protocol.ant'));
      await editor.at('#bms-device-test').click();
      await shows('#bms-device-test-tip', device('test.noConnection'));
      await labelsFit();
      await editor.picture(`bms-device ${language}`);
      await editor.editConfig('#node-config-input-connection', 'add');
      for (const transport of ['serial', 'tcp', 'ble', 'simulator']) {
        await editor.at('#node-config-input-transport').selectOption(transport);
        await shows('#node-config-input-transport option', connection(`option.transport.${transport}`));
        await labelsFit();
        await editor.picture(`bms-connection ${transport} ${language}`);
      }
      await shows('[data-transport="simulator"] .form-tips', connection('tip.simulator'));
      await editor.finish('#node-config-dialog-ok');
      await editor.enter('#node-config-input-name', 'Bank');
      await editor.finish('#node-config-dialog-ok');
      await editor.finish('#node-dialog-ok');

      const [alarm, control] = [texts(language, 'bms-alarm'), texts(language, 'bms-control')];
      await editor.edit(await editor.drag('bms-alarm', 220, 220));
      await editor.at('#bms-alarm-add-preset:not(:disabled)').click();
      const quantity = `${alarm('quantity.soc')} (%): soc`;
      await editor.at('.bms-alarm-field option[value="soc"]').first().waitFor({ state: 'attached' });
      await shows('.bms-alarm-field option', quantity);
      await labelsFit();
      await editor.picture(`bms-alarm ${language}`);
      await editor.finish('#node-dialog-ok');
      await editor.edit(await editor.drag('bms-control', 220, 320));
      await editor.at('#node-input-action option[value="charge"]').waitFor({ state: 'attached' });
      await shows('#node-input-action option', control('action.charge'));
      await labelsFit();
      await editor.picture(`bms-control ${language}`);
      await editor.finish('#node-dialog-ok');

      const shown = await editor.page.evaluate<string>(`RED.nodes.getNodeHelp('bms-read')`);
      assert.ok(shown.includes(help), shown.slice(0, 200));
    });
  }
});
