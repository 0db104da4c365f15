import assert from 'node:assert/strict';
import { protocolById } from '../../src/codec';
import { PROTOCOLS } from '../../src/codec/registry';
import { checkAfterEach, Editor } from '../support/editor';
import { EDITORS, type EditorKind } from '../support/editors';
import { NodeRed } from '../support/node-red';
import { FLOW_NODE_TYPES } from '../support/node-types';
import { PtyCable } from '../support/pty';
import { steadyPack } from '../support/served-board';

const TEST_TIP = '#bms-device-test-tip';

for (const kind of EDITORS) {
  describe(`the editor of ${kind.title}`, function () {
    this.timeout(90_000);
    newUser(kind);
  });
}

/** As a new user works with the package: in the order in which the tests stand. */
function newUser(kind: EditorKind): void {
  const red = new NodeRed(kind);
  let editor: Editor;

  before(async () => {
    await red.start();
    editor = await Editor.open(red.url, kind);
  });
  after(async () => {
    await editor?.close();
    await red.stop();
  });
  checkAfterEach(() => editor);

  it('shows the nodes in a category of their own, with their icons', async () => {
    for (const type of FLOW_NODE_TYPES) {
      const node = editor.at(`#red-ui-palette-container .red-ui-palette-node[data-palette-type="${type}"]`);
      assert.ok(await node.isVisible(), type);
      const style = await node.locator('.red-ui-palette-icon').getAttribute('style');
      assert.match(style ?? '', new RegExp(`${type}\\.svg`));
    }
    assert.match((await editor.at('#red-ui-palette-header-battery').innerText()).trim(), /^battery$/i);
    await editor.picture('palette');
  });

  it('leads from an empty canvas to a simulated pack that is tested before the deploy', async () => {
    const id = await editor.drag('bms-read', 220, 120);
    await editor.edit(id);
    await editor.look('bms-read');
    await refused('#node-input-device');
    await editor.editConfig('#node-input-device', 'add');
    await refused('#node-config-input-connection');
    await editor.at('#bms-device-test').click();
    assert.equal(await editor.at(TEST_TIP).innerText(), 'Choose a connection first.');
    await editor.look('bms-device without a connection');

    await editor.editConfig('#node-config-input-connection', 'add');
    await refused('#node-config-input-serialPort');
    await editor.at('#node-config-input-transport').selectOption('simulator');
    assert.equal(await editor.at('#node-config-input-serialPort').isVisible(), false);
    await editor.enter('#node-config-input-simCells', '99');
    await refused('#node-config-input-simCells');
    await editor.look('bms-connection with a mistake');
    await editor.enter('#node-config-input-simCells', '8');
    await accepted('#node-config-input-simCells');
    await editor.finish('#node-config-dialog-ok');

    await editor.at('#node-config-input-protocol').selectOption('daly');
    await editor.enter('#node-config-input-address', '77');
    await refused('#node-config-input-address');
    await editor.at('#node-config-input-address').hover();
    await editor.look('bms-device with a mistake');
    await editor.enter('#node-config-input-address', '3');
    await accepted('#node-config-input-address');
    await editor.enter('#node-config-input-name', 'House');
    await editor.at('#bms-device-test').click();
    await said(/answers at address 3, protocol Daly.*: [\d.]+ V, [\d.]+ %, .*8 cells of/);
    await editor.look('bms-device tested');
    await editor.finish('#node-config-dialog-ok');
    await editor.finish('#node-dialog-ok');
  });

  it('shows figures below the node and in the debug sidebar after the deploy', async () => {
    const [read] = await editor.page.evaluate<string[]>(`RED.nodes.filterNodes({ type: 'bms-read' }).map((n) => n.id)`);
    const debug = await editor.drag('debug', 480, 120);
    await editor.wire(String(read), debug);
    await editor.page.evaluate(`RED.actions.invoke('core:show-debug-tab')`);
    await editor.deploy();
    await editor.status(String(read), /^[\d.]+ V \d+ % -?[\d.]+ A$/);
    const message = editor.at('.red-ui-debug-msg').first();
    await message.waitFor({ timeout: 20_000 });
    assert.match(await message.innerText(), /voltage/);
    await editor.picture('deployed');
  });

  it('reads a pack at a serial port that no flow uses yet, and lets go of it', async () => {
    const protocol = protocolById('jbd');
    const pack = steadyPack();
    let requests = 0;
    const cable = new PtyCable((request, reply) => {
      const served = protocol?.emulate(request);
      requests++;
      if (served !== undefined) reply(served.answer(pack.read(), pack));
    });
    try {
      const id = await editor.drag('bms-cells', 220, 220);
      await editor.edit(id);
      await editor.editConfig('#node-input-device', 'add');
      await editor.editConfig('#node-config-input-connection', 'add');
      await editor.enter('#node-config-input-serialPort', cable.path);
      await editor.look('bms-connection serial');
      await editor.finish('#node-config-dialog-ok');
      await editor.enter('#node-config-input-name', 'Cable');
      // The protocol is left to be found out.
      await editor.at('#bms-device-test').click();
      await said(/The pack answers, protocol JBD.*16 cells of/);
      await editor.look('bms-device tested on a serial port');
      assert.ok(requests > 0);
      const asked = requests;
      await editor.at('#bms-device-test').click();
      await editor.page.waitForFunction(`!document.querySelector('#bms-device-test.disabled')`);
      await said(/The pack answers, protocol JBD/);
      assert.ok(requests > asked);
      await editor.finish('#node-config-dialog-ok');
      await editor.finish('#node-dialog-ok');
    } finally {
      cable.close();
    }
  });

  it('says in plain words why a test has failed, and ends it with the dialog', async () => {
    const id = await editor.drag('bms-alarm', 220, 320);
    await editor.edit(id);
    await chooseDevice('Cable');
    await editor.editConfig('#node-input-device', 'edit');
    await editor.at('#bms-device-test').click();
    await said(/^The test failed: .*\.$/);
    // The browser notes every answer that is no success.
    assert.match(editor.errors.splice(0).join('\n'), /^Failed to load resource: .* 500 [^\n]*$/);
    await editor.look('bms-device test failed');
    await editor.finish('#node-config-dialog-cancel');
    await chooseDevice('House');
    await editor.at('#bms-alarm-add-preset').click();
    await editor.look('bms-alarm');
    await editor.at('.bms-alarm-limit').first().fill('low');
    await editor.at('#bms-alarm-problem').waitFor();
    assert.match(await editor.at('#bms-alarm-problem').innerText(), /^Rule 1: /);
    await editor.look('bms-alarm with a mistake');
    await editor.at('.bms-alarm-limit').first().fill('15');
    await editor.at('#bms-alarm-problem').waitFor({ state: 'hidden' });
    await editor.at('.bms-alarm-addWhile').first().click();
    assert.match(await editor.at('#bms-alarm-problem').innerText(), /^Rule 1: only while: /);
    await editor.at('.bms-alarm-whileLimit').fill('3.4');
    await editor.at('#bms-alarm-problem').waitFor({ state: 'hidden' });
    await editor.look('bms-alarm with a condition');
    await editor.at('.bms-alarm-removeWhile').click();
    await editor.finish('#node-dialog-ok');
    const kept = await editor.page.evaluate<unknown>(`RED.nodes.node('${id}').rules.filter((rule) => rule.onlyWhile)`);
    assert.deepEqual(kept, []);
  });

  it('offers what the board of a bms-control can do', async () => {
    const id = await editor.drag('bms-control', 220, 420);
    await editor.edit(id);
    await chooseDevice('House');
    await editor.at('#bms-control-locked').waitFor();
    const actions = await editor.at('#node-input-action option').allInnerTexts();
    const offered = protocolById('daly')?.actions ?? [];
    assert.equal(actions.length, offered.length + 1, actions.join());
    await editor.at('#node-input-action').selectOption('discharge');
    await editor.enter('#node-input-minInterval', '-1');
    await refused('#node-input-minInterval');
    await editor.look('bms-control');
    await editor.enter('#node-input-minInterval', '10');
    await editor.finish('#node-dialog-ok');
    await editor.deploy();
    await editor.picture('all nodes');
  });

  it('lists the protocols although they come while another dialog lies over the one that wants them', async () => {
    const fresh = await Editor.open(red.url, kind, `slow server, ${kind.title}`);
    try {
      let answer: () => void = () => undefined;
      const answered = new Promise<void>((resolve) => (answer = resolve));
      await fresh.page.route('**/@openbms/node-red-bms/protocols', async (route) => {
        await answered;
        await route.continue();
      });
      await fresh.edit(await fresh.drag('bms-read', 220, 520));
      await fresh.editConfig('#node-input-device', 'add');
      const options = fresh.at('#node-config-input-protocol option');
      assert.equal(await options.count(), 1);
      await fresh.editConfig('#node-config-input-connection', 'add');
      answer();
      await fresh.page.waitForFunction(`$.active === 0`);
      await fresh.finish('#node-config-dialog-cancel');
      assert.equal(await options.count(), 1 + PROTOCOLS.length);
      assert.deepEqual(fresh.errors, []);
    } finally {
      await fresh.close();
    }
  });

  /** Waits until a field is marked as wrong, or as right; it may not be on the page yet. */
  const marked = (field: string, wrong: boolean): Promise<unknown> =>
    editor.page.waitForFunction(`document.querySelector('${field}')?.classList.contains('input-error') === ${wrong}`);
  const refused = (field: string): Promise<unknown> => marked(field, true);
  const accepted = (field: string): Promise<unknown> => marked(field, false);

  /** Waits for the words of the test. */
  /** Chooses the device that is called so; its label also tells protocol and connection. */
  async function chooseDevice(name: string): Promise<void> {
    const labels = await editor.at('#node-input-device option').allInnerTexts();
    const label = labels.find((text) => text.startsWith(`${name} (`));
    assert.ok(label, `no ${name} among ${labels.join()}`);
    await editor.at('#node-input-device').selectOption({ label });
  }

  async function said(words: RegExp): Promise<void> {
    await editor.page.waitForFunction(
      `!document.querySelector('#bms-device-test.disabled') && document.querySelector('${TEST_TIP}').offsetParent`,
      undefined,
      { timeout: 40_000 },
    );
    assert.match(await editor.at(TEST_TIP).innerText(), words);
  }
}
