import assert from 'node:assert/strict';
import { cellFrame, frame, read } from '../support/daly-frames';

function refused(id: number, data: string): void {
  const query = (): unknown => read(id, [frame(1, id, data)], { cellCount: 3, sensorCount: 1 });
  assert.throws(query, { name: 'BmsError', code: 'malformed' }, `${id.toString(16)} ${data}`);
}

function text(value: string, frames: number): string[] {
  const values = Buffer.from(value, 'latin1');
  return Array.from({ length: frames }, (_, i) => {
    const data = Buffer.alloc(8);
    data.writeUInt8(i + 1, 0);
    values.subarray(7 * i, 7 * i + 7).copy(data, 1);
    return data.toString('hex');
  });
}

describe('daly validity (section 8)', () => {
  it('refuses 90 without data, and beyond what a pack can have', () => {
    refused(0x90, '0000000000000000');
    refused(0x90, '021200000000039a'); // raw current 0
    refused(0x90, '00000000753001f4'); // 0 V
    refused(0x90, '00310000753001f4'); // 4.9 V
    refused(0x90, '09c50000753001f4'); // 250.1 V
    refused(0x90, '02120000753003e9'); // 100.1 %
    refused(0x90, '02120000' + '3a98' + '01f4'); // 1500.0 A
    refused(0x90, '02120000' + 'afc8' + '01f4'); // -1500.0 A
  });

  it('takes 90 at the edges', () => {
    assert.deepEqual(read(0x90, [frame(1, 0x90, '0032000075300000')]), { voltage: 5, current: 0, soc: 0 });
    assert.deepEqual(read(0x90, [frame(1, 0x90, '09c400003a9903e8')]), { voltage: 250, current: 1499.9, soc: 100 });
    assert.deepEqual(read(0x90, [frame(1, 0x90, '09c40000afc703e8')]).current, -1499.9);
  });

  it('refuses 93 with an unknown state or no data', () => {
    refused(0x93, '0301019e0003eaf8');
    refused(0x93, 'ff01019e0003eaf8');
    refused(0x93, '0000000000000000');
  });

  it('takes 93 of an empty pack that is switched off, by its heartbeat', () => {
    const expected = { state: 'idle', chargeEnabled: false, dischargeEnabled: false, remainingCapacity: 0 };
    assert.deepEqual(read(0x93, [frame(1, 0x93, '0000000100000000')]), expected);
  });

  it('refuses 94 with no cell, more than 48 cells or more than 16 sensors', () => {
    refused(0x94, '0000000000000000');
    refused(0x94, '0001000002000b9b');
    refused(0x94, '3101000002000b9b');
    refused(0x94, '1011000002000b9b');
    assert.equal(read(0x94, [frame(1, 0x94, '3010000002000b9b')]).cellCount, 48);
    assert.equal(read(0x94, [frame(1, 0x94, '1000000002000b9b')]).cellCount, 16);
  });

  it('refuses 95 with a needed cell at 0 mV, not with others', () => {
    const cells = (values: number[], cellCount: number): number[] | undefined =>
      read(0x95, [cellFrame(1, values)], { cellCount }).cellVoltages;
    assert.throws(() => cells([3300, 0, 3300], 3), { code: 'malformed' });
    assert.deepEqual(cells([3300, 5000, 0], 2), [3.3, 5]);
    assert.deepEqual(cells([1, 5001, 0], 1), [0.001]);
  });

  it('hears no list whose length was never told', () => {
    assert.throws(() => read(0x95, [cellFrame(1, [3300, 3300, 3300])]), { code: 'timeout' });
    assert.throws(() => read(0x96, [frame(1, 0x96, '013d000000000000')]), { code: 'timeout' });
  });
});

describe('daly identity (section 7)', () => {
  const texts = [
    { id: 0x57, frames: 5, key: 'serialNumber' },
    { id: 0x62, frames: 2, key: 'softwareVersion' },
    { id: 0x63, frames: 2, key: 'hardwareVersion' },
  ] as const;

  for (const { id, frames, key } of texts) {
    const of = (value: string): string | undefined =>
      read(
        id,
        text(value, frames).map((data) => frame(1, id, data)),
      )[key];

    it(`${key}: cut at 00, printable, trimmed, absent when blank`, () => {
      assert.equal(of('  DL-R32S\x01\xff 1 \0left-over'), 'DL-R32S 1');
      assert.equal(of('x'.repeat(7 * frames)), 'x'.repeat(7 * frames));
      assert.equal(of(''), undefined);
      assert.equal(of('   \x02 '), undefined);
      assert.equal(of('\0left-over'), undefined);
    });

    it(`${key}: complete when all ${frames} frames were seen`, () => {
      const some = text('12345678', frames).slice(0, -1);
      const incomplete = (): unknown =>
        read(
          id,
          some.map((data) => frame(1, id, data)),
        );
      assert.throws(incomplete, { code: 'timeout' });
    });
  }

  it('rated capacity in Ah, absent when never set', () => {
    assert.deepEqual(read(0x50, [frame(1, 0x50, '0000753000000e10')]), { designCapacity: 30 });
    assert.deepEqual(read(0x50, [frame(1, 0x50, '0000000000000e10')]), {});
  });

  it('production date as YYYY-MM-DD, absent when impossible', () => {
    const of = (date: string): unknown => read(0x53, [frame(1, 0x53, `0101${date}ffff0a`)]);
    assert.deepEqual(of('16080a'), { manufactureDate: '2022-08-10' });
    assert.deepEqual(of('18021d'), { manufactureDate: '2024-02-29' });
    for (const impossible of ['000000', '17021d', '160d01', '160020', '16041f', '160800', 'ffffff', '640101']) {
      assert.deepEqual(of(impossible), {}, impossible);
    }
  });
});
