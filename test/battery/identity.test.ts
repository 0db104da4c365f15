import assert from 'node:assert/strict';
import fc from 'fast-check';
import { differenceBetween, differenceText, identityIn, identityOf, type Identity } from '../../src/battery/identity';

const known: Identity = { protocol: 'jbd', serialNumber: 'AB1C2D77', model: 'SP16', cellCount: 16 };

const identities = fc.record(
  {
    protocol: fc.constantFrom('jbd', 'jk'),
    serialNumber: fc.constantFrom('000000', 'AB1C2D77', 'AB1C2D78'),
    model: fc.constantFrom('SP16', 'SP04'),
    manufactureDate: fc.constantFrom('2023-01-01', '2024-05-06'),
    module: fc.constantFrom('A4:C1:37:00:00:01', 'A4:C1:37:00:00:02'),
    cellCount: fc.constantFrom(4, 15, 16),
  },
  { requiredKeys: ['protocol'], noNullPrototype: true },
);

describe('identity of a board', () => {
  it('is what an update or a setting does not change', () => {
    const reading = { serialNumber: 'AB1C2D77', model: 'SP16', cellVoltages: [3.3, 3.3], deviceName: 'Home' };
    const told = { ...reading, softwareVersion: '1.2', hardwareVersion: '3', designCapacity: 100 };
    const expected = { protocol: 'jbd', serialNumber: 'AB1C2D77', model: 'SP16', cellCount: 2 };
    assert.deepEqual(identityOf('jbd', told), expected);
    const updated = { ...told, softwareVersion: '1.3', designCapacity: 280, deviceName: 'Boat' };
    assert.equal(differenceBetween(expected, identityOf('jbd', updated)), undefined);
  });

  it('has no blank texts, no count of nothing, and only a MAC address for a module', () => {
    assert.deepEqual(identityOf('jk', { serialNumber: ' ', model: '', cellCount: 0 }, '192.168.1.5'), {
      protocol: 'jk',
    });
    assert.equal(identityOf('jk', {}, 'a4-c1-37-04-2d-be').module, 'A4:C1:37:04:2D:BE');
  });

  it('differs by a serial number of its own, whatever else is equal', () => {
    assert.equal(differenceBetween(known, { ...known, serialNumber: 'AB1C2D78' }), 'serialNumber');
  });

  it('is the same by a serial number of its own, with a broken wire to a cell, behind another module', () => {
    assert.equal(differenceBetween(known, { ...known, cellCount: 15, model: 'renamed' }), undefined);
    assert.equal(differenceBetween(known, { ...known, cellCount: 8 }), 'cellCount');
  });

  for (const serialNumber of ['000000', '123456', '0123456789', 'FFFFFFFF', '1', undefined]) {
    it(`goes by model, date and cell count where the serial number is ${serialNumber}`, () => {
      const one = { ...(serialNumber !== undefined && { serialNumber }), protocol: 'jk', model: 'A', cellCount: 16 };
      assert.equal(differenceBetween(one, { ...one }), undefined);
      assert.equal(differenceBetween(one, { ...one, model: 'B' }), 'model');
      assert.equal(differenceBetween(one, { ...one, cellCount: 15 }), 'cellCount');
      const dated = { ...one, manufactureDate: '2023-01-01' };
      assert.equal(differenceBetween(one, dated), undefined);
      assert.equal(differenceBetween(dated, { ...dated, manufactureDate: '2023-01-02' }), 'manufactureDate');
    });
  }

  it('is contradicted by nothing that is absent, and the same in both directions', () => {
    fc.assert(
      fc.property(identities, identities, (one, other) => {
        assert.equal(differenceBetween(one, one), undefined);
        assert.equal(differenceBetween(one, other) === undefined, differenceBetween(other, one) === undefined);
        assert.equal(differenceBetween(one, { protocol: one.protocol }), undefined);
      }),
    );
  });

  it('comes back from a store as it was kept, and is none where that holds something else', () => {
    fc.assert(
      fc.property(identities, (identity) => {
        assert.deepEqual(identityIn(JSON.parse(JSON.stringify(identity)) as Record<string, unknown>), identity);
      }),
    );
    assert.equal(identityIn({ model: 'A' }), undefined);
    assert.deepEqual(identityIn({ protocol: 'jk', model: 7, cellCount: '16' }), { protocol: 'jk' });
  });

  it('is told from another in words, however long theirs are', () => {
    const text = String(differenceText('serialNumber', known, { ...known, serialNumber: `x\n${'y'.repeat(500)}` }));
    assert.match(text, /^its serial number is "x\\n/);
    assert.ok(text.length < 160);
  });
});
