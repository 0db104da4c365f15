import assert from 'node:assert/strict';
import { BmsError } from '../../src/battery/errors';
import { Bus, type BusOptions } from '../../src/session/bus';
import { Device } from '../../src/session/device';
import { FakeClock } from '../support/fake-clock';
import { ScriptedLink } from '../support/scripted-link';
import { boardOf, known } from '../support/device-line';

/** A line with boards of two protocols, each of which hears only its own rate. */
function setUp(options: Partial<BusOptions> = {}) {
  const clock = new FakeClock();
  const boards = ['jbd', 'jk'].map((id) => ({ ...boardOf(clock, known(id)), rate: known(id).profile.baudRate }));
  const link = new ScriptedLink(clock, (request, reply) => {
    for (const { script, rate } of boards) if (rate === link.rates.at(-1)) script(request, reply);
  });
  const bus = new Bus({ link, clock, ...options });
  const deviceOf = (name: string, id: string | undefined): Device => {
    const protocol = id === undefined ? undefined : known(id);
    const device = new Device({ name, bus, protocol, address: undefined, pollIntervalMs: 1000, clock });
    device.start();
    return device;
  };
  const stateOf = ({ condition }: Device): string =>
    condition.phase === 'lost' ? `lost: ${condition.error.code}, ${condition.error.message}` : condition.phase;
  return { clock, link, bus, deviceOf, stateOf };
}

describe('the rate of a line', () => {
  it('is that of the first device; another that needs another one is told for whom', async () => {
    const { clock, link, bus, deviceOf, stateOf } = setUp();
    const [one, other] = [deviceOf('House bank', 'jbd'), deviceOf('Bow thruster', 'jk')];
    bus.open();
    await clock.tick(10_000);
    assert.equal(one.condition.phase, 'fresh');
    assert.match(stateOf(other), /^lost: bad_value, .* runs at 9600 baud for House bank, and jk works at 115200/);
    await assert.rejects(other.read(), BmsError);
    assert.deepEqual(link.rates, [9600]);
  });

  it('becomes that of the other when the first is gone', async () => {
    const { clock, link, bus, deviceOf, stateOf } = setUp();
    const [one, other] = [deviceOf('House bank', 'jbd'), deviceOf('Bow thruster', 'jk')];
    bus.open();
    await clock.tick(10_000);
    one.stop();
    await clock.tick(10_000);
    assert.equal(stateOf(other), 'fresh');
    assert.deepEqual(link.rates, [9600, 115_200]);
  });

  it('is that of a known device, not that of a search beside it', async () => {
    const { clock, bus, deviceOf, stateOf } = setUp();
    const searching = deviceOf('House bank', undefined);
    const thruster = deviceOf('Bow thruster', 'jk');
    bus.open();
    await clock.tick(120_000);
    assert.equal(stateOf(thruster), 'fresh');
    assert.notEqual(searching.protocol?.id, 'jbd');
  });

  it('is no matter of the devices where the user has set it, nor where the line has none', async () => {
    for (const fixed of [true, false]) {
      const { clock, link, bus, deviceOf, stateOf } = setUp(fixed ? { baudRate: 115_200 } : {});
      link.hasOwnRate = !fixed;
      const other = [deviceOf('House bank', 'jbd'), deviceOf('Bow thruster', 'jk')][1] ?? assert.fail();
      bus.open();
      await clock.tick(10_000);
      assert.doesNotMatch(stateOf(other), /bad_value/);
      assert.equal(link.rates.length, 1);
    }
  });
});
