import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseRecording, RECORDING_FORMAT } from '../../../src/link/recording';
import { FILE_BYTES, MOST_BYTES, RecordingFiles } from '../../../src/runtime/recordings/recording-files';
import { FakeClock } from '../../support/fake-clock';

const HEADER = { format: RECORDING_FORMAT, name: 'made up', source: 'a test' };
const FILES = join(__dirname, '../../../src/runtime/recordings/recording-files.js');

describe('recordings on disk', () => {
  let folder = '';
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'bms-files-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  function recording(clock = new FakeClock(), sub = '') {
    const troubles: string[] = [];
    const files = new RecordingFiles({
      ...{ folder: join(folder, sub), name: 'Garage / 1', clock },
      header: (part) => ({ ...HEADER, part }),
      onTrouble: ({ code }) => troubles.push(code),
    });
    return { files, troubles };
  }

  const kept = (): string[] => readdirSync(folder).sort();
  const bytesKept = (): number => kept().reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);

  it('are files with a header each, of which the oldest go beyond 20 MB; other files stay', async () => {
    writeFileSync(join(folder, 'mine.jsonl'), 'x');
    const clock = new FakeClock();
    const { files } = recording(clock);
    files.open();
    const line = { at: 0, tx: '00'.repeat(25_000), rx: [] };
    let most = 0;
    for (let i = 0; i < 700; i++) {
      files.write(line);
      if (i % 50 === 0) await clock.tick(1000);
      most = Math.max(most, i % 10 === 0 ? bytesKept() : 0);
    }
    files.close();
    assert.ok(most <= MOST_BYTES && most > MOST_BYTES - 2 * FILE_BYTES, String(most));
    const names = kept().filter((file) => file !== 'mine.jsonl');
    assert.ok(
      names.length < kept().length && names.every((file) => /^bms-Garage_1-20260101-\d{6}(-\d)?\.jsonl$/.test(file)),
    );
    for (const file of names) {
      const { header, exchanges, isCut } = parseRecording(readFileSync(join(folder, file), 'utf8'), file);
      assert.ok(typeof header['part'] === 'number' && header['part'] > 1 && exchanges.length > 0 && !isCut);
    }
    assert.equal(clock.timers, 0);
  });

  it('do not overwrite one that was begun in the same second', () => {
    const clock = new FakeClock();
    for (let i = 0; i < 3; i++) {
      const { files } = recording(clock);
      files.open();
      files.close();
    }
    assert.equal(kept().length, 3);
  });

  it('say why they cannot be written', () => {
    writeFileSync(join(folder, 'taken'), '');
    const { files, troubles } = recording(new FakeClock(), 'taken');
    assert.throws(() => files.open(), { code: 'not_found', message: /cannot be written \(.*\); make room/ });
    assert.equal(files.isOpen, false);
    files.write({});
    assert.deepEqual(troubles, []);
  });

  it('end, and say so, when the disk takes no more', () => {
    const { files, troubles } = recording(new FakeClock(), 'gone');
    files.open();
    rmSync(join(folder, 'gone'), { recursive: true });
    // The next file cannot be made.
    for (let i = 0; i < 100; i++) files.write({ at: 0, tx: '00'.repeat(50_000), rx: [] });
    assert.deepEqual([troubles, files.isOpen], [['not_found'], false]);
  });

  it('hold every line that was written when the process is killed', async () => {
    const program = `
      const { RecordingFiles } = require(${JSON.stringify(FILES)});
      const clock = { now: () => Date.now(), after: () => ({ cancel() {} }) };
      const header = () => (${JSON.stringify(HEADER)});
      const files = new RecordingFiles({ folder: ${JSON.stringify(folder)}, name: 'killed', header, clock, onTrouble() {} });
      files.open();
      let at = 0;
      setInterval(() => { for (let i = 0; i < 50; i++) files.write({ at: ++at, tx: '01', rx: ['02'] }); console.log(at); }, 1);`;
    const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    let told = 0;
    child.stdout.on('data', (text: Buffer) => {
      told = Number(text.toString().trim().split('\n').at(-1));
      if (told >= 1000) child.kill('SIGKILL');
    });
    await new Promise((resolve) => child.on('exit', resolve));
    const [file = ''] = kept();
    const { exchanges } = parseRecording(readFileSync(join(folder, file), 'utf8'), file);
    assert.ok(told >= 1000 && exchanges.length >= told, `${exchanges.length} of ${told}`);
    assert.deepEqual(
      exchanges.map(({ at }) => at),
      exchanges.map((_, i) => i + 1),
    );
  });
});
