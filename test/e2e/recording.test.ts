import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parseRecording } from '../../src/link/recording';
import { checkAfterEach, Editor } from '../support/editor';
import { NODE_RED_4 } from '../support/editors';
import { NodeRed } from '../support/node-red';
import { checkRecording } from '../support/recordings';

const REPORT_TIP = '#bms-connection-report-tip';
const RECORD_TIP = '#bms-connection-record-tip';

describe('Report and Record in the dialog of a connection', function () {
  this.timeout(60_000);
  const red = new NodeRed(NODE_RED_4);
  let editor: Editor;

  before(async () => {
    await red.start();
    await red.deploy([
      { id: 'tab', type: 'tab', label: 'Battery' },
      { id: 'line', type: 'bms-connection', transport: 'simulator', simCells: 8 },
      { id: 'device', type: 'bms-device', name: 'Pack', connection: 'line', protocol: 'daly', pollInterval: 1 },
      { id: 'read', type: 'bms-read', z: 'tab', x: 200, y: 120, device: 'device', emit: 'poll', wires: [[]] },
    ]);
    editor = await Editor.open(red.url, NODE_RED_4, 'recording');
    await editor.status('read', /^[\d.]+ V/);
    await editor.edit('read');
    await editor.editConfig('#node-input-device', 'edit');
    await editor.editConfig('#node-config-input-connection', 'edit');
  });
  after(async () => {
    await editor?.close();
    await red.stop();
  });
  checkAfterEach(() => editor);

  async function said(tip: string, wanted: RegExp): Promise<string> {
    const script = `${wanted}.test(document.querySelector('${tip}').innerText)`;
    await editor.page.waitForFunction(script, undefined, { timeout: 20_000 });
    return editor.at(tip).innerText();
  }

  it('a report is saved as a file, with the exchanges so far', async () => {
    const download = editor.page.waitForEvent('download');
    await editor.at('#bms-connection-report').click();
    const file = await download;
    assert.match(file.suggestedFilename(), /^bms-report-\d{8}-\d{6}\.jsonl$/);
    const text = readFileSync(await file.path(), 'utf8');
    checkRecording(text, 'report');
    assert.equal(parseRecording(text, 'report').header.protocol, 'daly');
    await said(REPORT_TIP, /masked/);
  });

  it('a recording says where it goes and how much there is, until it is stopped', async () => {
    await editor.at('#bms-connection-record').click();
    const first = await said(RECORD_TIP, /Recording to .*bms-recordings.*\.jsonl, [\d.]+ kB so far/);
    await editor.look('bms-connection recording');
    assert.equal(await editor.at('#bms-connection-record').getAttribute('aria-pressed'), 'true');
    // It asks by itself how much there is.
    await editor.page.waitForFunction(
      `document.querySelector('${RECORD_TIP}').innerText !== ${JSON.stringify(first)}`,
      undefined,
      { timeout: 20_000 },
    );
    await editor.at('#bms-connection-record').click();
    const last = await said(RECORD_TIP, /Recorded to .*\.jsonl, [\d.]+ kB/);
    const [, file = ''] = /Recorded to (.*\.jsonl),/.exec(last) ?? [];
    checkRecording(readFileSync(file, 'utf8'), file);
    assert.equal((await editor.at('#bms-connection-record').innerText()).trim(), 'Record');
  });
});
