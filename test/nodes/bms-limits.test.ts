import assert from 'node:assert/strict';
import { BmsError } from '../../src/battery/errors';
import type { Limits } from '../../src/battery/limits/limits';
import { verbatim } from '../../src/battery/sentence';
import { systemClock } from '../../src/clock';
import type { Condition, Snapshot } from '../../src/session/device';
import { Signal } from '../../src/session/signal';
import { settle } from '../support/fake-clock';
import { FakeRed, type Config, type FakeNode } from '../support/fake-red';
import { cellsWith, packOf } from '../support/limits';
import { NODES } from '../support/nodes';

interface Message {
  topic: string;
  payload: Limits;
  bms: Record<string, unknown>;
}

const SETTINGS = { type: 'bms-limits', maxChargeCurrent: '140', maxDischargeCurrent: 200, cells: 16, capacity: 280 };
const PACK = packOf(cellsWith({}));

let nodes = 0;

describe('bms-limits', () => {
  let red: FakeRed;
  let node: FakeNode;

  /** A node whose state from before is known. */
  async function made(config: Config = {}): Promise<void> {
    red = new FakeRed(NODES);
    node = red.make({ id: `limits-${++nodes}`, ...SETTINGS, ...config });
    await rest();
  }
  // It asks for its state, and reports what is wrong with its properties, as soon as the flow stands.
  const rest = async (): Promise<void> => {
    await new Promise<void>((resolve) => systemClock.after(5, resolve));
    await settle();
  };

  async function receive(message: object): Promise<unknown> {
    const before = node.answers.length;
    const error = await new Promise((resolve) => node.receive(message, resolve));
    return error ?? (node.answers[before] as [Message[]] | undefined)?.[0][0];
  }

  async function fails(message: object, pattern: RegExp): Promise<void> {
    const error = await receive(message);
    assert.ok(error instanceof BmsError && error.code === 'bad_value', String(error));
    assert.match(error.message, pattern);
  }

  const status = (): unknown => node.told.at(-1);

  afterEach(async () => {
    for (const each of [...red.nodes.values()].reverse()) await each.close();
  });

  it('answers a reading that has changed something on the message itself, whose other properties stay', async () => {
    await made();
    const message = { payload: PACK, topic: 'house', bms: { device: 'Bank', sequence: 5 }, site: 'shed' };
    const answer = (await receive(message)) as Message & { site: string };
    assert.equal(answer, message);
    assert.deepEqual([answer.topic, answer.bms, answer.site], ['Bank', { device: 'Bank', sequence: 5 }, 'shed']);
    assert.deepEqual([answer.payload.chargeVoltageLimit, answer.payload.dischargeCurrentLimit], [55.2, 200]);
    assert.equal(await receive({ payload: PACK }), undefined, 'nothing has changed');
    assert.deepEqual(status(), {
      ...{ fill: 'yellow', shape: 'ring' },
      text: '55.20 V 0 A / 200 A @openbms/node-red-bms/bms-limits:bms-limits.reason.recovering',
    });
  });

  it('repeats the limits on any other message, and changes the phase on a command', async () => {
    await made({ topic: 'limits' });
    const before = (await receive({ payload: true })) as Message;
    assert.deepEqual(before.payload, { phase: 'bulk', chargeLimitedBy: [], dischargeLimitedBy: [] });
    await receive({ payload: PACK });
    for (const payload of [undefined, null, true, 42]) {
      const again = (await receive({ payload, site: 'shed' })) as Message & { site: string };
      assert.deepEqual([again.topic, again.site, again.payload.chargeVoltageLimit], ['limits', 'shed', 55.2]);
    }
    const float = (await receive({ payload: { action: 'float' } })) as Message;
    assert.deepEqual([float.payload.phase, node.sent.length], ['float', 0]);
    assert.equal(((await receive({ payload: { action: 'bulk' } })) as Message).payload.phase, 'bulk');
  });

  it('refuses what is no reading, and the limits stay', async () => {
    await made({ cells: '' });
    await receive({ payload: PACK });
    for (const [payload, pattern] of [
      ['voltage', /must be a reading.*"voltage"/],
      [[3.3], /must be a reading/],
      [Buffer.from('a5'), /must be a reading/],
      [{}, /neither cell voltages/],
      [{ cellVoltageMax: 3450, cellVoltageMin: 3400 }, /neither cell voltages/],
      [{ ...PACK, soc: 'high' }, /soc is "high"; it must be a number/],
      [{ ...PACK, cellVoltages: [3.3, NaN] }, /cellVoltages is a list; it must be a list of numbers/],
      [{ ...PACK, chargeEnabled: 'yes' }, /true or false/],
      [{ ...PACK, alarms: ['hot'] }, /a list of alarms/],
      [{ action: 'boost' }, /"boost".*bulk, float/],
    ] as const)
      await fails({ payload }, pattern);
    assert.equal(((await receive({ payload: true })) as Message).payload.chargeVoltageLimit, 55.2);
    const lists = { cellVoltages: cellsWith({ highest: 3.52 }), temperatures: [20, null, -3] };
    const { payload } = (await receive({ payload: lists })) as Message;
    assert.deepEqual(payload.chargeLimitedBy.slice(0, 1), ['cold']);
  });

  it('takes what is sent to the virtual battery off connected, and sends both messages', async () => {
    await made({ format: 'victron' });
    node.receive({ payload: { ...PACK, power: 0 }, connected: true }, () => undefined);
    await rest();
    const [[first, second] = []] = (node.answers[0] as [Record<string, unknown>[]] | undefined) ?? [];
    assert.deepEqual(Object.keys(first?.['payload'] as object), [
      ...['Info/MaxChargeVoltage', 'Info/MaxChargeCurrent', 'Info/MaxDischargeCurrent', 'Info/BatteryLowVoltage'],
    ]);
    assert.equal((second?.['payload'] as Record<string, unknown>)['Soc'], 60);
    assert.deepEqual(
      [first, second].map((message) => message && 'connected' in message),
      [false, false],
    );
  });

  it('is red and gives out nothing with properties that contradict each other, or lack what a receiver needs', async () => {
    for (const [config, pattern] of [
      [
        { absorptionVoltage: 3.62 },
        /absorptionVoltage \+ cellMargin is 3.63.*overvoltage - protectionMargin, which is 3.6/,
      ],
      [
        {
          chargeByCell: [
            [3.5, 1],
            [3.4, 0],
          ],
        },
        /chargeByCell must rise/,
      ],
      [{ chargeByCell: [[3.5]] }, /chargeByCell\[0\]/],
      [{ chargeByCell: 'flat' }, /a list of points/],
      [{ chemistry: 'lead' }, /chemistry/],
      [{ format: 'victron', maxChargeCurrent: '' }, /maxChargeCurrent is missing/],
    ] as const) {
      await made(config);
      assert.match(String((node.errors[0] as Error | undefined)?.message), pattern);
      await fails({ payload: PACK }, pattern);
      assert.deepEqual([node.errors.length, node.answers.length, node.sent.length], [1, 0, 0]);
    }
    await made({ maxChargeCurrent: '', format: 'object' });
    const { payload } = (await receive({ payload: PACK })) as Message;
    assert.equal('chargeCurrentLimit' in payload, false);
  });

  it('says that no temperature limits anything where none is reported', async () => {
    await made();
    await receive({ payload: { cellVoltageMax: 3.3, cellVoltageMin: 3.3, voltage: 52.8 } });
    assert.match((status() as { text: string }).text, /noTemperature$/);
  });
});

/** As much of a pack as nodes see. */
class FakeBattery {
  readonly [key: string]: unknown;
  readonly name = 'Bank';
  readonly readings = new Signal<Snapshot>();
  readonly changed = new Signal<Condition>();
  readonly outages = new Signal<BmsError>();
  readonly guard = { otherBoard: undefined, changed: new Signal<undefined>(), errorOf: () => undefined };
  readonly protocolId = 'jbd';
  readonly address = '';
  readonly link = {};
  readonly staleAfterMs = 3000;
  condition: Condition = { phase: 'connecting' };
  last: Snapshot | undefined;
  ageMs: number | undefined;

  read(): void {
    const origin = { device: 'Bank', protocol: 'jbd', address: '', timestamp: 5, duration: 1, sequence: 1, link: {} };
    this.last = { reading: PACK, ...origin, requested: false, askers: new Set() } as unknown as Snapshot;
    this.ageMs = 0;
    this.be({ phase: 'fresh' });
    this.readings.emit(this.last);
  }

  be(condition: Condition): void {
    this.condition = condition;
    this.changed.emit(condition);
  }
}

describe('bms-limits on a device', () => {
  const red = new FakeRed(NODES);
  const ignored = (): void => undefined;
  const lastStatus = (node: FakeNode): { fill: string; text: string } =>
    node.told.at(-1) as { fill: string; text: string };

  function on(battery: FakeBattery): FakeNode {
    const device = { id: 'device', type: 'bms-device', battery, register: ignored, deregister: ignored };
    red.nodes.set('device', Object.assign(red.make({ id: 'device', type: 'bms-device' }), device));
    return red.make({ id: `limits-${++nodes}`, ...SETTINGS, device: 'device' });
  }
  const rest = (): Promise<void> => new Promise((resolve) => systemClock.after(10, resolve));

  it('sends limits with the first reading, is red while the device is lost, and not when a deploy closes it', async () => {
    const battery = new FakeBattery();
    const node = on(battery);
    await rest();
    assert.deepEqual([node.sent, lastStatus(node).fill], [[], 'yellow']);
    battery.read();
    const { topic, payload, bms } = node.sent[0] as Message;
    assert.deepEqual([topic, payload.dischargeCurrentLimit, bms['timestamp']], ['Bank', 200, 5]);
    battery.be({ phase: 'lost', error: new BmsError('timeout', verbatim('no answer')) });
    assert.deepEqual([lastStatus(node).fill, node.sent.length], ['red', 1], 'the reading is still fresh');
    battery.read();
    assert.equal(lastStatus(node).fill, 'yellow');
    await node.close(false);
    assert.deepEqual([battery.readings.size, battery.changed.size, battery.outages.size], [0, 0, 0]);
  });

  it('takes the last reading of a device that a deploy has left running', async () => {
    const battery = new FakeBattery();
    battery.read();
    const node = on(battery);
    await rest();
    assert.equal((node.sent[0] as Message).payload.chargeVoltageLimit, 55.2);
    await node.close();
  });

  it('gives out 0 A of a device that never answers', async () => {
    const battery = new FakeBattery();
    battery.be({ phase: 'lost', error: new BmsError('timeout', verbatim('no answer')) });
    const node = on(battery);
    await rest();
    const { payload } = node.sent[0] as Message;
    assert.deepEqual(
      [payload.chargeCurrentLimit, payload.dischargeCurrentLimit, payload.chargeLimitedBy],
      [0, 0, ['lost']],
    );
    await node.close();
  });

  it('refuses the limits of packs where the device is no bank', async () => {
    const device = {
      id: 'device',
      type: 'bms-device',
      battery: new FakeBattery(),
      register: ignored,
      deregister: ignored,
    };
    red.nodes.set('device', Object.assign(red.make({ id: 'device', type: 'bms-device' }), device));
    const node = red.make({ id: `limits-${++nodes}`, ...SETTINGS, device: 'device', limitsOf: 'packs' });
    await rest();
    assert.match((node.errors[0] as Error).message, /limitsOf/);
    await node.close();
  });
});
