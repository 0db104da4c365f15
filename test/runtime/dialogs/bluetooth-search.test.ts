import assert from 'node:assert/strict';
import { BmsError } from '../../../src/battery/errors';
import { say } from '../../../src/battery/sentence';
import { systemClock } from '../../../src/clock';
import { jbd } from '../../../src/codec/jbd';
import { BleLink } from '../../../src/link/ble';
import type { DialogRequest } from '../../../src/runtime/dialogs/admin-endpoints';
import { searchBluetooth, type Neighbour } from '../../../src/runtime/dialogs/bluetooth-search';
import { adapterOf } from '../../../src/runtime/settings/links';
import { isOnDemand, makeLink } from '../../../src/runtime/settings/links';
import { pauseRequestOf } from '../../../src/runtime/messages/device-requests';
import { SimulatedPack } from '../../../src/simulator/pack';
import type { Adapter } from '../../support/ble/adapter';
import { VirtualBms } from '../../support/ble/bms';
import { adapterFor } from '../../support/ble/library';
import type { ModuleName } from '../../support/ble/modules';
import { until } from '../../support/ble/until';
import { FakeClock } from '../../support/fake-clock';

function bmsAt(last: string, module: ModuleName, rssi: number): VirtualBms {
  const clock = new FakeClock();
  const pack = new SimulatedPack({ cells: 4, chemistry: 'lfp', scenario: 'steady', speed: 1, seed: 7, clock });
  return new VirtualBms({ address: `c0:ff:ee:00:00:${last}`, module, protocol: jbd, pack, rssi });
}

const codeOf = (call: () => unknown): string => {
  try {
    call();
    return 'fine';
  } catch (error) {
    return (error as BmsError).code;
  }
};

describe('properties of a Bluetooth connection', () => {
  it('name the adapter and the driver', () => {
    for (const bleAdapter of ['', 'hci0', 'hci12', '1', '/dev/pts/5', '/dev/ttyACM0:1000000', 'COM4']) {
      assert.deepEqual(adapterOf({ bleAdapter, bleDriver: 'dbus' }), { adapter: bleAdapter, driver: 'dbus' });
    }
    assert.deepEqual(adapterOf({}), { adapter: '', driver: 'auto' });
  });

  it('are refused when they are wrong', () => {
    for (const bleAdapter of ['hci', 'first', '-1', 'hci0;']) {
      assert.equal(
        codeOf(() => adapterOf({ bleAdapter })),
        'bad_value',
        bleAdapter,
      );
    }
    assert.equal(
      codeOf(() => adapterOf({ bleDriver: 'usb' })),
      'bad_value',
    );
    assert.equal(
      codeOf(() => makeLink({ transport: 'ble', bleAddress: ' ' }, systemClock)),
      'bad_value',
    );
    assert.equal(
      codeOf(() => isOnDemand({ transport: 'ble', bleOnDemand: 'perhaps' })),
      'bad_value',
    );
  });

  it('make a radio link, which may be open on demand', () => {
    const link = makeLink({ transport: 'ble', bleAddress: 'Garage' }, systemClock);
    assert.deepEqual([link.isRadio, link.name], [true, 'Garage']);
    assert.ok(isOnDemand({ transport: 'ble', bleOnDemand: true }));
    assert.ok(!isOnDemand({ transport: 'ble' }));
    assert.ok(!isOnDemand({ transport: 'serial', bleOnDemand: true }));
    assert.ok(isOnDemand({ transport: 'tcp', tcpOnDemand: true }));
    assert.ok(!isOnDemand({ transport: 'tcp', bleOnDemand: true }));
  });
});

describe('searchBluetooth', function () {
  this.timeout(20_000);
  let adapter: Adapter;
  let parameters: Record<string, string>;

  beforeEach(() => {
    adapter = adapterFor({ advertisingMs: 50 });
    parameters = { adapter: adapter.property, driver: 'hci' };
  });
  afterEach(() => adapter.close());

  const request = (query = parameters): DialogRequest => ({
    ...{ text: (name) => query[name] ?? '', body: {} },
    ...{ isGone: () => false, whenGone: () => undefined },
  });

  it('tells who advertises, the strongest first, with the protocols that they may speak, and lets go', async () => {
    adapter.controller.add(bmsAt('01', 'jbd', -80), bmsAt('02', 'jkNew', -50), bmsAt('03', 'daly', -60));
    const found = await searchBluetooth(request(), { searchMs: 500 });
    const expected: Neighbour[] = [
      {
        ...{ name: 'JK_B2A8S20P', address: 'C0:FF:EE:00:00:02', id: 'c0ffee000002', rssi: -50 },
        protocols: ['jk-ble', 'ant', 'ant-legacy'],
      },
      {
        ...{ name: 'DL-40A1B2C3D4E5', address: 'C0:FF:EE:00:00:03', id: 'c0ffee000003', rssi: -60 },
        protocols: ['daly', 'daly-modbus', 'jbd'],
      },
      {
        ...{ name: 'xiaoxiang BMS', address: 'C0:FF:EE:00:00:01', id: 'c0ffee000001', rssi: -80 },
        protocols: ['jbd', 'jbd-up16s'],
      },
    ];
    assert.deepEqual(found, expected);
  });

  it('searches an adapter once at a time, and goes on with what is connected', async () => {
    const connected = bmsAt('01', 'jbd', -80);
    adapter.controller.add(connected, bmsAt('02', 'jkNew', -50));
    const choice = { adapter: parameters['adapter'] ?? '', driver: 'hci' as const };
    const link = new BleLink(connected.address, choice, systemClock);
    const heard: Buffer[] = [];
    let lost = false;
    const events = { data: (bytes: Buffer) => void heard.push(bytes), closed: () => void (lost = true) };
    const channel = await link.open(events, { baudRate: 0, routes: jbd.ble?.routes });
    const searching = searchBluetooth(request(), { searchMs: 1000 });
    await assert.rejects(searchBluetooth(request()), { code: 'port_busy' });
    for (let i = 0; i < 5; i++) {
      const before = heard.length;
      await channel.write(Buffer.from('dda50300fffd77', 'hex'));
      while (heard.length === before) await new Promise<void>((resolve) => setImmediate(resolve));
    }
    const found = await searching;
    assert.ok(found.some(({ name }) => name === 'JK_B2A8S20P'));
    assert.equal(lost, false);
    assert.equal(connected.connections, 1);
    await channel.close();
  });

  it('ends when its dialog is closed, and lets go at once', async () => {
    adapter.controller.add(bmsAt('01', 'jbd', -80));
    let close: () => void = () => undefined;
    const open = { ...request(), whenGone: (action: () => void) => void (close = action) };
    const searching = searchBluetooth(open, { searchMs: 60_000 });
    await until(() => adapter.controller.air.isScanning);
    close();
    await assert.rejects(searching, { code: 'closed' });
    await until(() => !adapter.controller.air.isScanning);
    const again = await searchBluetooth(request(), { searchMs: 300 });
    assert.deepEqual(
      again.map(({ name }) => name),
      ['xiaoxiang BMS'],
    );
  });

  it('does not begin for a dialog that is closed already', async () => {
    const closed = { ...request(), whenGone: (action: () => void) => action() };
    await assert.rejects(searchBluetooth(closed, { searchMs: 60_000 }), { code: 'closed' });
    assert.equal(adapter.controller.air.isScanning, false);
  });

  it('refuses an adapter that is none', async () => {
    await assert.rejects(searchBluetooth(request({ adapter: 'first' })), { code: 'bad_value' });
    await assert.rejects(searchBluetooth(request({ driver: 'usb' })), { code: 'bad_value' });
  });

  it('says so when the adapter is not there, and can be tried again', async () => {
    let attempts = 0;
    const radio = {
      join: () => () => Promise.resolve(),
      powerOn: () => Promise.reject(new BmsError('adapter_missing', say`attempt ${++attempts}`)),
    };
    for (let i = 1; i <= 2; i++) {
      const searching = searchBluetooth(request(), { radioOf: () => radio as never });
      await assert.rejects(searching, { code: 'adapter_missing', message: `attempt ${i}` });
    }
  });

  it('ends when the adapter goes away', async () => {
    let fail: (error: BmsError) => void = () => undefined;
    let left = 0;
    const radio = {
      join: (onFailure: typeof fail) => {
        fail = onFailure;
        return async () => {
          left++;
        };
      },
      powerOn: () => Promise.resolve(),
      scan: () => new Promise<never>(() => undefined),
    };
    const searching = searchBluetooth(request(), { radioOf: () => radio as never });
    await Promise.resolve();
    fail(new BmsError('adapter_missing', say`pulled out`));
    await assert.rejects(searching, { code: 'adapter_missing' });
    assert.equal(left, 1);
  });
});

describe('releaseWishOf', () => {
  const wish = (payload: unknown): number | string | undefined => {
    try {
      return pauseRequestOf({ _msgid: 'x', payload });
    } catch (error) {
      return (error as BmsError).code;
    }
  };

  it('takes a time of up to an hour, and 0 for its end', () => {
    for (const seconds of [0, 1, 1.5, 60, 3600]) assert.equal(wish({ action: 'release', seconds }), seconds);
  });

  it('refuses others', () => {
    for (const seconds of [undefined, null, -1, 0.5, 3601, NaN, '60', true]) {
      assert.equal(wish({ action: 'release', seconds }), 'bad_value', String(seconds));
    }
  });

  it('leaves every other message alone', () => {
    for (const payload of [undefined, null, '', 'release', 7, {}, { action: 'read' }, { seconds: 5 }, []]) {
      assert.equal(wish(payload), undefined);
    }
  });
});
