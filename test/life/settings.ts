import { pairwise, type Row } from '../support/pairwise';
import type { Mischief } from '../witness/boards/board';

/** What happens in the life of a node. */
export const EVENTS = [
  'nothing',
  'full deploy',
  'deploy of nodes',
  'deploy of flows',
  'stop and start',
  'undeploy',
  'restart',
  'line lost',
  'bridge hangs',
  'deploy to a dead bridge',
  'restart with a dead bridge',
  'line breaks with the safe state',
  'board sleeps',
  'protection comes',
  'protection goes',
  'other node',
  'second device',
  'clock jumps ahead',
  'clock jumps back',
  'board swapped',
  'queue full',
  'released',
] as const;

export type LifeEvent = (typeof EVENTS)[number];

/** Every property of every node, what is wished, and what happens when. */
export const PARAMETERS = {
  event: EVENTS,
  /** of the event, after the wish, ms: through every step of an action */
  moment: [-500, 10, 45, 100, 160, 230, 320, 600, 2500],
  protocol: ['jbd', 'daly', 'jk', 'ant', 'jk-modbus', 'jk-ble'],
  action: ['charge', 'discharge', 'balancing', 'soc'],
  wish: ['off', 'on'],
  mischief: [
    ...(['none', 'acknowledgement lost', 'write lost', 'obeys late', 'does not obey'] as const),
    ...([
      'line cut with the write',
      'line cut, obeys late',
      'line cut before the write',
      'line cut after the write',
    ] as const),
  ] satisfies readonly Mischief[],
  deadMan: ['', 12],
  restore: [false, true],
  minInterval: ['', 5],
  maxAge: ['', 10],
  allowControl: [true, false],
  /** the second board on a line with two */
  address: ['', 2],
  auto: [false, true],
  /** what an earlier setting has found */
  remembered: ['nothing', 'another address'],
  retries: ['', 0, 5],
  cellsEvery: [1, 4],
  password: ['', 'right', 'wrong'],
  line: ['tcp', 'serial', 'serial, rate set'],
  invertCurrent: [false, true],
  pollInterval: [2, 0],
} as const;

export type Life = Row<typeof PARAMETERS>;

const WITH_ADDRESS: readonly unknown[] = ['daly', 'jk-modbus'];
const WITH_SOC: readonly unknown[] = ['jbd', 'daly', 'ant'];

/** Pairs that say nothing: what a protocol or an action does not have. */
function meets(life: Partial<Life>): boolean {
  const { protocol, address, remembered, action, deadMan, restore, auto, password, event, pollInterval, maxAge } = life;
  if (protocol !== undefined && address === 2 && !WITH_ADDRESS.includes(protocol)) return false;
  if (protocol !== undefined && action === 'soc' && !WITH_SOC.includes(protocol)) return false;
  if (protocol === 'daly' && action === 'balancing') return false;
  // The dead-man switch and restoring are for switches.
  if (action === 'soc' && (deadMan === 12 || restore === true)) return false;
  // Only what was found out is remembered, and only a board with an address can be another one.
  if (remembered === 'another address' && (auto === false || address === '')) return false;
  if (protocol !== undefined && remembered === 'another address' && !WITH_ADDRESS.includes(protocol)) return false;
  // ANT boards alone have a password of their own that these boards ask for.
  if (protocol !== undefined && (password === 'right' || password === 'wrong') && protocol !== 'ant') return false;
  // Without polls no data is young, and nobody notices that a line is lost.
  if (pollInterval === 0 && (maxAge === 10 || restore === true)) return false;
  return !(pollInterval === 0 && event === 'board sleeps');
}

/** Another seed gives other lives, in which the same pairs meet. */
const SEED = Number(process.env['LIFE_SEED'] ?? 4);

/** Every pair of all this, in as few lives as a greedy search finds. */
export function lives(): Life[] {
  return pairwise(PARAMETERS, meets, SEED);
}

/** A life in a few words: what differs from the simplest one. */
export function nameOf(life: Life): string {
  const told = Object.entries(life)
    .filter(
      ([name, value]) =>
        value !== PLAIN[name as keyof Life] && !['event', 'moment', 'protocol', 'action', 'wish'].includes(name),
    )
    .map(([name, value]) => (value === true ? name : `${name} ${String(value)}`));
  const start = `${life.protocol} ${life.action} ${life.wish}, ${life.event} at ${life.moment} ms`;
  return [start, ...told].join(', ');
}

/** The simplest life. */
export const PLAIN: Life = {
  ...{ event: 'nothing', moment: 2500, protocol: 'jbd', action: 'charge', wish: 'on', mischief: 'none' },
  ...{ deadMan: '', restore: false, minInterval: '', maxAge: '', allowControl: true, address: '', auto: false },
  ...{
    remembered: 'nothing',
    retries: '',
    cellsEvery: 1,
    password: '',
    line: 'tcp',
    invertCurrent: false,
    pollInterval: 2,
  },
};
