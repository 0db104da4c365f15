import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NodeRed } from '../support/node-red';
import { NODE_TYPES } from '../support/node-types';

const LOCALES = join('nodes', 'locales');
const LANGUAGES = readdirSync(LOCALES);

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
      for (const node of NODE_TYPES) {
        const served = await red.json<object>(`/locales/@openbms/node-red-bms/${node}?lng=${language}`);
        assert.deepEqual(served, JSON.parse(source(language, `${node}.json`)), node);
      }
    });

    it(`serves the help in ${language}`, async () => {
      const headers = { accept: 'text/html', 'accept-language': language };
      const page = await (await red.request('/nodes', { headers })).text();
      for (const node of NODE_TYPES) assert.ok(page.includes(source(language, `${node}.html`).trim()), node);
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

  it('tells errors and alarms in German, with their codes', async () => {
    const rule = { code: 'low', field: 'voltage', operator: '<', limit: 100, level: 'warning' };
    const own = { code: 'cell', field: 'cellVoltages', operator: '>', limit: 1, level: 'warning', message: 'Zu voll.' };
    await red.deploy([
      { id: 'tab', type: 'tab', label: 'test' },
      { id: 'connection', type: 'bms-connection', transport: 'simulator', simScenario: 'steady' },
      {
        id: 'device',
        name: 'Keller',
        type: 'bms-device',
        protocol: 'jbd',
        pollInterval: 0.2,
        connection: 'connection',
      },
      { id: 'alarm', type: 'bms-alarm', z: 'tab', device: 'device', rules: [rule, own], wires: [['collect'], []] },
      { id: 'control', type: 'bms-control', z: 'tab', device: 'device', action: 'charge', wires: [[]] },
      {
        id: 'switch',
        type: 'inject',
        z: 'tab',
        props: [{ p: 'payload', v: 'true', vt: 'bool' }],
        wires: [['control']],
      },
      ...red.collecting('tab'),
    ]);
    const alarm = async (code: string): Promise<unknown> => {
      const { payload } = await red.until(
        (entry) => (entry['payload'] as { code?: string } | undefined)?.code === code,
      );
      return (payload as { message: unknown }).message;
    };
    assert.match(String(await alarm('low')), /^Gesamtspannung: [\d.]+ V, unter 100 V\.$/);
    assert.equal(await alarm('cell'), 'Zu voll (Zelle 1).');
    await red.request('/inject/switch', { method: 'POST' });
    const { error } = await red.until(({ from, error }) => from === 'catch' && error !== undefined);
    const { code, message } = error as { code: string; message: string };
    assert.equal(code, 'denied');
    assert.match(message, /^Keller darf nicht geschaltet werden; .* Nichts wurde gesendet\.$/);
  });

  it('answers an editor in its own language, and in that of the server where it has none', async () => {
    const searched = async (accepted: string): Promise<unknown> => {
      const headers = { 'content-type': 'application/json', 'accept-language': accepted };
      const path = '/@openbms/node-red-bms/addresses?protocol=daly&connection=none';
      return (await (await red.request(path, { method: 'POST', headers, body: '{}' })).json()) as unknown;
    };
    const answer = (error: string): object => ({ error, code: 'not_found' });
    assert.deepEqual(await searched('zh-CN'), answer('连接未运行；请部署后再搜索。'));
    assert.deepEqual(
      await searched('fr, en;q=0.8'),
      answer('The connection is not running; deploy it, then search again.'),
    );
    assert.deepEqual(
      await searched('fr'),
      answer('Die Verbindung läuft nicht; sie übernehmen (deploy), dann erneut suchen.'),
    );
  });
});
