import assert from 'node:assert/strict';
import type { BmsError } from '../../src/battery/errors';
import { ATT_ERROR } from '../support/ble/att';
import type { VirtualBms } from '../support/ble/bms';
import type { ModuleName } from '../support/ble/modules';
import { STATUS } from '../support/ble/hci';
import type { BleLimits } from '../../src/link/ble/limits';
import { bmsAt, optionsFor, SHORT_MS, Station } from '../support/ble/station';
import { READ, failureOf } from '../support/ear';
import { until } from '../support/ble/until';
import { drop, once, refuse, silence, type Step, type Trap } from '../support/ble/traps';

describe('BleLink: devices that fail', () => {
  let station: Station;
  let board: VirtualBms;

  /** @param short the limits that will pass */
  function start(short: readonly (keyof BleLimits)[] = [], module: ModuleName = 'jbdLarge'): void {
    board = bmsAt(1, { module });
    const limits = Object.fromEntries(short.map((name) => [name, SHORT_MS]));
    station = new Station([board, bmsAt(2)], { limits });
  }

  /** Opens, and asks for the basic values. */
  async function works(): Promise<void> {
    station.bePatient();
    const { channel, ear } = await station.open(station.link(board.address), 'jbdLarge');
    await ear.ask(channel);
    await channel.close();
    assert.equal(board.connection, undefined);
  }

  afterEach(() => station.close());

  const steps: readonly (readonly [Step, keyof BleLimits])[] = [
    ['connect', 'connectMs'],
    ['mtu', 'discoverMs'],
    ['services', 'discoverMs'],
    ['characteristics', 'discoverMs'],
    ['subscribe', 'subscribeMs'],
  ];
  const faults: readonly [string, (step: Step) => Trap, string[]][] = [
    ['drops', (step) => drop(step === 'connect' ? STATUS.failedToEstablish : undefined), ['disconnected']],
    ['falls silent', silence, ['timeout']],
  ];
  for (const [step, limit] of steps) {
    for (const [what, trapFor, codes] of faults) {
      it(`${what} at: ${step}; the next attempt gets through`, async () => {
        start(what === 'drops' ? [] : [limit]);
        board.traps.set(step, once(trapFor(step)));
        const error = await failureOf(station.open(station.link(board.address), 'jbdLarge'));
        assert.ok(codes.includes(error.code), `${error.code} ${error.message}`);
        assert.deepEqual([board.sprung, board.connection, station.radio.size], [[step], undefined, 0]);
        await works();
      });
    }
  }

  it('refuses to be connected to', async () => {
    start();
    board.traps.set('connect', once(refuse(STATUS.failedToEstablish)));
    await assert.rejects(station.open(station.link(board.address)), { code: 'disconnected', message: /0x3e/ });
    await works();
  });

  for (const [how, code] of Object.entries(ATT_ERROR)) {
    it(`refuses to exchange the MTU (${how}), and is used with 20 bytes at once`, async () => {
      start();
      board.traps.set('mtu', refuse(code)).set('pairing', refuse(0x05));
      const { channel, ear } = await station.open(station.link(board.address), 'jbdLarge');
      await ear.ask(channel);
      assert.deepEqual(
        ear.pieces.map(({ length }) => length),
        [20, 20, 5],
      );
    });
  }

  for (const [hidden, message] of [
    ['ff01', /has none of its Bluetooth services \(it has 1800, ff00\)/],
    ['ff02', /has none of its Bluetooth services \(it has 1800, ff00\)/],
    ['ff00', /has none of its Bluetooth services \(it has 1800\)/],
  ] as const) {
    it(`lacks ${hidden}`, async () => {
      start();
      board.hidden.add(hidden);
      await assert.rejects(station.open(station.link(board.address), 'jbdLarge'), { code: 'unsupported', message });
      assert.equal(board.connection, undefined);
      board.hidden.clear();
      await works();
    });
  }

  for (const [step, module] of [
    ['subscribe', 'jbdLarge'],
    ['subscribe', 'jkNew'],
    ['write', 'jbdDh04'],
  ] as const) {
    /** Connects, and writes. */
    async function use(): Promise<void> {
      const { channel } = await station.open(station.link(board.address), module);
      await channel.write(READ);
    }

    for (const [how, code, message] of [
      ['is refused', ATT_ERROR.writeNotPermitted, /write not permitted \(0x03\)\.$/],
      ['is refused with an error for the MTU', ATT_ERROR.invalidPdu, /error \(0x04\)\.$/],
      ['wants a pairing', ATT_ERROR.insufficientAuthentication, /authentication \(0x05\); pair it with the system\.$/],
      ['wants encryption', ATT_ERROR.insufficientEncryption, /encryption \(0x0f\); pair it with the system\.$/],
    ] as const) {
      it(`${step} of ${module} ${how}: told at once`, async () => {
        start([], module);
        board.traps.set(step, refuse(code)).set('pairing', refuse(0x05));
        await assert.rejects(use(), { code: 'disconnected', message });
        await until(() => station.radio.size === 0);
        board.traps.clear();
        await use();
      });
    }

    it(`${step} of ${module} wants a pairing, which is not answered`, async () => {
      start(['subscribeMs', 'writeMs'], module);
      board.traps.set(step, refuse(ATT_ERROR.insufficientAuthentication)).set('pairing', silence());
      await assert.rejects(use(), { code: 'timeout', message: /pair it with the system\.$/ });
    });
  }

  it('tells nothing until it is paired', async () => {
    start();
    board.traps.set('services', refuse(ATT_ERROR.insufficientEncryption)).set('pairing', refuse(0x05));
    await assert.rejects(station.open(station.link(board.address), 'jbdLarge'), {
      code: 'disconnected',
      message: /does not list its services: .*; pair it with the system\.$/,
    });
  });

  it('refuses what is written: its owner is told the same as whoever has written', async () => {
    start([], 'jbdDh04');
    board.traps.set('write', refuse(ATT_ERROR.insufficientAuthentication)).set('pairing', refuse(0x05));
    const { channel, ear } = await station.open(station.link(board.address), 'jbdDh04');
    const error = await failureOf(channel.write(READ));
    assert.deepEqual(ear.closings, [error]);
    await until(() => board.connection === undefined);
  });

  for (const [what, trap, code] of [
    ['refuses what is written', refuse(ATT_ERROR.writeNotPermitted), 'disconnected'],
    ['does not answer what is written', silence(), 'timeout'],
  ] as const) {
    it(`${what}: the connection ends, the next one works`, async () => {
      start(['writeMs'], 'jbdDh04');
      board.traps.set('write', once(trap));
      const link = station.link(board.address);
      const first = await station.open(link, 'jbdDh04');
      const writes = [first.channel.write(READ), first.channel.write(READ)];
      const outcomes = await Promise.allSettled(writes);
      assert.deepEqual(outcomes.map(codeOf), [code, 'disconnected']);
      await first.ear.until(() => first.ear.closings.length > 0);
      assert.equal((first.ear.closings[0] as BmsError).code, 'disconnected');
      station.bePatient();
      const { channel, ear } = await station.open(link, 'jbdDh04');
      await ear.ask(channel);
      assert.equal(first.ear.closings.length, 1);
    });
  }

  it('drops when something is written, with the write under way', async () => {
    start([], 'jbdDh04');
    board.traps.set('write', once(drop()));
    const link = station.link(board.address);
    const first = await station.open(link, 'jbdDh04');
    await assert.rejects(first.channel.write(READ), { code: 'disconnected' });
    assert.equal(first.ear.closings.length, 1);
    const { channel, ear } = await station.open(link, 'jbdDh04');
    await ear.ask(channel);
  });

  it('drops in the middle of a frame: what came is told, then the end, once', async () => {
    start();
    const link = station.link(board.address);
    const first = await station.open(link, 'jbdLarge');
    board.dropAfterBytes = 30;
    await first.channel.write(READ);
    await first.ear.until(() => first.ear.closings.length > 0);
    assert.equal(first.ear.bytes.length, 30);
    await first.channel.close();
    const { channel, ear } = await station.open(link, 'jbdLarge');
    await ear.ask(channel);
    assert.deepEqual([first.ear.closings.length, first.ear.bytes.length, link.figures.drops], [1, 30, 1]);
  });

  it('says something before it is asked: nothing is told before the link is open', async () => {
    start();
    const talk = setInterval(() => board.notify('ff01', Buffer.of(1)), 1);
    try {
      let isOpen = false;
      const early: Buffer[] = [];
      const events = {
        data: (bytes: Buffer) => {
          if (!isOpen) early.push(bytes);
        },
        closed: () => undefined,
      };
      const channel = await station.link(board.address).open(events, optionsFor('jbdLarge'));
      isOpen = true;
      await channel.close();
      assert.deepEqual(early, []);
    } finally {
      clearInterval(talk);
    }
  });

  it('is not there: not found within the limit, while another connects and works', async () => {
    start();
    station.radio.limits.sightMs = 500;
    board.absent = true;
    const order: string[] = [];
    const missing = failureOf(station.open(station.link(board.address))).finally(() => order.push('not found'));
    const { channel, ear } = await station.open(station.link('A4:C1:38:00:00:02'));
    await ear.ask(channel);
    order.push('works');
    const error = await missing;
    assert.deepEqual([error.code, /does not advertise/.test(error.message)], ['not_found', true]);
    assert.deepEqual([order, ear.closings], [['works', 'not found'], []]);
  });

  it('goes away between being heard and being connected to', async () => {
    start(['connectMs']);
    board.traps.set('connect', silence());
    const missing = failureOf(station.open(station.link(board.address)));
    const other = await station.open(station.link('A4:C1:38:00:00:02'));
    assert.equal((await missing).code, 'timeout');
    assert.equal(other.ear.closings.length, 0);
    board.traps.clear();
    await works();
  });
});

function codeOf(outcome: PromiseSettledResult<unknown>): unknown {
  return outcome.status === 'rejected' ? (outcome.reason as BmsError).code : outcome.status;
}
