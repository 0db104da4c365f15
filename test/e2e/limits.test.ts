import assert from 'node:assert/strict';
import { checkAfterEach, Editor } from '../support/editor';
import { EDITORS, type EditorKind } from '../support/editors';
import { NodeRed } from '../support/node-red';

const ID = 'aaaaaaaaaaaaaa03';

for (const kind of EDITORS) {
  describe(`the limits in the editor of ${kind.title}`, function () {
    this.timeout(90_000);
    limitsDialog(kind);
  });
}

function limitsDialog(kind: EditorKind): void {
  const red = new NodeRed(kind);
  let editor: Editor;

  before(async () => {
    await red.start();
    await red.deploy([
      { id: 'aaaaaaaaaaaaaa00', type: 'tab', label: 'test' },
      { id: 'aaaaaaaaaaaaaa01', type: 'bms-connection', transport: 'simulator', simCells: 16, simScenario: 'steady' },
      {
        id: 'aaaaaaaaaaaaaa02',
        type: 'bms-device',
        name: 'House',
        connection: 'aaaaaaaaaaaaaa01',
        protocol: 'jbd',
        pollInterval: 1,
      },
      {
        ...{
          id: ID,
          type: 'bms-limits',
          z: 'aaaaaaaaaaaaaa00',
          device: 'aaaaaaaaaaaaaa02',
          x: 200,
          y: 100,
          wires: [[]],
        },
        ...{ maxChargeCurrent: 140, maxDischargeCurrent: 200 },
      },
    ]);
    editor = await Editor.open(red.url, kind);
  });
  after(async () => {
    await editor?.close();
    await red.stop();
  });
  checkAfterEach(() => editor);

  const line = (): Promise<string | null> =>
    editor.at('#bms-limits-plot path.bms-limits-charge').last().getAttribute('d');
  const problem = (): Promise<string> => editor.at('#bms-limits-problem').innerText();
  const node = <T>(property: string): Promise<T> => editor.page.evaluate(`RED.nodes.node('${ID}').${property}`);

  it('draws the curves, with the deployed pack on them', async () => {
    await editor.edit(ID);
    await editor.at('#bms-limits-plot circle').first().waitFor();
    assert.match(await editor.at('#bms-limits-now').innerText(), /highest cell 3\.\d+ V/);
    await editor.look('bms-limits');
    assert.equal(await editor.at('#node-input-absorptionVoltage').getAttribute('placeholder'), '3.45');
  });

  it('follows the figures while they are typed, and says what contradicts each other', async () => {
    const before = await line();
    const first = '#bms-limits-points [data-curve="chargeByCell"] input';
    await editor.at(first).first().fill('3.40');
    assert.notEqual(await line(), before);
    await editor.at(first).first().fill('3.7');
    assert.equal(await problem(), 'The points of chargeByCell must rise: 3.7, 3.5, 3.55, 3.6.');
    await editor.look('bms-limits with a mistake');
    await editor.at('#bms-limits-reset').click();
    assert.equal(await line(), before);
    assert.equal(await editor.at('#bms-limits-problem').isVisible(), false);
  });

  it('takes points with the keys alone, and saves only what is not of the preset', async () => {
    await editor.at('#node-input-chemistry').selectOption('nmc');
    assert.equal(await editor.at('#node-input-absorptionVoltage').getAttribute('placeholder'), '4.1');
    await editor.at('#bms-limits-points [data-curve="dischargeByCell"] button:has(.fa-plus)').focus();
    await editor.page.keyboard.press('Enter');
    await editor.page.keyboard.press('Control+A');
    await editor.page.keyboard.type('3.4');
    await editor.finish('#node-dialog-ok');
    assert.deepEqual(await node('dischargeByCell'), [
      [3, 0],
      [3.1, 0.05],
      [3.2, 0.25],
      [3.35, 1],
      [3.4, 1],
    ]);
    assert.deepEqual(
      [await node('chargeByCell'), await node('absorptionVoltage'), await node('valid')],
      [[], '', true],
    );
    await editor.deploy();
  });
}
