import assert from 'node:assert/strict';
import helper from 'node-red-node-test-helper';
import { daly } from '../../src/codec/daly';
import type { BmsDeviceNode } from '../../src/runtime/bms-nodes';
import type { Condition, Device } from '../../src/session/device';
import { PROVENANCE, receive } from '../support/bridged-board';
import { flow as readFlow, load, type Config, type Loaded } from '../support/helper-flow';
import { ServedBoard } from '../support/served-board';

interface Caught {
  error: { message: string; code: string; source: { id: string } };
}

const SWITCHED_OFF = { action: 'charge', value: false, confirmed: true, before: true, after: false };

type Payload = Record<string, unknown>;

/** A simulated pack that may be switched, a bms-control on it, and what catches, completes and receives. */
function flow(control: Record<string, unknown>, device: Record<string, unknown> = {}): Config[] {
  return readFlow(
    { transport: 'simulator', simScenario: 'steady' },
    { protocol: 'daly', allowControl: true, ...device },
    { type: 'bms-control', action: 'charge', value: 'payload', valueType: 'msg', ...control },
  );
}

async function errorOf({ caught }: Loaded, n = 1): Promise<Caught['error']> {
  return ((await caught.nth(n)) as unknown as Caught).error;
}

describe('bms-control', function () {
  this.timeout(20_000);
  afterEach(() => helper.unload());

  it('answers on the same message when the board has done it', async () => {
    const { read, out, completed, caught } = await load(flow({}));
    receive(read, { _msgid: 'm1', payload: false, req: { id: 7 }, topic: 'old' });
    const message = await out.nth(1);
    assert.deepEqual(message.payload, { ...SWITCHED_OFF, requestedBy: 'm1' });
    assert.equal(message._msgid, 'm1');
    assert.deepEqual(message['req'], { id: 7 });
    assert.equal(message.topic, 'Bank');
    const { timestamp, duration, ...bms } = message['bms'] as Record<string, unknown>;
    assert.deepEqual(Object.keys(message['bms'] as object).sort(), PROVENANCE);
    assert.deepEqual([bms['device'], bms['protocol'], bms['address']], ['Bank', 'daly', 1]);
    assert.ok(Math.abs(Date.now() - Number(timestamp)) < 5000);
    assert.ok(Number(duration) > 0);
    await completed.nth(1);
    assert.deepEqual([completed.messages.length, caught.messages.length, out.messages.length], [1, 0, 1]);
  });

  for (const how of ['freeze', 'seal'] as const) {
    it(`answers on a copy of a message after Object.${how}`, async () => {
      const { read, out, caught } = await load(flow({ action: '' }));
      const message = { _msgid: 'm1', payload: Object.freeze({ action: 'charge', value: false }), kept: 1 };
      receive(read, how === 'freeze' ? Object.freeze(message) : Object.seal(message));
      const answer = await out.nth(1);
      assert.deepEqual([(answer.payload as Payload)['after'], answer['kept'], answer._msgid], [false, 1, 'm1']);
      assert.equal(caught.messages.length, 0);
    });
  }

  it('keeps the order of messages to nodes with and without a fixed action', async () => {
    const configs = flow({});
    const second = { ...configs.find(({ id }) => id === 'read'), id: 'free', action: '' } as Config;
    const loaded = await load([...configs, second]);
    const free = loaded.node('free');
    for (let round = 1; round <= 3; round++) {
      receive(loaded.read, { payload: round % 2 === 0 });
      receive(free, { payload: { action: 'discharge', value: round % 2 === 0 } });
      const actions = [await loaded.out.nth(2 * round - 1), await loaded.out.nth(2 * round)].map(
        ({ payload }) => (payload as Payload)['action'],
      );
      assert.deepEqual(actions, ['charge', 'discharge']);
    }
  });

  it('takes action and value from the message when none is fixed', async () => {
    const { read, out } = await load(flow({ action: '', topic: 'bank/control' }));
    receive(read, { payload: { action: 'discharge', value: 'off' } });
    const { payload, topic } = await out.nth(1);
    assert.deepEqual([(payload as Payload)['action'], (payload as Payload)['after']], ['discharge', false]);
    assert.equal(topic, 'bank/control');
    receive(read, { payload: { action: 'soc', value: 60 } });
    assert.ok(Math.abs(Number(((await out.nth(2)).payload as Payload)['after']) - 60) <= 1);
  });

  for (const [what, message] of [
    ['no object', { payload: true }],
    ['no action', { payload: { value: true } }],
    ['an action that is no text', { payload: { action: 1, value: true } }],
    ['nothing', {}],
    ['null', { payload: null }],
    ['inherited properties', { payload: Object.create({ action: 'charge', value: false }) as object }],
  ] as const) {
    it(`refuses a message with ${what} when no action is fixed`, async () => {
      const loaded = await load(flow({ action: '' }));
      receive(loaded.read, message);
      const error = await errorOf(loaded);
      assert.equal(error.code, 'bad_value');
      assert.equal(loaded.out.messages.length, 0);
    });
  }

  for (const payload of ['', undefined]) {
    it(`switches nothing for ${JSON.stringify(payload) ?? 'undefined'} (${typeof payload})`, async () => {
      const loaded = await load(flow({}));
      receive(loaded.read, { payload });
      assert.equal((await errorOf(loaded)).code, 'bad_value');
      assert.equal(loaded.out.messages.length, 0);
    });
  }

  for (const [type, value, expected] of [
    ['bool', 'false', false],
    ['num', '0', false],
    ['str', 'off', false],
    ['msg', 'state.wanted', false],
    ['jsonata', 'payload > 3', false],
    ['flow', 'wanted', false],
    ['global', 'wanted', false],
  ] as const) {
    it(`takes the value from the typed input: ${type}`, async () => {
      const { read, out } = await load(flow({ value, valueType: type }));
      read.context().flow.set('wanted', false);
      read.context().global.set('wanted', false);
      receive(read, { payload: 1, state: { wanted: 'off' } });
      assert.equal(((await out.nth(1)).payload as Payload)['value'], expected);
    });
  }

  it('takes the payload when the flow says nothing of a value', async () => {
    const { read, out } = await load(flow({ value: undefined, valueType: undefined }));
    receive(read, { payload: false });
    assert.equal(((await out.nth(1)).payload as Payload)['value'], false);
  });

  for (const [valueType, value] of [
    ['jsonata', 'payload +'],
    ['jsonata', '$error("no")'],
    ['msg', 'payload['],
  ] as const) {
    it(`says when the typed input cannot be evaluated: ${valueType} ${value}`, async () => {
      const loaded = await load(flow({ value, valueType }));
      receive(loaded.read, { payload: 1 });
      const error = await errorOf(loaded);
      assert.equal(error.code, 'bad_value');
      assert.match(error.message, new RegExp(valueType));
      assert.equal(loaded.out.messages.length, 0);
    });
  }

  it('is denied on a device that does not allow it, whatever a flow file holds', async () => {
    for (const allowControl of [false, undefined, '', 'yes', 1]) {
      const loaded = await load(flow({}, { allowControl }));
      receive(loaded.read, { payload: false });
      assert.equal((await errorOf(loaded)).code, 'denied', String(allowControl));
      await helper.unload();
    }
  });

  it('does what is dangerous only when it is said twice', async () => {
    const loaded = await load(flow({ action: 'restart' }));
    receive(loaded.read, { payload: true });
    assert.equal((await errorOf(loaded)).code, 'denied');
    receive(loaded.read, { payload: true, confirm: 'restart' });
    const { payload } = await loaded.out.nth(1);
    assert.deepEqual([(payload as Payload)['before'], (payload as Payload)['after']], [true, true]);
  });

  it('says so when it has no device, or settings that cannot be, and switches nothing', async () => {
    for (const control of [
      { device: 'nowhere' },
      { valueType: 'date' },
      { minInterval: 'soon' },
      { deadMan: 5, action: '' },
      { restore: true, action: 'soc' },
      { deadMan: 5, safeValue: 'maybe' },
    ]) {
      const loaded = await load(flow(control));
      receive(loaded.read, { payload: false });
      const { code } = await errorOf(loaded);
      assert.equal(code, control.device === undefined ? 'bad_value' : 'not_found', JSON.stringify(control));
      assert.equal(loaded.out.messages.length, 0);
      await helper.unload();
    }
  });

  it('goes to the safe state when no message comes, and not while they come', async () => {
    const { read, out } = await load(flow({ deadMan: 1, safeValue: 'off' }));
    const speaking = setInterval(() => receive(read, { payload: true, by: 'me' }), 300);
    for (let n = 1; n <= 4; n++) assert.equal((await out.nth(n))['by'], 'me');
    clearInterval(speaking);
    for (let n = 5; ; n++) {
      const { payload, by } = (await out.nth(n)) as { payload?: unknown; by?: string };
      if (by === 'me') continue;
      assert.deepEqual(payload, { ...SWITCHED_OFF, requestedBy: 'dead-man' });
      break;
    }
  });

  describe('on a line that goes away', () => {
    let board: ServedBoard;
    let tcp: Config;
    beforeEach(async () => {
      board = await new ServedBoard(daly).listen();
      tcp = { id: 'connection', type: 'bms-connection', transport: 'tcp', tcpHost: '127.0.0.1', tcpPort: board.port };
    });
    afterEach(() => board.close());

    const on = (configs: Config[]): Config[] => configs.map((config) => (config.id === 'connection' ? tcp : config));
    const quick = { pollInterval: 0.3, timeout: 100, retries: 0 };

    /** The board is away, and comes back in another state. */
    async function away(loaded: Loaded): Promise<void> {
      const lost = becomes(loaded, 'lost');
      await board.close();
      await lost;
      board.pack.execute('charge', true);
      await board.listen();
    }

    function deviceOf(loaded: Loaded): Device {
      const { battery: device } = loaded.node('device') as unknown as BmsDeviceNode;
      assert.ok(device);
      return device;
    }

    async function becomes(loaded: Loaded, wanted: Condition['phase']): Promise<void> {
      const { changed } = deviceOf(loaded);
      await new Promise<void>((resolve) => {
        const stop = changed.subscribe(({ phase }) => {
          if (phase !== wanted) return;
          stop();
          resolve();
        });
      });
    }

    it('restores what was confirmed last', async () => {
      const loaded = await load(on(flow({ restore: true }, quick)));
      receive(loaded.read, { payload: false });
      await loaded.out.nth(1);
      await away(loaded);
      const { payload } = await loaded.out.nth(2);
      assert.deepEqual(payload, { ...SWITCHED_OFF, requestedBy: 'restore' });
      assert.equal(board.pack.switches.charge, false);
    });

    it('restores nothing unless it is told to', async () => {
      const loaded = await load(on(flow({}, quick)));
      receive(loaded.read, { payload: false });
      await loaded.out.nth(1);
      await away(loaded);
      await becomes(loaded, 'fresh');
      // What it would do by itself it would have begun by now; a reading goes after it.
      await deviceOf(loaded).read();
      assert.equal(board.pack.switches.charge, true);
      assert.equal(loaded.out.messages.length, 1);
    });

    it('tells once that the safe state cannot be reached', async () => {
      await board.close();
      const loaded = await load(on(flow({ deadMan: 0.2 }, { ...quick, pollInterval: 0 })));
      const { code } = await errorOf(loaded);
      assert.equal(code, 'port_not_found');
    });
  });

  it('leaves nothing behind when it is deployed away in the middle', async () => {
    const { read, out, caught } = await load(flow({ deadMan: 1 }));
    receive(read, { payload: false });
    // The status says that it switches.
    await new Promise<void>((resolve) => read.once('call:status', () => resolve()));
    await helper.unload();
    assert.deepEqual([out.messages.length, caught.messages.length], [0, 0]);
  });
});
