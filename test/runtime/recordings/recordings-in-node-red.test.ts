import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseRecording } from '../../../src/link/recording';
import type { RecordingState } from '../../../src/runtime/recordings/connection-recorder';
import { NodeRed, type Collected } from '../../support/node-red';
import { checkRecording } from '../../support/recordings';

const SETTINGS = `logging: { console: { level: 'debug' } },`;
const PASSWORD = '918273';

describe('reports and recordings in a real Node-RED', function () {
  this.timeout(60_000);
  const red = new NodeRed({ settings: SETTINGS });
  before(() => red.start());
  after(() => red.stop());

  async function post<T>(name: string, body: object): Promise<T> {
    const headers = { 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify(body) };
    const response = await red.request(`/@openbms/node-red-bms/${name}`, init);
    assert.equal(response.status, 200, name);
    return (await response.json()) as T;
  }

  /** Deploys a pack that is polled each second. @returns what it reads, as often as it is asked */
  async function packOn(connection: object): Promise<(count: number) => Promise<object[]>> {
    const from = red.collected.length;
    await red.deploy([
      { id: 'tab', type: 'tab', label: 'recordings' },
      { id: 'line', type: 'bms-connection', name: 'Shed 31337', ...connection },
      {
        ...{ id: 'device', type: 'bms-device', name: 'Pack', connection: 'line', protocol: 'jbd', address: '' },
        ...{ pollInterval: 1, timeout: '', retries: '', credentials: { password: PASSWORD } },
      },
      {
        ...{ id: 'read', type: 'bms-read', z: 'tab', device: 'device', topic: '', emit: 'poll', format: 'object' },
        wires: [['collect']],
      },
      ...red.collecting('tab'),
    ]);
    const isReading = (entry: Collected): boolean => entry.from === 'node' && entry['topic'] === 'Pack';
    return async (count) => {
      const readings = (): Collected[] => red.collected.slice(from).filter(isReading);
      await red.until(() => readings().length >= count, from);
      return readings().map(({ payload }) => payload as object);
    };
  }

  /** What of a reading is on the wire, and not worked out from the time that passes. */
  const measured = (reading: object): object =>
    Object.fromEntries(Object.entries(reading).filter(([key]) => !/^time|serialNumber|deviceName/.test(key)));

  it('a report of a simulated pack plays back as the readings that it gave, and is a test', async () => {
    const live = await (await packOn({ transport: 'simulator', simCells: 8, simScenario: 'charge', simSpeed: 60 }))(4);
    const { text } = await post<{ text: string }>('report', { id: 'line' });
    checkRecording(text, 'report');
    const { header, exchanges } = parseRecording(text, 'report');
    assert.deepEqual([header.protocol, header.transport, header.name], ['jbd', 'simulator', 'Report of Shed 00000']);
    assert.ok(exchanges.every(({ result }) => result === 'matched') && exchanges.length >= 8);
    assert.ok(!text.includes(PASSWORD) && !text.includes('31337'));
    writeFileSync(join(red.userDir, 'report.jsonl'), text);
    const again = await (await packOn({ transport: 'replay', replayFile: 'report.jsonl' }))(3);
    assert.deepEqual(again.slice(0, 3).map(measured), live.slice(0, 3).map(measured));
  });

  it('logs frames in hex at level debug', async () => {
    await red.untilLogged('basic information (03): > dd a5 03 00 ff fd 77 < dd 03');
  });

  it('says what is wrong with a recording that is not there', async () => {
    await packOn({ transport: 'replay', replayFile: 'none.jsonl' });
    await red.untilLogged(`There is no recording ${join(red.userDir, 'none.jsonl')}; put it there`);
  });

  it('records to the user directory until it is stopped, and what a kill leaves can be read', async () => {
    const readings = await packOn({ transport: 'simulator', simCells: 4 });
    await readings(1);
    const { folder, file, recording } = await post<RecordingState>('record', { id: 'line', on: true });
    assert.deepEqual([recording, folder], [true, join(red.userDir, 'bms-recordings')]);
    await readings(3);
    const running = await post<RecordingState>('record', { id: 'line' });
    assert.ok(running.recording && running.bytes > 500 && running.file === file);
    const stopped = await post<RecordingState>('record', { id: 'line', on: false });
    assert.equal(stopped.recording, false);
    checkRecording(readFileSync(file, 'utf8'), file);
    const second = await post<RecordingState>('record', { id: 'line', on: true });
    assert.notEqual(second.file, file);
    await readings(5);
    process.kill(red.pid, 'SIGKILL');
    const text = readFileSync(second.file, 'utf8');
    assert.ok(parseRecording(text, 'killed').exchanges.length >= 2);
    checkRecording(text, 'killed');
  });
});
