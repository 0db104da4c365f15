import assert from 'node:assert/strict';
import type { Reading } from '../../src/battery/reading';
import { jbd, jbdAddressed } from '../../src/codec/jbd';
import type { EmulatedBoard } from '../../src/codec/protocol';
import type { DeviceOptions } from '../../src/session/device';
import { notingBoard } from '../support/action-script';
import { ControlBench } from '../support/control-scenes';
import { addressedReply, classicReply } from '../support/jbd';
import { hex } from '../support/sheet';

const LOCKED_WITH = 123456;

/** A bench on a board of some kind. @param kind what its memory says */
function bench(kind: Readonly<Record<string, number>> = {}, options: Partial<DeviceOptions> = {}): ControlBench {
  const made = new ControlBench(jbd, options);
  for (const [key, value] of Object.entries(kind)) made.pack.memory.set(key, value);
  return made;
}

/** Every request of a control that went over the line, by its register; looks at register 03 left out. */
function registers({ link }: ControlBench): number[] {
  const all = link.sent.map((request) => Number.parseInt(request.slice(4, 6), 16));
  return all.filter((register) => ![0x03, 0x04, 0x05, 0xaa].includes(register));
}

describe('jbd control: kinds of boards', () => {
  it('an old board takes the MOSFET word in factory mode only', async () => {
    const board = bench({ old: 1 });
    const outcome = await board.wish({ action: 'charge', value: false });
    assert.deepEqual(outcome, { action: 'charge', value: false, before: true, after: false });
    assert.deepEqual(registers(board), [0xe1, 0x00, 0xe1, 0x01]);
    assert.equal(board.pack.memory.get('factoryMode'), 0);
    assert.equal(await board.wish({ action: 'clearCounters', value: true }), 'unsupported');
  });

  it('a board of the newest document takes fb, and only for the MOSFET that is meant', async () => {
    const board = bench({ oneMosfet: 1 });
    for (const action of ['discharge', 'charge'] as const) {
      for (const value of [false, true]) {
        const outcome = await board.wish({ action, value });
        assert.deepEqual(outcome, { action, value, before: !value, after: value });
      }
    }
    assert.deepEqual(
      board.commands.map(({ action }) => action),
      ['discharge', 'discharge', 'charge', 'charge'],
    );
  });

  it('a board with a password gets it once, after it has refused, and keeps open', async () => {
    const board = bench({ password: LOCKED_WITH }, { password: '123456' });
    assert.deepEqual(await board.wish({ action: 'charge', value: false }), {
      ...{ action: 'charge', value: false, before: true, after: false },
    });
    assert.deepEqual(registers(board), [0xe1, 0x00, 0xe1, 0x06, 0xe1, 0x01]);
    await board.wish({ action: 'charge', value: true });
    assert.equal(registers(board).filter((register) => register === 0x06).length, 1);
  });

  for (const password of ['', '654321', '12345678']) {
    it(`a board with a password stays shut with "${password}", and is left in order`, async () => {
      const board = bench({ password: LOCKED_WITH }, { password });
      assert.equal(await board.wish({ action: 'soc', value: 50 }), 'denied');
      const tries = password === '654321' ? 1 : 0;
      assert.equal(registers(board).filter((register) => register === 0x06).length, tries);
      assert.equal(registers(board).at(-1), 0x01);
      assert.equal(board.commands.length, 0);
    });
  }

  it('a MOSFET is switched without touching the lock of the other', async () => {
    const board = bench();
    await board.wish({ action: 'discharge', value: false });
    await board.wish({ action: 'charge', value: false });
    await board.wish({ action: 'charge', value: true });
    assert.deepEqual({ ...board.pack.switches, heating: true }, { ...ALL_ON, discharge: false });
    await board.wish({ action: 'discharge', value: true });
    assert.deepEqual(board.pack.switches, ALL_ON);
    assert.equal(board.commands.length, 4);
  });

  it('entering factory mode is repeated until it is answered', async () => {
    let lost = 0;
    const isLost = (request: Buffer): boolean => request[1] === 0x5a && request[2] === 0x00 && lost++ < 2;
    const deaf = { ...jbd, emulate: (request: Buffer) => (isLost(request) ? undefined : jbd.emulate(request)) };
    const board = new ControlBench(deaf);
    assert.equal(typeof (await board.wish({ action: 'soc', value: 50 })), 'object');
    assert.equal(registers(board).filter((register) => register === 0x00).length, 3);
  });
});

const ALL_ON = { charge: true, discharge: true, balancing: true, heating: true };

describe('jbd board (serve): writes', () => {
  const PACK: Reading = { designCapacity: 100, fullCapacity: 80 };
  const ENTER = [0x00, '5678'] as const;

  function ask(board: EmulatedBoard | undefined, register: number, data: string, pack = PACK): string {
    const written = hex(data);
    // A request has the rule of a reply whose status is its register (jbd.md 3).
    const request = classicReply(data === '' ? 0xa5 : 0x5a, written, register);
    return jbd.emulate(request)?.answer(pack, board).toString('hex') ?? 'silence';
  }

  const status = (register: number, code: number): string =>
    classicReply(register, Buffer.alloc(0), code).toString('hex');
  const holds = (register: number, value: string): string => classicReply(register, hex(value)).toString('hex');

  it('parameters outside factory mode are refused with 81, by old boards with 80', () => {
    for (const [memory, code] of [
      [{}, 0x81],
      [{ old: 1 }, 0x80],
    ] as const) {
      const board = notingBoard();
      for (const [key, value] of Object.entries(memory)) board.memory.set(key, value);
      for (const register of [0x10, 0x11, 0x2d, 0xe0])
        assert.equal(ask(board, register, '0001'), status(register, code));
      for (const register of [0x10, 0x11, 0x2d]) assert.equal(ask(board, register, ''), status(register, code));
      assert.deepEqual(board.asked, []);
    }
  });

  it('parameters in factory mode are read and written', () => {
    const board = notingBoard({ balancing: false });
    assert.equal(ask(board, ...ENTER), status(0x00, 0));
    assert.equal(ask(board, 0x2d, ''), holds(0x2d, '0002'));
    assert.equal(ask(board, 0x2d, '080c'), status(0x2d, 0));
    assert.equal(ask(board, 0x2d, ''), holds(0x2d, '0808'));
    assert.equal(ask(board, 0x10, ''), holds(0x10, '2710'));
    assert.equal(ask(board, 0x11, ''), holds(0x11, '1f40'));
    assert.equal(ask(board, 0x11, '2328'), status(0x11, 0));
    assert.equal(ask(board, 0x11, ''), holds(0x11, '2328'));
    assert.equal(ask(board, 0x10, '1388'), status(0x10, 0));
    assert.equal(ask(board, 0x10, '', {}), holds(0x10, '0000'));
    assert.equal(ask(notingBoard(), 0x11, '', {}), status(0x11, 0x81));
    assert.deepEqual(board.asked, [
      { action: 'balancing', value: true },
      { action: 'capacity', value: 50 },
    ]);
    assert.equal(ask(board, 0x24, '0e20'), status(0x24, 0));
    assert.equal(ask(board, 0x24, ''), holds(0x24, '0e20'));
    assert.equal(ask(board, 0x24, '0e2000'), status(0x24, 0x80));
    assert.equal(ask(board, 0xa1, '0341'), status(0xa1, 0x80));
    assert.equal(ask(board, 0xa1, '024142'), status(0xa1, 0));
    assert.equal(ask(board, 0xa1, ''), holds(0xa1, '024142'));
    assert.equal(ask(board, 0x01, '2828'), status(0x01, 0));
    assert.equal(ask(board, 0x10, ''), status(0x10, 0x81));
    assert.equal(ask(board, 0x00, ''), holds(0x00, '0000'));
  });

  it('the SOC follows the remaining capacity, up to a full charge', () => {
    const board = notingBoard();
    ask(board, ...ENTER);
    assert.equal(ask(board, 0xe0, '0fa0'), status(0xe0, 0));
    assert.equal(ask(board, 0xe0, '1f41'), status(0xe0, 0x81));
    assert.equal(ask(board, 0xe0, '0000', {}), status(0xe0, 0));
    assert.equal(ask(board, 0xe0, '0001', {}), status(0xe0, 0x81));
    assert.equal(ask(board, 0x11, '', {}), holds(0x11, '0000'));
    // more than 655.35 Ah are counted in steps of 100 mAh
    assert.equal(ask(board, 0xe0, '1388', { fullCapacity: 1000 }), status(0xe0, 0));
    assert.deepEqual(
      board.asked.map(({ value }) => value),
      [50, 0, 50],
    );
  });

  it('only what differs is switched', () => {
    const board = notingBoard({ charge: false });
    for (const word of ['0001', '0000', '0003']) assert.equal(ask(board, 0xe1, word), status(0xe1, 0));
    assert.deepEqual(board.asked, [
      { action: 'charge', value: true },
      { action: 'discharge', value: false },
    ]);
  });

  it('knows no other command, length, key or argument', () => {
    const board = notingBoard();
    board.memory.set('oneMosfet', 1);
    for (const [register, data, code] of [
      [0x00, '1234', 0x81],
      [0x0a, '0100', 0x80],
      [0x0a, '02', 0x80],
      [0xe1, '0003', 0x80],
      [0xfb, '0301', 0x80],
      [0xfb, '0002', 0x80],
      [0x48, '0001', 0x80],
      [0x06, '06010203', 0x80],
    ] as const) {
      assert.equal(ask(board, register, data), status(register, code), `${register} ${data}`);
    }
    assert.equal(ask(notingBoard(), 0xfb, '0101'), status(0xfb, 0x80));
    assert.deepEqual(board.asked, []);
  });

  it('a password is taken, refused, or of no interest', () => {
    const board = notingBoard();
    assert.equal(ask(board, 0x06, '06000000000000'), status(0x06, 0));
    const shut = notingBoard();
    shut.memory.set('password', 765828);
    assert.equal(ask(shut, 0x0a, '0200'), status(0x0a, 0x81));
    assert.equal(ask(shut, 0x06, '06000000000000'), status(0x06, 0x83));
    assert.equal(ask(shut, 0x06, '06070605080208'), status(0x06, 0));
    assert.equal(ask(shut, 0x0a, '0200'), status(0x0a, 0));
    assert.equal(ask(shut, 0x0a, '0400'), status(0x0a, 0));
    assert.equal(ask(shut, 0x0a, '0600'), status(0x0a, 0));
    assert.equal(ask(shut, 0x0a, '0300'), '', 'a restart is not acknowledged');
    assert.deepEqual(
      shut.asked.map(({ action }) => action),
      ['clearCounters', 'clearAlarms', 'shutdown', 'restart'],
    );
  });

  it('a board that cannot be commanded refuses everything', () => {
    for (const register of [0x00, 0x0a, 0xe1, 0x2d]) {
      assert.equal(ask(undefined, register, '0001'), status(register, 0x80));
    }
    assert.equal(ask(undefined, 0x2d, ''), status(0x2d, 0x80));
  });
});

describe('jbd-addressed: control', () => {
  it('offers none: nobody has written in that form', async () => {
    assert.equal(jbdAddressed.actions, undefined);
    const board = new ControlBench(jbdAddressed);
    assert.equal(await board.wish({ action: 'charge', value: false }), 'unsupported');
    assert.equal(board.link.sent.length, 0);
  });

  it('its board refuses every write', () => {
    const board = notingBoard();
    const request = addressedReply(0, 0x5a, hex('0001'), 0xe1);
    const answer = jbdAddressed.emulate(request)?.answer({}, board);
    assert.equal(answer?.toString('hex'), addressedReply(0, 0xe1, Buffer.alloc(0), 0x80).toString('hex'));
    assert.deepEqual(board.asked, []);
  });
});
