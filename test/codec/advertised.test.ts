import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PROTOCOLS } from '../../src/codec/registry';
import { likelyProtocols, type Advertised } from '../../src/codec/advertised';

const NOTHING: Advertised = { name: '', address: '', services: [], manufacturerData: undefined };
const company = (id: number, rest = ''): Buffer =>
  Buffer.concat([Buffer.of(id & 0xff, id >> 8), Buffer.from(rest, 'hex')]);
const likely = (advertised: Partial<Advertised>): string[] => likelyProtocols({ ...NOTHING, ...advertised });

describe('likelyProtocols', () => {
  it('knows JBD modules by name, address or service (jbd.md 2)', () => {
    const names = [
      ...['xiaoxiang BMS', 'JBD-SP04S020', 'SP04S034L4S200A', 'SP25S003', 'DP04S007L4S100A', 'AP21S001'],
      ...['DWF12', 'LSG-100', 'SX100P', 'SX600', 'SBL-1', 'OGR-3', 'TZ-H100', 'DH04SC02'],
    ];
    for (const name of names) assert.deepEqual(likely({ name }), ['jbd'], name);
    for (const address of ['10:A5:62:32:75:36', '70:3E:97:00:00:01', 'a4:c1:37:04:2d:be', 'A4:C1:38:00:00:01']) {
      assert.equal(likely({ address })[0], 'jbd', address);
    }
    for (const prefix of ['A5:C2:37', 'A5:C2:39', 'A5:C2:3A']) {
      assert.deepEqual(likely({ address: `${prefix}:01:02:03` }), ['jbd']);
    }
    assert.equal(likely({ services: ['ff00'] })[0], 'jbd');
    assert.equal(likely({ services: ['180a', 'ff00'], name: 'N-12345BL01' })[0], 'jbd');
  });

  it('takes rack packs for both protocols of JBD', () => {
    assert.deepEqual(likely({ address: 'AA:C2:37:00:00:01', services: ['ff00'] }), ['jbd', 'jbd-up16s']);
  });

  it('does not take a name for JBD that counts only with its service', () => {
    assert.deepEqual(likely({ name: 'N-12345BL01' }), []);
  });

  it('knows Daly modules of both protocols by name or company (daly.md 2, daly-modbus.md 2)', () => {
    for (const name of ['DL-40A1B2C3D4E5', 'Dl-40a1b2c3d4e5']) {
      assert.deepEqual(
        likely({ name, services: ['fff0'] })
          .slice(0, 2)
          .sort(),
        ['daly', 'daly-modbus'],
      );
    }
    for (const id of [0x0102, 0x0104, 0x0302, 0x0303, 0x0402]) {
      assert.deepEqual(likely({ manufacturerData: company(id, '0102') }), ['daly', 'daly-modbus']);
    }
    for (const name of ['DL-F1', 'DL-BMS', 'ESS-DL-BMS', 'JHB-12'])
      assert.equal(likely({ name })[0], 'daly-modbus', name);
    assert.equal(likely({ name: 'BT12', services: ['fff0'] })[0], 'daly-modbus');
    assert.deepEqual(likely({ name: 'BT Speaker' }), []);
  });

  it('does not take a new Daly module for JBD, although it has the service of JBD', () => {
    assert.deepEqual(likely({ name: 'DL-40A1B2C3D4E5', services: ['ff00'] }).slice(0, 2), ['daly', 'daly-modbus']);
  });

  it('knows ANT modules by name, whatever their company (ant.md 2.2, ant-legacy.md 2)', () => {
    const names = [
      ...['ANT-BLE16ZMUB', 'ANT-BLE24BHUB', 'ANT-BLE04DMUB', 'ANT@BLE22AAUB', 'ANT@BLE24CBUB-1231\r'],
      ...['ANT-BLEUB5837-5837', 'ant-ble20a', 'ANT-BLE20A'],
    ];
    for (const name of names) assert.deepEqual(likely({ name }), ['ant', 'ant-legacy'], name);
    for (const id of [0x0657, 0x2313, 5000, 10139, 56718]) {
      const found = likely({ name: 'ANT-BLE16ZMUB', services: ['ffe0'], manufacturerData: company(id) });
      assert.deepEqual(found, ['ant', 'ant-legacy', 'jk-ble']);
    }
  });

  it('knows JK modules by service and company; the name is the text of a user (jk-ble.md 2)', () => {
    for (const id of [0x0b65, 0x4b4a]) {
      const found = likely({ name: 'Garage', services: ['ffe0'], manufacturerData: company(id, '0102') });
      assert.deepEqual(found, ['jk-ble', 'ant', 'ant-legacy']);
      assert.deepEqual(likely({ manufacturerData: company(id) }), []);
    }
    for (const name of ['JK_B2A8S20P', 'JK-B2A24S']) assert.equal(likely({ name, services: ['ffe0'] })[0], 'jk-ble');
  });

  it('names all that share a service, in the order in which they are asked', () => {
    assert.deepEqual(likely({ services: ['ffe0'] }), ['ant', 'ant-legacy', 'jk-ble']);
    assert.deepEqual(likely({ services: ['fff0'] }), ['jbd', 'daly', 'daly-modbus']);
  });

  it('knows nothing of other devices', () => {
    assert.deepEqual(likely({}), []);
    const others = { name: 'Headphones', services: ['180f'], address: '00:11:22:33:44:55' };
    assert.deepEqual(likely({ ...others, manufacturerData: company(0x004c, '0215') }), []);
    assert.deepEqual(likely({ ...others, manufacturerData: Buffer.of(1) }), []);
  });

  it('survives any advertisement and names protocols only', () => {
    const known = new Set(PROTOCOLS.map(({ id }) => id));
    const any = fc.record({
      name: fc.string({ unit: 'binary' }),
      address: fc.string(),
      services: fc.array(fc.constantFrom('ff00', 'fff0', 'ffe0', '1800')),
      manufacturerData: fc.option(
        fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
        { nil: undefined },
      ),
    });
    fc.assert(
      fc.property(any, (advertised) => {
        const found = likelyProtocols(advertised);
        assert.equal(new Set(found).size, found.length);
        assert.ok(found.every((id) => known.has(id)));
      }),
    );
  });
});
