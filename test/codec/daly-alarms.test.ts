import assert from 'node:assert/strict';
import { frame, read } from '../support/daly-frames';

/** Section 5 of the sheet, byte by byte, bit 0 first; undefined is a bit that the vendor reserves. */
const SHEET: readonly (readonly (string | undefined)[])[] = [
  [
    'cell_overvoltage warning',
    'cell_overvoltage protection',
    'cell_undervoltage warning',
    'cell_undervoltage protection',
    'pack_overvoltage warning',
    'pack_overvoltage protection',
    'pack_undervoltage warning',
    'pack_undervoltage protection',
  ],
  [
    'charge_overtemperature warning',
    'charge_overtemperature protection',
    'charge_undertemperature warning',
    'charge_undertemperature protection',
    'discharge_overtemperature warning',
    'discharge_overtemperature protection',
    'discharge_undertemperature warning',
    'discharge_undertemperature protection',
  ],
  [
    'charge_overcurrent warning',
    'charge_overcurrent protection',
    'discharge_overcurrent warning',
    'discharge_overcurrent protection',
    'soc_high warning',
    'soc_high protection',
    'soc_low warning',
    'soc_low protection',
  ],
  [
    'cell_imbalance warning',
    'cell_imbalance protection',
    'temperature_imbalance warning',
    'temperature_imbalance protection',
    undefined,
    undefined,
    undefined,
    undefined,
  ],
  [
    'mos_overtemperature warning',
    'mos_overtemperature warning',
    'sensor_fault fault',
    'sensor_fault fault',
    'charge_mos_fault fault',
    'discharge_mos_fault fault',
    'charge_mos_fault fault',
    'discharge_mos_fault fault',
  ],
  [
    'afe_fault fault',
    'cell_sense_fault fault',
    'sensor_fault fault',
    'storage_fault fault',
    'rtc_fault fault',
    'precharge_fault fault',
    'communication_fault fault',
    'communication_fault fault',
  ],
  [
    'current_sensor_fault fault',
    'voltage_sensor_fault fault',
    'short_circuit protection',
    'charge_inhibited protection',
    'software_lock warning',
    undefined,
    undefined,
    undefined,
  ],
];

function alarmsOf(data: Buffer): string[] {
  const { alarms = [] } = read(0x98, [frame(1, 0x98, data.toString('hex'))]);
  return alarms.map(({ code, level }) => `${code} ${level}`);
}

describe('daly failure flags (98)', () => {
  for (const [index, bits] of SHEET.entries()) {
    for (const [bit, meaning] of bits.entries()) {
      it(`byte ${index} bit ${bit}: ${meaning ?? 'reserved'}`, () => {
        const data = Buffer.alloc(8);
        data.writeUInt8(1 << bit, index);
        assert.deepEqual(alarmsOf(data), meaning === undefined ? [] : [meaning]);
      });
    }
  }

  it('reports an equal code and level once, also across bytes', () => {
    assert.deepEqual(alarmsOf(Buffer.from('000000000cc40000', 'hex')), [
      'sensor_fault fault',
      'communication_fault fault',
    ]);
  });

  it('reports every alarm of the sheet when all bits are set', () => {
    const named = new Set(SHEET.flat().filter((meaning) => meaning !== undefined));
    assert.deepEqual(alarmsOf(Buffer.from('ffffffffffffff00', 'hex')).sort(), [...named].sort());
  });

  it('names the number of byte 7, which is a fault and no set of bits', () => {
    for (const number of [1, 3, 128, 255]) {
      const { alarms } = read(0x98, [frame(1, 0x98, `00000000000000${number.toString(16).padStart(2, '0')}`)]);
      assert.equal(alarms?.length, 1);
      assert.deepEqual([alarms[0]?.code, alarms[0]?.level], ['vendor_fault', 'fault']);
      assert.match(alarms[0]?.message ?? '', new RegExp(`\\b${number}\\b`));
    }
  });

  it('has no alarm when nothing is set', () => {
    assert.deepEqual(alarmsOf(Buffer.alloc(8)), []);
  });
});
