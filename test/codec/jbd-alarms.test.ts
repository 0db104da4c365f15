import assert from 'node:assert/strict';
import type { Protocol } from '../../src/codec/protocol';
import { jbd, jbdAddressed } from '../../src/codec/jbd';
import { jbdUp16s } from '../../src/codec/jbd-up16s';
import { addressedReply, classicReply, read } from '../support/jbd';
import { up16sReply } from '../support/jbd-up16s';
import { codes } from '../support/sheet';

/** Written out from the tables of jbd.md 4.2, 4.3, 9 and 11.4, a row per bit. */
const SHARED_PROTECTIONS = [
  'cell_overvoltage protection',
  'cell_undervoltage protection',
  'pack_overvoltage protection',
  'pack_undervoltage protection',
  'charge_overtemperature protection',
  'charge_undertemperature protection',
  'discharge_overtemperature protection',
  'discharge_undertemperature protection',
  'charge_overcurrent protection',
  'discharge_overcurrent protection',
  'short_circuit protection',
  'afe_fault fault',
  'software_lock warning',
];
const CLASSIC_PROTECTIONS = [
  ...SHARED_PROTECTIONS,
  'charge_mos_fault fault',
  'discharge_mos_fault fault',
  'unknown_protection_15 protection',
];
const CLASSIC_ALARMS = [
  'cell_overvoltage warning',
  'cell_undervoltage warning',
  'pack_overvoltage warning',
  'pack_undervoltage warning',
  'charge_overtemperature warning',
  'charge_undertemperature warning',
  'discharge_overtemperature warning',
  'discharge_undertemperature warning',
  'charge_overcurrent warning',
  'discharge_overcurrent warning',
  'cell_imbalance warning',
  'low_capacity warning',
  undefined,
  undefined,
  undefined,
  undefined,
];
const ADDRESSED_PROTECTIONS = [
  ...SHARED_PROTECTIONS,
  'ambient_overtemperature protection',
  'ambient_undertemperature protection',
  'mos_overtemperature protection',
];
const ADDRESSED_ALARMS = [
  'cell_undervoltage warning',
  'cell_overvoltage warning',
  'pack_undervoltage warning',
  'pack_overvoltage warning',
  'charge_overcurrent warning',
  'discharge_overcurrent warning',
  'charge_overtemperature warning',
  'charge_undertemperature warning',
  'discharge_overtemperature warning',
  'discharge_undertemperature warning',
  'ambient_overtemperature warning',
  'ambient_undertemperature warning',
  'mos_overtemperature warning',
  'cell_imbalance warning',
  'low_capacity warning',
  'unknown_alarm_15 warning',
];
const UP16S_PROTECTIONS = [
  'cell_overvoltage protection',
  'cell_undervoltage protection',
  'pack_overvoltage protection',
  'pack_undervoltage protection',
  'charge_overcurrent protection',
  'charge_overcurrent protection',
  'discharge_overcurrent protection',
  'discharge_overcurrent protection',
  'charge_overtemperature protection',
  'charge_undertemperature protection',
  'discharge_overtemperature protection',
  'discharge_undertemperature protection',
  'mos_overtemperature protection',
  'ambient_overtemperature protection',
  'ambient_undertemperature protection',
  'cell_imbalance protection',
  'temperature_imbalance protection',
  'soc_low protection',
  'short_circuit protection',
  'cell_disconnected fault',
  'sensor_fault fault',
  'charge_mos_fault fault',
  'discharge_mos_fault fault',
  'current_limiter_fault fault',
  'fire_detector_fault fault',
  'full_charge_protection warning',
  'afe_fault fault',
  'reverse_connection protection',
  'unknown_protection_28 warning',
  'unknown_protection_29 warning',
  'unknown_protection_30 warning',
  'unknown_protection_31 warning',
];
const UP16S_ALARMS = [
  'cell_overvoltage warning',
  'cell_undervoltage warning',
  'pack_overvoltage warning',
  'pack_undervoltage warning',
  'charge_overcurrent warning',
  'discharge_overcurrent warning',
  'charge_overtemperature warning',
  'charge_undertemperature warning',
  'discharge_overtemperature warning',
  'discharge_undertemperature warning',
  'mos_overtemperature warning',
  'ambient_overtemperature warning',
  'ambient_undertemperature warning',
  'cell_imbalance warning',
  'temperature_imbalance warning',
  'soc_low warning',
  'eeprom_fault warning',
  'rtc_fault warning',
  'full_charge_protection warning',
  ...Array.from({ length: 13 }, (_, i) => `unknown_alarm_${19 + i} warning`),
];

type Bits = readonly (string | undefined)[];

interface Word {
  name: string;
  protocol: Protocol;
  /** bytes of the word */
  width: 2 | 4;
  at: number;
  bits: Bits;
  /** the most that can be set at once; all, when missing */
  together?: number;
}

const WORDS: readonly Word[] = [
  { name: 'classic protections', protocol: jbd, width: 2, at: 16, bits: CLASSIC_PROTECTIONS },
  { name: 'classic alarms', protocol: jbd, width: 2, at: 24, bits: CLASSIC_ALARMS, together: 0xfd57 },
  { name: 'addressed protections', protocol: jbdAddressed, width: 2, at: 16, bits: ADDRESSED_PROTECTIONS },
  { name: 'addressed alarms', protocol: jbdAddressed, width: 2, at: 22, bits: ADDRESSED_ALARMS },
  { name: 'UP16S protections', protocol: jbdUp16s, width: 4, at: 24, bits: UP16S_PROTECTIONS },
  { name: 'UP16S alarms', protocol: jbdUp16s, width: 4, at: 28, bits: UP16S_ALARMS },
];

/** The alarms of an answer that is all zero but for one word. */
function alarmsOf({ protocol, width, at }: Word, value: number): string[] {
  const data = Buffer.alloc(protocol === jbdUp16s ? 72 : 32);
  data.writeUIntBE(value, at, width);
  const reading = {
    [jbd.id]: () => read(jbd, '03', classicReply(0x03, data)),
    [jbdAddressed.id]: () => read(jbdAddressed, '03', addressedReply(0, 0x03, data)),
    [jbdUp16s.id]: () => read(jbdUp16s, '1000', up16sReply(0x1000, 0x10a0, data)),
  }[protocol.id]?.();
  assert.ok(reading?.alarms, 'alarms are always there');
  return codes(reading.alarms);
}

describe('jbd alarm bits', () => {
  for (const word of WORDS) {
    it(`${word.name}: each bit, alone`, () => {
      assert.equal(word.bits.length, 8 * word.width);
      word.bits.forEach((expected, bit) => {
        assert.deepEqual(alarmsOf(word, 2 ** bit), expected === undefined ? [] : [expected], `bit ${bit}`);
      });
      assert.deepEqual(alarmsOf(word, 0), []);
    });

    it(`${word.name}: all at once, each code once per level`, () => {
      const together = word.together ?? 2 ** (8 * word.width) - 1;
      const named = word.bits.filter((entry, bit) => entry !== undefined && ((together / 2 ** bit) & 1) === 1);
      assert.deepEqual(alarmsOf(word, together), [...new Set(named)].sort());
    });
  }

  it('every alarm carries a sentence', () => {
    const data = Buffer.alloc(72).fill(0xff, 24, 32);
    for (const { message } of read(jbdUp16s, '1000', up16sReply(0x1000, 0x10a0, data)).alarms ?? []) {
      assert.match(message, /^[A-Z].+\.$/);
    }
  });
});
