import { without } from '../kit/memory';
import type { Profile, Protocol } from '../protocol';
import { actions } from './actions';
import { emulate } from './emulator';
import { log } from './log';
import { privacy } from './private';
import { probe, queries } from './queries';
import { settingsAccess } from './settings';
import type { JkModbusMemory } from './tables';
import { overhear } from './variants/frames';
import { frames, LAST_ADDRESS, MASTER } from './wire';

/** jk-modbus.md 7. With gaps that are shorter other addresses answer too. */
const PROFILE: Profile = {
  baudRate: 115_200,
  gapMs: 120,
  retryGapMs: 120,
  timeoutMs: 500,
  quietMs: 150,
  retries: 2,
};

/**
 * JK boards on RS485, the PB series for inverters above all: frames on request, and registers where no frame comes
 * through. Address 0 is a master, which is only listened to.
 */
export const jkModbus: Protocol<JkModbusMemory> = {
  id: 'jk-modbus',
  label: 'JK (RS485 Modbus, PB series)',
  profile: PROFILE,
  address: { initial: 1, min: MASTER + 1, max: LAST_ADDRESS, others: [MASTER] },
  frames,
  checksum: 'sum8',
  privacy,
  queries,
  memory: () => ({}),
  lasting: (memory) => without(memory, ['firstTemperatures', 'connectedSensors']),
  steady: ({ answersFrames, answersRegisters }) => [answersFrames, answersRegisters],
  probe: [probe],
  overhear,
  actions,
  settings: settingsAccess,
  log,
  actionsNeedReading: true,
  emulate,
};
