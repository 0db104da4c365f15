import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FrameLog, type Result } from '../../../src/link/frame-log';
import { parseRecording, RECORDING_FORMAT } from '../../../src/link/recording';
import { ConnectionRecorder } from '../../../src/runtime/recordings/connection-recorder';
import { isDebugLogged } from '../../../src/runtime/recordings/recorder-of-node';
import { FakeClock } from '../../support/fake-clock';
import { loadVector } from '../../support/vectors';

const [INFO = { tx: '', rx: [] }] = loadVector('jbd', 'sp04s034-4s-5ah-idle').exchanges;

describe('the recorder of a connection', () => {
  let folder = '';
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'bms-recorder-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  function setUp() {
    const clock = new FakeClock();
    const log = new FrameLog(clock);
    const troubles: string[] = [];
    const recorder = new ConnectionRecorder({
      ...{ log, clock, folder, name: () => 'Garage' },
      header: (name, times) => ({ format: RECORDING_FORMAT, name, source: 'a test', ...times }),
      secrets: () => ['Meier'],
      onTrouble: ({ code }) => troubles.push(code),
    });
    const exchange = async (result: Result, late = false): Promise<void> => {
      log.asked({ what: 'basic information (03)', protocol: 'jbd', address: 0 });
      log.sent(Buffer.from(INFO.tx, 'hex'));
      await clock.tick(40);
      if (late) log.cameLate({ what: 'cell voltages (04)' });
      if (result !== 'timeout') log.received(Buffer.from(INFO.rx.join(''), 'hex'));
      log.ended({ result, foreign: 0, damaged: result === 'damaged' ? 1 : 0 });
    };
    return { clock, log, recorder, exchange, troubles };
  }

  it('reports the last exchanges, what became of each, and what happened to the line', async () => {
    const { clock, log, recorder, exchange } = setUp();
    await clock.tick(1000);
    log.happened({ event: 'opened', baudRate: 9600, peer: 'A4:C1:38:01:02:03', name: 'Meier 4', services: ['ff00'] });
    for (const result of ['matched', 'damaged', 'timeout'] as const) await exchange(result);
    log.received(Buffer.of(1));
    log.received(Buffer.of(2));
    await clock.tick(1001);
    log.received(Buffer.of(3));
    await exchange('matched', true);
    log.happened({ event: 'lost', why: 'Meier has pulled the plug' });
    const text = recorder.report();
    const { header, exchanges, otherEnd } = parseRecording(text, 'report');
    assert.deepEqual(header, {
      ...{ format: RECORDING_FORMAT, name: 'Report of Garage', source: 'a test' },
      ...{ started: '2026-01-01T00:00:00.000Z', taken: '2026-01-01T00:00:02.161Z' },
    });
    assert.deepEqual(otherEnd, { peer: '00:00:00:00:00:00', name: 'xxxxx 4', services: ['ff00'] });
    assert.deepEqual(
      exchanges.map(({ result, at, rxAt, rx, endedAt, late, damaged }) => [
        result,
        at,
        rxAt,
        rx.length,
        endedAt,
        late,
        damaged,
      ]),
      [
        ['matched', 1000, [40], 1, 40, undefined, undefined],
        ['damaged', 1040, [40], 1, 40, undefined, 1],
        ['timeout', 1080, undefined, 0, 40, undefined, undefined],
        [undefined, 1120, [0, 0], 2, undefined, undefined, undefined],
        [undefined, 2121, [0], 1, undefined, undefined, undefined],
        ['matched', 2121, [40], 1, 40, ['cell voltages (04)'], undefined],
      ],
    );
    assert.deepEqual(exchanges[0], {
      ...{ at: 1000, protocol: 'jbd', address: 0, what: 'basic information (03)', tx: INFO.tx },
      ...{ rx: [INFO.rx.join('')], rxAt: [40], endedAt: 40, result: 'matched' },
    });
    assert.ok(text.includes('"why":"xxxxx has pulled the plug"') && !text.includes('Meier'));
  });

  it('begins with a whole exchange where earlier ones are gone', async () => {
    const { recorder, exchange } = setUp();
    for (let i = 0; i < 5000; i++) await exchange('matched');
    const { header, exchanges } = parseRecording(recorder.report(), 'report');
    assert.equal(header['isCut'], true);
    assert.ok(exchanges.length > 1000 && exchanges.every(({ tx, rx }) => tx === INFO.tx && rx.length === 1));
  });

  it('records from the start to the stop, over breaks of the line', async () => {
    const { log, recorder, exchange, clock } = setUp();
    assert.deepEqual(recorder.state, { recording: false, folder, file: '', bytes: 0 });
    await exchange('matched');
    recorder.start();
    recorder.start();
    await exchange('matched');
    log.happened({ event: 'lost', why: 'unplugged' });
    await exchange('timeout');
    log.received(Buffer.of(7));
    recorder.stop();
    await exchange('matched');
    const { recording, file, bytes } = recorder.state;
    const text = readFileSync(file, 'utf8');
    assert.deepEqual([recording, bytes], [false, text.length]);
    const { header, exchanges } = parseRecording(text, file);
    assert.deepEqual(
      [header.name, header['part'], header['started']],
      ['Recording of Garage', 1, '2026-01-01T00:00:00.040Z'],
    );
    assert.deepEqual(
      exchanges.map(({ result, at }) => [result, at]),
      [
        ['matched', 0],
        ['timeout', 40],
        [undefined, 80],
      ],
    );
    recorder.close();
    assert.equal(clock.timers, 0);
  });

  it('tells every exchange as a text where frames are logged, until it is closed', async () => {
    const { log, recorder, exchange } = setUp();
    const told: string[] = [];
    recorder.debug((text) => told.push(text));
    log.happened({ event: 'lost', why: 'Meier' });
    await exchange('damaged');
    recorder.close();
    await exchange('matched');
    assert.deepEqual(told, [
      'lost: xxxxx',
      `basic information (03): > dd a5 03 00 ff fd 77 < ${INFO.rx.join('').replace(/..(?=.)/g, '$& ')} damaged 1 damaged, 40 ms`,
    ]);
  });

  it('logs frames only where a log of Node-RED takes them', () => {
    assert.ok(isDebugLogged({ console: { level: 'info' }, file: { level: 'debug' } }));
    assert.ok(isDebugLogged({ console: { level: 'trace' } }));
    for (const logging of [undefined, null, {}, { console: { level: 'info' } }, { console: null }, 'debug']) {
      assert.ok(!isDebugLogged(logging));
    }
  });
});
