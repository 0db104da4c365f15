import assert from 'node:assert/strict';
import { BmsError } from '../../src/battery/errors';
import { fig } from '../../src/codec/jbd/fig';
import { parametersFor } from '../../src/codec/jbd/parameters';
import { valuesIn } from '../../src/codec/settings/board-settings';
import { loadVectors } from '../support/vectors';

/** Files of JBDTools, by their vectors; in the original each line ends in CR CR LF. */
const FILES = loadVectors('settings/jbd').flatMap(({ name, content, expect }) => {
  const { lines } = (content ?? {}) as { lines?: readonly string[] };
  return lines === undefined ? [] : [{ name, lines, expect }];
});

const fileOf = (lines: readonly string[], end = '\r\r\n'): string => lines.map((line) => line + end).join('');

function why(lines: readonly string[]): string {
  try {
    fig.parse(fileOf(lines));
  } catch (thrown) {
    assert.ok(thrown instanceof BmsError && thrown.code === 'bad_value');
    return thrown.message;
  }
  return 'no error';
}

describe('jbd parameter file (.fig)', () => {
  const lines = FILES[0]?.lines ?? [];
  const withLine = (line: string): string[] => {
    const [name = ''] = line.split(/\s/);
    return lines.map((each) => (each.split(/\s/)[0] === name ? line : each));
  };

  for (const { name, lines: all, expect } of FILES) {
    it(`is read and written: ${name}`, () => {
      const content = fig.parse(fileOf(all));
      assert.deepEqual(valuesIn(content.image, parametersFor(content.image)), expect['settings']);
      assert.equal(fig.format(content), fileOf(all));
      assert.deepEqual(fig.parse(fileOf(all, '\n')), content);
    });
  }

  it('keeps names that it does not know', () => {
    const content = fig.parse(fileOf([...lines, 'Temp_Something   7', 'Empty']));
    assert.deepEqual(content.others, ['Temp_Something        7', 'Empty']);
    assert.deepEqual(fig.parse(fig.format(content)), content);
    assert.equal(content.image.size, fig.parse(fileOf(lines)).image.size);
  });

  it('holds any subset of whole registers', () => {
    const { image } = fig.parse(fileOf(['FileCode 3838', 'CellOverVoltage 3650', 'ChgUTDelay 1', 'ChgOTDelay 2']));
    assert.deepEqual([...image.keys()], ['24', '3a']);
    assert.equal(image.get('3a')?.toString('hex'), '0102');
  });

  it('says what is wrong with a file', () => {
    assert.match(why(['{}']), /no parameter file/);
    assert.match(why([]), /no parameter file/);
    assert.match(why(['FileCode 3939', ...lines.slice(1)]), /no parameter file/);
    assert.match(why([...lines, `Long ${'x'.repeat(70_000)}`]), /no parameter file/);
    for (const value of ['65536', '-1', '3.5', '', '0x10', '1e3']) {
      assert.match(why(withLine(`CellOverVoltage ${value}`)), /"CellOverVoltage".*0 to 65535/, value);
    }
    assert.match(why(withLine('ChgOTDelay 256')), /"ChgOTDelay".*0 to 255/);
    assert.match(why([...lines, 'PackNum 5']), /"PackNum".*twice/);
    assert.match(why(lines.filter((line) => !line.startsWith('ChgUTDelay'))), /register 3a.*ChgUTDelay, ChgOTDelay/);
    assert.match(why(lines.filter((line) => !line.startsWith('BatteryConfig'))), /BatteryConfig/);
  });

  it('never repeats a text, which may be a password', () => {
    const secret = '123456'.repeat(6);
    const message = why(withLine(`DeviceName ${secret}`));
    assert.match(message, /"DeviceName".*31 plain characters/);
    assert.ok(!message.includes(secret.slice(0, 6)));
  });
});
