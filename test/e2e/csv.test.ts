import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { example, nodeOf, watched } from '../support/e2e';
import { NodeRed, type Collected } from '../support/node-red';

const FILE = '12 - CSV log';

/** The example, and the files that it leaves. */
describe('CSV log', function () {
  this.timeout(60_000);
  const red = new NodeRed();

  before(() => red.start());
  after(() => red.stop());

  const folder = (): string => join(red.userDir, 'battery-log');
  const files = (): string[] => readdirSync(folder()).sort();
  const linesOf = (file: string): string[][] => {
    const text = readFileSync(join(folder(), file), 'utf8');
    assert.ok(text.endsWith('\r\n'), 'the last line is whole');
    return text
      .trimEnd()
      .split('\r\n')
      .map((line) => line.split(','));
  };

  /** Runs the flow until a number of lines were written. */
  async function write(count: number): Promise<void> {
    const nodes = example(FILE, { 'bms-device': { pollInterval: 0.5 } });
    const file = nodeOf(nodes, 'file');
    const told = nodes.map((node) => (node === file ? { ...node, wires: [['collect']] } : node));
    const from = red.collected.length;
    await red.deploy(watched(told, (tab) => red.collecting(tab)));
    const isWritten = (entry: Collected): boolean => entry.from === 'node';
    while (red.collected.slice(from).filter(isWritten).length < count) await red.until(isWritten, red.collected.length);
    await red.deploy([]);
    assert.deepEqual(
      red.collected.slice(from).filter((entry) => entry.from === 'catch'),
      [],
    );
  }

  it('a file has one header, then a row for each reading, with a value in each column', async () => {
    await write(3);
    const [file = ''] = files();
    assert.match(file, /^CSV bank \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\.csv$/);
    const [header = [], ...rows] = linesOf(file);
    assert.ok(rows.length >= 3);
    assert.deepEqual(header.slice(0, 5), ['time', 'voltage', 'current', 'power', 'soc']);
    assert.equal(header.at(-1), 'alarms');
    assert.deepEqual(
      header.filter((name) => name.startsWith('cell') && /\d$/.test(name)),
      Array.from({ length: 16 }, (_, i) => `cell${i + 1}`),
    );
    for (const row of rows) {
      assert.equal(row.length, header.length);
      const value = (name: string): string => row[header.indexOf(name)] ?? '';
      assert.match(value('time'), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
      const sum = header.reduce((total, name, i) => (/^cell\d+$/.test(name) ? total + Number(row[i]) : total), 0);
      assert.ok(Math.abs(Number(value('voltage')) - sum) < 0.2, `${value('voltage')} V, cells ${sum} V`);
      assert.ok(Number(value('soc')) > 0);
      assert.ok(['idle', 'charging', 'discharging'].includes(value('state')));
    }
    const times = rows.map(([time = '']) => time);
    assert.deepEqual(times, [...new Set(times)].sort());
  });

  it('a start begins a file of its own, so that a header is always the first line', async () => {
    await write(2);
    assert.equal(files().length, 2, files().join());
    for (const file of files()) {
      assert.equal(linesOf(file).filter(([first]) => first === 'time').length, 1);
      assert.equal(linesOf(file)[0]?.[0], 'time');
    }
  });
});
