import assert from 'node:assert/strict';
import { protocolById } from '../../src/codec';
import { assertDecoded, fieldVectors, isRejected, verifiedVectors } from '../support/expected';
import { NodeRed, type Collected } from '../support/node-red';
import { BEHIND_NOISE, CUTS, type Cut } from '../support/pieces';
import { ReplayedBoard } from '../support/replay';
import { queryOf, type Vector } from '../support/vectors';

/*
 * Captured frames, read by nodes of a real Node-RED over a bridge that hands them on in the worst pieces. All are asked at
 * once, since most of the time goes into requests that the captures leave unanswered.
 */

/** For a busy machine; the retry is for what is damaged or asked in another way at first. */
const PACE = { timeout: 1500, retries: 1 };

/** Its state and the sign of its current contradict each other, until its user turns the sign. */
const REVERSED = 'field/daly/8s-charging-raw-above-30000';

/** What captures have been misread as, by their notes. */
const NEVER: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'field/jbd/dwf-16s-39byte-tail-a': { fullCapacity: 47.08 },
  'field/jbd/dwff-16s-39byte-tail-no-model': { fullCapacity: 379.88 },
};

/** Captures that make no reading here, because the nodes ask for other things than were captured. */
const LEFT_OUT = [
  // Of a board that answers neither of the first two requests nothing else is asked: it counts as silent.
  'daly/ble-16s-cells-corrupt-tail',
  // Registers in blocks of another length.
  'jk-modbus/fc03-pb2a16s20p-15.41-full',
];

/** Its answers have neither a start nor a length, so that noise may pass for one. */
const HEARS_NOISE = 'sinowealth';

/** A capture, and how it is read. */
interface Case {
  /** of the node that reads it */
  readonly id: string;
  readonly capture: string;
  readonly vector: Vector;
  readonly how: string;
  readonly cut: Cut;
  /** keys in which the bytes say something else than the vector */
  readonly except?: readonly string[];
  readonly device?: Record<string, unknown>;
}

const captures = [...fieldVectors(), ...verifiedVectors()]
  .flatMap(({ name, vectors }) =>
    vectors.map((vector) => ({ capture: `${name}/${vector.file.replace('.json', '')}`, vector })),
  )
  .filter(({ capture }) => !LEFT_OUT.includes(capture));

function casesOf(capture: string, vector: Vector): Case[] {
  const cuts = Object.entries(CUTS).filter(([how]) => how !== BEHIND_NOISE || vector.protocol !== HEARS_NOISE);
  const plain = cuts.map(([how, cut], index) => ({ id: `${capture}/${index}`, capture, vector, how, cut }));
  if (capture !== REVERSED) return plain;
  const turned = plain.map((one) => ({ ...one, id: `${one.id}/turned`, how: `${one.how}, with the current inverted` }));
  return [
    ...plain.map((one) => ({ ...one, except: ['current'] })),
    ...turned.map((one) => ({ ...one, device: { invertCurrent: true } })),
  ];
}

const cases = captures.flatMap(({ capture, vector }) => casesOf(capture, vector));

/** The address that was asked; undefined for what only listens, or where there is none. */
function addressOf({ protocol: id, address, exchanges }: Vector): number | undefined {
  const protocol = protocolById(id);
  if (address !== undefined || protocol?.address === undefined) return address;
  const asked = exchanges.map(({ tx }) => queryOf(protocol, tx, address, {})).find((found) => found !== undefined);
  return asked?.target.address;
}

async function boardOf({ vector, cut }: Case): Promise<ReplayedBoard> {
  const quietMs = protocolById(vector.protocol)?.profile.quietMs;
  assert.ok(quietMs !== undefined, vector.protocol);
  return new ReplayedBoard(vector, cut, quietMs).listen();
}

function nodesOf({ id, vector, device }: Case, { port }: ReplayedBoard): object[] {
  const { protocol } = vector;
  const connection = { transport: 'tcp', tcpHost: '127.0.0.1', tcpPort: port };
  const read = { topic: '', emit: 'input', format: 'object' };
  return [
    { id: `${id}-line`, type: 'bms-connection', ...connection },
    {
      ...{ id: `${id}-device`, type: 'bms-device', name: id, connection: `${id}-line`, protocol },
      ...{ address: String(addressOf(vector) ?? ''), pollInterval: 0, allowControl: false, ...PACE, ...device },
    },
    { id, type: 'bms-read', z: 'tab', device: `${id}-device`, ...read, wires: [['collect']] },
  ];
}

/** Whether it is what the node has said: the reading, or why there is none. */
const isOf =
  (id: string) =>
  (entry: Collected): boolean =>
    entry.from === 'node'
      ? entry['topic'] === id
      : entry.from === 'catch' && (entry['error'] as { source: { id: string } }).source.id === id;

describe('captures in a real Node-RED', function () {
  this.timeout(60_000);
  const red = new NodeRed();
  const boards: ReplayedBoard[] = [];

  before(async function () {
    this.timeout(180_000);
    await red.start();
    const nodes: object[] = [];
    for (const one of cases) {
      const board = await boardOf(one);
      boards.push(board);
      nodes.push(...nodesOf(one, board));
    }
    const all = cases.map(({ id }) => id);
    await red.deploy([
      { id: 'tab', type: 'tab', label: 'test' },
      { id: 'in', type: 'http in', z: 'tab', url: '/read', method: 'get', wires: [['asked', ...all]] },
      { id: 'asked', type: 'http response', z: 'tab', wires: [] },
      ...nodes,
      ...red.collecting('tab'),
    ]);
    await red.request('/read');
  });
  after(async () => {
    await red.stop();
    for (const board of boards) await board.close();
  });

  for (const { id, capture, vector, how, except } of cases) {
    it(`${capture}${vector.verified ? '' : ' (not verified)'}, ${how}`, async () => {
      const { from, payload, error } = await red.until(isOf(id));
      if (isRejected(vector)) return assert.equal(from, 'catch', JSON.stringify(payload));
      assert.equal(from, 'node', JSON.stringify(error));
      assertDecoded(payload as object, vector, except);
      for (const [key, value] of Object.entries(NEVER[capture] ?? {}))
        assert.notDeepEqual((payload as Record<string, unknown>)[key], value, key);
    });
  }

  it('tells of a board whose state denies the sign of its current', () => {
    assert.match(red.log, /8s-charging-raw-above-30000\/0 reports charging, with a current of -5\.4 A/);
  });
});
