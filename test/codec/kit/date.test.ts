import assert from 'node:assert/strict';
import fc from 'fast-check';
import { dateFromDigits, dateParts, dateText, dateToDigits, packDate, unpackDate } from '../../../src/codec/kit/date';

/** Days that all three forms can say. */
const days = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

describe('dates', () => {
  it('come back from every form', () => {
    fc.assert(
      fc.property(days, (day) => {
        assert.equal(dateText(...dateParts(day)), day);
        assert.equal(unpackDate(packDate(day)), day);
        assert.equal(dateFromDigits(dateToDigits(day)), day);
      }),
    );
  });

  it('are undefined for what is no day of the calendar', () => {
    const none = [
      ...[dateText(2023, 2, 29), dateText(2100, 2, 29), dateText(1999, 12, 31), dateText(2024, 4, 31)],
      ...[dateText(2024, 13, 1), dateText(2024, 0, 1), dateText(2024, 1, 0), dateText(10_000, 1, 1)],
      ...[
        unpackDate(0),
        unpackDate(0xffff),
        dateFromDigits('230229'),
        dateFromDigits('24010'),
        dateFromDigits(undefined),
      ],
    ];
    assert.deepEqual([...new Set(none)], [undefined]);
    assert.equal(dateText(2024, 2, 29), '2024-02-29');
    assert.equal(dateFromDigits('240229'), '2024-02-29');
  });

  it('are zeros, or nothing, where there is none', () => {
    for (const date of [undefined, '', 'yesterday']) {
      assert.deepEqual(dateParts(date), [0, 0, 0]);
      assert.equal(packDate(date), 0);
      assert.equal(dateToDigits(date), '');
    }
    assert.equal(packDate('1999-12-31'), 0);
    assert.equal(packDate('2128-01-01'), 0);
    assert.equal(dateToDigits('1999-12-31'), '');
  });
});
