import assert from 'node:assert/strict';
import fc from 'fast-check';
import { alarm, unknownAlarm, type Alarm } from '../../src/battery/alarm';
import type { Reading } from '../../src/battery/reading';
import { jkModbus } from '../../src/codec/jk-modbus';
import { information, live, settings, type JkModbusMemory } from '../../src/codec/jk-modbus/tables';
import {
  decodeBlock,
  informationRegisters,
  liveRegisters,
  registerQuery,
  restRegisters,
  settingsRegisters,
} from '../../src/codec/jk-modbus/variants/registers';
import type { Protocol } from '../../src/codec/protocol';
import { date, label, scaled, whole } from '../support/arbitraries';
import { modbus, queryFor, verdict } from '../support/jk-modbus';
import { describeProtocol, readAll } from '../support/protocol-properties';
import { loadVector, loadVectors, readVector } from '../support/vectors';
import { codes, hex } from '../support/sheet';

/** Board 1 as one that answers with registers only. */
const registersOnly: Protocol<JkModbusMemory> = {
  ...jkModbus,
  queries: [liveRegisters, restRegisters, settingsRegisters, informationRegisters],
};

/** The reads of the sweep and the monitor in the vectors, beside those that we send. */
const otherPlans: Protocol<JkModbusMemory> = {
  ...jkModbus,
  queries: [
    ...jkModbus.queries,
    registerQuery({
      name: 'info',
      group: 'identity',
      register: 0x1400,
      count: 120,
      decode: decodeBlock(information),
    }),
    registerQuery({ name: 'settings', group: 'identity', register: 0x1000, count: 120, decode: decodeBlock(settings) }),
    registerQuery({ name: 'beyond', group: 'identity', register: 0x1310, count: 8, decode: decodeBlock(live) }),
  ],
};

describe('jk-modbus vectors', () => {
  const reading = loadVectors('jk-modbus').filter(({ file }) => !file.startsWith('write-'));

  it('are all here', () => {
    assert.equal(reading.length, 8);
    assert.equal(reading.filter(({ verified }) => verified).length, 2);
    assert.equal(loadVectors('jk-modbus').length, 12);
  });

  const errors: Readonly<Record<string, string[]>> = {
    'fc03-pb2a16s20p-15.41-full.json': ['unsupported'],
    'poll-wrong-address-then-right.json': ['timeout'],
  };

  for (const vector of reading) {
    it(vector.name, () => {
      const got = readVector(otherPlans, vector);
      const unread = vector.file.includes('soc59') ? 1 : 0;
      assert.equal(got.asked, vector.unsolicited === undefined ? vector.exchanges.length - unread : 2);
      for (const [key, value] of Object.entries({ ...vector.expect, ...vector.expectUnverified, ...vector.derived })) {
        if (key === 'alarms') assert.deepEqual(codes(got.reading.alarms), codes(value));
        else assert.deepEqual(got.reading[key as keyof Reading], value, key);
      }
      assert.deepEqual(
        got.errors.map(({ code }) => code),
        errors[vector.file] ?? [],
      );
    });
  }

  it('a late answer of another address alone gives nothing', () => {
    const vector = loadVector('jk-modbus', 'poll-wrong-address-then-right');
    const got = readVector(jkModbus, { ...vector, exchanges: vector.exchanges.slice(0, 1) });
    assert.deepEqual([got.reading, got.asked], [{}, 1]);
  });

  it('the plan of reads, served from the memory of a board, gives what the exchanges give', () => {
    const vector = loadVector('jk-modbus', 'fc03-pb2a16s20p-15.41-soc59') as unknown as Memory;
    const exchanges = registersOnly.queries.map((query) => {
      const tx = query.request({ address: 1, memory: {} });
      return { tx: tx.toString('hex'), rx: [fromMemory(vector.memory, tx).toString('hex')], what: query.name };
    });
    const got = readVector(jkModbus, { ...loadVector('jk-modbus', 'fc03-pb2a16s20p-15.41-soc59'), exchanges });
    assert.equal(got.asked, 4);
    for (const [key, value] of Object.entries(vector.expect)) {
      assert.deepEqual(got.reading[key as keyof Reading], value, key);
    }
  });

  it('reads the alarms alone (write-switches-15.41)', () => {
    const { tx, rx } = loadVector('jk-modbus', 'write-switches-15.41').exchanges.at(-1) ?? { tx: '', rx: [] };
    const query = registerQuery({
      name: 'alarms',
      group: 'fast',
      register: 0x12a0,
      count: 2,
      decode: (data) => ({ reading: { cycles: data.readUInt32BE(0) } }),
    });
    const target = { address: 1, memory: {} };
    assert.equal(query.request(target).toString('hex'), tx);
    const frame = hex(rx.join(''));
    assert.equal(query.match(frame, [], target), 'complete');
    assert.equal(query.decode([frame], target).reading.cycles, 0);
    assert.deepEqual(jkModbus.emulate(hex(tx))?.answer({}).toString('hex'), frame.toString('hex'));
  });

  it('a refused write is refused for its own reason (write-exception-rcv-time)', () => {
    for (const { rx } of loadVector('jk-modbus', 'write-exception-rcv-time').exchanges) {
      assert.equal(verdict('1620', hex(rx.join('')), 2), 'rejected');
    }
  });

  it('writes are refused by a board that cannot be commanded', () => {
    for (const file of ['write-switches-15.41', 'write-balancer-addr2', 'write-vendor-v1.1-examples']) {
      const writes = loadVector('jk-modbus', file).exchanges.filter(({ tx }) => tx.startsWith('10', 2));
      assert.ok(writes.length > 0);
      for (const { tx } of writes) {
        const refusal = modbus(`${tx.slice(0, 2)} 90 02`).toString('hex');
        assert.equal(jkModbus.emulate(hex(tx))?.answer({}).toString('hex'), refusal, tx);
      }
    }
  });
});

interface Memory {
  memory: { address: string; data: string }[];
  expect: Record<string, unknown>;
}

/** The answer of a board to a read of registers, out of an image of its memory. */
function fromMemory(memory: Memory['memory'], request: Buffer): Buffer {
  const from = request.readUInt16BE(2);
  const length = 2 * request.readUInt16BE(4);
  for (const { address, data } of memory) {
    const at = from - Number(address);
    const image = hex(data);
    if (at < 0 || at + length > image.length) continue;
    return modbus(Buffer.concat([Buffer.from([1, 3, length]), image.subarray(at, at + length)]));
  }
  return modbus('01 83 02');
}

const ALARMS: Alarm[] = [
  alarm('wire_resistance_high', 'warning'),
  alarm('cell_count_mismatch', 'fault'),
  alarm('cell_overvoltage', 'protection'),
  alarm('short_circuit', 'protection'),
  alarm('discharge_overcurrent', 'protection'),
  alarm('charge_mos_fault', 'fault'),
  alarm('remote_lock', 'protection'),
  unknownAlarm('12a0', 29),
  unknownAlarm('12a0', 31),
];

const cells = fc
  .array(fc.tuple(scaled(0, 5500, 1000), scaled(0, 0xffff, 1000)), { minLength: 1, maxLength: 32 })
  .map((list) => ({
    cellVoltages: list.map(([voltage]) => voltage),
    cellResistances: list.map(([, resistance]) => resistance),
    cellCount: list.length,
  }));

const celsius = scaled(-1999, 32767, 10);
const sensor = fc.option(celsius);
const temperatures = fc.oneof(
  fc.tuple(sensor, sensor),
  // Two further sensors that are both 0.0 °C cannot be told from none while the version is not known.
  fc.tuple(sensor, sensor, sensor, sensor).filter(([, , third, fourth]) => third !== 0 || fourth !== 0),
);

const state = fc.record(
  {
    voltage: scaled(0, 0xffffffff, 1000),
    current: scaled(-0x80000000, 0x7fffffff, 1000),
    balanceCurrent: scaled(-0x8000, 0x7fff, 1000),
    soc: whole(0, 100),
    soh: whole(0, 100),
    remainingCapacity: scaled(0, 0x7fffffff, 1000),
    fullCapacity: scaled(1, 0xffffffff, 1000),
    cycles: whole(0, 0xffffffff),
    cycleCapacity: scaled(0, 0xffffffff, 1000),
    runtime: whole(0, 0xffffffff),
    chargeEnabled: fc.boolean(),
    dischargeEnabled: fc.boolean(),
    heating: fc.boolean(),
    balancing: fc.boolean(),
    chargeSwitch: fc.boolean(),
    dischargeSwitch: fc.boolean(),
    balancingSwitch: fc.boolean(),
    heatingSwitch: fc.boolean(),
    alarms: fc.subarray(ALARMS),
    temperatures,
    mosTemperature: celsius,
    designCapacity: scaled(1, 20_000_000, 1000),
    model: label(16),
    hardwareVersion: label(8),
    softwareVersion: label(8),
    deviceName: label(16),
    serialNumber: label(16),
    manufactureDate: date(2099),
    errorCounts: whole(0, 0xffffffff).map((powerOns) => ({ powerOns })),
  },
  {
    requiredKeys: [
      ...(['voltage', 'current', 'balanceCurrent', 'remainingCapacity', 'cycles', 'cycleCapacity', 'runtime'] as const),
      ...(['chargeEnabled', 'dischargeEnabled', 'heating', 'balancing', 'alarms', 'temperatures'] as const),
      ...(['chargeSwitch', 'dischargeSwitch', 'balancingSwitch', 'heatingSwitch'] as const),
      'errorCounts',
    ],
  },
);

const pack: fc.Arbitrary<Reading> = fc.tuple(state, cells).map(([values, list]) => ({ ...values, ...list }));

describe('jk-modbus', () => {
  describeProtocol({ protocol: jkModbus, pack, uncovered: () => [], noise: 0xff });
});

describe('jk-modbus registers', () => {
  // The heater's switch lies beyond the registers that are read.
  const told = pack.map((all) => {
    const rest = { ...all };
    delete rest.heatingSwitch;
    return rest;
  });
  describeProtocol({ protocol: registersOnly, pack: told, uncovered: () => [], noise: 0xff });
});

describe('jk-modbus requests', () => {
  it('are those of the protocol sheet', () => {
    const requests = Object.fromEntries(
      jkModbus.queries.map((query) => [query.name, query.request({ address: 1, memory: {} }).toString('hex')]),
    );
    assert.deepEqual(requests, {
      'live data (1620)': '011016200001020000d6f1',
      'live registers (1200)': '0103120000784090',
      'further live registers (12f0)': '010312f00010414d',
      'settings (161e)': '0110161e0001020000d22f',
      'settings registers (1000)': '010310000048413c',
      'device information (161c)': '0110161c0001020000d3cd',
      'device information registers (1400)': '0103140000504006',
    });
    assert.deepEqual(
      jkModbus.queries.map(({ group }) => group),
      ['fast', 'fast', 'fast', 'counters', 'counters', 'identity', 'identity'],
    );
  });

  it('registers are asked only where no frame was answered', () => {
    const applies = (code: string, memory: JkModbusMemory, address = 1): boolean =>
      queryFor(code).applies?.({ address, memory }) ?? true;
    const needed = {
      1200: {},
      '12f0': { firstTemperatures: [] },
      1000: { answersRegisters: true },
      1400: { answersRegisters: true },
    };
    for (const [code, memory] of Object.entries(needed)) {
      assert.equal(applies(code, memory), true);
      assert.equal(applies(code, { ...memory, answersFrames: true }), false);
      assert.equal(applies(code, memory, 0), false);
      if (code !== '1200') assert.equal(applies(code, {}), false);
    }
    assert.equal(applies('1620', {}), true);
    for (const code of ['161e', '161c']) {
      assert.equal(applies(code, {}), false);
      assert.equal(applies(code, { answersFrames: true }), true);
    }
  });

  it('are served for any part of a pack', () => {
    for (const protocol of [jkModbus, registersOnly]) {
      const bare = readAll(protocol, {}, 1);
      assert.deepEqual([bare.cellCount, bare.cellVoltages, bare.alarms], [0, [], []]);
      assert.deepEqual(bare.temperatures, [null, null]);
      for (const key of ['soc', 'soh', 'mosTemperature', 'fullCapacity', 'designCapacity', 'model'] as const) {
        assert.equal(bare[key], undefined, key);
      }
    }
  });

  it('any registers of a block are served, what lies beyond is refused', () => {
    const served = (front: string): string | undefined =>
      jkModbus.emulate(modbus(front))?.answer({ voltage: 50 }).toString('hex');
    assert.equal(served('01 03 1290 0002'), modbus('01 03 04 0000c350').toString('hex'));
    assert.equal(served('01 03 1292 0001'), modbus('01 03 02 c350').toString('hex'));
    assert.equal(served('01 03 1310 0008'), modbus('01 83 02').toString('hex'));
    assert.equal(served('01 03 1300 0009'), modbus('01 83 02').toString('hex'));
    assert.equal(served('01 03 0000 0001'), modbus('01 83 02').toString('hex'));
    assert.equal(served('01 03 1200 0000'), modbus('01 83 03').toString('hex'));
    assert.equal(served('01 03 1200 0080'), modbus('01 83 03').toString('hex'));
    assert.equal(served('01 06 1078 0001'), modbus('01 86 02').toString('hex'));
  });

  it('a board is silent on another address, a wrong CRC, logs and everything else', () => {
    const silent = [
      '00 10 1620 0001 02 0000',
      '10 10 1620 0001 02 0000',
      '01 10 1624 0001 02 0000',
      '01 78 1000 10a0 0000',
    ];
    for (const front of silent) assert.equal(jkModbus.emulate(modbus(front)), undefined, front);
    const broken = hex('011016200001020000d6f0');
    for (const request of [broken, Buffer.alloc(0), hex('01'), hex('011016200001020000d6f100')]) {
      assert.equal(jkModbus.emulate(request), undefined);
    }
    assert.equal(jkModbus.emulate(modbus('01 10 1620 0001')), undefined, 'an acknowledgement is no request');
  });
});
