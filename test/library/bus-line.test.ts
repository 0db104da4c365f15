import assert from 'node:assert/strict';
import { BusLine } from '../../src/library/bus-line';
import type { Pack, PackSettings } from '../../src/library/pack';
import type { Transport } from '../../src/library/transport';
import { FakeClock } from '../support/fake-clock';

const SIMULATOR: Transport = { transport: 'simulator', scenario: 'steady' };

/** A pack whose time passes while it is waited for. */
async function openedPack(
  settings: PackSettings,
  transport = SIMULATOR,
): Promise<{ clock: FakeClock; line: BusLine; pack: Pack }> {
  const clock = new FakeClock();
  const line = new BusLine(transport, clock);
  return { clock, line, pack: await whileTimePasses(clock, line.pack(settings)) };
}

async function whileTimePasses<T>(clock: FakeClock, promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  await clock.tick(30_000);
  return promise;
}

describe('a line of the library', () => {
  it('has packs that are read when asked', async () => {
    const { clock, line, pack } = await openedPack({ protocol: 'daly' });
    assert.equal(pack.last?.cellCount, 16);
    assert.deepEqual([pack.protocol, pack.address], ['daly', 1]);
    const reading = await whileTimePasses(clock, pack.read());
    assert.equal(pack.last, reading);
    await line.close();
    await assert.rejects(pack.read(), { code: 'closed' });
    assert.equal(clock.timers, 0);
  });

  it('detects the protocol', async () => {
    const { line, pack } = await openedPack({});
    assert.equal(pack.protocol, 'jbd');
    await line.close();
  });

  it('plays a recording', async () => {
    const { line, pack } = await openedPack(
      { protocol: 'jbd' },
      { transport: 'replay', file: 'test/vectors/jbd/pdf-v4-basic-15s.json' },
    );
    assert.equal(pack.last?.voltage, 58.88);
    await line.close();
  });

  it('has several packs, which are read by themselves too', async () => {
    const { clock, line, pack: one } = await openedPack({ protocol: 'jbd-up16s', address: 1 });
    const polled = { protocol: 'jbd-up16s', address: 2, pollIntervalMs: 1000 };
    const two = await whileTimePasses(clock, line.pack(polled));
    assert.notEqual(one.last?.cellVoltageMin, two.last?.cellVoltageMin);
    const sequences: number[] = [];
    const stop = two.onReading((_reading, { sequence }) => sequences.push(sequence));
    await clock.tick(3000);
    stop();
    await clock.tick(3000);
    assert.equal(sequences.length, 3);
    assert.equal(two.condition.phase, 'fresh');
    await line.close();
    assert.equal(clock.timers, 0);
  });

  it('switches only what it is allowed to, and tells what was read back', async () => {
    const { clock, line, pack } = await openedPack({ protocol: 'daly' });
    await assert.rejects(pack.control('charge', false), { code: 'denied' });
    const other = await whileTimePasses(clock, line.pack({ protocol: 'daly', address: 2, allowControl: true }));
    const done = await whileTimePasses(clock, other.control('charge', false));
    assert.deepEqual(done, { action: 'charge', value: false, confirmed: true, before: true, after: false });
    const restart = other.control('restart', true);
    await assert.rejects(whileTimePasses(clock, restart), { code: 'denied' });
    await line.close();
  });
});
