import { derive } from '../battery/derive';
import { BmsError, toBmsError } from '../battery/errors';
import { inKeyOrder } from '../battery/key-order';
import type { Reading } from '../battery/reading';
import { systemClock, within, type Clock } from '../clock';
import { BoardFinder } from '../session/board';
import type { DialogRequest } from './admin';
import { deviceNode } from './bms-nodes';
import { deviceSettings, type DeviceSettings } from './device-settings';
import type { Config } from './properties';
import { testLine, withEnvironment, type Runtime, type ShownConnection, type TestLine } from './test-line';

/** What of a reading the dialog shows: enough to see that it is the right pack. */
const SUMMARY = [
  'voltage',
  'current',
  'soc',
  'cellCount',
  'cellVoltageMin',
  'cellVoltageMax',
  'temperatureMin',
  'temperatureMax',
  'model',
  'alarms',
] as const satisfies readonly (keyof Reading)[];

/** What the dialog of a device gets. */
export interface PackTest {
  /** id of the protocol that the pack speaks, never "auto" */
  protocol: string;
  /** what people call it */
  label: string;
  /** bus address; '' where the protocol has none */
  address: number | '';
  reading: Pick<Reading, (typeof SUMMARY)[number]>;
}

/** How long a test may take; closing the line comes on top, which is bounded too. */
const LIMIT_MS = 30_000;

/** Connections that are being tested now, by id. */
const tested = new Set<string>();

/**
 * Reads a pack once, as the dialog of its device describes it, deployed or not. On a deployed connection the requests
 * wait their turn like polls; else the line is opened for the test alone. It sends only what a reading needs, and ends
 * when the dialog goes away.
 * @param request with the body `{ connection: { id, changed, properties }, device: { id, properties } }`; `changed`
 *   says that the editor does not show the connection that runs
 * @throws BmsError `bad_value` or `unsupported` for the properties; `port_busy` while the line is being tested, or
 *   somebody else holds it; `closed` when the dialog has gone; `timeout` after 30 s; or why the pack cannot be read
 */
export async function testPack(runtime: Runtime, request: DialogRequest, clock = systemClock): Promise<PackTest> {
  const shown = connectionIn(request.body);
  const { id, properties } = nodeIn(request.body, 'device');
  const settings = deviceSettings(withEnvironment(runtime, id, properties));
  if (tested.has(shown.id)) {
    throw new BmsError('port_busy', 'This connection is being tested already; wait for the end of that test.');
  }
  const line = testLine(runtime, shown, clock);
  const finder = finderOn(line, settings, clock);
  // What a running device has found out is asked first.
  const found = deviceNode(runtime.nodes, id)?.device?.board;
  if (found !== undefined) finder.remember(found);
  tested.add(shown.id);
  try {
    return await readOnce(line, finder, request, clock);
  } catch (thrown) {
    throw line.explain(toBmsError(thrown));
  } finally {
    tested.delete(shown.id);
  }
}

function finderOn({ bus }: TestLine, settings: DeviceSettings, clock: Clock): BoardFinder {
  const { protocol, address, timeoutMs, retries, invertCurrent } = settings;
  const onRetrying = (): void => undefined;
  return new BoardFinder({ bus, protocol, address, timeoutMs, retries, invertCurrent, clock, onRetrying });
}

/** Opens the line, reads, and leaves everything as it was, whatever comes of it. */
async function readOnce(line: TestLine, finder: BoardFinder, request: DialogRequest, clock: Clock): Promise<PackTest> {
  const { bus } = line;
  // Before the line opens, so that it opens at the right rate.
  finder.start();
  // Not held: a device that starts meanwhile gets a shared line at its own rate.
  if (line.isShared) bus.untune(finder);
  line.open();
  const reading = read(line, finder);
  const gone = new Promise<never>((_resolve, reject) => {
    request.whenGone(() => reject(new BmsError('closed', 'The test was ended.')));
  });
  const late = new BmsError(
    'timeout',
    `The test of ${bus.name} was ended after ${LIMIT_MS / 1000} s. Choose the protocol, if it is to be found out, and test again.`,
  );
  try {
    return await within(clock, LIMIT_MS, Promise.race([reading, gone]), late);
  } finally {
    finder.stop();
    await line.letGo();
    // A search that was ended in its last request may have tuned the line once more.
    void reading.catch(() => undefined).then(() => bus.untune(finder));
  }
}

async function read({ bus }: TestLine, finder: BoardFinder): Promise<PackTest> {
  // A line that waits to be tried again is worth a try now: somebody is looking.
  const priority = bus.state.phase === 'backoff' ? 'request' : 'poll';
  const { protocol, address, reader } = await finder.find(priority);
  const reading = inKeyOrder(derive(await reader.read('all', priority)));
  return {
    protocol: protocol.id,
    label: protocol.label,
    address: protocol.address === undefined ? '' : address,
    reading: Object.fromEntries(SUMMARY.filter((key) => reading[key] !== undefined).map((key) => [key, reading[key]])),
  };
}

function connectionIn(body: Config): ShownConnection {
  const { id, properties } = nodeIn(body, 'connection');
  if (id === '') throw new BmsError('bad_value', 'Choose a connection first.');
  return { id, properties, changed: objectIn(body, 'connection')['changed'] !== false };
}

function nodeIn(body: Config, name: string): { id: string; properties: Config } {
  const node = objectIn(body, name);
  const { id } = node;
  return { id: typeof id === 'string' ? id : '', properties: objectIn(node, 'properties') };
}

function objectIn(holder: Config, name: string): Config {
  const value = holder[name];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Config) : {};
}
