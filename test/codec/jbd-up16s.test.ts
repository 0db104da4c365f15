import assert from 'node:assert/strict';
import fc from 'fast-check';
import { alarm, unknownAlarm } from '../../src/battery/alarm';
import { BmsError } from '../../src/battery/errors';
import type { BatteryState, Reading } from '../../src/battery/reading';
import { jbdUp16s } from '../../src/codec/jbd-up16s';
import { cells, date, label, scaled, whole } from '../support/arbitraries';
import { queryFor, read } from '../support/jbd';
import { up16sReply } from '../support/jbd-up16s';
import { merged } from '../../src/session/kept-answers';
import { describeProtocol, readAll } from '../support/protocol-properties';
import { answer, loadVector } from '../support/vectors';
import { hex } from '../support/sheet';

const ALARMS = [
  alarm('cell_overvoltage', 'protection'),
  alarm('charge_overcurrent', 'protection'),
  alarm('soc_low', 'protection'),
  alarm('sensor_fault', 'fault'),
  alarm('full_charge_protection', 'warning'),
  unknownAlarm('protection', 31),
  alarm('cell_overvoltage', 'warning'),
  alarm('rtc_fault', 'warning'),
  unknownAlarm('alarm', 19),
];

const temperature = scaled(-500, 1500, 10);

const state = fc.record(
  {
    voltage: scaled(0, 0xffff, 100),
    current: scaled(-300_000, 300_000, 100),
    soc: scaled(0, 10_000, 100),
    remainingCapacity: scaled(0, 0xffff, 100),
    fullCapacity: scaled(0, 0xffff, 100),
    designCapacity: scaled(0, 0xffff, 100),
    mosTemperature: temperature,
    ambientTemperature: temperature,
    state: fc.constantFrom<BatteryState>('idle', 'charging', 'discharging'),
    soh: whole(0, 100),
    alarms: fc.subarray(ALARMS),
    chargeEnabled: fc.boolean(),
    dischargeEnabled: fc.boolean(),
    heating: fc.boolean(),
    cycles: whole(0, 0xffff),
    chargeVoltageLimit: scaled(0, 0xffff, 10),
    chargeCurrentLimit: scaled(0, 0xffff, 10),
    dischargeVoltageLimit: scaled(0, 0xffff, 10),
    dischargeCurrentLimit: scaled(0, 0xffff, 10),
    temperatures: fc.array(temperature, { maxLength: 8 }),
    cellVoltageAverage: scaled(1, 0xffff, 1000),
    temperatureAverage: temperature.filter((value) => value !== -50),
  },
  { noNullPrototype: true },
);

const identity = fc.record(
  { deviceName: label(30), serialNumber: label(30), model: label(16), manufactureDate: date(9999) },
  { requiredKeys: [], noNullPrototype: true },
);

/** Only firmware from 12 on is asked for its throughput. */
const firmware: fc.Arbitrary<Reading> = fc
  .tuple(whole(1, 255), whole(0, 255), whole(0, 0xffff), scaled(0, 0xffffffff, 10), scaled(0, 0xffffffff, 10))
  .map(([major, minor, patch, chargedCapacity, given]) => ({
    softwareVersion: `${major}.${minor}.${patch}`,
    ...(major >= 12 && { chargedCapacity, dischargedCapacity: given, cycleCapacity: given }),
  }));

const pack: fc.Arbitrary<Reading> = fc
  .tuple(state, identity, firmware, cells(24, { balanced: 16 }))
  .map((parts) => Object.assign({}, ...parts) as Reading);

describe('jbd-up16s', () => {
  describeProtocol({ protocol: jbdUp16s, pack, uncovered: () => [], noise: 0xff });

  const status = Buffer.from(loadVector('jbd', 'up16s020-addr1-master').exchanges[0]?.rx[0] ?? '', 'hex');
  const statusData = status.subarray(8, -2);

  it('asks in the frames of the protocol sheet', () => {
    const frames = jbdUp16s.queries.map((query) => query.request({ address: 1, memory: {} }).toString('hex'));
    assert.deepEqual(frames, [
      '0178100010a000007fb2',
      '01782006201800007d67',
      '01781c001ca000007c2e',
      '01782810283c00007787',
    ]);
    const [pack2] = jbdUp16s.queries.map((query) => query.request({ address: 2, memory: {} }).toString('hex'));
    assert.equal(pack2, '0278100010a000003fa7');
  });

  it('asks for throughput only where the firmware is known to be 12 or newer', () => {
    const query = queryFor(jbdUp16s, '2006');
    const applies = (memory: object): boolean | undefined => query.applies?.({ address: 1, memory });
    assert.equal(applies({}), false);
    const { memory } = answer(jbdUp16s, queryFor(jbdUp16s, '1000'), { address: 1, memory: {} }, [status]);
    assert.equal(applies(memory), true);
    const old = Buffer.from(statusData);
    old[114] = 11;
    const reply = up16sReply(0x1000, 0x10a0, old);
    const got = answer(jbdUp16s, queryFor(jbdUp16s, '1000'), { address: 1, memory: {} }, [reply]);
    assert.equal(got.reading.softwareVersion, '11.4');
    assert.equal(applies(got.memory), false);
  });

  it('reads fine state of charge and throughput', () => {
    const data = hex('17cf 0064 000c 0096 0050 0000290b 00002605');
    assert.deepEqual(read(jbdUp16s, '2006', up16sReply(0x2006, 0x2018, data)), {
      ...{ soc: 60.95, chargedCapacity: 1050.7 },
      ...{ dischargedCapacity: 973.3, cycleCapacity: 973.3 },
    });
  });

  it('the whole version of the product information wins, and the fine state of charge, whichever comes last', () => {
    const data = Buffer.alloc(44);
    hex('0001 0002 000c 0004 0007 0000').copy(data);
    data.write('UP16S020', 12);
    const target = { address: 1, memory: {} };
    const product = up16sReply(0x2810, 0x283c, data);
    const fine = up16sReply(0x2006, 0x2018, hex('17cf 0064 000c 0096 0050 0000290b 00002605'));
    const told = (
      [
        ['2810', product],
        ['2006', fine],
        ['1000', status],
      ] as const
    ).map(([code, frame]) => {
      const query = queryFor(jbdUp16s, code);
      return [query, { ...answer(jbdUp16s, query, target, [frame]), dropped: 0, at: 0 }] as const;
    });
    assert.deepEqual(told[0]?.[1].reading, { model: 'UP16S020', softwareVersion: '12.4.7' });
    assert.equal(told[2]?.[1].reading.softwareVersion, '12.4');
    for (const answers of [told, [...told].reverse()]) {
      const { softwareVersion, soc } = merged(answers);
      assert.deepEqual([softwareVersion, soc], ['12.4.7', 60.95]);
    }
  });

  it('takes only the block and address asked, and neither an echo nor the individual status', () => {
    const query = queryFor(jbdUp16s, '1000');
    const target = { address: 1, memory: {} };
    const verdict = (frame: Buffer): unknown => query.match(frame, [], target);
    assert.equal(verdict(status), 'complete');
    assert.equal(verdict(query.request(target)), 'foreign');
    assert.equal(verdict(up16sReply(0x1000, 0x10a0, statusData, 2)), 'foreign');
    assert.equal(verdict(up16sReply(0x2000, 0x2050, statusData)), 'foreign');
    assert.equal(verdict(up16sReply(0x1000, 0x10a0, statusData, 1, 0x45)), 'foreign');
  });

  it('finds the answer behind the echo of the request and behind a cut answer', () => {
    const request = queryFor(jbdUp16s, '1000').request({ address: 1, memory: {} });
    assert.equal(read(jbdUp16s, '1000', Buffer.concat([request, status])).voltage, 53.17);
    assert.equal(read(jbdUp16s, '1000', Buffer.concat([status.subarray(0, 90), status])).voltage, 53.17);
  });

  it('refuses answers too short for their own counts, and reads those without a tail', () => {
    const bare = statusData.subarray(0, 68 + 32 + 2 + 8);
    const reading = read(jbdUp16s, '1000', up16sReply(0x1000, 0x10a0, bare));
    assert.equal(reading.temperatures?.length, 4);
    for (const key of ['balancingCells', 'softwareVersion', 'deviceName'] as const)
      assert.equal(reading[key], undefined);
    const tooShort = { '1000': [1, 67, 68, 100, bare.length - 1], '2006': [17], '1c00': [51], '2810': [27] };
    for (const [code, lengths] of Object.entries(tooShort)) {
      const start = Number.parseInt(code, 16);
      for (const length of lengths) {
        const reply = up16sReply(start, start + 0xa0, statusData.subarray(0, length));
        assert.throws(
          () => read(jbdUp16s, code, reply),
          (error) => error instanceof BmsError && error.code === 'malformed',
          `${code}: ${length}`,
        );
      }
    }
  });

  it('shows no date that is in no calendar', () => {
    const data = Buffer.alloc(134);
    const dateOf = (parts: string): unknown => {
      hex(parts).copy(data, 46);
      return read(jbdUp16s, '1c00', up16sReply(0x1c00, 0x1ca0, data)).manufactureDate;
    };
    assert.equal(dateOf('07e9 0004 0011'), '2025-04-17');
    for (const none of ['0000 0000 0000', '07e9 0000 0011', '07e9 0004 0000', '07e9 0002 001d', '07e9 000d 0001']) {
      assert.equal(dateOf(none), undefined, none);
    }
  });

  it('lets the sign of the current speak where the state has no name', () => {
    const odd = Buffer.from(statusData);
    odd.writeUInt16BE(3, 20);
    assert.equal(read(jbdUp16s, '1000', up16sReply(0x1000, 0x10a0, odd)).state, undefined);
  });

  it('serves any part of a pack, and is silent on blocks that it does not have', () => {
    const bare = readAll(jbdUp16s, {}, 1);
    assert.equal(bare.current, 0);
    assert.equal(bare.state, 'idle');
    assert.equal(bare.cellCount, 0);
    assert.deepEqual(bare.temperatures, []);
    // block 2000, the individual status, a wrong CRC, half a request
    const others = ['01782000205000007571', '0145000000540000d4d3'];
    for (const silent of [...others, '0178100010a000007fb3', '0178100010a0', '']) {
      assert.equal(jbdUp16s.emulate(hex(silent)), undefined, silent);
    }
  });

  it('shows the averages of the board, which cuts where we would round', () => {
    const reading = read(jbdUp16s, '1000', status);
    assert.equal(reading.temperatureAverage, 20.8);
    assert.equal(reading.cellVoltageAverage, 3.323);
  });

  it('serves the captured answer of a board but for connection flags and unknown tail', () => {
    const reading = read(jbdUp16s, '1000', status);
    const captured = Buffer.from(statusData).fill(0, 34, 36);
    const served = jbdUp16s.emulate(hex('0178100010a000007fb2'))?.answer(reading).subarray(8, -2);
    assert.equal(served?.toString('hex'), captured.subarray(0, served?.length).toString('hex'));
  });
});
