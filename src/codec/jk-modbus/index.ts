import { without } from '../kit/memory';
import type { Profile, Protocol } from '../untyped';
import { actions } from './actions';
import { informationFrame, liveFrame, settingsFrame } from './frame-queries';
import { overhear } from './overhear';
import { privacy } from './private';
import { probe } from './probe';
import { informationRegisters, liveRegisters, restRegisters, settingsRegisters } from './register-queries';
import { SENSOR_MEMORY } from './sensors';
import { emulate } from './emulator';
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
export const jkModbus: Protocol = {
  id: 'jk-modbus',
  label: 'JK (RS485 Modbus, PB series)',
  profile: PROFILE,
  address: { initial: 1, min: MASTER + 1, max: LAST_ADDRESS, others: [MASTER] },
  frames,
  checksum: 'sum8',
  privacy,
  queries: [
    liveFrame,
    liveRegisters,
    restRegisters,
    settingsFrame,
    settingsRegisters,
    informationFrame,
    informationRegisters,
  ],
  memory: () => ({}),
  lasting: (memory) => without(memory, SENSOR_MEMORY),
  steady: ({ frames: byFrames, registers }) => [byFrames, registers],
  probe: [probe],
  overhear,
  actions,
  actionsNeedReading: true,
  emulate,
};
