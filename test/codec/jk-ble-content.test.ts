import assert from 'node:assert/strict';
import { jkBle } from '../../src/codec/jk-ble';
import { loadVector, readVector, shown } from '../support/vectors';
import {
  ACKNOWLEDGEMENT,
  ask,
  CELLS_24S,
  CELLS_32S,
  CELLS_JK04,
  cellsOf,
  INFO,
  queryFor,
  readCells,
  record,
  SETTINGS,
} from '../support/jk-ble';

describe('jk-ble quirks: what the record means (sections 5 to 7, 14)', () => {
  it('only cells in the mask are there, with their resistances', () => {
    const cells = { 6: 'e40c 0000 e40c e50c', 70: '0d000000', 80: '6400 0000 6500 6600', 150: 'ad260000' };
    const reading = readCells(record(2, cells, CELLS_32S));
    assert.deepEqual(reading.cellVoltages, [3.3, 3.3, 3.301]);
    assert.deepEqual(reading.cellResistances, [0.1, 0.101, 0.102]);
    assert.equal(reading.cellCount, 3);
  });

  it('a balancer cell is one above 0 V, whatever the mask says', () => {
    const reading = readCells(record(2, { 10: '00000000', 110: '0ad7a33d', 214: '00000000' }, CELLS_JK04));
    assert.deepEqual(reading.cellVoltages, [3.3, 3.3, 3.3]);
    assert.deepEqual(reading.cellResistances, [0, 0.08, 0]);
  });

  it('power is unsigned on the wire and comes from voltage and current', () => {
    const { reading } = readVector(jkBle, loadVector('jk-ble', '32s-pb2a16s20p-v19.27-discharging'));
    assert.deepEqual([reading.current, reading.power, reading.state], [-0.727, -39.28, 'discharging']);
  });

  it('T4 and T5 are listed from software 14 on; T3 mirrors the MOSFETs and is not', () => {
    const warm = record(2, { 144: 'fa00', 162: 'c800 d200', 214: 'ff', 254: 'fa00 dc00 e600' }, CELLS_32S);
    const zero = record(2, { 254: 'fa00 0000 0000' }, warm);
    assert.deepEqual(cellsOf(warm, '14.20').temperatures, [20, 21, 22, 23]);
    assert.deepEqual(cellsOf(warm, '19.27').temperatures, [20, 21, 22, 23]);
    assert.deepEqual(cellsOf(zero, '14.20').temperatures, [20, 21, 0, 0]);
    for (const version of ['11.288H', '13.9']) assert.deepEqual(cellsOf(warm, version).temperatures, [20, 21]);
    assert.deepEqual(cellsOf(warm, '').temperatures, [20, 21, 22, 23]);
    assert.deepEqual(cellsOf(zero, '').temperatures, [20, 21]);
    assert.equal(cellsOf(warm, '14.20').mosTemperature, 25);
  });

  it('-200.0 °C or a cleared presence bit is no sensor', () => {
    const warm = { 144: 'fa00', 162: 'c800 d200', 214: 'ff', 254: 'fa00 dc00 e600' };
    const cold = record(2, { ...warm, 144: '30f8', 162: '30f8 d200', 256: '30f8 e600' }, CELLS_32S);
    assert.deepEqual(cellsOf(cold, '15.41').temperatures, [null, 21, null, 23]);
    assert.equal(cellsOf(cold, '15.41').mosTemperature, undefined);
    for (const [bits, list, mos] of [
      ['fe', [20, 21, 22, 23], undefined],
      ['fd', [null, 21, 22, 23], 25],
      ['fb', [20, null, 22, 23], 25],
      ['f7', [20, 21, 22, 23], 25],
      ['ef', [20, 21, null, 23], 25],
      ['df', [20, 21, 22, null], 25],
    ] as const) {
      const reading = cellsOf(record(2, { ...warm, 214: bits }, CELLS_32S), '15.41');
      assert.deepEqual([reading.temperatures, reading.mosTemperature], [list, mos], bits);
    }
    const old = readCells(record(2, { 130: '30f8 d200', 134: '30f8', 182: '00' }, CELLS_24S));
    assert.deepEqual([old.temperatures, old.mosTemperature], [[null, 21], undefined]);
  });

  it('B2A8S30P 19.07 without cells: nothing is divided by their number', () => {
    const { reading } = readVector(jkBle, loadVector('jk-ble', '32s-b2a8s30p-v19.07-no-cells-alarm'));
    for (const key of ['cellVoltageMin', 'cellVoltageAverage', 'cellVoltageDelta', 'minCell'] as const) {
      assert.equal(reading[key], undefined, key);
    }
    assert.ok(Object.values(reading).every((value) => !Number.isNaN(value)));
  });

  it('fullCapacity shrinks with age, designCapacity comes from the settings; neither is ever 0', () => {
    const aged = record(2, { 178: '905f0100' }, CELLS_32S);
    const { fullCapacity, designCapacity } = readCells(aged);
    assert.deepEqual([fullCapacity, designCapacity], [90, 100]);
    assert.equal(readCells(CELLS_32S).fullCapacity, undefined);
    for (const impossible of ['00000000', 'ffffffff', '012d3101']) {
      const { reading } = ask('96', [record(1, { 130: impossible }), CELLS_32S]);
      assert.equal(shown(reading).designCapacity, undefined, impossible);
    }
  });

  it('settings of balancers are floats and hold no capacity', () => {
    assert.equal(ask('96', [SETTINGS, CELLS_JK04]).reading.designCapacity, undefined);
  });

  it('a balancer: 0 off, 1 charging, 2 discharging', () => {
    for (const [state, balancing] of [
      ['00', false],
      ['01', true],
      ['02', true],
    ] as const) {
      assert.equal(readCells(record(2, { 140: state }, CELLS_24S)).balancing, balancing);
      assert.equal(readCells(record(2, { 172: state }, CELLS_32S)).balancing, balancing);
      assert.equal(readCells(record(2, { 220: state }, CELLS_JK04)).balancing, balancing);
    }
  });

  it('a balancer may still send current for a record after it has stopped', () => {
    const { balancing, balanceCurrent } = readCells(record(2, { 220: '00', 222: '0000803f' }, CELLS_JK04));
    assert.deepEqual([balancing, balanceCurrent], [false, 1]);
    assert.equal(readCells(record(2, { 222: '0000c07f' }, CELLS_JK04)).balanceCurrent, undefined);
  });

  it('percentages above 100 are not reported', () => {
    const { soc, soh } = readCells(record(2, { 173: '65', 190: 'ff' }, CELLS_32S));
    assert.deepEqual([soc, soh], [undefined, undefined]);
    const full = readCells(record(2, { 173: '64', 190: '64' }, CELLS_32S));
    assert.deepEqual([full.soc, full.soh], [100, 100]);
  });

  it('a cell voltage that no cell has leaves the cells out; a record without cells is none', () => {
    const { memory } = ask('96', [SETTINGS, CELLS_32S]);
    const odd = readCells(record(2, { 8: 'ffff' }, CELLS_32S), memory);
    assert.deepEqual([odd.cellVoltages, odd.voltage], [undefined, readCells(CELLS_32S, memory).voltage]);
    const { memory: floats } = ask('96', [SETTINGS, CELLS_JK04]);
    for (const impossible of ['0000807f', '0000c842', '0000c07f']) {
      assert.equal(readCells(record(2, { 10: impossible }, CELLS_JK04), floats).cellVoltages, undefined);
    }
    assert.throws(() => queryFor('96').decode([SETTINGS], { address: 0, memory: {} }), { code: 'malformed' });
  });

  it('text ends at the first NUL; garbage behind it, blanks and bytes that do not print are dropped', () => {
    const { reading } = ask('97', [
      record(3, { 6: '204a4b2d420053544f', 22: '00313233', 30: '3139ff2e3035', 46: '2020', 86: '01024a4b' }, INFO),
    ]);
    assert.equal(reading.model, 'JK-B');
    assert.equal(reading.softwareVersion, '19.05');
    assert.equal(reading.serialNumber, 'JK');
    assert.equal('hardwareVersion' in reading || 'deviceName' in reading, false);
  });

  it('PINs are readable by anyone in range, but never in a reading', () => {
    const pin = Buffer.from('13579').toString('hex');
    const { reading, memory } = ask('97', [record(3, { 62: pin, 102: pin, 118: pin }, INFO)]);
    assert.doesNotMatch(JSON.stringify([reading, memory]), /13579/);
  });

  it('a date counts when it is six digits and a day of the calendar', () => {
    const dateOf = (text: string): unknown =>
      ask('97', [record(3, { 78: Buffer.from(text).toString('hex') }, INFO)]).reading.manufactureDate;
    assert.equal(dateOf('231118'), '2023-11-18');
    assert.equal(dateOf('240229'), '2024-02-29');
    for (const none of ['', '2311', '2311181', '23111x', '000000', '231301', '230229', '231100']) {
      assert.equal(dateOf(none), undefined, none);
    }
  });

  it('counts how often the board was switched on', () => {
    assert.deepEqual(ask('97', [record(3, { 42: '04030201' }, INFO)]).reading.errorCounts, {
      powerOns: 0x01020304,
    });
  });

  it('firmware 14 and 15 tell who they are with their settings: version and layout follow at once', () => {
    const cells = record(2, { 162: 'c800 d200', 256: '0000 0000' }, CELLS_32S);
    const { reading, memory } = ask('96', [SETTINGS, INFO, ACKNOWLEDGEMENT, cells]);
    assert.equal(reading.model, 'JK_PB2A16S20P');
    assert.equal(memory.softwareMajor, 15);
    assert.deepEqual(reading.temperatures, [20, 21, 0, 0]);
  });
});
