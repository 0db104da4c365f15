import assert from 'node:assert/strict';
import { faultsIn } from './oracle';
import { nameOf, PLAIN, type Life } from './settings';
import { endWorld } from './world';

/** Lives that went wrong once, each with what must hold in it. */
const CASES: readonly (readonly [string, Partial<Life>])[] = [
  [
    'the address that the user gives counts, not what an earlier setting has found',
    { protocol: 'daly', address: 2, auto: true, remembered: 'another address' },
  ],
  [
    'restoring does not undo what another node has switched since',
    { event: 'other node', mischief: 'line cut after the write', restore: true },
  ],
  [
    'a safe state that broke off with the line is not undone by restoring',
    { protocol: 'daly', event: 'line breaks with the safe state', deadMan: 12, restore: true },
  ],
  [
    'a safe state is sent while a protection holds what is to be switched off',
    { protocol: 'ant', event: 'protection comes', deadMan: 12 },
  ],
  ...(['ant', 'jk', 'jk-ble', 'jk-modbus', 'jbd'] as const).flatMap(
    (protocol): (readonly [string, Partial<Life>])[] => [
      [
        'off is not confirmed by a protection that holds open what the board has not switched off',
        { protocol, wish: 'off', event: 'protection comes', moment: -500, mischief: 'does not obey' },
      ],
      [
        'on is confirmed by the switch while a protection holds the MOSFET open',
        { protocol, wish: 'on', event: 'protection comes', moment: -500 },
      ],
    ],
  ),
  [
    'a deploy in the midst of an action leaves the board in its normal mode',
    { action: 'soc', event: 'full deploy', moment: 100 },
  ],
  [
    'a board is taken out of its mode when the line that broke before is back',
    { protocol: 'jbd', action: 'soc', mischief: 'line cut after the write', pollInterval: 0 },
  ],
  [
    'a board is taken out of its mode when it answers again',
    { protocol: 'jbd', action: 'soc', event: 'board sleeps', moment: 320, mischief: 'line cut before the write' },
  ],
  ...([45, 100, 160, 230, 320] as const).flatMap((moment): readonly (readonly [string, Partial<Life>])[] => [
    [
      'a board is taken out of the mode in which a deploy found no line to do so',
      { action: 'soc', event: 'deploy to a dead bridge', moment },
    ],
    [
      'a board is taken out of the mode in which the former process has left it',
      { action: 'soc', event: 'restart with a dead bridge', moment, auto: moment === 230 },
    ],
  ]),
  [
    'nothing is confirmed by another board that has taken the place of the one that was switched',
    {
      protocol: 'jk',
      action: 'discharge',
      event: 'board swapped',
      moment: 320,
      mischief: 'does not obey',
      deadMan: 12,
    },
  ],
  [
    'nothing is written to another board that takes the place of the known one in the midst of an action',
    {
      ...{ protocol: 'jk', action: 'balancing', wish: 'off', event: 'board swapped', moment: 160 },
      ...{ mischief: 'obeys late', deadMan: 12, auto: true, pollInterval: 0 },
    },
  ],
  ...(['line cut with the write', 'line cut after the write', 'line cut, obeys late'] as const).map(
    (mischief): readonly [string, Partial<Life>] => [
      'what shows although the line broke is saved before it is confirmed',
      { protocol: 'ant', action: 'soc', mischief },
    ],
  ),
  [
    'what is brought back after an outage is brought back again after the next',
    { protocol: 'daly', action: 'charge', wish: 'off', mischief: 'line cut before the write', restore: true },
  ],
  [
    'what could not be brought back as the line was released is brought back when that is over',
    {
      ...{ protocol: 'jk', action: 'balancing', event: 'released', moment: 2500 },
      ...{ mischief: 'line cut before the write', restore: true },
    },
  ],
];

describe('lives that went wrong once', function () {
  this.timeout(30_000);
  after(endWorld);
  for (const [what, changes] of CASES) {
    const life = { ...PLAIN, ...changes };
    it(`${what}: ${nameOf(life)}`, async () => {
      assert.deepEqual(await faultsIn(life), []);
    });
  }
});
