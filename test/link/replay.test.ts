import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { BmsError } from '../../src/battery/errors';
import { PROTOCOLS } from '../../src/codec/registry';
import { parseRecording } from '../../src/link/recording';
import { ReplayLink } from '../../src/link/replay';
import { FakeClock } from '../support/fake-clock';
import { HEADER, readOn, recordedPack, recordingOf } from '../support/recordings';

describe('replay', () => {
  let folder = '';
  before(() => (folder = mkdtempSync(join(tmpdir(), 'bms-replay-'))));
  after(() => rmSync(folder, { recursive: true }));

  function replay(text: string, clock = new FakeClock()): ReplayLink {
    const file = join(folder, 'recording.jsonl');
    writeFileSync(file, text);
    return new ReplayLink(file, clock);
  }

  /** Opens it, and writes down what comes, with the time. */
  async function play(lines: readonly object[]) {
    const clock = new FakeClock();
    const heard: string[] = [];
    const data = (bytes: Buffer): void => void heard.push(`${clock.monotonic()} ${bytes.toString('hex')}`);
    const channel = await replay(recordingOf(lines), clock).open({ data, closed: () => undefined });
    const write = (hex: string): Promise<void> => channel.write(Buffer.from(hex, 'hex'));
    return { clock, channel, heard, write };
  }

  it('answers a request as it was answered, at the same pace, and begins again at the end', async () => {
    const { clock, write, heard } = await play([
      { at: 0, tx: '01', rx: ['aa', 'ab'], rxAt: [30, 45] },
      { at: 100, tx: '01', rx: ['ac'], rxAt: [20] },
      { at: 200, tx: '02', rx: [], result: 'timeout' },
    ]);
    for (const request of ['01', '02', '01', '03', '01']) {
      await write(request);
      await clock.tick(100);
    }
    assert.deepEqual(heard, ['30 aa', '45 ab', '220 ac', '430 aa', '445 ab']);
  });

  it('says at its time what came unasked, over and over, and cuts no answer in two', async () => {
    const { clock, write, heard, channel } = await play([
      { at: 5000, tx: '01', rx: ['aa', 'ab'], rxAt: [10, 500] },
      { at: 5300, tx: '', rx: ['bb', 'bc'], rxAt: [0, 5] },
      { at: 7000, tx: '02', rx: [] },
    ]);
    await clock.tick(1900);
    await write('01');
    await clock.tick(800);
    assert.deepEqual(heard, ['300 bb', '305 bc', '1910 aa', '2400 ab']);
    await clock.tick(2000);
    assert.deepEqual(heard.slice(4), ['4300 bb', '4305 bc']);
    await channel.close();
    assert.equal(clock.timers, 0);
    await assert.rejects(write('01'), { code: 'disconnected' });
  });

  it('knows a request again whose password is another, or masked', async () => {
    const { clock, write, heard } = await play([{ at: 0, tx: 'dd060000ff', masked: [[2, 3]], rx: ['aa'] }]);
    for (const request of ['dd06123499', 'dd060000ff', 'dd07123499', 'dd061234']) await write(request);
    await clock.tick(1000);
    assert.equal(heard.length, 2);
  });

  it('plays test vectors, which have no times', async () => {
    const clock = new FakeClock();
    const heard: string[] = [];
    const vector = { ...HEADER, transport: 'ble', exchanges: [{ tx: '01', rx: ['aa'] }], unsolicited: ['bb'] };
    const link = replay(JSON.stringify(vector, null, 1), clock);
    assert.equal(link.isRadio, true);
    const channel = await link.open({ data: (bytes) => heard.push(bytes.toString('hex')), closed: () => undefined });
    await clock.tick(500);
    await channel.write(Buffer.of(1));
    await clock.tick(1000);
    assert.deepEqual(heard, ['bb', 'aa', 'bb']);
  });

  const broken: readonly (readonly [what: string, text: string, code: string, says: RegExp])[] = [
    ['an empty file', '', 'malformed', /Line 1 .* it is no recording/],
    ['another file', '{"name":"node-red"}\n', 'malformed', /Line 1 .* it is no recording/],
    [
      'a line in the middle that is no JSON',
      `${recordingOf([])}{"tx":\n${JSON.stringify({ tx: '' })}\n`,
      'malformed',
      /Line 2/,
    ],
    ['bytes that are not in hex', recordingOf([{ tx: 'dda', rx: [] }]), 'malformed', /Line 2 .* not in hex/],
    ['a time that is none', recordingOf([{ at: 'now', tx: '', rx: [] }]), 'malformed', /Line 2 .* no number/],
    ['an unknown result', recordingOf([{ tx: '', rx: [], result: 'lost' }]), 'malformed', /Line 2 .* none of matched/],
    ['a mask without places', recordingOf([{ tx: '', rx: [], masked: [3] }]), 'malformed', /Line 2 .* masks/],
  ];
  for (const [what, text, code, says] of broken) {
    it(`says what is wrong with ${what}`, async () => {
      const link = replay(text);
      assert.equal(link.isRadio, false);
      await assert.rejects(link.open({ data: () => undefined, closed: () => undefined }), { code, message: says });
    });
  }

  it('takes any text for what it is: a recording, or a mistake with a code', () => {
    const part = fc.oneof(
      fc.json(),
      fc.string(),
      fc.constantFrom(JSON.stringify(HEADER), '{"tx":"01","rx":["02"]}', '\n'),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
        try {
          parseRecording(parts.join('\n'), 'odd');
        } catch (thrown) {
          assert.ok(thrown instanceof BmsError && thrown.code === 'malformed', String(thrown));
        }
      }),
    );
  });

  it('says where a recording is missing', async () => {
    const link = new ReplayLink(join(folder, 'none.jsonl'), new FakeClock());
    await assert.rejects(link.open({ data: () => undefined, closed: () => undefined }), { code: 'not_found' });
  });

  it('leaves out a last line that was cut off, wherever', () => {
    const whole = recordingOf([
      { at: 0, tx: '01', rx: ['aa'] },
      { at: 9, event: 'lost', why: 'unplugged' },
    ]);
    const cut = JSON.stringify({ at: 10, tx: '01', rx: ['ab'] });
    for (let length = 1; length < cut.length; length++) {
      const { exchanges, isCut } = parseRecording(whole + cut.slice(0, length), 'cut');
      assert.deepEqual([exchanges.length, isCut], [1, true]);
    }
    assert.deepEqual(parseRecording(whole + cut, 'whole').exchanges.length, 2);
  });

  for (const protocol of PROTOCOLS) {
    it(`of a recorded pack gives the readings that it gave: ${protocol.id}`, async () => {
      const { text, readings: live } = await recordedPack(protocol);
      assert.ok(live.length >= 3);
      const clock = new FakeClock();
      const again = await readOn(protocol, replay(text, clock), clock);
      assert.deepEqual(again.slice(0, 3), live.slice(0, 3));
    });
  }
});
