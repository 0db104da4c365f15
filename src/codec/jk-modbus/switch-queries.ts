import type { Reading } from '../../battery/reading';
import { flag } from '../kit/fields';
import { decodeSwitchBits, decodeSwitches } from '../jk-record/switches';
import { tables } from '../jk-record/tables';
import type { Query } from '../untyped';
import { live, settings, type Block } from './blocks';
import { frameQuery, liveFrame } from './frame-queries';
import { registerQuery } from './register-queries';

/** Where a user's switches can be written (jk-modbus.md 6.1, 9): four bytes each, and a word with the heater's bit. */
export const REGISTERS = { charge: 0x1070, discharge: 0x1074, balancing: 0x1078, switchBits: 0x1114 } as const;

const SWITCHES_AT = REGISTERS.charge - settings.register;
const BITS_AT = REGISTERS.switchBits - settings.register;
const MOSFETS_AT = 0xc0;

const mosfets = tables<Reading>([flag(198, 0, 'chargeEnabled'), flag(199, 0, 'dischargeEnabled')]);

/** Block 1000 again, for its switches, as memory for `switchOf`. */
const switchSettings: Block = {
  ...settings,
  decode: (data, endian) => ({
    reading: {},
    memory: { ...decodeSwitches(data, endian), ...decodeSwitchBits(data, endian) },
  }),
};

const switchesFrame = frameQuery(switchSettings, { name: 'settings (161e)', group: 'fast' });

const switchRegisters = registerQuery({
  name: 'switches (1070)',
  group: 'fast',
  register: REGISTERS.charge,
  count: 6,
  decode: (data) => ({ reading: {}, memory: decodeSwitches(data, 'big', SWITCHES_AT) }),
});

/** Two more registers than needed: an answer does not tell its register, but no other read is of this length. */
const bitRegisters = registerQuery({
  name: 'switch bits (1114)',
  group: 'fast',
  register: REGISTERS.switchBits,
  count: 3,
  decode: (data) => ({ reading: {}, memory: decodeSwitchBits(data, 'big', BITS_AT) }),
});

const mosfetRegister = registerQuery({
  name: 'MOSFETs (12c0)',
  group: 'fast',
  register: live.register + MOSFETS_AT,
  count: 1,
  decode(data) {
    const reading: Reading = {};
    mosfets.big.decode(data, reading, -MOSFETS_AT);
    return { reading };
  },
});

/** What is read to see something switched: as frames, and where no frame comes through as registers. */
export interface Views {
  readonly frames: readonly Query[];
  readonly registers: readonly Query[];
}

/** A switch and the MOSFETs. */
export const MOSFETS: Views = { frames: [switchesFrame, liveFrame], registers: [switchRegisters, mosfetRegister] };
export const BALANCER: Views = { frames: [switchesFrame], registers: [switchRegisters] };
export const HEATER: Views = { frames: [switchesFrame], registers: [bitRegisters] };
