import assert from 'node:assert/strict';
import { stub } from 'sinon';
import type { BmsError } from '../../src/battery/errors';
import { Radio } from '../../src/link/ble/radio';
import type { Channel } from '../../src/link/link';
import type { VirtualBms } from '../support/ble/bms';
import { COMMAND, STATUS } from '../support/ble/hci';
import { until } from '../support/ble/until';
import { bmsAt, SHORT_MS, Station } from '../support/ble/station';
import { READ, type Ear, failureOf } from '../support/ear';
import { silence } from '../support/ble/traps';
import { patientClock } from '../support/patient-clock';

describe('BleLink: adapters that fail', () => {
  let station: Station;
  let boards: VirtualBms[];

  beforeEach(() => {
    boards = [bmsAt(1), bmsAt(2)];
    station = new Station(boards);
  });

  afterEach(() => station.close());

  /** Opens a link to each board, and lets both answer. */
  async function openBoth(): Promise<{ channel: Channel; ear: Ear }[]> {
    const both = await Promise.all(boards.map(({ address }) => station.open(station.link(address))));
    await Promise.all(both.map(answers));
    return both;
  }

  async function worksAgain(): Promise<void> {
    station.bePatient();
    for (const { channel } of await openBoth()) await channel.close();
    assert.deepEqual([station.adapter.controller.openConnections, station.radio.size], [0, 0]);
  }

  it('is unplugged: every connection ends, once; it is back: everything works', async () => {
    const both = await openBoth();
    station.adapter.unplug();
    // As a poll would: whoever only listens to a port that has hung up may not notice.
    const written = Promise.allSettled(both.map(({ channel }) => channel.write(READ)));
    await Promise.all(both.map(({ ear }) => ear.until(() => ear.closings.length > 0)));
    await written;
    const missing = await failureOf(station.open(station.link(boards[0]!.address)));
    assert.deepEqual([missing.code, /plug (?:it )?in/.test(missing.message)], ['adapter_missing', true]);
    await Promise.all(both.map(({ channel }) => channel.close()));
    station.adapter.plugIn();
    await worksAgain();
    assert.deepEqual(
      both.map(({ ear }) => ear.closings.length),
      [1, 1],
    );
  });

  it('is unplugged while a device is looked for, and while one connects', async () => {
    station.radio.limits.connectMs = SHORT_MS;
    boards[0]!.absent = true;
    boards[1]!.traps.set('connect', silence());
    const attempts = boards.map(({ address }) => failureOf(station.open(station.link(address))));
    await until(() => boards[1]!.sprung.length > 0);
    station.adapter.unplug();
    const codes = (await Promise.all(attempts)).map(({ code }) => code);
    assert.ok(
      codes.every((code) => ['adapter_missing', 'disconnected', 'timeout'].includes(code)),
      codes.join(),
    );
    boards[0]!.absent = false;
    boards[1]!.traps.clear();
    station.adapter.plugIn();
    await worksAgain();
  });

  it('is not there', async () => {
    const radio = new Radio({ adapter: { driver: 'hci', adapter: '/dev/ttyNONE' }, clock: patientClock });
    const leave = radio.join(() => undefined);
    await assert.rejects(radio.powerOn(), { code: 'adapter_missing', message: /There is no .* \/dev\/ttyNONE/ });
    await leave();
  });

  it('hangs: nothing is answered; it is given up, and works when it is back', async () => {
    station.radio.limits.scanSwitchMs = SHORT_MS;
    station.radio.limits.powerOnMs = SHORT_MS;
    const [first] = await openBoth();
    station.adapter.controller.silent = true;
    const third = failureOf(station.open(station.link('A4:C1:38:00:00:03')));
    assert.equal((await third).code, 'adapter_missing');
    await first!.ear.until(() => first!.ear.closings.length > 0);
    assert.equal((await failureOf(station.open(station.link(boards[0]!.address)))).code, 'adapter_missing');
    station.adapter.controller.silent = false;
    station.adapter.controller.forget();
    await worksAgain();
  });

  it('fails hard: what the library does not notice shows when a connection is closed', async () => {
    station.radio.limits.disconnectMs = SHORT_MS;
    const both = await openBoth();
    station.adapter.controller.failHard();
    // Nobody answers any more: the session closes the connection to open it afresh.
    await new Promise((resolve) => patientClock.after(60, () => resolve(undefined)));
    await both[0]!.channel.close();
    await both[1]!.ear.until(() => both[1]!.ear.closings.length > 0);
    assert.equal((both[1]!.ear.closings[0] as BmsError).code, 'adapter_missing');
    await worksAgain();
  });

  it('refuses to scan: who looks for a device is told; connections that work last', async () => {
    station.radio.limits.scanSwitchMs = SHORT_MS;
    station.radio.limits.lifeMs = 60_000;
    const both = await openBoth();
    station.adapter.controller.refusals.set(COMMAND.leSetScanEnable, STATUS.disallowed);
    const third = await failureOf(station.open(station.link('A4:C1:38:00:00:03')));
    assert.deepEqual([third.code, /begin or end to listen/.test(third.message)], ['adapter_missing', true]);
    await Promise.all(both.map(answers));
    station.adapter.controller.refusals.clear();
    boards.push(bmsAt(3));
    station.adapter.controller.add(boards[2]!);
    station.bePatient();
    await answers(await station.open(station.link(boards[2]!.address)));
    assert.deepEqual(
      both.map(({ ear }) => ear.closings),
      [[], []],
    );
  });

  it('refuses to connect', async () => {
    station.adapter.controller.refusals.set(COMMAND.leCreateConnection, STATUS.limitedResources);
    const error = await failureOf(station.open(station.link(boards[0]!.address)));
    assert.deepEqual([error.code, /0xd/.test(error.message)], ['disconnected', true]);
    station.adapter.controller.refusals.clear();
    await worksAgain();
  });

  it('has no room for one more connection', async () => {
    await station.close();
    station = new Station(boards, { controller: { mostConnections: 1 } });
    const first = await station.open(station.link(boards[0]!.address));
    const error = await failureOf(station.open(station.link(boards[1]!.address)));
    assert.deepEqual([error.code, /0x9/.test(error.message)], ['disconnected', true]);
    await answers(first);
  });

  it('tells of a cancelled attempt in a way that the library does not know', async () => {
    await station.close();
    station = new Station(boards, { controller: { cancelsUntidily: true } });
    station.radio.limits.connectMs = SHORT_MS;
    const first = await station.open(station.link(boards[0]!.address));
    boards[1]!.traps.set('connect', silence());
    assert.equal((await failureOf(station.open(station.link(boards[1]!.address)))).code, 'timeout');
    boards[1]!.traps.clear();
    station.bePatient();
    await answers(await station.open(station.link(boards[1]!.address)));
    await answers(first);
    assert.deepEqual(first.ear.closings, []);
  });

  it('does not say at all that an attempt was cancelled: it is started afresh', async () => {
    Object.assign(station.radio.limits, { connectMs: SHORT_MS, disconnectMs: SHORT_MS });
    const first = await station.open(station.link(boards[0]!.address));
    boards[1]!.traps.set('connect', silence());
    station.adapter.controller.refusals.set(COMMAND.leCancelConnection, STATUS.success);
    const error = await failureOf(station.open(station.link(boards[1]!.address)));
    assert.equal(error.code, 'timeout');
    await first.ear.until(() => first.ear.closings.length > 0);
    boards[1]!.traps.clear();
    station.adapter.controller.refusals.clear();
    await worksAgain();
  });

  it('is too old for Bluetooth LE: said without a word on the console', async () => {
    await station.close();
    station = new Station(boards, { controller: { version: 5 } });
    const printed = stub(console, 'log');
    try {
      const error = await failureOf(station.open(station.link(boards[0]!.address)));
      assert.deepEqual([error.code, /with Bluetooth LE/.test(error.message)], ['adapter_missing', true]);
      assert.equal(printed.callCount, 0);
    } finally {
      printed.restore();
    }
  });
});

async function answers({ channel, ear }: { channel: Channel; ear: Ear }): Promise<void> {
  await ear.ask(channel);
}
