import type { Profile, Protocol } from '../protocol';
import { actions } from './actions';
import { emulate } from './emulator';
import { privacy } from './private';
import { probe, readAll } from './queries';
import { settingsAccess } from './settings';
import { frames } from './wire';

/** jk.md 8. The sheet's one retry, then a try that wakes a sleeping board, then the last one. */
const PROFILE: Profile = {
  baudRate: 115_200,
  gapMs: 100,
  retryGapMs: 200,
  timeoutMs: 1000,
  quietMs: 200,
  retries: 3,
};

/** The serial protocol "NW" of JK boards with firmware 6 to 11 and some later ones; one board on a line (jk.md 2). */
export const jk: Protocol = {
  id: 'jk',
  label: 'JK (serial, 4E57)',
  profile: PROFILE,
  frames,
  checksum: 'sum16',
  privacy,
  queries: [readAll],
  probe: [probe],
  actions,
  settings: settingsAccess,
  emulate,
};
