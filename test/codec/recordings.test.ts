import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROTOCOLS } from '../../src/codec/registry';
import { secretBytes } from '../../src/session/recording/secret-bytes';
import { checkRecording, HEADER, recordedPack, recordingOf, recordingsIn } from '../support/recordings';

/** Recordings are test vectors as they stand: those of users lie beside the captures (docs/recording.md). */
describe('recordings', () => {
  for (const { file, text } of recordingsIn(join(process.cwd(), 'test', 'vectors'))) {
    it(`${file} is understood as it was when it was recorded`, () => checkRecording(text, file));
  }

  for (const protocol of PROTOCOLS) {
    it(`of a pack are understood again: ${protocol.id}`, async () => {
      const { text, serialNumber } = await recordedPack(protocol);
      checkRecording(text, protocol.id);
      for (const form of secretBytes([serialNumber])) assert.ok(!text.includes(form.toString('hex')), serialNumber);
      // With an answer that was matched, but is not any more, they are not.
      const lines = text.trim().split('\n');
      const at = lines.findIndex((line) => line.includes('"result":"matched"'));
      const matched = JSON.parse(lines[at] ?? '') as { rx: string[] };
      const damaged = lines.with(
        at,
        JSON.stringify({ ...matched, rx: matched.rx.map((hex) => hex.replace(/../g, '00')) }),
      );
      assert.throws(() => checkRecording(damaged.join('\n'), protocol.id), { name: 'BmsError' });
    });
  }

  it('are found wherever they lie, and checked against what they expect', () => {
    const folder = mkdtempSync(join(tmpdir(), 'bms-vectors-'));
    const exchange = {
      ...{ protocol: 'jbd', address: 0, what: 'cell voltages (04)', result: 'matched' },
      ...{ tx: 'dda50400fffc77', rx: ['dd0400080d420d3c0d400d3afecc77'] },
    };
    const expect = { cellVoltages: [3.394, 3.388, 3.392, 3.386] };
    mkdirSync(join(folder, 'of-users'));
    writeFileSync(join(folder, 'of-users', 'pack.jsonl'), recordingOf([exchange], { ...HEADER, expect }));
    const [found] = recordingsIn(folder);
    rmSync(folder, { recursive: true });
    assert.ok(found);
    checkRecording(found.text, found.file);
    const wrong = recordingOf([exchange], { ...HEADER, expect: { cellVoltages: [3.4] } });
    assert.throws(() => checkRecording(wrong, 'wrong'), { code: 'ERR_ASSERTION' });
    const foreign = recordingOf([{ ...exchange, tx: 'dda50400fffc78' }]);
    assert.throws(() => checkRecording(foreign, 'foreign'), /1 requests of jbd 0 are not sent like that/);
  });
});
