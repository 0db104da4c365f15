import { BmsError, toBmsError } from '../../battery/errors';
import { differenceBetween, identityOf, type Identity, type IdentityKey } from '../../battery/identity';
import type { Reading } from '../../battery/reading';
import { say } from '../../battery/sentence';
import { systemClock, within, type Clock } from '../../clock';
import { Device, type Snapshot } from '../../session/device';
import type { DialogRequest } from './admin-endpoints';
import { deviceNode, type BmsDeviceNode, type DeviceCredentials } from '../bms-nodes';
import { deviceSettings } from '../settings/device-settings';
import type { Config } from '../settings/properties';
import { choiceOf } from '../remembered';
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
  /** where it is another board than the one that the running device knows: what they differ in */
  otherBoard?: { key: IdentityKey; known: string | number; present: string | number };
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
 *   something else holds it; `closed` when the dialog has gone; `timeout` after 30 s; or why the pack cannot be read
 */
export async function testPack(runtime: Runtime, request: DialogRequest, clock = systemClock): Promise<PackTest> {
  const shown = connectionIn(request.body);
  const { id, properties } = nodeIn(request.body, 'device');
  const resolved = withEnvironment(runtime, id, properties);
  const settings = deviceSettings(resolved);
  const running = deviceNode(runtime.nodes, id) ?? undefined;
  if (tested.has(shown.id)) {
    throw new BmsError('port_busy', say`This connection is being tested already; wait for the end of that test.`);
  }
  const line = testLine(runtime, shown, clock);
  const { bus } = line;
  const password = passwordIn(request.body, running);
  const own = { name: settings.name || bus.name, password, bus, clock, isGuest: line.isShared };
  const device = new Device({ ...settings, ...own, pollIntervalMs: 0, allowControl: false, allowSettings: 'none' });
  // What a running device has detected is asked first.
  const found = running?.battery?.board;
  if (found !== undefined) device.remember(found);
  const choice = choiceOf({ ...resolved, connection: shown.id }, line.destination);
  const known = running?.choice === choice ? running.battery?.guard.knownBoard : undefined;
  tested.add(shown.id);
  try {
    const snapshot = await readOnce(line, device, request, clock);
    return packTest(snapshot, device, known, bus.peer);
  } catch (thrown) {
    throw line.explain(toBmsError(thrown));
  } finally {
    tested.delete(shown.id);
  }
}

/** What was typed into the dialog, else what is deployed: which the browser never gets. */
function passwordIn(body: Config, running: BmsDeviceNode | undefined): string {
  const typed = objectIn(body, 'device')['password'];
  const credentials = running?.credentials as Partial<DeviceCredentials> | undefined;
  return typeof typed === 'string' ? typed : (credentials?.password ?? '');
}

/** Opens the line, reads, and leaves everything as it was, whatever comes of it. */
async function readOnce(line: TestLine, device: Device, request: DialogRequest, clock: Clock): Promise<Snapshot> {
  const { bus } = line;
  // Before the line opens, so that it opens at the right rate.
  device.start();
  line.open();
  const gone = new Promise<never>((_resolve, reject) => {
    request.whenGone(() => reject(new BmsError('closed', say`The test was ended.`)));
  });
  const late = new BmsError(
    'timeout',
    say`The test of ${bus.name} was ended after ${LIMIT_MS / 1000} s. Choose the protocol instead of auto-detect, and test again.`,
  );
  // A line that waits to be opened again is worth an attempt now: a user is looking.
  const priority = bus.state.phase === 'backoff' ? 'request' : 'poll';
  try {
    return await within(clock, LIMIT_MS, Promise.race([device.read({ priority }), gone]), late);
  } finally {
    device.stop();
    await line.letGo();
  }
}

function packTest(
  { reading }: Snapshot,
  { protocol, board }: Device,
  known: Identity | undefined,
  peer: string,
): PackTest {
  const { id = '', label = '', address } = protocol ?? {};
  const otherBoard = known && otherThan(known, identityOf(id, reading, peer));
  return {
    ...(otherBoard && { otherBoard }),
    ...{ protocol: id, label, address: address === undefined ? '' : (board?.address ?? '') },
    reading: Object.fromEntries(SUMMARY.filter((key) => reading[key] !== undefined).map((key) => [key, reading[key]])),
  };
}

function otherThan(known: Identity, present: Identity): PackTest['otherBoard'] {
  const key = differenceBetween(known, present);
  return key && { key, known: known[key] ?? '', present: present[key] ?? '' };
}

/**
 * Takes the board that answers for the one that a running device stands for: the dialog has shown which that is.
 * @param request with the parameter `device`, a node's id
 * @throws BmsError `not_found` for a device that is not running
 */
export function acceptTested(nodes: Runtime['nodes'], request: DialogRequest): Promise<{ accepted: true }> {
  const device = deviceNode(nodes, request.text('device'))?.battery;
  if (device === undefined) {
    return Promise.reject(new BmsError('not_found', say`The device is not running; deploy it first.`));
  }
  // One that it has not met yet itself is learnt with its next reading.
  if (device.acceptBoard() === undefined) device.guard.forget();
  return Promise.resolve({ accepted: true });
}

function connectionIn(body: Config): ShownConnection {
  const { id, properties } = nodeIn(body, 'connection');
  if (id === '') throw new BmsError('bad_value', say`Choose a connection first.`);
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
