import assert from 'node:assert/strict';
import { checkAfterEach, Editor } from '../support/editor';
import { NODE_RED_4, NODE_RED_5_DARK } from '../support/editors';
import { NodeRed } from '../support/node-red';

/** How many presses of the key Tab a field may lie away. */
const MOST_TABS = 30;

/** Node-RED's keys add no node to a flow, but import one. */
const FLOW = [
  { id: 'tab', type: 'tab', label: 'Battery' },
  { id: 'read', type: 'bms-read', z: 'tab', x: 200, y: 120, wires: [[]] },
];

for (const kind of [NODE_RED_4, NODE_RED_5_DARK]) {
  describe(`the keys alone, in the editor of ${kind.title}`, function () {
    this.timeout(60_000);
    const red = new NodeRed(kind);
    let editor: Editor;

    before(async () => {
      await red.start();
      editor = await Editor.open(red.url, kind, `keys ${kind.title}`);
    });
    after(async () => {
      await editor?.close();
      await red.stop();
    });
    checkAfterEach(() => editor);

    it('describe a pack, test it, save and deploy it', async () => {
      await importFlow();
      await press('Control+a', 'Enter');
      await editor.opened(1);
      await tabTo('#node-input-btn-device-add');
      // The first of its menu: a pack.
      await press('Enter', 'Enter');
      await editor.opened(2);
      await tabTo('#node-config-input-btn-connection-add');
      await press('Space');
      await editor.opened(3);
      await tabTo('#node-config-input-transport');
      await type('Sim');
      await tabTo('#node-config-input-simCells');
      await press('Control+a');
      await type('8');
      await press('Control+Enter');
      await editor.reached(2);

      await tabTo('#node-config-input-name');
      await type('House');
      await tabTo('#node-config-input-protocol');
      await type('Daly');
      await tabTo('#bms-device-test');
      await press('Space');
      await editor.page.waitForFunction(
        `/answers.*Daly.*8 cells of/.test(document.querySelector('#bms-device-test-tip').innerText)`,
        undefined,
        { timeout: 20_000 },
      );
      assert.equal(await focused(), 'bms-device-test');
      assert.equal(await editor.at('[role=status] > #bms-device-test-tip').count(), 1);
      // On, from where the focus was.
      await tabTo('#node-config-input-allowControl', 10);
      await press('Space', 'Control+Enter');
      await editor.reached(1);
      await press('Control+Enter');
      await editor.reached(0);
      await press('Control+d');
      await editor.page.waitForFunction(`!RED.nodes.dirty()`);
      await editor.status('read', /^[\d.]+ V \d+ % -?[\d.]+ A$/);
      const flows = await red.json<Record<string, unknown>[]>('/flows');
      const saved = (of: string): Record<string, unknown> => flows.find((node) => node['type'] === of) ?? {};
      assert.deepEqual([saved('bms-connection')['transport'], saved('bms-connection')['simCells']], ['simulator', '8']);
      const { name, protocol, allowControl } = saved('bms-device');
      assert.deepEqual([name, protocol, allowControl], ['House', 'daly', true]);
    });

    async function importFlow(): Promise<void> {
      await press('Control+i');
      await waitForFocus('#red-ui-clipboard-dialog-import-text');
      await type(JSON.stringify(FLOW));
      await editor.page.waitForFunction(`!document.querySelector('#red-ui-clipboard-dialog-ok').disabled`);
      await tabTo('#red-ui-clipboard-dialog-ok');
      await press('Enter');
      await waitForFocus('#red-ui-workspace-chart');
      await press('Control+]');
      await editor.page.waitForFunction(`RED.nodes.workspace(RED.workspaces.active()).label === 'Battery'`);
    }

    const focused = (): Promise<string> => editor.page.evaluate<string>(`document.activeElement.id`);
    const type = (text: string): Promise<void> => editor.page.keyboard.type(text);
    const waitForFocus = (selector: string): Promise<unknown> =>
      editor.page.waitForFunction(`document.activeElement.matches('${selector}')`);

    async function press(...keys: readonly string[]): Promise<void> {
      for (const key of keys) await editor.page.keyboard.press(key);
    }

    async function tabTo(selector: string, most = MOST_TABS): Promise<void> {
      const passed: string[] = [];
      while (`#${passed.at(-1)}` !== selector) {
        if (passed.length === most) assert.fail(`${selector} is not reached by ${passed.join(', ')}`);
        await press('Tab');
        passed.push(await focused());
      }
    }
  });
}
