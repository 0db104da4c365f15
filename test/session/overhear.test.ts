import assert from 'node:assert/strict';
import { BmsError } from '../../src/battery/errors';
import { PROTOCOLS } from '../../src/codec/registry';
import { Bus } from '../../src/session/bus';
import { detect } from '../../src/session/detect';
import { Device } from '../../src/session/device';
import { frameOf, liveAnswer, triggerOf } from '../support/jk-modbus';
import { FakeClock } from '../support/fake-clock';
import { ScriptedLink } from '../support/scripted-link';
import { loadVector } from '../support/vectors';

/** As far apart as the messages of a master are, ms. */
const STEP_MS = 180;

/** A master's cycle: it asks 15 addresses, and those that answer, 2 and 3, for their settings as well. */
const MASTER_AND_SLAVES = Array.from({ length: 15 }, (_, index) => index + 1).flatMap((address) => {
  const ask = triggerOf(address);
  if (address !== 2 && address !== 3) return [ask.toString('hex')];
  const settings = [triggerOf(address, '161e'), frameOf(1, {}, address)];
  return [Buffer.concat([ask, liveAnswer(address)]), Buffer.concat(settings)].map((bytes) => bytes.toString('hex'));
});

/** A line on which somebody says the same again and again, at a rate. */
function setUp(
  says: readonly string[],
  { rate = 115_200, address = undefined as number | undefined, isNetwork = false } = {},
) {
  const clock = new FakeClock();
  const link = new ScriptedLink(clock, () => undefined);
  link.hasOwnRate = isNetwork;
  const bus = new Bus({ link, clock });
  const speak = (index: number): void => {
    const said = says[index % says.length];
    if (said === undefined) return;
    clock.after(STEP_MS, () => {
      link.say(isNetwork || link.rates.at(-1) === rate ? said : '00ff80');
      speak(index + 1);
    });
  };
  speak(0);
  bus.open();
  const options = { bus, protocols: PROTOCOLS, address, owner: bus, priority: 'request' as const };
  const search = async (ms = 60_000): Promise<string> => {
    const found = detect({ ...options, isStopped: () => false }).then(
      ({ protocol, address: at }) => `${protocol.id} ${at}`,
      (error: unknown) => (error instanceof BmsError ? `${error.code}: ${error.message}` : String(error)),
    );
    await clock.tick(ms);
    return found;
  };
  return { clock, link, bus, search };
}

describe('a search on a line on which others speak', () => {
  for (const isNetwork of [true, false]) {
    it(`sends nothing where a JK master polls it, ${isNetwork ? 'behind a bridge' : 'at another rate than the first'}`, async () => {
      const { link, search } = setUp(MASTER_AND_SLAVES, { isNetwork });
      assert.equal(await search(), 'jk-modbus 2');
      assert.deepEqual(link.sent, []);
    });
  }

  it('takes the board at the address that the user has given, or says that the master gets no answer of it', async () => {
    const third = setUp(MASTER_AND_SLAVES, { address: 3 });
    assert.equal(await third.search(), 'jk-modbus 3');
    const missing = setUp(MASTER_AND_SLAVES, { address: 9 });
    assert.match(await missing.search(), /^not_found: A JK master polls .*no board 9 .*nothing was sent/);
    assert.deepEqual([...third.link.sent, ...missing.link.sent], []);
  });

  it('reads such a board from then on without a word, also after the line was lost', async () => {
    const { clock, link, bus } = setUp(MASTER_AND_SLAVES);
    const options = { bus, clock, protocol: undefined, address: 3, pollIntervalMs: 5000 };
    const device = new Device({ name: 'Bank', ...options });
    device.start();
    await clock.tick(60_000);
    assert.deepEqual([device.last?.protocol, device.last?.address], ['jk-modbus', 3]);
    const sequence = device.last?.sequence ?? 0;
    link.drop();
    await clock.tick(60_000);
    assert.ok((device.last?.sequence ?? 0) > sequence + 5);
    assert.deepEqual(link.sent, []);
  });

  it('takes what a board answers somebody else for an answer, in any protocol', async () => {
    const heard: readonly [string, string][] = [
      ['daly 1', loadVector('daly', 'uart-readme-soc-example').exchanges[0]?.rx.join('') ?? ''],
      ['jbd 0', loadVector('jbd', 'pdf-v4-basic-15s').exchanges[0]?.rx.join('') ?? ''],
    ];
    for (const [expected, hex] of heard) {
      const { link, search } = setUp([hex], { rate: 9600 });
      assert.equal(await search(), expected);
      assert.deepEqual(link.sent, []);
    }
  });

  it('asks after a second where nobody speaks', async () => {
    const { clock, link, search } = setUp([]);
    void search(0);
    await clock.tick(999);
    assert.deepEqual(link.sent, []);
    await clock.tick(2);
    assert.equal(link.sent.length, 1);
  });

  it('asks where what is heard means nothing', async () => {
    const { link, search } = setUp(['0011223344'], { isNetwork: true });
    assert.match(await search(), /^not_found/);
    assert.ok(link.sent.length > PROTOCOLS.length);
  });
});
