import assert from 'node:assert/strict';
import { BmsError } from '../../src/battery/errors';
import { say } from '../../src/battery/sentence';
import { daly } from '../../src/codec/daly';
import { jbd } from '../../src/codec/jbd';
import { PROTOCOLS } from '../../src/codec/registry';
import type { Protocol } from '../../src/codec/protocol';
import { BankLine } from '../support/bank-line';
import { ControlNode } from '../support/control-node';
import { ControlBench } from '../support/control-scenes';

/** Protocols whose charge MOSFET can be switched. */
const SWITCHING = PROTOCOLS.filter(({ actions = [] }) => actions.some(({ name }) => name === 'charge'));

async function benchOf(protocol: Protocol, pollIntervalMs = 1000): Promise<ControlBench> {
  const bench = new ControlBench(protocol, { password: '12345678', pollIntervalMs });
  await bench.settled(bench.device.read());
  return bench;
}

async function pulled(bench: ControlBench, forMs: number): Promise<void> {
  bench.link.refuse = new BmsError('port_not_found', say`pulled`);
  bench.link.drop();
  await bench.clock.tick(forMs);
  bench.link.refuse = undefined;
}

const made: ControlNode[] = [];

function nodeOn(bench: ControlBench, config: Record<string, unknown>): ControlNode {
  const node = new ControlNode(bench, config);
  made.push(node);
  return node;
}

const CHARGE = { device: 'device', action: 'charge' };
const WHILE_LOST_MS = 20_000;

describe('bms-control: what counts on a board', () => {
  afterEach(() => made.splice(0).forEach((node) => node.close()));

  for (const protocol of SWITCHING) {
    describe(protocol.id, () => {
      it('restore brings back what another node has requested last', async () => {
        const bench = await benchOf(protocol);
        const restoring = nodeOn(bench, { ...CHARGE, restore: true });
        const other = nodeOn(bench, CHARGE);
        assert.equal(await bench.settled(restoring.say(true)), 'done');
        assert.equal(await bench.settled(other.say(false)), 'done');
        const before = bench.commands.length;
        await pulled(bench, WHILE_LOST_MS);
        await bench.clock.tick(60_000);
        assert.equal(bench.pack.switches.charge, false);
        assert.ok(bench.commands.slice(before).every(({ value }) => value === false));
      });

      it('restore brings back a wish that was sent and never confirmed', async () => {
        const bench = await benchOf(protocol);
        const node = nodeOn(bench, { ...CHARGE, restore: true });
        assert.equal(await bench.settled(node.say(true)), 'done');
        bench.mischief = 'line lost for long';
        const ending = await bench.settled(node.say(false));
        assert.ok(['port_not_found', 'disconnected'].includes(ending), ending);
        bench.mischief = 'none';
        const before = bench.commands.length;
        bench.link.refuse = undefined;
        await bench.clock.tick(60_000);
        assert.equal(bench.pack.switches.charge, false);
        assert.ok(bench.commands.slice(before).every(({ value }) => value === false));
      });

      it('a safe state whose write takes the line down with it stays', async () => {
        const bench = await benchOf(protocol);
        const node = nodeOn(bench, { ...CHARGE, deadMan: 8, safeValue: 'off', restore: true });
        assert.equal(await bench.settled(node.say(true)), 'done');
        bench.mischief = 'line lost for long';
        for (let passed = 0; passed < 60_000 && bench.link.refuse === undefined; passed += 50)
          await bench.clock.tick(50);
        bench.mischief = 'none';
        await bench.clock.tick(1200);
        bench.link.refuse = undefined;
        await bench.clock.tick(120_000);
        assert.equal(bench.pack.switches.charge, false);
        const { value } = bench.commands.at(-1) ?? {};
        assert.equal(value, false);
      });

      it('a safe state is reached anew when the board has forgotten it meanwhile', async () => {
        const bench = await benchOf(protocol);
        nodeOn(bench, { ...CHARGE, deadMan: 2, safeValue: 'off' });
        await bench.clock.tick(30_000);
        assert.equal(bench.pack.switches.charge, false);
        const back = pulled(bench, WHILE_LOST_MS);
        bench.pack.execute('charge', true);
        await back;
        await bench.clock.tick(60_000);
        assert.equal(bench.pack.switches.charge, false);
      });

      it('a safe state is sent although a protection holds the MOSFET open just now', async () => {
        const bench = await benchOf(protocol);
        bench.held = 'charge';
        nodeOn(bench, { ...CHARGE, deadMan: 2, safeValue: 'off' });
        await bench.clock.tick(60_000);
        bench.held = undefined;
        assert.equal(bench.pack.switches.charge, false, 'charges as soon as the protection lets go');
      });

      it('a heartbeat is no change: no interval, and no write where the switch can be read', async () => {
        const bench = await benchOf(protocol);
        const node = nodeOn(bench, { ...CHARGE, minInterval: 60 });
        for (let beat = 0; beat < 8; beat++) {
          assert.equal(await bench.settled(node.say(true)), 'done');
          await bench.clock.tick(1000);
        }
        const { evidence: tells } = protocol.actions?.find(({ name }) => name === 'charge')?.confirm ?? {};
        if (tells === 'switch') assert.equal(bench.commands.length, 0);
        assert.equal(await bench.settled(node.say(false)), 'done');
        assert.equal(bench.pack.switches.charge, false);
        assert.equal(await bench.settled(node.say(true)), 'denied');
        assert.equal(await bench.settled(node.say(false)), 'done');
      });
    });
  }

  it('a heartbeat to a JBD board writes nothing at all', async () => {
    const bench = await benchOf(jbd);
    const node = nodeOn(bench, CHARGE);
    for (let beat = 0; beat < 3; beat++) assert.equal(await bench.settled(node.say(true)), 'done');
    const writes = bench.link.sent.filter((request) => request.startsWith('dd5a'));
    assert.deepEqual(writes, []);
  });

  it('restore brings back a safe state that was never reached, though its own node is gone', async () => {
    const bench = await benchOf(daly);
    const restoring = nodeOn(bench, { ...CHARGE, restore: true });
    const node = nodeOn(bench, { ...CHARGE, deadMan: 5, safeValue: 'off' });
    assert.equal(await bench.settled(restoring.say(true)), 'done');
    await pulled(bench, WHILE_LOST_MS);
    assert.ok(node.errors.length > 0);
    node.close();
    await bench.clock.tick(60_000);
    assert.equal(bench.pack.switches.charge, false);
    assert.deepEqual(restoring.sent, [{ requestedBy: 'restore', after: false }]);
  });

  it('a restore does not run while a dead-man switch has something else to reach', async () => {
    const bench = await benchOf(daly);
    const node = nodeOn(bench, { ...CHARGE, deadMan: 3, safeValue: 'off', restore: true });
    assert.equal(await bench.settled(node.say(true)), 'done');
    await pulled(bench, WHILE_LOST_MS);
    await bench.clock.tick(60_000);
    assert.equal(bench.pack.switches.charge, false);
    assert.ok(node.sent.every(({ requestedBy }) => requestedBy === 'dead-man'));
  });

  it('a dead-man switch that could not act stands down for a later message of another node', async () => {
    const bench = await benchOf(daly);
    nodeOn(bench, { ...CHARGE, deadMan: 3, safeValue: 'off' });
    const other = nodeOn(bench, CHARGE);
    bench.mischief = 'refused';
    await bench.clock.tick(5000);
    bench.mischief = 'none';
    assert.equal(await bench.settled(other.say(true)), 'done');
    const before = bench.commands.length;
    await bench.clock.tick(60_000);
    assert.equal(bench.commands.length, before);
    assert.equal(bench.pack.switches.charge, true);
  });

  it('a dead-man switch knows no interval and no age', async () => {
    const bench = await benchOf(daly, 0);
    nodeOn(bench, { ...CHARGE, deadMan: 5, safeValue: 'off', minInterval: 600, maxAge: 2 });
    const other = nodeOn(bench, CHARGE);
    assert.equal(await bench.settled(other.say(true)), 'done');
    await bench.clock.tick(30_000);
    assert.equal(bench.pack.switches.charge, false);
  });

  it('messages that are refused do not keep a dead-man switch from acting', async () => {
    const bench = await benchOf(daly);
    const node = nodeOn(bench, { ...CHARGE, deadMan: 2, safeValue: 'off' });
    assert.equal(await bench.settled(node.say(true)), 'done');
    for (let passed = 0; passed < 10; passed++) {
      assert.equal(await bench.settled(node.say(NaN)), 'bad_value');
      await bench.clock.tick(500);
    }
    assert.equal(bench.pack.switches.charge, false);
    assert.deepEqual(node.sent, [{ requestedBy: 'dead-man', after: false }]);
  });

  it('a message that was not begun when the dead-man switch tripped is not carried out after it', async () => {
    const bench = await benchOf(jbd, 0);
    bench.mischief = 'not obeyed';
    const others = nodeOn(bench, { device: 'device', action: 'discharge' });
    const node = nodeOn(bench, { ...CHARGE, deadMan: 1, safeValue: 'off' });
    bench.pack.execute('discharge', true);
    const first = others.say(false);
    const late = node.say(true);
    await bench.clock.tick(1500);
    bench.mischief = 'none';
    assert.equal(await bench.settled(first), 'not_confirmed');
    assert.equal(await bench.settled(late), 'queue_full');
    await bench.clock.tick(20_000);
    assert.equal(bench.pack.switches.charge, false);
  });

  it('a safe state goes out within one action, however many wait', async () => {
    const bench = await benchOf(jbd, 0);
    bench.mischief = 'not obeyed';
    const storm = nodeOn(bench, { device: 'device', action: 'discharge' });
    nodeOn(bench, { ...CHARGE, deadMan: 1, safeValue: 'off' });
    bench.mischief = 'not obeyed';
    let sentAt: number | undefined;
    for (let passed = 0; passed < 30_000 && sentAt === undefined; passed += 100) {
      void storm.say(passed % 200 === 0);
      await bench.clock.tick(100);
      if (bench.commands.some(({ action }) => action === 'charge')) sentAt = passed;
    }
    assert.ok(sentAt !== undefined && sentAt < 3000, `after ${sentAt} ms`);
  });
});

describe('bms-control on a bank', () => {
  afterEach(() => made.splice(0).forEach((node) => node.close()));

  const onBank = async (config: Record<string, unknown>): Promise<{ line: BankLine; node: ControlNode }> => {
    const line = new BankLine();
    await line.clock.tick(10_000);
    const node = new ControlNode(
      { clock: line.clock, device: line.bank },
      { device: 'bank', action: 'charge', ...config },
    );
    made.push(node);
    return { line, node };
  };
  const charging = (line: BankLine): boolean[] => line.boards.map(({ pack }) => pack.switches.charge);

  it('opens all packs when no message comes, one that was lost as soon as it is back, and one that restarts again', async () => {
    const { line, node } = await onBank({ deadMan: 60, safeValue: 'off' });
    assert.equal(await line.settled(node.say(true)), 'done');
    line.board(2).isSilent = true;
    await line.clock.tick(80_000);
    assert.deepEqual([charging(line), node.errors], [[false, false, true], ['timeout']]);
    line.board(2).isSilent = false;
    await line.clock.tick(30_000);
    assert.deepEqual(charging(line), [false, false, false]);
    line.board(0).isSilent = true;
    line.board(0).pack.execute('charge', true);
    await line.clock.tick(8000);
    line.board(0).isSilent = false;
    await line.clock.tick(20_000);
    assert.deepEqual(charging(line), [false, false, false]);
    assert.equal(line.bank.condition.phase, 'fresh');
    await line.close();
  });

  it('brings back what one pack has forgotten, while the others went on', async () => {
    const { line, node } = await onBank({ restore: true });
    assert.equal(await line.settled(node.say(false)), 'done');
    line.board(1).isSilent = true;
    line.board(1).pack.execute('charge', true);
    await line.clock.tick(40_000);
    line.board(1).isSilent = false;
    await line.clock.tick(20_000);
    assert.deepEqual(charging(line), [false, false, false]);
    await line.close();
  });
});
