import assert from 'node:assert/strict';
import { derive } from '../../src/battery/derive';
import { ant } from '../../src/codec/ant';
import { Framer } from '../../src/codec/kit/framing';
import {
  antFrame,
  antQuery,
  antVector,
  checkReading,
  failsWith,
  readStatus,
  readStream,
  segment,
  statusData,
} from '../support/ant';
import { answer, readVector } from '../support/vectors';
import type { Reading } from '../../src/battery/reading';
import { codes } from '../support/sheet';

const TARGET = { address: 0xa1, memory: {} };
const DEVICE_INFO = Buffer.from(antVector('ant', '02').exchanges[0]?.rx.join('') ?? '', 'hex');

function read(code: string, ...chunks: Buffer[]): Reading {
  return answer(ant, antQuery(ant, code), TARGET, chunks).reading;
}

/** Behind two cells and no sensor. */
const LISTS = 4;

describe('ant frames (section 3)', () => {
  it('one notification may hold the end of a frame and the start of the next', () => {
    const vector = antVector('ant', '21');
    const { answered, reading } = readStream(ant, vector);
    assert.deepEqual(answered, ['status (01)', 'device information (620)', 'status (01)']);
    checkReading(reading, vector);
    assert.deepEqual(readStream(ant, antVector('ant', '23')).answered, [
      'device information (620)',
      'device information (620)',
    ]);
  });

  it('a good frame inside the length that a corrupted one claims is found', () => {
    const vector = antVector('ant', '22');
    const { answered, reading } = readStream(ant, vector);
    assert.deepEqual(answered, ['status (01)']);
    checkReading(reading, vector);
    const { answered: cut } = readStream(ant, antVector('ant', '07'));
    assert.deepEqual(cut, ['status (01)']);
  });

  it('a good frame inside a damaged one is found wherever the damage cuts', () => {
    const good = antFrame(0xa1, 0x11, 0, statusData(16, 4));
    for (let kept = 1; kept < good.length; kept++) {
      const framer = new Framer(ant.frames);
      const found = framer.push(Buffer.concat([good.subarray(0, kept), good, Buffer.alloc(600, 0x77)]));
      assert.deepEqual(found, [good], `${kept} bytes`);
    }
  });

  it('55, aa 55 and 7e a1 inside the data end and begin nothing', () => {
    const data = Buffer.alloc(32);
    data.write('UU', 0);
    Buffer.from('aa557ea111', 'hex').copy(data, 16);
    const frame = antFrame(0xa1, 0x12, 620, data, segment(0xff, 11));
    assert.deepEqual(new Framer(ant.frames).push(frame), [frame]);
    assert.equal(read('620', ...Array.from(frame, (byte) => Buffer.from([byte]))).hardwareVersion, 'UU');
    assert.equal(readVector(ant, antVector('ant', '03')).reading.softwareVersion, '22AAUB00-241008A');
  });

  it('a header waits for no more bytes than its kind has', () => {
    for (const [start, pending] of [
      ['7e', 1],
      ['7ea1', 2],
      ['7ea1ff', 0],
      ['7ea111', 3],
      ['7ea1110000c0', 6],
      ['7ea1110000c1', 0],
      // A request has no data, however many bytes it wants.
      ['7ea1010000be1855aa', 9],
      ['7ea1010000be1955', 0],
      // A frame is closed by aa 55 or goes on with ff or fe.
      ['7ea1010000be185500', 0],
      ['7ea1010000be1855aa54', 0],
      ['7ea1010000be1855ff', 9],
    ] as const) {
      const framer = new Framer(ant.frames);
      framer.push(Buffer.from(start, 'hex'));
      assert.equal(framer.pending, pending, start);
    }
  });

  it('several segments may follow, each with its own checksum', () => {
    const data = statusData();
    const rest = segment(0xfe, 0x0100, '010203040506') + segment(0xff, 11);
    assert.equal(readStatus(data, rest).cellCount, 2);
    const broken = segment(0xfe, 0x0100, '010203040506').replace('0102', '0103');
    failsWith('checksum', () => readStatus(data, broken));
  });

  it('segments without end do not fill the buffer', () => {
    const endless = antFrame(0xa1, 0x11, 0, statusData(), segment(0xfe, 0, 'aa'.repeat(250)).repeat(4));
    const framer = new Framer(ant.frames);
    assert.deepEqual(framer.push(endless), []);
    assert.ok(framer.pending <= ant.frames.maxLength);
  });
});

describe('ant answers (sections 3, 9.3)', () => {
  const data = statusData();

  it('only the answer to the pending request counts: function, register, address', () => {
    for (const other of [
      antFrame(0xa1, 0x12, 0, data), // a parameter
      antFrame(0xa1, 0x11, 1, data), // another register
      antFrame(0xc1, 0x11, 0, data), // another board
      antFrame(0xa1, 0x61, 0, Buffer.from([1, 0])), // a command that went before
      DEVICE_INFO,
      antQuery(ant, '01').request(TARGET), // the echo
    ]) {
      failsWith('timeout', () => read('01', other));
      assert.equal(read('01', Buffer.concat([other, antFrame(0xa1, 0x11, 0, data)])).cellCount, 2);
    }
  });

  it('another address asks and is heard under its own', () => {
    const target = { address: 0xc1, memory: {} };
    const query = antQuery(ant, '01');
    assert.equal(query.request(target)[1], 0xc1);
    assert.equal(answer(ant, query, target, [antFrame(0xc1, 0x11, 0, data)]).reading.cellCount, 2);
  });

  it('the result segment refuses, or grants', () => {
    const info = (rest: string): Reading => read('620', antFrame(0xa1, 0x12, 620, Buffer.alloc(32, 0x41), rest));
    for (const granted of ['', segment(0xff, 0), segment(0xff, 10), segment(0xff, 11)]) {
      assert.equal(info(granted).softwareVersion, 'A'.repeat(16));
    }
    failsWith('denied', () => info(segment(0xff, 1)));
    failsWith('denied', () => info(segment(0xff, 5)));
    failsWith('unsupported', () => info(segment(0xff, 4)));
    failsWith('rejected', () => info(segment(0xff, 17)));
  });

  it('a level that is too low reads as ff, which is no value', () => {
    const nothing = (code: string, func: number, register: number, length: number): Reading =>
      read(code, antFrame(0xa1, func, register, Buffer.alloc(length, 0xff)));
    assert.deepEqual(nothing('620', 0x12, 620, 32), {});
    assert.deepEqual(nothing('262', 0x12, 262, 32), {});
    assert.deepEqual(nothing('04', 0x14, 0, 12), {});
    assert.deepEqual(nothing('05', 0x15, 0, 40), {});
  });

  it('lengths that cannot be are malformed', () => {
    failsWith('malformed', () => readStatus(statusData().subarray(0, 27)));
    failsWith('malformed', () => readStatus(statusData(16, 4).subarray(0, 145)));
    failsWith('malformed', () => read('620', antFrame(0xa1, 0x12, 620, Buffer.alloc(31))));
    failsWith('malformed', () => read('262', antFrame(0xa1, 0x12, 262, Buffer.alloc(31))));
    failsWith('malformed', () => read('04', antFrame(0xa1, 0x14, 0, Buffer.alloc(11))));
    failsWith('malformed', () => read('05', antFrame(0xa1, 0x15, 0, Buffer.alloc(39))));
  });

  it('the name that nobody has given a pack is none', () => {
    const name = (text: string): string | undefined =>
      read('262', antFrame(0xa1, 0x12, 262, Buffer.alloc(32, `${text}\0`.padEnd(32, '\0')))).deviceName;
    assert.equal(name('ABCDEFGHIJKLMNOPQRSTUVWXYZ12345'), undefined);
    assert.equal(name('Garage 2'), 'Garage 2');
  });
});

describe('ant quirks (section 12)', () => {
  it('MOSFET bytes: discharge comes first', () => {
    const { chargeEnabled, dischargeEnabled, alarms } = readVector(ant, antVector('ant', '24')).reading;
    assert.deepEqual([chargeEnabled, dischargeEnabled], [false, true]);
    assert.deepEqual(codes(alarms), ['cell_overvoltage protection']);
  });

  it('positive on the wire is discharging, of current and power', () => {
    const data = statusData();
    data.writeInt16LE(22, 34 + LISTS);
    data.writeInt32LE(111, 56 + LISTS);
    assert.deepEqual([readStatus(data).current, readStatus(data).power], [-2.2, -111]);
    data.writeInt16LE(0, 34 + LISTS);
    data.writeInt32LE(0, 56 + LISTS);
    assert.deepEqual([readStatus(data).current, readStatus(data).power], [0, 0]);
  });

  it('state 3 is standby, 4 discharging; a fault leaves it to the current', () => {
    const state = (code: number, current: number): unknown => {
      const data = statusData();
      data[1] = code;
      data.writeInt16LE(current, 34 + LISTS);
      return derive(readStatus(data)).state;
    };
    assert.deepEqual(
      [0, 1, 2, 3, 4].map((code) => state(code, 1)),
      ['idle', 'idle', 'charging', 'idle', 'discharging'],
    );
    assert.deepEqual(
      [-10, 0, 10].map((raw) => state(5, raw)),
      ['charging', 'idle', 'discharging'],
    );
  });

  it('the length depends on cells and sensors, and on what the firmware appends', () => {
    for (const cells of [1, 8, 16, 22, 24, 32]) {
      for (const sensors of [0, 2, 4]) {
        for (const extra of [0, 2, 8]) {
          const data = Buffer.concat([statusData(cells, sensors), Buffer.alloc(extra, 0xab)]);
          data.writeUInt16LE(5284, 32 + 2 * cells + 2 * sensors);
          const { voltage, cellCount, temperatures } = readStatus(data);
          assert.deepEqual([voltage, cellCount, temperatures?.length], [52.84, cells, sensors]);
        }
      }
    }
  });

  it('unset sensors read -40, whichever they are', () => {
    const data = statusData(2, 3);
    data.writeInt16LE(-40, 34);
    data.writeInt16LE(-39, 36);
    data.writeInt16LE(-40, 28 + 10);
    data.writeInt16LE(-40, 30 + 10);
    const { temperatures, mosTemperature, balancerTemperature } = readStatus(data);
    assert.deepEqual([temperatures, mosTemperature, balancerTemperature], [[20, null, -39], undefined, undefined]);
  });

  it('new firmware keeps flags in the upper bits of a cell', () => {
    const data = statusData();
    data.writeUInt16LE(0xe000 | 3301, 28);
    assert.deepEqual(readStatus(data).cellVoltages, [3.301, 3.3]);
  });

  it('the charge MOSFET reads 0 for seconds after it was switched on', () => {
    const vector = antVector('ant', '14');
    const states = vector.exchanges.slice(1).map((exchange) => {
      const { reading } = readVector(ant, { ...vector, exchanges: [exchange] });
      return [reading.chargeEnabled, codes(reading.alarms)];
    });
    assert.deepEqual(states, [
      [false, []],
      [true, []],
    ]);
  });

  it('the balancer code has one byte, the type of the board the other', () => {
    const data = statusData();
    data.set([4, 33], 42 + LISTS);
    assert.equal(readStatus(data).balancing, true);
  });

  it('no cell beyond the count balances', () => {
    const data = statusData();
    data.writeUInt32LE(0xffffffff, 64 + LISTS);
    assert.deepEqual(readStatus(data).balancingCells, [1, 2]);
    const most = statusData(32);
    most.writeUInt32LE(0x80000001, 64 + 64);
    assert.deepEqual(readStatus(most).balancingCells, [1, 32]);
  });

  it('an active balancer tells its current and one cell', () => {
    const balance = (type: number, word: string, rest = ''): unknown => {
      const data = statusData();
      data[43 + LISTS] = type;
      data.set(Buffer.from(word, 'hex'), 64 + LISTS);
      const { balanceCurrent, balancingCells } = readStatus(data, rest);
      return [balanceCurrent, balancingCells];
    };
    assert.deepEqual(balance(1, '00c80002'), [-0.56, [2]]);
    assert.deepEqual(balance(2, '00140001'), [2, [1]]);
    assert.deepEqual(balance(2, '00000000'), [0, []]);
    assert.deepEqual(balance(2, '00140009'), [2, []]);
    assert.deepEqual(balance(33, '00140001', segment(0xfe, 0x0200)), [2, [1]]);
    assert.deepEqual(balance(33, '03140001', segment(0xfe, 0x0300)), [undefined, [1, 2]]);
    assert.deepEqual(balance(33, '01000000'), [undefined, [1]]);
  });

  it('cycles are full ones; without a capacity there are none', () => {
    const cycles = (milli: number, micro: number): unknown => {
      const data = statusData();
      data.writeUInt32LE(micro, 44 + LISTS);
      data.writeUInt32LE(milli, 52 + LISTS);
      const { designCapacity, cycleCapacity, cycles: found } = readStatus(data);
      return [designCapacity, cycleCapacity, found];
    };
    assert.deepEqual(cycles(4862650, 280e6), [280, 4862.65, 17]);
    assert.deepEqual(cycles(99999, 50e6), [50, 99.999, 1]);
    assert.deepEqual(cycles(100000, 50e6), [50, 100, 2]);
    assert.deepEqual(cycles(100000, 0), [undefined, 100, undefined]);
  });

  it('heating shows when it is on', () => {
    const data = statusData();
    assert.equal('heating' in readStatus(data), false);
    data[16] = 0x10;
    assert.equal(readStatus(data).heating, true);
  });

  it('the switches are told by their bits and by the codes of what is off by hand', () => {
    const switches = (bits: number, charge: number, discharge: number): unknown => {
      const data = statusData();
      data[6] = bits;
      data[40 + LISTS] = discharge;
      data[41 + LISTS] = charge;
      const { chargeSwitch, dischargeSwitch } = readStatus(data);
      return [chargeSwitch, dischargeSwitch];
    };
    assert.deepEqual(switches(0, 1, 1), [true, true]);
    assert.deepEqual(switches(0, 2, 5), [true, true], 'held by protections');
    assert.deepEqual(switches(0x20, 2, 1), [false, true], 'bit 21');
    assert.deepEqual(switches(0x02, 1, 2), [true, false], 'bit 17');
    assert.deepEqual(switches(0, 15, 0), [false, true], 'on its way to on');
  });

  it('the extension tells charger and last charge, where it is as long as was seen', () => {
    const connections = (length: number, change: (data: Buffer, at: number) => void = () => undefined): unknown => {
      const core = statusData();
      const data = Buffer.concat([core, Buffer.alloc(length)]);
      change(data, core.length);
      const { chargerConnected, timeSinceCharge } = readStatus(data);
      return [chargerConnected, timeSinceCharge];
    };
    assert.deepEqual(connections(0), [undefined, undefined]);
    assert.deepEqual(connections(12), [undefined, undefined], 'something else');
    assert.deepEqual(
      connections(14, (data, at) => data.writeUInt32LE(5037, at + 4)),
      [undefined, 5037],
    );
    assert.deepEqual(connections(24), [false, 0]);
    assert.deepEqual(
      connections(24, (data, at) => data.writeUInt16LE(0x8000, at + 22)),
      [true, 0],
    );
    for (const [at, bit] of [
      [14, 0x10],
      [14, 0x40],
      [18, 0x04],
    ] as const) {
      assert.deepEqual(
        connections(0, (data) => (data[at] = bit)),
        [true, undefined],
        `${at}`,
      );
    }
  });

  it('a percentage beyond 100 is none, 0 is one', () => {
    const data = statusData();
    data.writeUInt16LE(0xffff, 36 + LISTS);
    data.writeUInt16LE(101, 38 + LISTS);
    assert.deepEqual([readStatus(data).soc, readStatus(data).soh], [undefined, undefined]);
    assert.equal(readStatus(statusData()).soc, 0);
  });

  it('a lost application: run time 0 and its own fault', () => {
    const data = statusData();
    data[8] = 0x40;
    const { runtime, alarms } = readStatus(data);
    assert.equal(runtime, 0);
    assert.deepEqual(codes(alarms), ['firmware_missing fault']);
  });
});
