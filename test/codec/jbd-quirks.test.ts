import assert from 'node:assert/strict';
import { BmsError } from '../../src/battery/errors';
import { jbd, jbdAddressed } from '../../src/codec/jbd';
import { registerQuery } from '../../src/codec/jbd/queries';
import { cells } from '../../src/codec/jbd/tables';
import { classicWire } from '../../src/codec/jbd/wire';
import type { Protocol } from '../../src/codec/protocol';
import { addressedReply, classicReply, queryFor, read } from '../support/jbd';
import { answer, loadVector } from '../support/vectors';
import { codes, hex } from '../support/sheet';

/** Register 03 of a 4S pack at 15.60 V, without sensors and tail. */
const BARE = hex('0618 0000 01f2 01f4 0000 2c7c 0000 0000 0000 80 64 03 04 00');
/** humidity, alarm word, full capacity, remaining capacity again, balance current, seven bytes more */
const TAIL = hex('00 0800 01f0 01f2 04d2 00000000000000');

function bare(at: number, bytes: string, from = BARE): Buffer {
  const data = Buffer.from(from);
  hex(bytes).copy(data, at);
  return data;
}

function failsWith(code: string, action: () => unknown): void {
  assert.throws(action, (error) => error instanceof BmsError && error.code === code, code);
}

function verdict(protocol: Protocol, register: string, frame: Buffer, address = 0): unknown {
  const result = queryFor(protocol, register).match(frame, [], { address, memory: {} });
  return result instanceof BmsError ? result.code : result;
}

function basic(data: Buffer): ReturnType<typeof read> {
  return read(jbd, '03', classicReply(0x03, data));
}

describe('jbd quirks: finding the answer', () => {
  it('payload contains 77; a fragment may end in 77', () => {
    const reply = classicReply(0x04, hex('0d77 7777 dd04 0d77'));
    const chunks = [reply.subarray(0, 6), reply.subarray(6, 8), reply.subarray(8)];
    const got = answer(jbd, queryFor(jbd, '04'), { address: 0, memory: {} }, chunks);
    assert.deepEqual(got.reading.cellVoltages, [3.447, 30.583, 56.58, 3.447]);
  });

  it('the echo of an own request looks like a valid reply of register a5 with the register as status', () => {
    for (const query of jbd.queries) {
      const echo = query.request({ address: 0, memory: {} });
      assert.equal(query.match(echo, [], { address: 0, memory: {} }), 'foreign', query.name);
    }
    assert.equal(verdict(jbd, '03', hex('dd5ae1020002ff1b77')), 'foreign');
    assert.equal(read(jbd, '03', Buffer.concat([hex('dda50300fffd77'), classicReply(0x03, BARE)])).voltage, 15.6);
    const addressed = queryFor(jbdAddressed, '03').request({ address: 0, memory: {} });
    assert.equal(verdict(jbdAddressed, '03', addressed), 'foreign');
  });

  it('old boards put a5 in place of the register', () => {
    assert.equal(verdict(jbd, '03', classicReply(0xa5, BARE)), 'complete');
    assert.equal(verdict(jbd, '04', classicReply(0xa5, hex('0d66 0d62'))), 'complete');
    assert.equal(verdict(jbd, '05', classicReply(0xa5, Buffer.from('LH-SP15S001'))), 'complete');
    assert.equal(verdict(jbd, 'aa', classicReply(0xa5, Buffer.alloc(22))), 'complete');
    for (const [register, data, status] of [
      ['03', BARE, 0x80],
      ['03', BARE.subarray(1), 0],
      ['04', hex('0d66 0d'), 0],
      ['04', Buffer.alloc(0), 0],
      ['04', Buffer.alloc(66), 0],
      ['05', hex('0d66 0d62'), 0],
      ['aa', Buffer.alloc(20), 0],
    ] as const) {
      assert.equal(verdict(jbd, register, classicReply(0xa5, data, status)), 'foreign', register);
    }
  });

  it('first replies truncated or with stale bytes in front', () => {
    const reply = classicReply(0x03, BARE);
    for (const stale of ['00ff77', 'dd', 'dd0300', 'dddd03', 'dd030006061800', '00dda50300fffd77']) {
      assert.equal(read(jbd, '03', Buffer.concat([hex(stale), reply])).voltage, 15.6, stale);
    }
    assert.equal(read(jbd, '03', Buffer.concat([reply.subarray(0, -4), reply])).voltage, 15.6);
    failsWith('timeout', () => read(jbd, '03', reply.subarray(0, -1)));
  });

  it('bytes after the end mark are ignored', () => {
    assert.equal(read(jbd, '03', Buffer.concat([classicReply(0x03, BARE), hex('01020304')])).voltage, 15.6);
  });

  it('a late answer of another register or address is somebody else’s', () => {
    assert.equal(verdict(jbd, '03', classicReply(0x04, BARE)), 'foreign');
    const late = Buffer.concat([classicReply(0x04, hex('0d66')), classicReply(0x03, BARE)]);
    assert.equal(read(jbd, '03', late).voltage, 15.6);
    const third = addressedReply(3, 0x04, hex('0d66'));
    assert.equal(verdict(jbdAddressed, '04', third, 3), 'complete');
    assert.equal(verdict(jbdAddressed, '04', third, 2), 'foreign');
    assert.equal(verdict(jbdAddressed, '04', addressedReply(0, 0xa5, hex('0d66'))), 'foreign');
  });

  it('the checksum covers the status but not the register', () => {
    const reply = classicReply(0x03, BARE);
    reply[2] = 0x80;
    failsWith('checksum', () => read(jbd, '03', reply));
    reply[2] = 0;
    reply[reply.length - 2] = (reply[reply.length - 2] ?? 0) ^ 1;
    failsWith('checksum', () => read(jbd, '03', reply));
    // A classic reply is none in the addressed variant, whose sum covers everything.
    failsWith('timeout', () => read(jbdAddressed, '03', classicReply(0x03, BARE)));
  });
});

describe('jbd refusals', () => {
  const statuses = { 0x80: 'unsupported', 0x81: 'rejected', 0x82: 'checksum', 0x83: 'denied', 0x9f: 'rejected' };
  for (const [status, code] of Object.entries(statuses)) {
    it(`status ${Number(status).toString(16)} is ${code}`, () => {
      const none = Buffer.alloc(0);
      assert.equal(verdict(jbd, '03', classicReply(0x03, none, Number(status))), code);
      assert.equal(verdict(jbdAddressed, '04', addressedReply(7, 0x04, none, Number(status)), 7), code);
    });
  }

  for (const [file, tx, register, code] of [
    ['error-80-overkill', 'dda54700ffb977', 0x47, 'unsupported'],
    ['error-81-register-outside-factory', 'dda52400ffdc77', 0x24, 'rejected'],
  ] as const) {
    it(`vector ${file}`, () => {
      const query = registerQuery(classicWire, { ...cells, number: register }, true);
      assert.equal(query.request({ address: 0, memory: {} }).toString('hex'), tx);
      const reply = loadVector('jbd', file).exchanges.find((exchange) => exchange.tx === tx)?.rx[0] ?? '';
      failsWith(code, () => answer(jbd, query, { address: 0, memory: {} }, [hex(reply)]));
    });
  }
});

describe('jbd quirks: what the answer means', () => {
  it('capacity above 327.67 Ah is unsigned', () => {
    const reading = basic(bare(4, '9024 ffff'));
    assert.deepEqual([reading.remainingCapacity, reading.designCapacity], [369, 655.35]);
  });

  it('the unit bit makes current and capacities ten times larger', () => {
    const data = Buffer.concat([bare(20, '83', bare(2, 'fc18 01f2 0271')), TAIL.subarray(0, 9)]);
    const { voltage, current, remainingCapacity, designCapacity, fullCapacity, balanceCurrent } = basic(data);
    assert.deepEqual([voltage, current, remainingCapacity, designCapacity], [15.6, -100, 49.8, 62.5]);
    assert.deepEqual([fullCapacity, balanceCurrent], [49.6, 1.234]);
  });

  it('DH04SC02 sets reserved alarm bits for ever', () => {
    assert.deepEqual(basic(Buffer.concat([BARE, hex('00 f000 01f0 01f2 04d2')])).alarms, []);
  });

  const withTail = (tail: string, from = BARE): ReturnType<typeof basic> => basic(Buffer.concat([from, hex(tail)]));
  const told = ({ alarms, fullCapacity, balanceCurrent }: ReturnType<typeof basic>): unknown => [
    codes(alarms),
    fullCapacity,
    balanceCurrent,
  ];
  const NOTHING = [[], undefined, undefined];

  it('what stands behind the sensors counts only in a length that was seen', () => {
    for (let length = 0; length <= 24; length++) {
      const tail = Buffer.alloc(length);
      TAIL.copy(tail);
      const reading = basic(Buffer.concat([BARE, tail]));
      const isKnown = [9, 16, 17].includes(length);
      assert.deepEqual(told(reading), isKnown ? [['low_capacity warning'], 4.96, 1.234] : NOTHING, `${length}`);
      assert.equal(reading.remainingCapacity, 4.98);
    }
  });

  it('and only where it repeats the remaining capacity', () => {
    assert.deepEqual(told(withTail('00 0800 01f0 01f0 04d2')), [['low_capacity warning'], 4.96, 1.234]);
    assert.deepEqual(told(withTail('00 0800 01f0 01f5 04d2')), NOTHING);
    assert.deepEqual(told(withTail('0c 040c 1264 0000 0000')), NOTHING, 'two temperatures and 100 %');
    const large = bare(4, '7000 7d00');
    assert.deepEqual(told(withTail('00 0000 7d00 6fe1 0000', large)), [[], 320, 0], 'counted in between');
    assert.deepEqual(told(withTail('00 0000 7d00 6fd0 0000', large)), NOTHING);
  });

  it('and, where nothing remains, only with a capacity that the pack can have', () => {
    const empty = bare(4, '0000 2710');
    assert.deepEqual(told(withTail('00 0000 0bb8 0000 0000', empty)), [[], 30, 0]);
    assert.deepEqual(told(withTail('00 0000 0bb7 0000 0000', empty)), NOTHING);
    assert.deepEqual(told(withTail('00 0000 32c8 0000 0000', empty)), [[], 130, 0]);
    assert.deepEqual(told(withTail('00 0000 32c9 0000 0000', empty)), NOTHING);
    assert.deepEqual(told(withTail('00 0000 0000 0000 0000', empty)), NOTHING);
  });

  it('and only without warnings that exclude each other', () => {
    for (const pair of ['000c', '0030', '00c0', '0300', '0b0f'])
      assert.deepEqual(told(withTail(`00 ${pair} 01f0 01f2 04d2`)), NOTHING, pair);
    assert.equal(codes(withTail('00 0003 01f0 01f2 04d2').alarms).length, 2, 'one cell too high, one too low');
  });

  it('every length that was seen: 17 1b 1d 1f 22 26 2f', () => {
    const seen = { 0x17: [0, 0], 0x1b: [2, 0], 0x1d: [3, 0], 0x1f: [4, 0], 0x22: [1, 9], 0x26: [3, 9], 0x2f: [4, 16] };
    for (const [length, [sensors = 0, tail = 0]] of Object.entries(seen)) {
      const data = Buffer.concat([
        bare(22, `0${sensors}`),
        Buffer.alloc(2 * sensors, hex('0b8b')),
        TAIL.subarray(0, tail),
      ]);
      assert.equal(data.length, Number(length));
      const reading = basic(data);
      assert.deepEqual(
        reading.temperatures,
        Array.from({ length: sensors }, () => 22.4),
      );
      assert.equal(reading.balanceCurrent, tail === 0 ? undefined : 1.234);
    }
  });

  it('an answer too short for its own sensors, or with half a cell, is malformed', () => {
    failsWith('malformed', () => basic(BARE.subarray(0, -1)));
    failsWith('malformed', () => basic(Buffer.alloc(0)));
    failsWith('malformed', () => basic(Buffer.concat([bare(22, '02'), hex('0b8b 0b')])));
    failsWith('malformed', () => read(jbd, '04', classicReply(0x04, hex('0d66 0d'))));
    failsWith('malformed', () => read(jbd, 'aa', classicReply(0xaa, Buffer.alloc(21))));
    failsWith('malformed', () => read(jbd, 'aa', classicReply(0xaa, Buffer.alloc(20))));
    failsWith('malformed', () => read(jbdAddressed, '03', addressedReply(0, 0x03, Buffer.alloc(28))));
    failsWith('malformed', () => read(jbdAddressed, '03', addressedReply(0, 0x03, Buffer.alloc(30, 1))));
  });

  it('sensors at either end of the table are not connected', () => {
    const data = Buffer.concat([bare(22, '04'), hex('097f 1087 0980 1086')]);
    assert.deepEqual(basic(data).temperatures, [null, null, -29.9, 149.9]);
    const board = Buffer.alloc(29);
    hex('1087 097f').copy(board, 24);
    const reading = read(jbdAddressed, '03', addressedReply(0, 0x03, board));
    assert.deepEqual([reading.ambientTemperature, reading.mosTemperature], [undefined, undefined]);
  });

  it('MOSFET flags are the real ones; bit 3 is set on warm packs and says nothing of a heater', () => {
    const flags = ['00', '01', '02', '0b'].map((byte) => basic(bare(20, byte)));
    assert.deepEqual(
      flags.map(({ chargeEnabled, dischargeEnabled, heating }) => [chargeEnabled, dischargeEnabled, heating]),
      [
        [false, false, undefined],
        [true, false, undefined],
        [false, true, undefined],
        [true, true, undefined],
      ],
    );
  });

  it('the switches are told as far as the one bit for both tells them', () => {
    const switches = (protections: string, flags: string): unknown => {
      const { chargeSwitch, dischargeSwitch } = basic(bare(16, `${protections} 8064 ${flags}`));
      return [chargeSwitch, dischargeSwitch];
    };
    assert.deepEqual(switches('0000', '00'), [true, true], 'no lock');
    assert.deepEqual(switches('0001', '02'), [true, true], 'held by a protection');
    assert.deepEqual(switches('1000', '02'), [false, true]);
    assert.deepEqual(switches('1000', '01'), [true, false]);
    assert.deepEqual(switches('1000', '00'), [false, false]);
    assert.deepEqual(switches('1001', '02'), [false, true], 'locked, as the other one conducts');
    assert.deepEqual(switches('1001', '00'), [undefined, false], 'the protection alone may hold charging');
  });

  it('balance words: low word first, lowest bit is cell 1', () => {
    assert.deepEqual(basic(bare(12, '8001 8001')).balancingCells, [1, 16, 17, 32]);
  });

  it('the version is two hex digits', () => {
    assert.deepEqual(
      ['80', '2a', '00'].map((byte) => basic(bare(18, byte)).softwareVersion),
      ['8.0', '2.a', undefined],
    );
  });

  it('a date that is in no calendar is absent', () => {
    const dates = { '2c7c': '2022-03-28', '0000': undefined, '2c1c': undefined, '2c60': undefined, '2c5e': undefined };
    for (const [packed, date] of Object.entries(dates))
      assert.equal(basic(bare(10, packed)).manufactureDate, date, packed);
    assert.equal(basic(bare(10, '2c5d')).manufactureDate, undefined, '29 February 2022');
    assert.equal(basic(bare(10, '305d')).manufactureDate, '2024-02-29');
  });

  it('the model is trimmed, and absent when empty', () => {
    assert.equal(read(jbd, '05', classicReply(0x05, Buffer.from(' SP04S034 '))).model, 'SP04S034');
    assert.deepEqual(read(jbd, '05', classicReply(0x05, Buffer.alloc(0))), {});
  });

  it('the twelfth counter is there when the answer has 24 bytes', () => {
    const count = (length: number): number =>
      Object.keys(read(jbd, 'aa', classicReply(0xaa, Buffer.alloc(length))).errorCounts ?? {}).length;
    assert.deepEqual([count(22), count(24)], [11, 12]);
  });
});
