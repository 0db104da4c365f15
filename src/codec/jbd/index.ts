import type { Privacy } from '../kit/privacy';
import type { LogAccess } from '../log-entry';
import type { SettingsAccess } from '../parameter';
import type { Action, BleProfile, Profile, Protocol } from '../protocol';
import { actions } from './actions';
import { basic, basicAddressed } from './basic';
import { ble } from './ble';
import { emulateRegisters, type BoardKind } from './emulator';
import { log } from './log';
import { addressedPrivacy, classicPrivacy } from './private';
import { registerQuery, type JbdMemory } from './queries';
import { settings } from './settings';
import { cells, counters, model } from './tables';
import { addressedWire, classicWire } from './wire';
import { LEAVE } from './write';

/** Pace of classic and addressed boards (jbd.md 8). The first request after a pause may only wake the board. */
const PROFILE: Profile = { baudRate: 9600, gapMs: 40, retryGapMs: 500, timeoutMs: 500, quietMs: 150, retries: 3 };

interface Variant extends Omit<BoardKind, 'canBeCommanded'> {
  id: string;
  label: string;
  lenient: boolean;
  privacy: Privacy;
  actions?: readonly Action<JbdMemory>[];
  settings?: SettingsAccess<JbdMemory>;
  log?: LogAccess<JbdMemory>;
  ble?: BleProfile<JbdMemory>;
}

function protocol({
  id,
  label,
  lenient,
  privacy,
  actions: offered,
  settings: ofSettings,
  log: ofLog,
  ble: overBle,
  ...kind
}: Variant): Protocol<JbdMemory> {
  const { wire, registers, address } = kind;
  const board: BoardKind = { ...kind, canBeCommanded: offered !== undefined };
  return {
    id,
    label,
    profile: PROFILE,
    ...(overBle && { ble: overBle }),
    ...(address && { address }),
    frames: wire.frames,
    checksum: 'sum16',
    privacy,
    queries: registers.map((register) => registerQuery(wire, register, lenient)),
    ...(offered && { actions: offered, modeExits: [LEAVE] }),
    ...(ofSettings && { settings: ofSettings }),
    ...(ofLog && { log: ofLog }),
    emulate: (request) => emulateRegisters(board, request),
  };
}

/** The "General Protocol" of JBD, Xiaoxiang, LLT and Overkill Solar boards, V4 to V13 (jbd.md 3, 4). */
export const jbd: Protocol<JbdMemory> = protocol({
  id: 'jbd',
  label: 'JBD',
  wire: classicWire,
  privacy: classicPrivacy,
  registers: [basic, cells, counters, model],
  lenient: true,
  actions,
  settings,
  log,
  ble,
});

/**
 * The same registers with an address in front, for parallel-capable boards on one RS485 line. Nobody has tried to write in
 * this form: it offers no actions, and no settings, which need factory mode to be read (jbd.md 9).
 */
export const jbdAddressed: Protocol<JbdMemory> = protocol({
  id: 'jbd-addressed',
  label: 'JBD, addressed RS485',
  wire: addressedWire,
  privacy: addressedPrivacy,
  registers: [basicAddressed, cells, model],
  address: { initial: 0, min: 0, max: 15 },
  lenient: false,
});
