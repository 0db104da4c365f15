import type { Reading } from '../../battery/reading';
import { decodeSwitchBits, decodeSwitches } from '../jk-record/settings';
import { tables } from '../jk-record/tables';
import { flag } from '../kit/fields';
import { buildRead, dataOf, unitOf } from '../kit/modbus';
import type { Query } from '../protocol';
import { information, live, settings, SWITCH_REGISTERS, type JkModbusMemory } from './tables';
import { frameQuery, informationFrame, liveFrame, settingsFrame } from './variants/frames';
import {
  informationRegisters,
  liveRegisters,
  registerQuery,
  restRegisters,
  settingsRegisters,
} from './variants/registers';
import { MASTER, READ } from './wire';

/** Every block in both ways: once a frame has come, registers are asked no more. */
export const queries: readonly Query<JkModbusMemory>[] = [
  liveFrame,
  liveRegisters,
  restRegisters,
  settingsFrame,
  settingsRegisters,
  informationFrame,
  informationRegisters,
];

const PROBE_COUNT = 10;
const MAKER = 'JK';

/**
 * Whether a JK is there (jk-modbus.md 1): a read of registers, which harms no other device. The trigger of live data, which
 * some boards answer alone, is left out, as it is a write to whatever else may listen. Refusals do not count: any Modbus
 * device refuses.
 */
export const probe: Query<JkModbusMemory> = {
  name: 'device information (1400)',
  group: 'fast',
  request: ({ address }) =>
    address === MASTER ? Buffer.alloc(0) : buildRead(address, READ, information.register, PROBE_COUNT),
  match(frame, _parts, { address }) {
    const data = dataOf(frame);
    if (unitOf(frame) !== address || data.length !== 2 * PROBE_COUNT) return 'foreign';
    return data.toString('latin1', 0, MAKER.length) === MAKER ? 'complete' : 'foreign';
  },
  decode: () => ({ reading: {} }),
};

/** What is read to see something switched: as frames, and where no frame comes through as registers. */
export interface Views {
  readonly frames: readonly Query<JkModbusMemory>[];
  readonly registers: readonly Query<JkModbusMemory>[];
}

const SWITCHES_AT = SWITCH_REGISTERS.charge - settings.register;
const BITS_AT = SWITCH_REGISTERS.switchBits - settings.register;
const MOSFETS_AT = 0xc0;

const mosfets = tables<Reading>([flag(198, 0, 'chargeEnabled'), flag(199, 0, 'dischargeEnabled')]);

/** Block 1000 again, for its switches. */
const switchesFrame = frameQuery(
  {
    ...settings,
    decode(data, endian) {
      const reading: Reading = {};
      decodeSwitches(data, endian, reading);
      return { reading, memory: { switchBits: decodeSwitchBits(data, endian, reading) } };
    },
  },
  { name: 'settings (161e)', group: 'fast' },
);

const switchRegisters = registerQuery({
  name: 'switches (1070)',
  group: 'fast',
  register: SWITCH_REGISTERS.charge,
  count: 6,
  decode(data) {
    const reading: Reading = {};
    decodeSwitches(data, 'big', reading, SWITCHES_AT);
    return { reading };
  },
});

/** Two more registers than needed: an answer does not name its register, but no other read is of this length. */
const bitRegisters = registerQuery({
  name: 'switch bits (1114)',
  group: 'fast',
  register: SWITCH_REGISTERS.switchBits,
  count: 3,
  decode(data) {
    const reading: Reading = {};
    return { reading, memory: { switchBits: decodeSwitchBits(data, 'big', reading, BITS_AT) } };
  },
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

/** A switch and the MOSFETs. */
export const MOSFETS: Views = { frames: [switchesFrame, liveFrame], registers: [switchRegisters, mosfetRegister] };
export const BALANCER: Views = { frames: [switchesFrame], registers: [switchRegisters] };
export const HEATER: Views = { frames: [switchesFrame], registers: [bitRegisters] };
