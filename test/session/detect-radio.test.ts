import assert from 'node:assert/strict';
import { PROTOCOLS } from '../../src/codec/registry';
import type { Protocol } from '../../src/codec/protocol';
import { FakeClock } from '../support/fake-clock';
import { boardOf, deviceOnLine, known } from '../support/device-line';

/** What a module advertises, and the route that its connection takes. */
interface Module {
  kind: string;
  speaks: string;
  service: string;
  name?: string;
  company?: number;
  address?: string;
  /** the address that its board answers, where it has one */
  board?: number;
}

/** From the first answer of a module to the whole of it, ms. */
const ANSWER_MS = 80;

const TELLING: readonly Module[] = [
  { kind: 'JBD by its name', speaks: 'jbd', service: 'ff00', name: 'xiaoxiang BMS' },
  { kind: 'JBD by its name, other service', speaks: 'jbd', service: 'fff0', name: 'DH04SC02' },
  { kind: 'JBD UP16S by its address', speaks: 'jbd-up16s', service: 'ff00', address: 'AA:C2:37:01:02:03' },
  { kind: 'Daly by its name', speaks: 'daly', service: 'fff0', name: 'DL-41D12345', board: 128 },
  { kind: 'Daly that answers host 40 only', speaks: 'daly', service: 'fff0', name: 'DL-41D12345', board: 1 },
  { kind: 'Daly by its company', speaks: 'daly', service: 'fff0', company: 0x0302, board: 128 },
  { kind: 'new Daly by its name', speaks: 'daly-modbus', service: 'fff0', name: 'DL-FB4C123' },
  { kind: 'new Daly by a name of both', speaks: 'daly-modbus', service: 'fff0', name: 'DL-41D12345' },
  { kind: 'ANT by its name', speaks: 'ant', service: 'ffe0', name: 'ANT-BLE24', board: 161 },
  { kind: 'old ANT by its name', speaks: 'ant-legacy', service: 'ffe0', name: 'ANT-BLE24' },
  { kind: 'JK by its name', speaks: 'jk-ble', service: 'ffe0', name: 'JK-B2A24S' },
  { kind: 'JK by its company', speaks: 'jk-ble', service: 'ffe0', company: 0x0b65 },
];

const SILENT: readonly Module[] = PROTOCOLS.flatMap(({ id, ble }) =>
  [...new Set((ble?.routes ?? []).map(({ service }) => service))].map((service) => ({
    kind: `${id}, which tells nothing but ${service}`,
    speaks: id,
    service,
  })),
);

function setUp({ speaks, service, name = '', company, address = '', board }: Module) {
  const clock = new FakeClock();
  const protocol = known(speaks);
  const hears = (asked: number): boolean => board === undefined || asked === board;
  const { script } = boardOf(clock, protocol, { hears, more: { model: 'JK_B2A24S' }, delayMs: ANSWER_MS });
  const line = {
    ...{ isRadio: true, advertisedName: name, advertisedServices: [service], peer: address },
    route: protocol.ble?.routes.find((route) => route.service === service),
    manufacturerData: company === undefined ? undefined : Buffer.of(company & 0xff, company >> 8),
  };
  return deviceOnLine({ clock, script, line });
}

/** When the first reading came, ms. */
async function firstReading({ clock, device }: ReturnType<typeof setUp>, speaks: string): Promise<number> {
  let at = Infinity;
  device.readings.subscribe(() => (at = Math.min(at, clock.monotonic())));
  void device.read().catch(() => undefined);
  await clock.tick(30_000);
  assert.equal(device.last?.protocol, speaks);
  return at;
}

const routesOf = ({ ble }: Protocol): string[] => (ble?.routes ?? []).map(({ service }) => service);

describe('finding out what a Bluetooth module speaks', () => {
  for (const module of TELLING) {
    it(`takes less than 3 s to the first reading: ${module.kind}`, async () => {
      const took = await firstReading(setUp(module), module.speaks);
      assert.ok(took < 3000, `${took} ms`);
    });
  }

  for (const module of SILENT) {
    it(`takes less than 8 s to the first reading: ${module.kind}`, async () => {
      const took = await firstReading(setUp(module), module.speaks);
      assert.ok(took < 8000, `${took} ms`);
    });
  }

  it('asks nothing of protocols that do not travel over the route in use', async () => {
    const { clock, link, device } = setUp({ kind: '', speaks: 'jk-ble', service: 'ffe0' });
    link.script = () => undefined;
    const asked = device.read().then(
      () => '',
      (error: unknown) => String(error),
    );
    await clock.tick(60_000);
    const others = PROTOCOLS.filter((protocol) => !routesOf(protocol).includes('ffe0')).map(({ id }) => id);
    const message = await asked;
    assert.match(message, /tried ant 161, ant-legacy, jk-ble\./);
    for (const id of others) assert.doesNotMatch(message, new RegExp(`\\b${id}\\b[^-]`));
  });

  it('does not take the late answer of a slow Daly for one of another address', async () => {
    const module = { kind: '', speaks: 'daly', service: 'fff0', name: 'DL-41D12345', board: 128 };
    const set = setUp(module);
    const { script } = set.link;
    set.link.script = (request, reply) => script(request, (bytes) => reply(bytes, 900));
    await firstReading(set, 'daly');
    assert.equal(set.device.board?.address, 128);
  });
});
