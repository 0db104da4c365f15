import assert from 'node:assert/strict';
import type { DalyModbusMemory as Memory } from '../../src/codec/daly-modbus/memory';
import { dalyModbus } from '../../src/codec/daly-modbus';
import { ask, block, closed, D2_BOARD, d2, p81Cells, p81State, queryFor, reply } from '../support/daly-modbus';
import { loadVector, readVector } from '../support/vectors';

const D2_KNOWN: Memory = { variant: 'd2', statusRegisters: 62, isBalancing: false, cellCount: 4 };

function extended(registers: Record<number, number>, memory: Memory = D2_KNOWN): ReturnType<typeof ask> {
  return ask('(003e)', reply(0xd2, block(0x3e, 9, registers)), memory);
}

describe('daly-modbus validity (section 9)', () => {
  const refused = (run: () => unknown, what: string): void => assert.throws(run, { code: 'malformed' }, what);

  it('D2: no cells, more than 32, no voltage, no current measurement, SOC above 100 %', () => {
    const impossible = { 0x31: [0, 33, 0xffff], 0x28: [0], 0x29: [0], 0x2a: [1001] };
    for (const [register, values] of Object.entries(impossible)) {
      for (const raw of values) refused(() => d2({ [register]: raw }), `${register}: ${raw}`);
    }
    assert.equal(d2({ 0x2a: 1000 }).soc, 100);
    assert.equal(d2({ 0x31: 32 }).cellVoltages?.length, 32);
  });

  it('boards with a number: the same, and 48 cells', () => {
    const impossible = { 0x3c: [0, 49, 0xffff], 0x38: [0], 0x39: [0], 0x3a: [1001] };
    for (const [register, values] of Object.entries(impossible)) {
      for (const raw of values) refused(() => p81Cells({ [register]: raw }), `${register}: ${raw}`);
    }
    assert.equal(p81Cells({ 0x3c: 48 }).cellVoltages?.length, 48);
  });

  it('ffff is a register that the board does not have: no value', () => {
    const names = { 0x28: 'voltage', 0x29: 'current', 0x2a: 'soc', 0x30: 'remainingCapacity', 0x33: 'cycles' };
    const more = { 0x2f: 'state', 0x32: 'temperatures', 0x34: 'balancing', 0x35: 'chargeEnabled', 2: 'cellVoltages' };
    for (const [register, key] of Object.entries({ ...names, ...more })) {
      assert.equal(key in d2(), true, key);
      assert.equal(key in d2({ [register]: 0xffff }), false, key);
    }
  });

  it('states and switches that mean nothing are absent', () => {
    assert.deepEqual(
      [0, 1, 2, 3].map((raw) => d2({ 0x2f: raw }).state),
      ['idle', 'charging', 'discharging', undefined],
    );
    assert.deepEqual(
      [0, 1, 2].map((raw) => p81State({ 0x55: raw }).heating),
      [false, true, undefined],
    );
  });
});

describe('daly-modbus quirks (sections 4, 5, 11, 12)', () => {
  it('sign of the current: above 30000 is charging', () => {
    assert.deepEqual(
      [30001, 30000, 29969].map((raw) => [d2({ 0x29: raw }).current, p81Cells({ 0x39: raw }).current]),
      [
        [0.1, 0.1],
        [0, 0],
        [-3.1, -3.1],
      ],
    );
  });

  it('state 0 with a small current: both as reported', () => {
    const { state, current } = d2({ 0x2f: 0, 0x29: 29998 });
    assert.deepEqual([state, current], ['idle', -0.2]);
  });

  it('temperatures beyond the count are unrelated numbers; ff and ffff are not connected', () => {
    const sensors = { 0x20: 62, 0x21: 0xff, 0x22: 0xffff, 0x23: 0, 0x24: 61 };
    assert.deepEqual(d2({ ...sensors, 0x32: 4 }).temperatures, [22, null, null, -40]);
    assert.deepEqual(d2({ ...sensors, 0x32: 0 }).temperatures, []);
    assert.equal(d2({ 0x32: 9 }).temperatures?.length, 8);
    assert.deepEqual(p81Cells({ 0x30: 62, 0x31: 0xff, 0x32: 61, 0x3d: 2 }).temperatures, [22, null]);
  });

  it('MOSFET temperature 0 is not fitted on D2, -40 °C elsewhere', () => {
    for (const raw of [0, 0xff, 0xffff]) assert.equal('mosTemperature' in d2({ 0x42: raw }, 80), false);
    assert.equal(d2({ 0x42: 55 }, 80).mosTemperature, 15);
    assert.equal(p81State({ 0x5a: 0 }).mosTemperature, -40);
    for (const raw of [0xff, 0xffff]) assert.equal('mosTemperature' in p81State({ 0x5a: raw }), false);
  });

  it('62- and 80-register firmware: decoded by what came', () => {
    const registers = { 0x3e: 0b11, 0x40: 31500, 0x42: 60 };
    const old = ask('status (0000)', reply(0xd2, block(0, 62, D2_BOARD)));
    const recent = ask('status (0000)', reply(0xd2, block(0, 80, { ...D2_BOARD, 0x34: 1, ...registers })));
    assert.deepEqual([old.memory.statusRegisters, recent.memory.statusRegisters], [62, 80]);
    const { balancingCells, balanceCurrent, mosTemperature } = recent.reading;
    assert.deepEqual(
      { balancingCells, balanceCurrent, mosTemperature },
      extended(registers, { ...D2_KNOWN, isBalancing: true }).reading,
    );
    assert.deepEqual([balancingCells, balanceCurrent, mosTemperature], [[1, 2], 1.5, 20]);
  });

  it('the extended part is not asked again where it is of no use', () => {
    for (const raw of [0, 0xff, 0xffff]) {
      const got = extended({ 0x42: raw, 0x40: 30000 });
      assert.deepEqual([got.reading, got.memory.hasExtended], [{}, false]);
      assert.equal(queryFor('(003e)').applies?.({ address: 0, memory: got.memory }), false);
    }
    const good = extended({ 0x42: 60 });
    assert.equal(queryFor('(003e)').applies?.({ address: 0, memory: good.memory }), true);
  });

  it('3e is a bitmap only when register 34 agrees, else it may be a mileage', () => {
    const cells = (balancing: number, low: number, high = 0): unknown =>
      d2({ 0x34: balancing, 0x3e: low, 0x3f: high, 0x31: 20 }, 80).balancingCells;
    assert.deepEqual(cells(1, 0x8001, 0x0005), [1, 16, 17, 19]);
    assert.deepEqual(cells(0, 0), []);
    assert.equal(cells(0, 123), undefined);
    assert.equal(cells(1, 0), undefined);
    assert.equal(cells(1, 0xffff, 0), undefined);
    assert.equal(cells(1, 1, 0xffff), undefined);
    // beyond the cells that there are
    assert.deepEqual(cells(1, 1, 0x8000), [1]);
  });

  it('balancer current: an offset of 30000 mA, 0 and ffff are none', () => {
    assert.deepEqual(
      [30000, 29000, 1, 0, 0xffff].map((raw) => [
        d2({ 0x40: raw }, 80).balanceCurrent,
        p81State({ 0x4e: raw }).balanceCurrent,
      ]),
      [0, -1, -29.999, undefined, undefined].map((value) => [value, value]),
    );
  });

  it('4d = 7 is not balancing by itself: the cells decide', () => {
    const balancing = (mode: number, bits: number): unknown => {
      const reading = p81State({ 0x4d: mode, 0x51: bits });
      return [reading.balancing, reading.balancingCells];
    };
    assert.deepEqual(balancing(0, 0), [false, []]);
    assert.deepEqual(balancing(1, 1), [true, [33]]);
    assert.deepEqual(balancing(2, 0), [true, []]);
    assert.deepEqual(balancing(7, 0), [false, []]);
    assert.deepEqual(balancing(7, 0x8000), [true, [48]]);
    const none = p81State({ 0x4d: 7, 0x4f: 0xffff, 0x50: 0xffff, 0x51: 0xffff });
    assert.deepEqual([none.balancing, none.balancingCells], [undefined, undefined]);
    assert.deepEqual(p81State({ 0x4f: 0xff }, { cellCount: 4 }).balancingCells, [1, 2, 3, 4]);
  });

  it('3b is a heartbeat and no state of health', () => {
    assert.equal('soh' in p81Cells({ 0x3b: 99 }), false);
  });

  it('max and min registers lag the list: the list counts', () => {
    const { cellVoltageMax, cellVoltageMin } = d2({ 0x2b: 9999, 0x2c: 1 });
    assert.deepEqual([cellVoltageMax, cellVoltageMin], [undefined, undefined]);
  });

  it('an active balancer without shunt and MOSFETs: its zeros are what it reports, and raise nothing', () => {
    const { reading } = readVector(dalyModbus, loadVector('daly-modbus', 'd2-16s-balancer-session'));
    const { soc, remainingCapacity, cycles, chargeEnabled, dischargeEnabled, alarms } = reading;
    assert.deepEqual([soc, remainingCapacity, cycles, chargeEnabled, dischargeEnabled], [0, 0, 0, false, false]);
    assert.deepEqual(alarms, []);
  });

  it('24 cells on D2', () => {
    const { reading } = readVector(dalyModbus, loadVector('daly-modbus', 'd2-24s-idle'));
    assert.equal(reading.cellVoltages?.length, 24);
  });
});

describe('daly-modbus identity (sections 4.2, 5.2)', () => {
  const version = (soft: string, hard: string, machine: string): unknown => {
    const data = Buffer.alloc(64);
    data.write(soft, 0, 'latin1');
    data.write(hard, 16, 'latin1');
    data.write(machine, 32, 'latin1');
    return ask('(00a9)', reply(0xd2, data), D2_KNOWN).reading;
  };

  it('the machine code stands in for an empty hardware version, and is dropped otherwise', () => {
    assert.deepEqual(version(' 1.2 ', 'HW\0left', 'MODEL'), { softwareVersion: '1.2', hardwareVersion: 'HW' });
    assert.deepEqual(version('1.2', '   ', 'MODEL'), { softwareVersion: '1.2', hardwareVersion: 'MODEL' });
    assert.deepEqual(version('', '', ''), {});
  });

  it('production date: YY MM DD, ignored when it cannot be', () => {
    const of = (date: string): unknown => ask('(00cc)', closed(`d20304${date}`), D2_KNOWN).reading.manufactureDate;
    assert.deepEqual(of('1a031a00'), '2026-03-26');
    for (const date of ['00031a00', 'ff031a00', '1a0d0100', '1a012000', '1a001a00', '1a1a0000', 'ffffffff']) {
      assert.equal(of(date), undefined, date);
    }
  });

  it('rated capacity: tenths of Ah on D2, mAh elsewhere; 0 was never set', () => {
    const rated = (raw: number): unknown =>
      ask('(0080)', reply(0xd2, block(0x80, 41, { 0x80: raw })), D2_KNOWN).reading.designCapacity;
    assert.deepEqual([rated(1050), rated(0), rated(0xffff)], [105, undefined, undefined]);
    const board = (high: number, low: number): unknown =>
      ask('(0100)', reply(0x51, block(0x100, 81, { 0x109: high, 0x10a: low })), {}, 1).reading.designCapacity;
    assert.deepEqual([board(4, 0xca90), board(0, 0), board(0xffff, 0xffff)], [314, undefined, undefined]);
  });

  it('the switches are registers of their own; ffff, and what is neither on nor off, is none', () => {
    const d2Told = (charge: number, discharge: number): unknown =>
      ask('(00a5)', reply(0xd2, block(0xa5, 4, { 0xa5: charge, 0xa6: discharge })), D2_KNOWN).reading;
    assert.deepEqual(d2Told(1, 0), { chargeSwitch: true, dischargeSwitch: false });
    assert.deepEqual(d2Told(0xffff, 2), {});
    const balancer = (raw: number): unknown =>
      ask('(00cf)', reply(0xd2, block(0xcf, 1, { 0xcf: raw })), D2_KNOWN).reading;
    assert.deepEqual(
      [balancer(1), balancer(0), balancer(0xffff)],
      [{ balancingSwitch: true }, { balancingSwitch: false }, {}],
    );
    const p81 = ask('(0121)', reply(0x51, block(0x121, 2, { 0x121: 0, 0x122: 1 })), {}, 1).reading;
    assert.deepEqual(p81, { chargeSwitch: false, dischargeSwitch: true });
  });
});
