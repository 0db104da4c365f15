import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { protocolById } from '../../src/codec';
import type { Protocol } from '../../src/codec/protocol';
import { PROTOCOLS } from '../../src/codec/registry';
import { FrameLog } from '../../src/link/frame-log';
import type { Link } from '../../src/link/link';
import { parseRecording, RECORDING_FORMAT, type RecordedExchange } from '../../src/link/recording';
import { Bus } from '../../src/session/bus';
import { Device } from '../../src/session/device';
import { RecordingLines } from '../../src/session/recording/recording-lines';
import { SimulatorLink } from '../../src/simulator/link';
import { assertDecoded } from './expected';
import { FakeClock } from './fake-clock';
import { readVector, type Vector } from './vectors';

export const HEADER = {
  ...{ format: RECORDING_FORMAT, name: 'made up', source: 'a test', transport: 'serial', verified: false },
};

/** How long packs are recorded and replayed, ms. */
const RECORDED_MS = 6000;

export function recordingOf(lines: readonly object[], header: object = HEADER): string {
  return [header, ...lines].map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** What a device on a link reads, but for what a recording masks. */
export async function readOn(protocol: Protocol, link: Link, clock: FakeClock, log?: FrameLog): Promise<object[]> {
  const bus = new Bus({ link, clock, ...(log && { log }) });
  const device = new Device({ name: 'Pack', bus, protocol, address: undefined, pollIntervalMs: 1000, clock });
  const readings: object[] = [];
  const keep = ({ reading }: { reading: object }): void =>
    void readings.push({ ...reading, serialNumber: undefined, deviceName: undefined });
  device.readings.subscribe(keep);
  device.start();
  bus.open();
  await clock.tick(RECORDED_MS);
  device.stop();
  await bus.close();
  return readings;
}

/** A recording of a simulated pack, what was read meanwhile, and the serial number of the pack. */
export async function recordedPack(
  protocol: Protocol,
): Promise<{ text: string; readings: object[]; serialNumber: string }> {
  const clock = new FakeClock();
  const log = new FrameLog(clock);
  const simulator = new SimulatorLink({
    ...{ cells: 8, chemistry: 'lfp', scenario: 'day', speed: 60, clock, protocols: PROTOCOLS },
  });
  const readings = await readOn(protocol, simulator, clock, log);
  const lines: object[] = [];
  const recording = new RecordingLines({ since: 0, secrets: () => [] }, (line) => lines.push(line));
  for (const entry of log.entries()) recording.take(entry);
  recording.flush();
  const { serialNumber = '' } = simulator.pack(protocol.id, protocol.address?.initial ?? 0).read();
  return { text: recordingOf(lines), readings, serialNumber };
}

/** The recordings in a folder and those below it, by their path in it. */
export function recordingsIn(folder: string): { file: string; text: string }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.jsonl'))
    .sort()
    .map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') }));
}

/**
 * Checks a recording as a test vector: every exchange that was matched is matched again and decodes; where the header has
 * `expect`, the reading is that.
 * @throws AssertionError, BmsError
 */
export function checkRecording(text: string, file: string): void {
  const { header, exchanges } = parseRecording(text, file);
  const boards = new Map<string, RecordedExchange[]>();
  for (const exchange of exchanges) {
    if (exchange.result !== 'matched') continue;
    const { protocol = header.protocol ?? '', address = '' } = exchange;
    const key = `${protocol} ${address}`;
    boards.set(key, [...(boards.get(key) ?? []), { ...exchange, protocol }]);
  }
  let readings = {};
  for (const [board, matched] of boards) readings = { ...readings, ...readAgain(board, matched, file) };
  if ('expect' in header) assertDecoded(readings, header as unknown as Vector);
}

function readAgain(board: string, matched: readonly RecordedExchange[], file: string): object {
  const [{ protocol: id = '', address } = {}] = matched as [RecordedExchange?];
  const protocol = protocolById(id);
  if (protocol === undefined) throw new Error(`${file}: there is no protocol ${board}`);
  const names = new Set(protocol.queries.map(({ name }) => name));
  // Logins and actions are no queries: what they send depends on what a user wants.
  const queries = matched.filter(({ what = '' }) => names.has(what));
  // One that began in the midst of a read lacks what its first answers are understood by.
  const first = queries.findIndex(({ what }) => what === protocol.queries[0]?.name);
  const asked = queries.slice(Math.max(0, first));
  const vector = { exchanges: asked.map(({ tx, rx, what = '' }) => ({ tx, rx: [...rx], what })), address };
  const again = readVector(protocol, vector as unknown as Vector);
  const [error] = again.errors;
  if (error !== undefined) throw error;
  if (again.asked !== asked.length) {
    throw new Error(`${file}: ${asked.length - again.asked} requests of ${board} are not sent like that any more`);
  }
  return again.reading;
}
