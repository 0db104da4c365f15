import assert from 'node:assert/strict';
import { alarm } from '../../src/battery/alarm';
import { holdingAlarms } from '../../src/battery/holding';
import type { Reading } from '../../src/battery/reading';
import { ant } from '../../src/codec/ant';
import { daly } from '../../src/codec/daly';
import { dalyModbus } from '../../src/codec/daly-modbus';
import { jbd } from '../../src/codec/jbd';
import { jkBle } from '../../src/codec/jk-ble';
import { PROTOCOLS } from '../../src/codec/registry';
import type { Action, Protocol } from '../../src/codec/protocol';
import { isWeak } from '../../src/session/read-back';
import { ControlBench, preparedBench, valuesOf, type Mischief } from '../support/control-scenes';

const ACTIONS = PROTOCOLS.flatMap((protocol) => (protocol.actions ?? []).map((action) => ({ protocol, action })));

function isMosfet({ action: { name } }: { action: Action }): boolean {
  return name in KEYS;
}

/** What the user has set, and what the MOSFET does. */
const KEYS = {
  charge: ['chargeSwitch', 'chargeEnabled'],
  discharge: ['dischargeSwitch', 'dischargeEnabled'],
} as const;

/** Which boards tell what the user has set apart from what the MOSFETs do; others never do. */
const TELLS_SWITCHES: Record<string, 'always' | 'unless held'> = {
  ...{ jbd: 'always', 'jbd-addressed': 'always', 'daly-modbus': 'always', ant: 'always', 'ant-legacy': 'unless held' },
  ...{ jk: 'always', 'jk-ble': 'always', 'jk-modbus': 'always' },
};

/** The sentences that say whether anything was sent. */
const SAYS = /nothing was sent|was sent once/i;

const BAD: readonly Mischief[] = [
  'refused',
  'not obeyed',
  'acknowledgement and command lost',
  'silent from then on',
  'line lost for long',
];

describe('reading back', () => {
  for (const { protocol, action } of ACTIONS) {
    it(`${protocol.id}: every error of ${action.name} says whether anything was sent`, async () => {
      const [value] = valuesOf(action);
      const wish = { action: action.name, value, confirm: action.name };
      for (const mischief of BAD) {
        const bench = await preparedBench(protocol, action, false);
        bench.mischief = mischief;
        const isGone = mischief !== 'not obeyed' && mischief !== 'refused';
        // A board that is gone for good is what proves a shutdown.
        if (action.confirm.proof !== undefined && isGone) continue;
        const { code, message } = await bench.errorOf(bench.device.control(wish));
        assert.match(message, SAYS, `${mischief}: ${code}`);
        await bench.close();
      }
      const bench = await preparedBench(protocol, action, false);
      for (const odd of [
        { ...wish, value: 'x' },
        { ...wish, maxAgeMs: -1 },
        { ...wish, action: 'x' },
      ]) {
        const { code, message } = await bench.errorOf(bench.device.control(odd));
        assert.match(message, /nothing was sent/i, code);
      }
      bench.link.script = () => undefined;
      assert.match((await bench.errorOf(bench.device.control(wish))).message, /nothing was sent/i);
      const closed = bench.errorOf(bench.device.control(wish));
      await bench.close();
      assert.match((await closed).message, /nothing was sent/i);
      assert.match((await bench.errorOf(bench.device.control(wish))).message, /nothing was sent/i);
    });
  }

  it('declares of every action whether its state is a switch or an effect, and of every number its step', () => {
    for (const { protocol, action } of ACTIONS) {
      const { evidence: tells, step, shows } = action.confirm;
      const what = `${protocol.id} ${action.name}`;
      assert.ok(tells === 'switch' || tells === 'effect', what);
      if (action.input.kind === 'number') assert.ok(step !== undefined || shows !== undefined, what);
    }
  });

  for (const { protocol, action } of ACTIONS.filter((row) => row.action.name === 'soc')) {
    it(`${protocol.id}: a state of charge that does not move is not confirmed`, async () => {
      for (const change of [0.9, 1, 1.4]) {
        const bench = await preparedBench(protocol, action, false);
        const before = bench.pack.read().soc ?? 0;
        bench.mischief = 'not obeyed';
        const steps = action.confirm.step ?? 1;
        const wanted = Math.round((before + change) / steps) * steps;
        const outcome = await bench.wish({ action: 'soc', value: wanted });
        assert.equal(outcome, 'not_confirmed', `${before} -> ${wanted}`);
      }
    });
  }

  for (const { protocol, action } of ACTIONS.filter(isMosfet)) {
    describe(`${protocol.id}, ${action.name}: switch and MOSFET`, () => {
      const { name } = action;
      const [set, does] = KEYS[name as keyof typeof KEYS];
      const told = TELLS_SWITCHES[protocol.id] ?? 'never';

      it('an off that is not obeyed is not confirmed by a protection that holds the MOSFET open', async () => {
        const bench = await preparedBench(protocol, action, false);
        bench.held = name as keyof typeof KEYS;
        bench.mischief = 'not obeyed';
        const done = await bench.wish({ action: name, value: false });
        assert.equal(typeof done === 'string' ? done : 'confirmed', told === 'always' ? 'not_confirmed' : 'confirmed');
        assert.equal(bench.commands.length, 1, 'it is sent');
      });

      it('an off that is obeyed is confirmed under a protection', async () => {
        const bench = await preparedBench(protocol, action, false);
        bench.held = name as keyof typeof KEYS;
        assert.deepEqual(await bench.wish({ action: name, value: false }), {
          ...{ action: name, value: false, before: told === 'always', after: false },
        });
        assert.equal(bench.pack.switches[name as keyof typeof KEYS], false);
      });

      it('an on is confirmed by the switch while a protection holds the MOSFET open, and the reading shows both', async () => {
        const bench = await preparedBench(protocol, action, false);
        bench.pack.execute(name, false);
        bench.held = name as keyof typeof KEYS;
        const done = await bench.wish({ action: name, value: true });
        if (told !== 'always') return assert.equal(done, 'not_confirmed');
        assert.deepEqual(done, { action: name, value: true, before: false, after: true });
        const { reading } = (await bench.settled(bench.device.read())) as { reading: Reading };
        assert.deepEqual([reading[set], reading[does]], [true, false]);
        assert.notDeepEqual(holdingAlarms(name, reading.alarms ?? []), []);
      });

      it('a repeated message writes nothing where the switch is told', async () => {
        const bench = await preparedBench(protocol, action, false);
        for (const value of [true, false]) {
          bench.pack.execute(name, value);
          for (let beat = 0; beat < 3; beat++) {
            assert.equal(typeof (await bench.wish({ action: name, value })), 'object');
          }
        }
        if (told !== 'never') assert.equal(bench.commands.length, 0);
      });

      it('an off is not confirmed while the MOSFET conducts, and the error says what the switch is', async () => {
        const bench = await preparedBench(protocol, action, false);
        bench.stuck = { [does]: true };
        const { code, message } = await bench.errorOf(bench.device.control({ action: name, value: false }));
        assert.equal(code, 'not_confirmed');
        if (told === 'always' && !protocol.id.startsWith('jbd')) {
          assert.match(message, /Its switch is off, and the MOSFET conducts\./);
        }
      });
    });
  }

  for (const [map, address] of [
    ['D2', 0xd2],
    ['81', 1],
  ] as const) {
    it(`daly-modbus, map ${map}: the switch decides where the board tells it, else the MOSFET`, async () => {
      for (const isTold of [true, false]) {
        const bench = new ControlBench(dalyModbus, { address });
        const { script: answer } = bench.link;
        const isSwitchRead = (request: Buffer): boolean =>
          request[1] === 3 && [0xa5, 0x121].includes(request.readUInt16BE(2));
        if (!isTold)
          bench.link.script = (request, reply) => (isSwitchRead(request) ? undefined : answer(request, reply));
        await bench.settled(bench.device.read());
        bench.held = 'charge';
        bench.mischief = 'not obeyed';
        const done = await bench.wish({ action: 'charge', value: false });
        assert.equal(typeof done, isTold ? 'string' : 'object', `told: ${isTold}`);
        await bench.close();
      }
    });
  }

  it('an on waits for the MOSFET, and is confirmed by the switch where it does not follow', async () => {
    const bench = await preparedBench(jkBle, actionNamed(jkBle, 'charge'), false);
    // The structure of its records must have shown what the board is.
    bench.pack.execute('charge', false);
    bench.mischief = 'slow to show';
    bench.slownessMs = 2500;
    assert.equal(typeof (await bench.wish({ action: 'charge', value: true })), 'object');
    const { reading } = (await bench.settled(bench.device.read())) as { reading: Reading };
    assert.equal(reading.chargeEnabled, true);
    bench.pack.execute('charge', false);
    bench.stuck = { chargeEnabled: false };
    const done = await bench.wish({ action: 'charge', value: true });
    assert.deepEqual(done, { action: 'charge', value: true, before: false, after: true });
  });

  it('takes an unacknowledged value that was there before for no proof', async () => {
    const bench = await preparedBench(daly, actionNamed(daly, 'soc'), false);
    const { soc = 0 } = bench.lastAnswered;
    bench.mischief = 'acknowledgement and command lost';
    assert.equal(await bench.wish({ action: 'soc', value: soc }), 'timeout');
    bench.mischief = 'not obeyed';
    assert.equal(typeof (await bench.wish({ action: 'soc', value: soc })), 'object');
  });

  for (const protocol of [daly, jbd, ant]) {
    it(`${protocol.id}: one answer alone ${isWeak(protocol.checksum) ? 'does not confirm' : 'confirms'}`, async () => {
      const bench = await preparedBench(protocol, actionNamed(protocol, 'charge'), false);
      bench.mischief = 'not obeyed';
      const done = bench.wish({ action: 'charge', value: false });
      for (let passed = 0; passed < 5000 && bench.commands.length === 0; passed += 5) await bench.clock.tick(5);
      // The next answer is damaged in such a way that its sum holds, and shows what is wanted.
      bench.lie = { chargeEnabled: false, alarms: [alarm('software_lock', 'protection')] };
      const outcome = await done;
      if (isWeak(protocol.checksum)) assert.equal(outcome, 'not_confirmed');
      else assert.equal(typeof outcome, 'object');
    });
  }

  it('names only alarms that can hold the MOSFET', async () => {
    const bench = await preparedBench(jbd, actionNamed(jbd, 'charge'), false);
    bench.mischief = 'not obeyed';
    bench.latched = [alarm('cell_overvoltage', 'protection'), alarm('cell_undervoltage', 'protection')];
    const { message } = await bench.errorOf(bench.device.control({ action: 'charge', value: false }));
    assert.match(message, /reports cell_overvoltage\./);
    const other = [alarm('password_default', 'warning'), alarm('discharge_overcurrent', 'protection')];
    assert.deepEqual(holdingAlarms('charge', other), []);
    assert.deepEqual(holdingAlarms('soc', [alarm('cell_overvoltage', 'protection')]), []);
  });

  it('does not take a line that is opened afresh for a board that is silent', async () => {
    const bench = await preparedBench(ant, actionNamed(ant, 'shutdown'), false);
    bench.mischief = 'not obeyed';
    const done = bench.wish({ action: 'shutdown', value: true, confirm: 'shutdown' });
    for (let passed = 0; passed < 30_000; passed += 50) {
      await bench.clock.tick(50);
      const isAsked = bench.commands.length > 0 && bench.bus.state.phase === 'ready';
      // Each look is cut short by another rate, as when other devices search on the line.
      if (isAsked && passed % 100 === 0) reopen(bench);
    }
    assert.notEqual(typeof (await done), 'object');
  });

  it('two devices that mean one board switch one lock each, and neither undoes the other', async () => {
    for (const protocol of PROTOCOLS) {
      const names = (protocol.actions ?? []).map(({ name }) => name);
      if (!names.includes('charge')) continue;
      const bench = await preparedBench(protocol, actionNamed(protocol, 'charge'), false);
      const twin = bench.another();
      const [mine, others] = await Promise.all([
        bench.wish({ action: 'charge', value: false }),
        bench.settled(twin.control({ action: 'discharge', value: false })),
      ]);
      assert.deepEqual([typeof mine, typeof others], ['object', 'object'], protocol.id);
      const { charge, discharge } = bench.pack.switches;
      assert.deepEqual([charge, discharge], [false, false], protocol.id);
      twin.stop();
      await bench.close();
    }
  });

  it('limits of one device count what another has changed', async () => {
    const bench = await preparedBench(daly, actionNamed(daly, 'charge'), false);
    const twin = bench.another();
    assert.equal(typeof (await bench.settled(twin.control({ action: 'charge', value: false }))), 'object');
    assert.equal(await bench.wish({ action: 'charge', value: true, minIntervalMs: 60_000 }), 'denied');
    twin.stop();
    // What waits through a device that stops is withdrawn, and nothing else.
    twin.start();
    const first = bench.wish({ action: 'charge', value: true });
    const waiting = bench.errorOf(twin.control({ action: 'discharge', value: false }));
    const mine = bench.wish({ action: 'discharge', value: true });
    twin.stop();
    assert.equal((await waiting).code, 'closed');
    assert.deepEqual([typeof (await first), typeof (await mine)], ['object', 'object']);
  });

  it('counts messages in the order in which they come, however long their value takes', async () => {
    const bench = await preparedBench(daly, actionNamed(daly, 'charge'), false);
    const slow = new Promise<void>((resolve) => bench.clock.after(20, resolve));
    const first = bench.device.control(slow.then(() => ({ action: 'charge', value: false })));
    const second = bench.device.control({ action: 'discharge', value: false });
    await bench.settled(Promise.all([first, second]));
    assert.deepEqual(
      bench.commands.map(({ action }) => action),
      ['charge', 'discharge'],
    );
    // A value that never comes keeps nobody waiting for long.
    void bench.device.control(new Promise(() => undefined)).catch(() => undefined);
    assert.equal(typeof (await bench.wish({ action: 'charge', value: true })), 'object');
  });

  it('shows names of actions and values short, on one line and in quotation marks', async () => {
    const bench = await preparedBench(daly, actionNamed(daly, 'charge'), false);
    const forged = 'x\n30 Nov 12:00:00 - [error] forged "';
    for (const action of [forged, 'y'.repeat(2_000_000)]) {
      const { message } = await bench.errorOf(bench.device.control({ action, value: true }));
      assert.ok(message.length < 300, `${message.length} characters`);
      assert.doesNotMatch(message, /\n/);
    }
    for (const value of [forged, 'y'.repeat(2_000_000)]) {
      const { message } = await bench.errorOf(bench.device.control({ action: 'charge', value }));
      assert.ok(message.length < 300, `${message.length} characters`);
      assert.doesNotMatch(message, /\n/);
    }
  });
});

function actionNamed(protocol: Protocol, name: string): Action {
  const action = protocol.actions?.find((entry) => entry.name === name);
  assert.ok(action, `${protocol.id} has no ${name}`);
  return action;
}

/** The line is opened afresh, as when nothing has answered on it for long. */
function reopen({ bus }: ControlBench): void {
  (bus as unknown as { line: { reopen(): void } }).line.reopen();
}
