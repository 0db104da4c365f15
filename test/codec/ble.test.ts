import assert from 'node:assert/strict';
import { protocolById } from '../../src/codec';
import { PROTOCOLS } from '../../src/codec/registry';
import type { BleProfile } from '../../src/codec/protocol';

const bleOf = (id: string): BleProfile => {
  const ble = protocolById(id)?.ble;
  assert.ok(ble, id);
  return ble;
};

describe('Bluetooth profiles', () => {
  it('name UUIDs in the form in which links look for them', () => {
    for (const { ble } of PROTOCOLS) {
      for (const { service, notify, write } of ble?.routes ?? []) {
        for (const uuid of [service, notify, write]) assert.match(uuid, /^[0-9a-f]{4}$/);
      }
      for (const { service } of ble?.advertisements ?? []) assert.match(service ?? '0000', /^[0-9a-f]{4}$/);
    }
  });

  it('look for the usual module before the odd one', () => {
    const services = (id: string): string[] => bleOf(id).routes.map(({ service }) => service);
    assert.deepEqual(services('jbd'), ['ff00', 'fff0']);
    assert.deepEqual(services('jbd-up16s'), ['ff00', 'fff0']);
    assert.deepEqual(services('daly'), ['fff0', 'ff00']);
    assert.deepEqual(services('daly-modbus'), ['fff0', 'ff00']);
    for (const id of ['ant', 'ant-legacy', 'jk-ble']) assert.deepEqual(services(id), ['ffe0']);
  });

  it('wait longer than on a serial line', () => {
    for (const { profile, ble, id } of PROTOCOLS) {
      const pace = { ...profile, ...ble?.pace };
      assert.ok(pace.timeoutMs >= profile.timeoutMs && pace.timeoutMs > pace.quietMs, id);
    }
  });

  it('keep idle links alive with requests that change nothing', () => {
    const jbd = bleOf('jbd').keepAlive;
    assert.equal(jbd?.request.toString('hex'), 'dda50300fffd77');
    assert.ok(jbd.everyMs < 8000);
    const ant = bleOf('ant-legacy').keepAlive;
    assert.deepEqual([ant?.request.toString('hex'), ant?.everyMs], ['5a5aff0000ff', 5000]);
  });

  it('ask Daly boards as an app does, and old ANT boards in the way of their modules', () => {
    const [query] = protocolById('daly')?.queries ?? [];
    const request = query?.request({ address: bleOf('daly').address ?? 0, memory: {} });
    assert.equal(request?.toString('hex').slice(0, 6), 'a58090');
    const asked = bleOf('ant-legacy').probe?.map((probe) => probe.request({ address: 0, memory: {} }).toString('hex'));
    assert.deepEqual(asked, ['dbdb00000000']);
  });
});
