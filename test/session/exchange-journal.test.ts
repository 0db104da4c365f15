import assert from 'node:assert/strict';
import { BmsError } from '../../src/battery/errors';
import { say } from '../../src/battery/sentence';
import { FrameLog } from '../../src/link/frame-log';
import { Bus } from '../../src/session/bus';
import type { Exchange } from '../../src/session/exchange';
import { RecordingLines, type RecordingLine } from '../../src/session/recording/recording-lines';
import { FakeClock } from '../support/fake-clock';
import { letterExchange, letterFrame } from '../support/letters';
import { busOnLine } from '../support/device-line';
import { ScriptedLink, type Script } from '../support/scripted-link';

const damaged = Buffer.from('230141ff', 'hex');

/** What the log says of one exchange, whose board does this. */
async function lineOf(script: Script, options: Partial<Exchange> = {}, meanwhile?: (link: ScriptedLink) => void) {
  const clock = new FakeClock();
  const log = new FrameLog(clock);
  const { link, bus } = busOnLine(script, { clock, log });
  await clock.tick(0);
  bus.submit({ ...letterExchange('a'), protocol: 'jbd', address: 3, ...options }, 'request').catch(() => undefined);
  await clock.tick(20);
  meanwhile?.(link);
  await clock.tick(2000);
  await bus.close();
  return linesIn(log);
}

function linesIn(log: FrameLog) {
  const lines: RecordingLine[] = [];
  const recording = new RecordingLines({ since: 0, secrets: () => [] }, (line) => lines.push(line));
  for (const entry of log.entries()) recording.take(entry);
  recording.flush();
  return lines.flatMap((line) => ('tx' in line ? [line] : []));
}

describe('the log of a line', () => {
  const refusal = new BmsError('rejected', say`no`);
  const results: readonly (readonly [string, string, Script, Partial<Exchange>?, ((link: ScriptedLink) => void)?])[] = [
    ['an answer', 'matched', (_, reply) => reply(letterFrame('A'))],
    ['a refusal', 'refused', (_, reply) => reply(letterFrame('A')), { match: () => refusal }],
    ['a wrong checksum', 'damaged', (_, reply) => reply(damaged)],
    ['silence', 'timeout', () => undefined],
    ['a lost line', 'ended', () => undefined, {}, (link) => link.drop()],
  ];
  for (const [what, result, script, options, meanwhile] of results) {
    it(`says what became of a request: ${what}`, async () => {
      const [line] = await lineOf(script, options, meanwhile);
      assert.deepEqual(
        [line?.result, line?.what, line?.protocol, line?.address, line?.tx],
        [result, 'a', 'jbd', 3, '61'],
      );
    });
  }

  it('counts what else came: frames of others, and damaged ones', async () => {
    const [line] = await lineOf((_, reply) => {
      reply(letterFrame('B'), 1);
      reply(damaged, 2);
      reply(letterFrame('A'), 3);
    });
    assert.deepEqual([line?.result, line?.foreign, line?.damaged, line?.rx.length], ['matched', 1, 1, 3]);
  });

  it('says whose answer came after its request was given up', async () => {
    const lines = await lineOf((_, reply) => reply(letterFrame('A'), 150));
    assert.deepEqual(
      lines.map(({ result, late, rx }) => [result, late, rx]),
      [
        ['timeout', undefined, []],
        [undefined, ['a'], [letterFrame('A').toString('hex')]],
      ],
    );
  });

  it('has a line for a request that only keeps the line alive', async () => {
    const clock = new FakeClock();
    const log = new FrameLog(clock);
    const link = new ScriptedLink(clock, () => undefined);
    link.isRadio = true;
    const bus = new Bus({ link, clock, log });
    bus.setNeeds({}, { baudRate: 9600, keepAlive: { request: Buffer.from('k'), everyMs: 1000 } });
    bus.open();
    await clock.tick(1500);
    await bus.close();
    assert.deepEqual(
      linesIn(log).map(({ tx, what, result }) => [tx, what, result]),
      [['6b', undefined, undefined]],
    );
  });
});
