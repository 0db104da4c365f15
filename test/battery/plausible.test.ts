import assert from 'node:assert/strict';
import fc from 'fast-check';
import { dropImplausible } from '../../src/battery/plausible';
import type { Reading } from '../../src/battery/reading';

describe('dropImpossible', () => {
  it('leaves a reading alone that can be true', () => {
    const reading: Reading = {
      voltage: 52.8,
      current: -120,
      soc: 0,
      soh: 100,
      cellVoltages: [0, 3.3, 4.2],
      temperatures: [-40, null, 85],
      mosTemperature: 110,
    };
    const copy = structuredClone(reading);
    assert.equal(dropImplausible(reading), 0);
    assert.deepEqual(reading, copy);
  });

  it('takes out what cannot be, and counts it', () => {
    const reading: Reading = {
      voltage: 6553.5,
      current: Number.NaN,
      soc: 255,
      soh: -1,
      temperatures: [21, 6276.4, null],
      cellVoltages: [3.3, 65.535, 65.535],
    };
    assert.equal(dropImplausible(reading), 7);
    assert.deepEqual(reading, { temperatures: [21, null, null] });
  });

  it('has one limit for each quantity, and takes nothing out that lies on it', () => {
    const limits: [keyof Reading, number, number][] = [
      ['remainingCapacity', 0, 20_000],
      ['fullCapacity', 0, 20_000],
      ['designCapacity', 0, 20_000],
      ['cellCount', 0, 64],
      ['minCell', 1, 64],
      ['maxCell', 1, 64],
      ['cycles', 0, 100_000],
      ['cellVoltageMax', 0, 5],
      ['chargeVoltageLimit', 0, 1000],
    ];
    for (const [key, least, most] of limits) {
      for (const value of [least, most]) assert.equal(dropImplausible({ [key]: value }), 0, `${key} ${value}`);
      for (const value of [least - 0.001, most + 0.001, Number.NaN])
        assert.equal(dropImplausible({ [key]: value }), 1, `${key} ${value}`);
    }
    assert.equal(dropImplausible({ cellVoltages: [0, 5] }), 0);
    assert.equal(dropImplausible({ cellVoltages: [3.3, 5.001] }), 1);
  });

  it('takes three or more sensors at exactly 0 °C for none where all others are far from it', () => {
    const seen = (...temperatures: (number | null)[]): unknown => {
      const reading = { temperatures };
      assert.equal(dropImplausible(reading), 0);
      return reading.temperatures;
    };
    assert.deepEqual(seen(21.5, 0, 0, 0), [21.5, null, null, null]);
    assert.deepEqual(seen(-12, null, 0, 0, 0), [-12, null, null, null, null]);
    assert.deepEqual(seen(21.5, 22, 0, 0), [21.5, 22, 0, 0], 'two may be that cold');
    assert.deepEqual(seen(4, 0, 0, 0), [4, 0, 0, 0], 'a frosty morning');
    assert.deepEqual(seen(0, 0, 0, 0), [0, 0, 0, 0]);
    assert.deepEqual(seen(0, 0, 0), [0, 0, 0]);
  });

  it('leaves no number outside its range, whatever comes', () => {
    const number = fc.double();
    const readings = fc.record({ soc: number, voltage: number, temperatures: fc.array(fc.option(number)) });
    fc.assert(
      fc.property(readings, (reading: Reading) => {
        const before = Object.keys(reading).length;
        const dropped = dropImplausible(reading);
        const { soc = 0, voltage = 0, temperatures = [] } = reading;
        assert.ok(soc >= 0 && soc <= 100 && voltage >= 0 && voltage <= 1000);
        for (const value of temperatures) assert.ok(value === null || (value >= -100 && value <= 250));
        assert.ok(dropped >= before - Object.keys(reading).length);
        assert.equal(dropImplausible(reading), 0);
      }),
    );
  });
});
