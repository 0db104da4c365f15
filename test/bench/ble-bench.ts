import { systemClock } from '../../src/clock';
import { paceOf } from '../../src/session/line-needs';
import type { AirBoard } from './ble-air';
import { Host, nextReading } from './ble-host';
import { pause, quantile } from './figures';

const STARTS = 7;
const READS = 20;
const PACKS = 16;
const POLLED_FOR_MS = 10_000;

/** The smallest, and the largest that modules agree upon: 20 and 244 bytes a notification. */
const MTUS = [23, 247];

const NOTIFICATION_HEADER = 3;

const BOARDS: readonly Omit<AirBoard, 'mtu'>[] = [
  { module: 'jbd', protocol: 'jbd' },
  { module: 'ant', protocol: 'ant' },
  { module: 'dalyNew', protocol: 'daly-modbus' },
  { module: 'jkNew', protocol: 'jk-ble' },
];

/** Boards that send by themselves: measured is the first poll of a connection, which asks. */
const SENDS_BY_ITSELF = new Set(['jk-ble']);

const clock = systemClock;

export interface BleRow {
  what: string;
  /** bytes a notification */
  bytesEach: number;
  requests?: number;
  bytes?: number;
  /** silence that the board wants between its answers */
  gapsMs?: number;
  p50: number;
  p99?: number;
  perSecond?: number;
  /** of this process, without the adapter and the boards */
  cpuMs?: number;
}

/** From an adapter that is off to the first reading: on, heard, connected, services found, subscribed, read. */
async function measureStart(): Promise<BleRow[]> {
  const host = await Host.withBoards([{ module: 'jbd', protocol: 'jbd', mtu: 23 }]);
  const times: number[] = [];
  for (let start = 0; start < STARTS; start++) {
    const bus = host.bus();
    const device = host.device(bus);
    const before = clock.monotonic();
    device.start();
    bus.open();
    await nextReading(device);
    times.push(clock.monotonic() - before);
    device.stop();
    await bus.close();
  }
  await host.end();
  const [first = NaN, ...later] = times;
  const about = { bytesEach: 20 };
  return [
    { what: 'jbd, power-on to first reading, loading the library', ...about, p50: first },
    { what: 'jbd, power-on to first reading, again', ...about, p50: quantile(later, 0.5) },
  ];
}

/** One poll of one pack. */
async function measureCycle(board: AirBoard): Promise<BleRow> {
  const host = await Host.withBoards([board]);
  const { bus, reader, gapMs } = await host.reader();
  const poll = async (): Promise<void> => {
    // The gap after the last answer is over before the next read begins: it is not part of a read.
    await pause(gapMs + 5);
    if (SENDS_BY_ITSELF.has(board.protocol)) reader.start();
  };
  for (let times = 0; times < 3; times++) {
    await poll();
    await reader.read('due', 'request');
  }
  const before = { notified: await host.notified(), ...bus.counters };
  const times: number[] = [];
  for (let read = 0; read < READS; read++) {
    await poll();
    const start = clock.monotonic();
    await reader.read('due', 'request');
    times.push(clock.monotonic() - start);
  }
  const requests = (bus.counters.requests - before.requests) / READS;
  if (bus.counters.answers - before.answers !== requests * READS) throw new Error(`${board.protocol}: a lost answer`);
  const bytes = ((await host.notified()) - before.notified) / READS;
  await bus.close();
  await host.end();
  const gapsMs = (requests - 1) * gapMs;
  const bytesEach = board.mtu - NOTIFICATION_HEADER;
  return { what: `${board.protocol}, one pack`, bytesEach, requests, bytes, gapsMs, p50: quantile(times, 0.5) };
}

/** Many packs on one adapter, all polled at the same moment, every second. */
async function measureMany(board: AirBoard): Promise<BleRow> {
  const host = await Host.withBoards(Array.from({ length: PACKS }, () => board));
  const buses = Array.from({ length: PACKS }, (_, index) => host.bus(index));
  const devices = buses.map((bus, index) => host.device(bus, index));
  for (const device of devices) device.start();
  for (const bus of buses) bus.open();
  await Promise.all(devices.map(nextReading));
  // They began one after the other: from here on they all begin at once, on lines that are open.
  for (const device of devices) device.stop();
  await pause(200);
  for (const device of devices) device.start();
  await Promise.all(devices.map(nextReading));
  const times: number[] = [];
  const stops = devices.map((device) => device.readings.subscribe(({ duration }) => times.push(duration)));
  const requestsSoFar = (): number => buses.reduce((sum, { counters }) => sum + counters.requests, 0);
  const before = { requests: requestsSoFar(), cpu: process.cpuUsage() };
  await pause(POLLED_FOR_MS);
  const { user, system } = process.cpuUsage(before.cpu);
  const requests = Math.round((requestsSoFar() - before.requests) / times.length);
  for (const stop of stops) stop();
  for (const device of devices) device.stop();
  await Promise.all(buses.map((bus) => bus.close()));
  await host.end();
  return {
    what: `${board.protocol}, ${PACKS} packs at once`,
    bytesEach: board.mtu - NOTIFICATION_HEADER,
    requests,
    gapsMs: (requests - 1) * paceOf(host.protocol(), { isRadio: true }).gapMs,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    perSecond: (times.length * 1000) / POLLED_FOR_MS,
    cpuMs: (user + system) / 1000 / times.length,
  };
}

/** Measures Bluetooth and prints the table. */
export async function benchBluetooth(): Promise<BleRow[]> {
  const rows = await measureStart();
  for (const board of BOARDS) for (const mtu of MTUS) rows.push(await measureCycle({ ...board, mtu }));
  for (const mtu of MTUS) rows.push(await measureMany({ module: 'jbd', protocol: 'jbd', mtu }));
  console.log(
    'Packs of 16 cells over Bluetooth, on a virtual controller and boards that answer at once, heard at once, in a\n' +
      'process of their own: own = cycle - gaps, without time on the air. CPU is that of this process alone, per reading.',
  );
  console.table(
    rows.map(({ what, bytesEach, requests = '', bytes = '', gapsMs, p50, p99, perSecond, cpuMs }) => ({
      what,
      'bytes each': bytesEach,
      requests,
      bytes,
      'gaps ms': gapsMs ?? '',
      'p50 ms': p50.toFixed(1),
      'p99 ms': p99?.toFixed(1) ?? '',
      'own ms': gapsMs === undefined ? '' : (p50 - gapsMs).toFixed(1),
      'readings/s': perSecond?.toFixed(1) ?? '',
      'CPU ms': cpuMs?.toFixed(2) ?? '',
    })),
  );
  return rows;
}
