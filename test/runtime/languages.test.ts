import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NodeRed } from '../support/node-red';

const LOCALES = join('nodes', 'locales');
const LANGUAGES = readdirSync(LOCALES);
const NODES = ['bms-connection', 'bms-device', 'bms-read', 'bms-cells', 'bms-alarm', 'bms-control'];

const source = (language: string, file: string): string => readFileSync(join(LOCALES, language, file), 'utf8');

/** What Node-RED shows in other languages than English: as the tarball ships it. */
describe('languages of a Node-RED that speaks German', function () {
  this.timeout(60_000);
  const red = new NodeRed();

  before(async () => {
    red.language = 'de';
    await red.start();
  });
  after(() => red.stop());

  for (const language of LANGUAGES) {
    it(`serves the texts in ${language}`, async () => {
      for (const node of NODES) {
        const served = await red.json<object>(`/locales/@openbms/node-red-bms/${node}?lng=${language}`);
        assert.deepEqual(served, JSON.parse(source(language, `${node}.json`)), node);
      }
    });

    it(`serves the help in ${language}`, async () => {
      const headers = { accept: 'text/html', 'accept-language': language };
      const page = await (await red.request('/nodes', { headers })).text();
      for (const node of NODES) assert.ok(page.includes(source(language, `${node}.html`).trim()), node);
    });
  }

  it('takes German for a region of it', async () => {
    const texts = (language: string): Promise<object> =>
      red.json<object>(`/locales/@openbms/node-red-bms/bms-read?lng=${language}`);
    assert.deepEqual(await texts('de-AT'), JSON.parse(source('de', 'bms-read.json')));
  });

  it('writes status and log in German', async () => {
    const from = red.collected.length;
    const device = { type: 'bms-device', protocol: 'auto', pollInterval: 0.2, connection: 'connection' };
    await red.deploy([
      { id: 'tab', type: 'tab', label: 'test' },
      { id: 'connection', type: 'bms-connection', transport: 'simulator', simScenario: 'steady' },
      { id: 'device', name: 'Keller', ...device },
      {
        ...{ id: 'release', type: 'inject', z: 'tab', once: false, wires: [['read']] },
        props: [{ p: 'payload', v: '{ "action": "release", "seconds": 60 }', vt: 'json' }],
      },
      { id: 'read', type: 'bms-read', z: 'tab', device: 'device', emit: 'poll', wires: [['collect']] },
      ...red.collecting('tab'),
    ]);
    await red.untilLogged('Keller spricht JBD.');
    await red.request('/inject/release', { method: 'POST' });
    await red.until((entry) => (entry['status'] as { text?: string } | undefined)?.text === 'freigegeben', from);
  });
});
