import assert from 'node:assert/strict';
import { checkAfterEach, Editor } from '../support/editor';
import { EDITORS, type EditorKind } from '../support/editors';
import { NodeRed } from '../support/node-red';

type Nodes = readonly Readonly<Record<string, unknown>>[];

const NAMES = ['Front', 'Left', 'Rear'];

for (const kind of EDITORS) {
  describe(`a bank of packs in the editor of ${kind.title}`, function () {
    this.timeout(90_000);
    bankFromNothing(kind);
  });
}

/** As a user makes a bank who has not made one before: in the order in which the tests stand. */
function bankFromNothing(kind: EditorKind): void {
  const red = new NodeRed(kind);
  let editor: Editor;
  let read = '';

  before(async () => {
    await red.start();
    editor = await Editor.open(red.url, kind, `bank ${kind.title}`);
  });
  after(async () => {
    await editor?.close();
    await red.stop();
  });
  checkAfterEach(() => editor);

  it('is made with its packs in one go, from the node that reads it', async () => {
    read = await editor.drag('bms-read', 220, 120);
    await editor.edit(read);
    await editor.at('#node-input-btn-device-add').click();
    await editor.at('.bms-battery-menu a').last().waitFor();
    await new Promise((resolve) => setTimeout(resolve, 300));
    await editor.picture('what to add');
    await editor.at('.bms-battery-menu a:has-text("bms-bank")').click();
    await editor.opened(2);
    await problem(/Add the packs/);
    await editor.look('bms-bank without packs');
    for (const name of NAMES) await addPack(name);
    await editor.enter('#node-config-input-name', 'House');
    assert.equal(await editor.at('#bms-bank-problem').isVisible(), false);
    await drawing('Front ∥ Left ∥ Rear');
    await editor.look('bms-bank');
    await editor.at('#bms-bank-more summary').click();
    await editor.look('bms-bank more');
    await editor.finish('#node-config-dialog-ok');
    assert.match(await shown('#node-input-device option:checked'), /^House \(3 packs in parallel\)$/);
    await editor.look('bms-read on a bank');
    await editor.finish('#node-dialog-ok');
  });

  it('is read after the deploy', async () => {
    const debug = await editor.drag('debug', 480, 120);
    await editor.wire(read, debug);
    await editor.page.evaluate(`RED.actions.invoke('core:show-debug-tab')`);
    await editor.deploy();
    await editor.status(read, /^[\d.]+ V \d+ % -?[\d.]+ A$/);
    const message = editor.at('.red-ui-debug-msg').first();
    await message.waitFor({ timeout: 20_000 });
    assert.match(await message.innerText(), /voltage/);
    await editor.picture('deployed');
    const [bank] = ofType(await red.json<Nodes>('/flows'), 'bms-bank');
    const devices = (bank?.['packs'] as { device: string }[]).map(({ device }) => device);
    assert.deepEqual([bank?.['pack1'], bank?.['pack2'], bank?.['pack3'], bank?.['pack4']], [...devices, undefined]);
  });

  it('has users, and is one, as the editor counts them', async () => {
    assert.deepEqual(await users(), { Front: ['House'], Left: ['House'], Rear: ['House'], House: ['bms-read'] });
    // As the server has it, not only as the dialogs have left it.
    await reload();
    assert.deepEqual(await users(), { Front: ['House'], Left: ['House'], Rear: ['House'], House: ['bms-read'] });
  });

  it('lists packs and banks apart, and takes either', async () => {
    await editor.edit(read);
    const groups = await editor.page.evaluate<string[][]>(
      `[...document.querySelectorAll('#node-input-device optgroup')].map((g) => [g.label, ...[...g.children].map((o) => o.text)])`,
    );
    assert.deepEqual(
      groups.map(([label, ...options]) => [label, options.length]),
      [
        ['Packs', 3],
        ['Banks', 1],
      ],
    );
    assert.match(String(groups[0]?.[1]), /^Front \(daly, /);
    await editor.at('#node-input-device').selectOption({ label: String(groups[0]?.[1]) });
    await editor.editConfig('#node-input-device', 'edit');
    assert.equal(await editor.at('#node-config-input-name').inputValue(), 'Front');
    await editor.finish('#node-config-dialog-ok');
    assert.match(await shown('#node-input-device option:checked'), /^Front /);
    await editor.at('#node-input-device').selectOption({ label: String(groups[1]?.[1]) });
    await editor.editConfig('#node-input-device', 'edit');
    assert.equal(await editor.at('#node-config-input-name').inputValue(), 'House');
    // A second device twice, and strings without names: said as it is done.
    await editor
      .at('.bms-bank-device')
      .last()
      .selectOption({ label: String(groups[0]?.[1]) });
    await problem(/Pack 3: its device is pack 1 already/);
    await editor.look('bms-bank with a mistake');
    await editor
      .at('.bms-bank-device')
      .last()
      .selectOption({ label: String(groups[0]?.[3]) });
    await editor.at('#node-config-input-topology').selectOption('strings');
    await problem(/Pack 1: name its string/);
    for (const [i, group] of ['A', 'A', 'B'].entries())
      await editor.at(`li:nth-child(${i + 1}) .bms-bank-group`).fill(group);
    await problem(/A has 2, B has 1/);
    await drawing('( Front → Left ) ∥ ( Rear )');
    await editor.finish('#node-config-dialog-cancel');
    assert.match(await shown('#node-input-device option:checked'), /^House /);
    await editor.finish('#node-dialog-ok');
  });

  it('is switched, and has limits, as a pack does', async () => {
    const control = await editor.drag('bms-control', 220, 220);
    await editor.edit(control);
    await chooseBank();
    await editor.at('#node-input-action').selectOption('discharge');
    assert.match(await editor.at('#bms-control-locked').innerText(), /Front, Left, Rear/);
    assert.match(await editor.at('#bms-control-danger').innerText(), /msg\.confirm = "discharge"/);
    const actions = await editor.page.evaluate<string[]>(
      `[...document.querySelector('#node-input-action')].map((o) => o.value)`,
    );
    assert.deepEqual(actions, ['', 'charge', 'discharge', 'balancing', 'heating']);
    await editor.look('bms-control on a bank');
    await editor.finish('#node-dialog-ok');
    const limits = await editor.drag('bms-limits', 220, 320);
    await editor.edit(limits);
    await chooseBank();
    for (const key of ['maxChargeCurrent', 'maxDischargeCurrent']) await editor.enter(`#node-input-${key}`, '100');
    await editor.look('bms-limits on a bank');
    await editor.finish('#node-dialog-ok');
    await editor.deploy();
    await editor.status(limits, /\d/);
    await editor.picture('limits of a bank');
    await editor.page.evaluate(
      `RED.view.select({ nodes: [RED.nodes.node('${control}'), RED.nodes.node('${limits}')] })`,
    );
    await editor.page.evaluate(`RED.actions.invoke('core:delete-selection')`);
    await editor.deploy();
  });

  it('is copied with its devices and their connections, each copy with ids of its own', async () => {
    const exported = await editor.page.evaluate<Nodes>(
      `RED.nodes.createExportableNodeSet([RED.nodes.node('${read}')])`,
    );
    const types = exported.map(({ type }) => type).sort();
    assert.deepEqual(types, [
      'bms-bank',
      ...Array(3).fill('bms-connection'),
      ...Array(3).fill('bms-device'),
      'bms-read',
    ]);
    // As when the import asks what to do with nodes that are there already, and the user wants copies.
    const copies = `Object.fromEntries(${JSON.stringify(exported.map(({ id }) => id))}.map((id) => [id, 'copy']))`;
    await editor.page.evaluate(
      `void RED.nodes.import(${JSON.stringify(exported)}, { generateIds: false, importMap: ${copies} })`,
    );
    await editor.page.waitForFunction(`RED.nodes.filterNodes({ type: 'bms-read' }).length === 2`);
    await editor.page.waitForFunction(
      `(() => { ${ALL_CONFIGS} return all.filter((n) => n.type === 'bms-bank').length === 2; })()`,
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    const banks = await editor.page.evaluate<Nodes>(
      `(() => { ${ALL_CONFIGS} return all.filter((n) => n.type === 'bms-bank').map((n) => RED.nodes.convertNode(n)); })()`,
    );
    const devicesOf = (bank: (typeof banks)[number] | undefined): string[] =>
      (bank?.['packs'] as { device: string }[]).map(({ device }) => device);
    const [first, second] = banks.map(devicesOf);
    assert.equal(new Set([...(first ?? []), ...(second ?? [])]).size, 6);
    for (const bank of banks) assert.deepEqual(devicesOf(bank), [bank['pack1'], bank['pack2'], bank['pack3']]);
    const counts = await editor.page.evaluate<number[]>(
      `(() => { ${ALL_CONFIGS} return all.filter((n) => n.type !== 'bms-connection').map((n) => n.users.length); })()`,
    );
    assert.deepEqual(counts, Array(8).fill(1));
  });

  it('says which pack has lost its device, when that is deleted', async () => {
    await reload();
    await editor.edit(read);
    await editor.editConfig('#node-input-device', 'edit');
    await editor.at('.bms-bank-device').first().waitFor();
    const button = await editor.page.evaluate<string>(
      `document.querySelector('.bms-bank-device').id.replace('-input-', '-input-btn-') + '-edit'`,
    );
    await editor.at(`#${button}`).click();
    await editor.opened(3);
    await editor.at('.red-ui-tray:last-of-type button.leftButton').click();
    await editor.reached(2);
    await problem(/Pack 1: /);
    await editor.look('bms-bank after a deletion');
    await editor.finish('#node-config-dialog-cancel');
    await editor.finish('#node-dialog-ok');
    assert.deepEqual(await users(), { Left: ['House'], Rear: ['House'], House: ['bms-read'] });
    await editor.page.waitForFunction(
      `(() => { ${ALL_CONFIGS} return all.find((n) => n.type === 'bms-bank').valid === false; })()`,
    );
    await editor.picture('after a deletion');
  });

  /** Adds a pack to the list with a device and a connection of its own. */
  async function addPack(name: string): Promise<void> {
    await editor
      .at('#bms-bank-packs')
      .locator('xpath=ancestor::div[contains(@class,"red-ui-editableList")][last()]')
      .locator('.red-ui-editableList-addButton')
      .click();
    const id = await editor.page.evaluate<string>(`[...document.querySelectorAll('select.bms-bank-device')].at(-1).id`);
    await editor.editConfig(`#${id}`, 'add');
    await editor.enter('#node-config-input-name', name);
    await editor.at('#node-config-input-protocol').selectOption('daly');
    await editor.editConfig('#node-config-input-connection', 'add');
    await editor.at('#node-config-input-transport').selectOption('simulator');
    await editor.finish('#node-config-dialog-ok');
    await editor.finish('#node-config-dialog-ok');
  }

  async function chooseBank(): Promise<void> {
    await editor.at('#node-input-device').selectOption({ label: 'House (3 packs in parallel)' });
  }

  async function reload(): Promise<void> {
    await editor.page.goto(red.url);
    await editor.at('.red-ui-flow-node').first().waitFor({ timeout: 30_000 });
    await editor.page.waitForFunction(`!document.querySelector('#red-ui-loading-progress')?.offsetParent`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }

  /** Who uses each device and each bank, as the editor counts it. */
  function users(): Promise<Record<string, string[]>> {
    return editor.page.evaluate<Record<string, string[]>>(
      `(() => { ${ALL_CONFIGS}
        const used = all.filter((n) => n.type !== 'bms-connection');
        return Object.fromEntries(used.map((n) => [n.name, n.users.map((user) => user.name || user.type)]));
      })()`,
    );
  }

  async function problem(text: RegExp): Promise<void> {
    await editor.page.waitForFunction(`${text}.test(document.querySelector('#bms-bank-problem').innerText)`);
  }

  async function drawing(text: string): Promise<void> {
    assert.equal(await editor.at('#bms-bank-drawing').innerText(), text);
  }

  function shown(selector: string): Promise<string> {
    return editor.page.evaluate<string>(`document.querySelector('${selector}').text`);
  }
}

/** Puts all config nodes of ours into `all`. */
const ALL_CONFIGS = `const all = []; RED.nodes.eachConfig((n) => { if (n.type.startsWith('bms-')) all.push(n); });`;

function ofType(nodes: Nodes, type: string): Nodes {
  return nodes.filter((node) => node['type'] === type);
}
