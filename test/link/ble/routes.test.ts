import assert from 'node:assert/strict';
import type { BleLink } from '../../../src/link/ble';
import type { Channel } from '../../../src/link/link';
import { ATT_ERROR } from '../../support/ble/att';
import type { BmsOptions, VirtualBms } from '../../support/ble/bms';
import type { Service } from '../../support/ble/gatt';
import { bmsAt, optionsFor, SHORT_MS, Station } from '../../support/ble/station';
import { Ear, READ } from '../../support/ear';
import { once, refuse, silence } from '../../support/ble/traps';

/** Looks like the service of a board, and is none. */
function dummy(uuid: string): Service {
  const digits = uuid.slice(0, 3);
  return {
    uuid,
    characteristics: [
      { uuid: `${digits}1`, properties: ['read', 'notify'] },
      { uuid: `${digits}2`, properties: ['writeWithoutResponse', 'write'] },
    ],
  };
}

describe('BleLink: a device with several ways to its board', () => {
  let station: Station;
  let board: VirtualBms;

  function start(options: Partial<BmsOptions>): void {
    board = bmsAt(1, options);
    station = new Station([board]);
  }

  afterEach(() => station.close());

  async function open(link: BleLink, services: readonly string[]): Promise<{ channel: Channel; ear: Ear }> {
    const ear = new Ear();
    const routes = services.map((service) => {
      const digits = service.slice(0, 3);
      return { service, notify: `${digits}1`, write: `${digits}2` };
    });
    return { channel: await link.open(ear, { ...optionsFor('jbd'), routes }), ear };
  }

  describe('of which the first cannot be subscribed', () => {
    beforeEach(() => {
      start({ module: 'jbdLarge', before: [dummy('fff0')] });
      board.traps.set('subscribe', once(refuse(ATT_ERROR.writeNotPermitted)));
    });

    it('takes the next in the same connection', async () => {
      const { channel, ear } = await open(station.link(board.address), ['fff0', 'ff00']);
      await ear.ask(channel);
      assert.deepEqual([board.connections, channel.route?.service], [1, 'ff00']);
      await channel.close();
    });

    it('begins with the one that works on the next connection, and after a deploy', async () => {
      const link = station.link(board.address);
      for (const each of [link, link, station.link('A4-C1-38-00-00-01')]) {
        const { channel, ear } = await open(each, ['fff0', 'ff00']);
        await ear.ask(channel);
        assert.equal(channel.route?.service, 'ff00');
        await channel.close();
      }
      assert.deepEqual([board.connections, board.sprung], [3, ['subscribe']]);
    });
  });

  it('takes the next on the next connection when the first is not answered', async () => {
    start({ module: 'jbdLarge', before: [dummy('fff0')] });
    station.radio.limits.subscribeMs = SHORT_MS;
    board.traps.set('subscribe', once(silence()));
    await assert.rejects(open(station.link(board.address), ['fff0', 'ff00']), { code: 'timeout' });
    station.bePatient();
    const { channel, ear } = await open(station.link(board.address), ['fff0', 'ff00']);
    await ear.ask(channel);
    await channel.close();
    assert.equal(board.connections, 2);
  });

  it('stays with the one that has worked when a connection is lost before an answer', async () => {
    start({ module: 'jbdLarge', after: [dummy('fff0')] });
    const routes = ['ff00', 'fff0'];
    const first = await open(station.link(board.address), routes);
    await first.ear.ask(first.channel);
    await first.channel.close();
    board.traps.set('write', silence());
    const lost = await open(station.link(board.address), routes);
    await lost.channel.write(READ);
    board.drop();
    await lost.ear.until(() => lost.ear.closings.length > 0);
    board.traps.clear();
    const { channel, ear } = await open(station.link(board.address), routes);
    await ear.ask(channel);
    assert.equal(channel.route?.service, 'ff00');
    await channel.close();
  });

  it('tries the one that was ended by its owner again', async () => {
    start({ module: 'jbdLarge', after: [dummy('fff0')] });
    board.traps.set('subscribe', once(silence()));
    const owner = new AbortController();
    const routes = ['ff00', 'fff0'].map((service) => ({
      service,
      notify: `${service.slice(0, 3)}1`,
      write: `${service.slice(0, 3)}2`,
    }));
    const attempt = station.link(board.address).open(new Ear(), { baudRate: 9600, routes, signal: owner.signal });
    const outcome = assert.rejects(attempt, { code: 'closed' });
    while (board.sprung.length === 0) await new Promise((resolve) => setImmediate(resolve));
    owner.abort();
    await outcome;
    const { channel } = await open(station.link(board.address), ['ff00', 'fff0']);
    assert.equal(channel.route?.service, 'ff00');
    await channel.close();
  });

  describe('that are called the same', () => {
    it('takes the first, if that answers', async () => {
      start({ module: 'jbdLarge', after: [dummy('ff00')] });
      for (let times = 1; times <= 2; times++) {
        const { channel, ear } = await open(station.link(board.address), ['ff00']);
        await ear.ask(channel);
        await channel.close();
        assert.equal(board.connections, times);
      }
    });

    it('takes the second on the next connection when the first says nothing, and stays with it', async () => {
      start({ module: 'jbdLarge', before: [dummy('ff00')] });
      const first = await open(station.link(board.address), ['ff00']);
      await first.channel.write(READ);
      await first.channel.close();
      for (let times = 0; times < 2; times++) {
        const { channel, ear } = await open(station.link(board.address), ['ff00']);
        await ear.ask(channel);
        await channel.close();
      }
      assert.equal(board.connections, 3);
    });

    it('takes the second in the same connection when the first cannot be subscribed', async () => {
      start({ module: 'jbdLarge', before: [dummy('ff00')] });
      board.traps.set('subscribe', once(refuse(ATT_ERROR.writeNotPermitted)));
      const { channel, ear } = await open(station.link(board.address), ['ff00']);
      await ear.ask(channel);
      await channel.close();
      assert.equal(board.connections, 1);
    });

    for (const [what, empty] of [
      ['has nothing in it', { uuid: 'ff00', characteristics: [] }],
      ['has other things in it', { uuid: 'ff00', characteristics: [{ uuid: 'ff09', properties: ['read'] }] }],
    ] as const) {
      for (const where of ['before', 'after'] as const) {
        it(`takes the one that works when the one ${where} it ${what}`, async () => {
          start({ module: 'jbdLarge', [where]: [empty] });
          const { channel, ear } = await open(station.link(board.address), ['ff00']);
          await ear.ask(channel);
          await channel.close();
          assert.equal(board.connections, 1);
        });
      }
    }

    it('tells twins apart in each', async () => {
      start({ module: 'jkNew', after: [dummy('ffe0')], before: [dummy('ffe0')] });
      const ear = new Ear();
      const channel = await station.link(board.address).open(ear, optionsFor('jkNew'));
      assert.equal(board.isSubscribed('ffe1'), true);
      await channel.close();
    });
  });
});
