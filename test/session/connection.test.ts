import assert from 'node:assert/strict';
import { BmsError } from '../../src/battery/errors';
import { say } from '../../src/battery/sentence';
import { Connection } from '../../src/session/connection';
import { FakeClock, settle } from '../support/fake-clock';
import { ScriptedLink } from '../support/scripted-link';

const OPTIONS = { baudRate: 9600 };

describe('Connection', () => {
  let clock: FakeClock;
  let link: ScriptedLink;
  let events: string[];
  let connection: Connection;

  beforeEach(() => {
    clock = new FakeClock();
    link = new ScriptedLink(clock, () => undefined);
    events = [];
    connection = new Connection(link, clock, {
      opened: ({ address }) => void events.push(`opened ${address}`),
      data: (bytes) => void events.push(bytes.toString('hex')),
      lost: ({ code }, isOrderly) => void events.push(`${code} ${isOrderly}`),
    });
  });

  async function open(free?: Promise<void>): Promise<void> {
    connection.open(free, () => OPTIONS);
    await settle();
  }

  it('reports what comes until it is lost, and writes while it is open', async () => {
    link.peer = 'a4:c1:38:00:00:01';
    assert.equal(connection.write(Buffer.of(1)), undefined);
    await open();
    await connection.write(Buffer.of(2));
    link.say('0a0b');
    link.hangUp();
    assert.deepEqual([events, link.sent], [['opened a4:c1:38:00:00:01', '0a0b', 'disconnected true'], ['02']]);
  });

  it('opens nothing before the one before has let go, and asks for the options only then', async () => {
    let letGo: () => void = () => undefined;
    let asked = 0;
    connection.open(new Promise((resolve) => (letGo = resolve)), () => {
      asked++;
      return OPTIONS;
    });
    await settle();
    assert.deepEqual([asked, link.opened], [0, 0]);
    letGo();
    await settle();
    assert.deepEqual([asked, link.opened, events], [1, 1, ['opened ']]);
  });

  it('opens nothing when it has ended while it waited for the one before', async () => {
    let letGo: () => void = () => undefined;
    await open(new Promise((resolve) => (letGo = resolve)));
    const ended = connection.end();
    letGo();
    await ended;
    assert.deepEqual([link.opened, events], [0, []]);
  });

  it('is silent about an attempt that its end has broken off', async () => {
    link.hold = new Promise(() => undefined);
    await open();
    await connection.end();
    assert.deepEqual([link.aborted, link.opened, events], [1, 0, []]);
  });

  it('is silent about what comes after its end', async () => {
    await open();
    const ended = connection.end();
    link.say('00');
    link.drop();
    await ended;
    assert.deepEqual([connection.write(Buffer.of(1)), connection.isOpen, events], [undefined, false, ['opened ']]);
  });

  it('closes a channel that a driver brings after its end, and says when it has', async () => {
    let bring: () => void = () => undefined;
    link.hold = new Promise((resolve) => (bring = resolve));
    link.isDeaf = true;
    await open();
    let hasEnded = false;
    void connection.end().then(() => (hasEnded = true));
    await settle();
    assert.equal(hasEnded, false);
    bring();
    await settle();
    assert.deepEqual([hasEnded, link.opened, link.openChannels, events], [true, 1, 0, []]);
  });

  it('says why it could not be opened, also when the link itself fails', async () => {
    link.refuse = new BmsError('port_busy', say`taken`);
    await open();
    link.open = () => {
      throw new TypeError('a fault of ours');
    };
    await open();
    assert.deepEqual(events, ['port_busy false', 'disconnected false']);
  });

  it('is lost to more than any battery sends', async () => {
    await open();
    const most = '00'.repeat(1024 * 1024);
    link.say(most);
    await clock.tick(1000);
    link.say(most);
    assert.equal(events.includes('malformed false'), false);
    link.say('00');
    assert.equal(events.at(-1), 'malformed false');
  });
});
