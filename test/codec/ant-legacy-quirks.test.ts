import assert from 'node:assert/strict';
import { derive } from '../../src/battery/derive';
import type { Reading } from '../../src/battery/reading';
import { antLegacy } from '../../src/codec/ant-legacy';
import { decodeStatus } from '../../src/codec/ant-legacy/tables';
import { Framer } from '../../src/codec/kit/framing';
import { antQuery, antVector, failsWith, legacyStatus, readLegacy, sealed } from '../support/ant';
import { answer, readVector } from '../support/vectors';

function powerOf(voltage: number, current: number, power: number): unknown {
  const frame = legacyStatus();
  frame.writeUInt16BE(voltage * 10, 4);
  frame.writeInt32BE(-current * 10, 70);
  frame.writeInt32BE(-power, 111);
  return derive(readLegacy(frame)).power;
}

function vector(number: string): Reading {
  return readVector(antLegacy, antVector('ant-legacy', number)).reading;
}

describe('ant-legacy frames (section 3)', () => {
  const good = sealed(legacyStatus());

  it('keep-alive echoes and short replies between the pieces of a stream are no frames', () => {
    const framer = new Framer(antLegacy.frames);
    const noise = Buffer.from('5a5aff0000ffa5a5f50001f6dbdb00000000', 'hex');
    assert.deepEqual(framer.push(Buffer.concat([noise, good, noise, good])), [good, good]);
    assert.equal(framer.discarded, 2 * noise.length);
    assert.equal(framer.badChecksums, 0);
  });

  it('seven notifications of 20 bytes are one answer', () => {
    assert.equal(vector('05').voltage, 48.8);
    const { exchanges } = antVector('ant-legacy', '05');
    assert.equal(exchanges[0]?.rx.length, 7);
  });

  it('cells may contain aa 55, and even a whole header', () => {
    const frame = legacyStatus();
    frame.set(Buffer.from('aa55aaff', 'hex'), 6);
    assert.deepEqual(decodeStatus(frame).cellVoltages, [43.605, 43.775]);
  });

  it('a good frame inside a damaged one is found wherever the damage cuts', () => {
    for (let kept = 1; kept < good.length; kept++) {
      const framer = new Framer(antLegacy.frames);
      const found = framer.push(Buffer.concat([good.subarray(0, kept), good, Buffer.alloc(140, 0x11)]));
      assert.deepEqual(found, [good], `${kept} bytes`);
    }
  });

  it('a wrong sum is told', () => {
    const frame = Buffer.from(good);
    frame[139] = 0xff - (frame[139] ?? 0);
    const target = { address: 0, memory: {} };
    failsWith('checksum', () => answer(antLegacy, antQuery(antLegacy, 'db db'), target, [frame]));
  });

  it('the echo of the request is no answer', () => {
    const target = { address: 0, memory: {} };
    for (const query of antLegacy.queries) {
      const echo = query.request(target);
      failsWith('timeout', () => answer(antLegacy, query, target, [echo]));
      assert.equal(answer(antLegacy, query, target, [Buffer.concat([echo, good])]).reading.cellCount, 2);
    }
  });

  it('from 1 to 32 cells, else malformed; the slots behind them are nothing', () => {
    const count = (cells: number): Reading => {
      const frame = legacyStatus();
      frame[123] = cells;
      frame.writeUInt32BE(0xffffffff, 132);
      return readLegacy(frame);
    };
    assert.deepEqual([count(1).cellVoltages, count(1).balancingCells], [[3.3], [1]]);
    assert.deepEqual([count(32).cellVoltages?.length, count(32).balancingCells?.length], [32, 32]);
    for (const cells of [0, 33, 255]) failsWith('malformed', () => count(cells));
  });
});

describe('ant-legacy quirks (section 8)', () => {
  it('positive on the wire is discharging: the remaining capacity falls', () => {
    const before = vector('05');
    const after = vector('06');
    assert.deepEqual([before.current, before.power, after.current], [-8, -390, -12]);
    assert.ok((after.remainingCapacity ?? 0) < (before.remainingCapacity ?? 0));
    assert.equal(vector('04').current, 0.2);
  });

  it('six temperatures are MOSFETs, balancer and four sensors', () => {
    const { mosTemperature, balancerTemperature, temperatures } = vector('07');
    assert.deepEqual([mosTemperature, balancerTemperature, temperatures], [23, 25, [21, 22, null, null]]);
    const frame = legacyStatus();
    for (let at = 91; at < 103; at += 2) frame.writeInt16BE(-40, at);
    const none = readLegacy(frame);
    assert.deepEqual([none.mosTemperature, none.balancerTemperature], [undefined, undefined]);
    assert.deepEqual(none.temperatures, [null, null, null, null]);
  });

  it('a capacity of 0 was never set: no capacity and no cycles', () => {
    const reading = vector('01');
    assert.equal('designCapacity' in reading, false);
    assert.equal('cycles' in reading, false);
    assert.equal(vector('05').cycles, 65);
  });

  it('power 9999 at rest: voltage times current is believed', () => {
    assert.equal(vector('02').power, 0);
    assert.equal(powerOf(50, 0, -9999), 0);
    assert.equal(powerOf(50, 0, -20), -20);
    assert.equal(powerOf(50, 0, -21), 0);
    assert.equal(powerOf(50, 10, 570), 570);
    assert.equal(powerOf(50, 10, 571), 500);
    assert.equal(powerOf(50, -10, -430), -430);
    assert.equal(powerOf(50, -10, 430), -500);
  });

  it('a lowest cell beyond the count: the cells tell it', () => {
    const { minCell, cellVoltageMin, maxCell } = vector('02');
    assert.deepEqual([minCell, cellVoltageMin, maxCell], [8, 3.267, 6]);
  });

  it('SOC 0 is a value, beyond 100 is none', () => {
    assert.equal(vector('02').soc, 0);
    const frame = legacyStatus();
    frame[74] = 101;
    assert.equal(readLegacy(frame).soc, undefined);
  });

  it('state, versions and health are not in the status; the current tells the state', () => {
    const reading = vector('05');
    assert.equal(reading.state, 'discharging');
    for (const key of ['soh', 'softwareVersion', 'serialNumber'] as const) assert.equal(key in reading, false, key);
  });
});
