import assert from 'node:assert/strict';
import { chunksOf } from '../support/ble/cuts';
import { LIBRARY } from '../support/ble/library';
import { MODULES, type Module, type ModuleName } from '../support/ble/modules';
import { kitOf } from '../kits';
import { PROTOCOLS } from '../../src/codec/registry';
import type { Protocol } from '../../src/codec/protocol';
import type { VirtualBms } from '../support/ble/bms';
import { bmsAt, optionsFor, SPOKEN, Station } from '../support/ble/station';
import { READ } from '../support/ear';

/** The modules by name, and those of the kits beside them. */
const ALL_MODULES = [
  ...(Object.keys(MODULES) as ModuleName[]).map((name) => ({
    ...{ label: name, module: MODULES[name], protocol: SPOKEN[name] },
  })),
  ...PROTOCOLS.flatMap((protocol) => {
    const { module } = kitOf(protocol);
    const isNamed = module === undefined || (Object.values(MODULES) as Module[]).includes(module);
    return isNamed ? [] : [{ label: protocol.id, module, protocol }];
  }),
];

/** The first request of a protocol, and what its board answers to it. */
function exchangeOf(protocol: Protocol, board: VirtualBms): { request: Buffer; answer: Buffer } {
  const request = protocol.queries[0]!.request({ address: protocol.address?.initial ?? 0, memory: {} });
  return { request, answer: protocol.emulate(request)!.answer(board.pack.read(), board.pack) };
}

describe('BleLink', () => {
  let station: Station;

  afterEach(() => station.close());

  it(`uses ${LIBRARY}, and no other`, async () => {
    const board = bmsAt(1);
    station = new Station([board]);
    await station.open(station.link(board.address));
    const loaded = Object.keys(require.cache).flatMap((file) => /@\w+\/noble(?=\/lib\/noble\.js$)/.exec(file) ?? []);
    assert.deepEqual(loaded, [LIBRARY]);
  });

  for (const { label, module, protocol } of ALL_MODULES) {
    it(`exchanges bytes with the module ${label}, lets go, and does it again`, async () => {
      const board = bmsAt(1, { module, protocol });
      station = new Station([board]);
      const link = station.link(board.address);
      const { request, answer } = exchangeOf(protocol, board);
      for (const times of [1, 2]) {
        const { channel, ear } = await station.open(link, module);
        await channel.write(request);
        assert.deepEqual((await ear.heard(answer.length)).subarray(0, answer.length), answer);
        assert.ok(ear.pieces.every(({ length }) => length <= module.mtu - 3));
        assert.equal(channel.peer, board.address);
        await channel.close();
        assert.deepEqual([board.connection, board.connections, ear.closings], [undefined, times, []]);
      }
    });
  }

  it('takes notifications of 20 bytes, and of as much as the module can', async () => {
    const boards = [bmsAt(1), bmsAt(2, { module: 'jbdLarge' })];
    station = new Station(boards);
    for (const [board, count, sizes] of [
      [boards[0]!, 80, [20, 20, 20, 20]],
      [boards[1]!, 488, [244, 244]],
    ] as const) {
      const { ear } = await station.open(station.link(board.address));
      board.notify('ff01', Buffer.alloc(count, 7));
      await ear.heard(count);
      assert.deepEqual(
        ear.pieces.map(({ length }) => length),
        sizes,
      );
    }
  });

  it('takes once what a module says twice, also where pieces of an answer are alike', async () => {
    const board = bmsAt(1, { cut: (bytes) => chunksOf(5)(bytes).flatMap((piece) => [piece, piece]) });
    station = new Station([board]);
    const { channel, ear } = await station.open(station.link(board.address));
    await channel.write(READ);
    await ear.until(() => ear.bytes.length >= 2 * 3 + 45);
    ear.clear();
    assert.deepEqual(await ear.ask(channel), SPOKEN.jbd.emulate(READ)!.answer(board.pack.read()));
    await channel.write(Buffer.of(0));
    board.notify('ff01', Buffer.alloc(30, 7));
    await ear.heard(75);
    assert.deepEqual(ear.bytes.subarray(45), Buffer.alloc(30, 7));
  });

  for (const [module, size] of [
    ['jbd', 20],
    ['jbdDh04', 20],
    ['jbdLarge', 244],
  ] as const) {
    it(`writes to ${module} in pieces of ${size} bytes, in order`, async () => {
      const board = bmsAt(1, { module });
      station = new Station([board]);
      const { channel } = await station.open(station.link(board.address), module);
      const bytes = Buffer.from(Array.from({ length: 250 }, (_, index) => index));
      await Promise.all([channel.write(bytes), channel.write(READ)]);
      // Those without response are on their way still: what comes after them on the connection has overtaken nothing.
      while (board.writes.reduce((sum, write) => sum + write.bytes.length, 0) < 257) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      assert.deepEqual(Buffer.concat(board.writes.map((write) => write.bytes)), Buffer.concat([bytes, READ]));
      assert.equal(board.writes[0]?.bytes.length, size);
    });
  }

  for (const [what, device, addressType] of [
    ['MAC address', 'A4:C1:38:00:00:01', 'public'],
    ['MAC address with hyphens', 'a4-c1-38-00-00-01', 'public'],
    ['random address', 'A4:C1:38:00:00:01', 'random'],
    ['id of the platform', 'A4C138000001', 'public'],
    ['advertised name', 'my pack', 'random'],
    ['advertised name with blanks around', '  my pack ', 'public'],
  ] as const) {
    it(`finds a device by its ${what}`, async () => {
      const board = bmsAt(1, { addressType, name: ' my pack\r\n' });
      station = new Station([bmsAt(2), board]);
      const { channel } = await station.open(station.link(device));
      assert.deepEqual([channel.peer, board.connections], [board.address, 1]);
    });
  }

  it('does not give one device to two connections, however they call it', async () => {
    const board = bmsAt(1, { name: 'my pack' });
    station = new Station([board]);
    const [one, other] = [station.link(board.address), station.link('my pack')];
    const outcomes = await Promise.allSettled([station.open(one), station.open(other)]);
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    assert.match(String(failed?.reason), /already open in another connection|does not advertise/);
    assert.equal(board.connections, 1);
    await assert.rejects(station.open(station.link(board.address.toUpperCase().replaceAll(':', '-'))), {
      code: 'port_busy',
    });
  });

  it('tells how it stands', async () => {
    const board = bmsAt(1, { rssi: -71 });
    station = new Station([board], { limits: { rssiEveryMs: 5 } });
    const link = station.link(board.address);
    const { channel, ear } = await station.open(link);
    assert.deepEqual(link.figures, { connects: 1, drops: 0, rssi: -71 });
    board.rssi = -50;
    await channel.write(READ);
    await ear.heard(45);
    while (link.figures.rssi !== -50) await new Promise((resolve) => setImmediate(resolve));
    board.drop();
    await ear.until(() => ear.closings.length > 0);
    assert.deepEqual(link.figures, { connects: 1, drops: 1, rssi: -50, secondsSinceData: 0 });
  });

  it('tells everything that advertises, the strongest first', async () => {
    station = new Station([bmsAt(1, { rssi: -80 }), bmsAt(2, { rssi: -40, module: 'jkNew' })]);
    const heard = await station.radio.scan(50);
    assert.deepEqual(
      heard.map(({ address, name, rssi, services }) => [address, name, rssi, services]),
      [
        ['A4:C1:38:00:00:02', 'JK_B2A8S20P', -40, ['ffe0']],
        ['A4:C1:38:00:00:01', 'xiaoxiang BMS', -80, ['ff00']],
      ],
    );
    assert.equal(station.radio.size, 0);
  });

  it('writes nothing after it was closed, and closes as often as one likes', async () => {
    const board = bmsAt(1);
    station = new Station([board]);
    const { channel } = await station.open(station.link(board.address));
    await Promise.all([channel.close(), channel.close()]);
    await assert.rejects(channel.write(READ), { code: 'disconnected' });
    assert.equal(board.writes.length, 0);
  });

  it('looks for any of the services that it is told', async () => {
    const board = bmsAt(1, { module: 'dalyNew' });
    station = new Station([board]);
    const routes = [...optionsFor('daly').routes!, ...optionsFor('dalyNew').routes!];
    const channel = await station.link(board.address).open({ data() {}, closed() {} }, { baudRate: 9600, routes });
    assert.equal(board.isSubscribed('ff01'), true);
    await channel.close();
  });
});
