import assert from 'node:assert/strict';
import { dalyModbus } from '../../src/codec/daly-modbus';
import { ask, block, closed, D2_BOARD, D2_KNOWN, d2, d2Part, p81Cells, p81State, reply } from '../support/daly-modbus';
import { loadVector, readVector } from '../support/vectors';

describe('daly-modbus: what cannot be true, and what is none (daly-modbus.md 3, 9)', () => {
  it('no cells or too many, no voltage, no current measurement, SOC above 100 % are refused', () => {
    for (const [read, cells, most, voltage] of [
      [d2, 0x31, 32, 0x28],
      [p81Cells, 0x3c, 48, 0x38],
    ] as const) {
      const impossible = { [cells]: [0, most + 1, 0xffff], [voltage]: [0], [voltage + 1]: [0], [voltage + 2]: [1001] };
      for (const [register, values] of Object.entries(impossible)) {
        for (const raw of values) assert.throws(() => read({ [register]: raw }), { code: 'malformed' });
      }
      assert.equal(read({ [cells]: most }).cellVoltages?.length, most);
      assert.equal(read({ [voltage + 2]: 1000 }).soc, 100);
    }
  });

  it('ffff is a register that the board does not have: no value', () => {
    const names = { 0x28: 'voltage', 0x29: 'current', 0x2a: 'soc', 0x30: 'remainingCapacity', 0x33: 'cycles' };
    const more = { 0x2f: 'state', 0x32: 'temperatures', 0x34: 'balancing', 0x35: 'chargeEnabled', 2: 'cellVoltages' };
    for (const [register, key] of Object.entries({ ...names, ...more })) {
      assert.deepEqual([key in d2(), key in d2({ [register]: 0xffff })], [true, false], key);
    }
  });

  it('states and switches that mean nothing are absent', () => {
    const states = [0, 1, 2, 3].map((raw) => d2({ 0x2f: raw }).state);
    assert.deepEqual(states, ['idle', 'charging', 'discharging', undefined]);
    assert.deepEqual(
      [0, 1, 2].map((raw) => p81State({ 0x55: raw }).heating),
      [false, true, undefined],
    );
  });
});

describe('daly-modbus: values (daly-modbus.md 4, 5, 11, 12)', () => {
  const values = <T>(raws: readonly number[], valueOf: (raw: number) => T): T[] => raws.map(valueOf);

  it('a current above 30000 is charging, also where the state says idle', () => {
    const both = values([30001, 30000, 29969], (raw) => [d2({ 0x29: raw }).current, p81Cells({ 0x39: raw }).current]);
    assert.deepEqual(both.flat(), [0.1, 0.1, 0, 0, -3.1, -3.1]);
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

  it('MOSFET temperature: ff and ffff are none, 0 is none on D2 and -40 °C elsewhere', () => {
    const [none, raws] = [undefined, [0, 0xff, 0xffff, 55]];
    assert.deepEqual(
      values(raws, (raw) => d2({ 0x42: raw }, 80).mosTemperature),
      [none, none, none, 15],
    );
    assert.deepEqual(
      values(raws, (raw) => p81State({ 0x5a: raw }).mosTemperature),
      [-40, none, none, 15],
    );
  });

  it('balancer current: an offset of 30000 mA, 0 and ffff are none', () => {
    const [raws, amps] = [
      [30000, 29000, 1, 0, 0xffff],
      [0, -1, -29.999, undefined, undefined],
    ];
    assert.deepEqual(
      values(raws, (raw) => d2({ 0x40: raw }, 80).balanceCurrent),
      amps,
    );
    assert.deepEqual(
      values(raws, (raw) => p81State({ 0x4e: raw }).balanceCurrent),
      amps,
    );
  });

  it('the extended status of 62-register firmware is that of 80, and not asked again where it is empty', () => {
    const registers = { 0x3e: 0b11, 0x40: 31500, 0x42: 60 };
    const recent = ask('status (0000)', reply(0xd2, block(0, 80, { ...D2_BOARD, 0x34: 1, ...registers })));
    const extended = d2Part('(003e)', 0x3e, 9, registers, { ...D2_KNOWN, isBalancing: true });
    assert.deepEqual(extended.reading, { balancingCells: [1, 2], balanceCurrent: 1.5, mosTemperature: 20 });
    assert.deepEqual({ ...recent.reading, ...extended.reading }, recent.reading);
    assert.deepEqual(
      [recent.memory.statusRegisters, ask('status (0000)', reply(0xd2, block(0, 62, D2_BOARD))).memory.statusRegisters],
      [80, 62],
    );
    assert.equal(extended.memory.hasExtended, true);
    for (const raw of [0, 0xff, 0xffff]) {
      const empty = d2Part('(003e)', 0x3e, 9, { 0x42: raw, 0x40: 30000 }, D2_KNOWN);
      assert.deepEqual([empty.reading, empty.memory.hasExtended], [{}, false]);
    }
  });

  it('3e has a bit for each balancing cell only where register 34 agrees, else it may be a mileage', () => {
    const cells = (balancing: number, low: number, high = 0): unknown =>
      d2({ 0x34: balancing, 0x3e: low, 0x3f: high, 0x31: 20 }, 80).balancingCells;
    assert.deepEqual([cells(1, 0x8001, 0x0005), cells(0, 0)], [[1, 16, 17, 19], []]);
    assert.deepEqual([cells(0, 123), cells(1, 0), cells(1, 0xffff), cells(1, 1, 0xffff)], Array(4).fill(undefined));
    assert.deepEqual(cells(1, 1, 0x8000), [1], 'beyond the cells that there are');
    assert.deepEqual(dalyModbus.lasting?.(D2_KNOWN), { variant: 'd2', statusRegisters: 62, cellCount: 4 });
  });

  it('4d = 7 says nothing of balancing: the cells decide', () => {
    for (const [mode, bits, expected] of [
      [0, 0, [false, []]],
      [1, 1, [true, [33]]],
      [2, 0, [true, []]],
      [7, 0, [false, []]],
      [7, 0x8000, [true, [48]]],
    ] as const) {
      const reading = p81State({ 0x4d: mode, 0x51: bits });
      assert.deepEqual([reading.balancing, reading.balancingCells], expected, `${mode} ${bits}`);
    }
    const none = p81State({ 0x4d: 7, 0x4f: 0xffff, 0x50: 0xffff, 0x51: 0xffff });
    assert.deepEqual([none.balancing, none.balancingCells], [undefined, undefined]);
    assert.deepEqual(p81State({ 0x4f: 0xff }, { cellCount: 4 }).balancingCells, [1, 2, 3, 4]);
  });

  it('the heartbeat in 3b and the extremes, which lag the list, are not told', () => {
    assert.equal('soh' in p81Cells({ 0x3b: 99 }), false);
    const { cellVoltageMax, cellVoltageMin } = d2({ 0x2b: 9999, 0x2c: 1 });
    assert.deepEqual([cellVoltageMax, cellVoltageMin], [undefined, undefined]);
  });

  it('an active balancer without shunt and MOSFETs: its zeros are told, and raise nothing', () => {
    const { reading } = readVector(dalyModbus, loadVector('daly-modbus', 'd2-16s-balancer-session'));
    const { soc, remainingCapacity, cycles, chargeEnabled, dischargeEnabled, alarms } = reading;
    assert.deepEqual([soc, remainingCapacity, cycles, chargeEnabled, dischargeEnabled], [0, 0, 0, false, false]);
    assert.deepEqual(alarms, []);
  });
});

describe('daly-modbus: identity and switches (daly-modbus.md 4.2, 4.3, 5.2)', () => {
  it('the machine code stands in for an empty hardware version, and is dropped otherwise', () => {
    const version = (soft: string, hard: string, machine: string): unknown => {
      const data = Buffer.from([soft.padEnd(16, '\0'), hard.padEnd(16, '\0'), machine.padEnd(32, '\0')].join(''));
      return ask('(00a9)', reply(0xd2, data), D2_KNOWN).reading;
    };
    assert.deepEqual(version(' 1.2 ', 'HW\0left', 'MODEL'), { softwareVersion: '1.2', hardwareVersion: 'HW' });
    assert.deepEqual(version('1.2', '   ', 'MODEL'), { softwareVersion: '1.2', hardwareVersion: 'MODEL' });
    assert.deepEqual(version('', '', ''), {});
  });

  it('production date: YY MM DD, ignored when it cannot be', () => {
    const of = (days: string): unknown => ask('(00cc)', closed(`d20304${days}`), D2_KNOWN).reading.manufactureDate;
    assert.equal(of('1a031a00'), '2026-03-26');
    const impossible = ['00031a00', 'ff031a00', '1a0d0100', '1a012000', '1a001a00', '1a1a0000', 'ffffffff'];
    for (const days of impossible) assert.equal(of(days), undefined, days);
  });

  it('rated capacity: tenths of Ah on D2, mAh elsewhere; 0 was never set', () => {
    const rated = (raw: number): unknown => d2Part('(0080)', 0x80, 41, { 0x80: raw }).reading.designCapacity;
    assert.deepEqual([1050, 0, 0xffff].map(rated), [105, undefined, undefined]);
    const board = (high: number, low: number): unknown =>
      ask('(0100)', reply(0x51, block(0x100, 81, { 0x109: high, 0x10a: low })), {}, 1).reading.designCapacity;
    assert.deepEqual([board(4, 0xca90), board(0, 0), board(0xffff, 0xffff)], [314, undefined, undefined]);
  });

  it('the switches are registers of their own; ffff, and what is neither on nor off, is none', () => {
    const mosfets = (charge: number, discharge: number): unknown =>
      d2Part('(00a5)', 0xa5, 4, { 0xa5: charge, 0xa6: discharge });
    const known = { ...D2_KNOWN, hasSwitches: true };
    assert.deepEqual(mosfets(1, 0), { reading: { chargeSwitch: true, dischargeSwitch: false }, memory: known });
    assert.deepEqual(mosfets(0xffff, 2), { reading: {}, memory: { ...known, hasSwitches: false } });
    const balancer = (raw: number): unknown => d2Part('(00cf)', 0xcf, 1, { 0xcf: raw }).reading.balancingSwitch;
    assert.deepEqual([1, 0, 0xffff].map(balancer), [true, false, undefined]);
    const p81 = ask('(0121)', reply(0x51, block(0x121, 2, { 0x121: 0, 0x122: 1 })), {}, 1).reading;
    assert.deepEqual(p81, { chargeSwitch: false, dischargeSwitch: true });
  });
});
