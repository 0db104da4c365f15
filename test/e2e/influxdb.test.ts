import assert from 'node:assert/strict';
import { example, nodeOf, palette, watched } from '../support/e2e';
import { Influx, type Series } from '../support/influx';
import { NodeRed } from '../support/node-red';

const FILE = '09 - InfluxDB (needs node-red-contrib-influxdb)';

/** The example against a real InfluxDB 1.x. */
describe('InfluxDB', function () {
  this.timeout(60_000);
  const red = new NodeRed({ palettes: [palette('node-red-contrib-influxdb')] });
  const influx = new Influx();
  const nodes = (): ReturnType<typeof example> =>
    example(FILE, { influxdb: { port: influx.port }, 'bms-device': { pollInterval: 1 } });

  before(async () => {
    await Promise.all([influx.start(), red.start()]);
    await red.deploy(watched(nodes(), (tab) => red.collecting(tab)));
    await influx.untilLogged('CREATE DATABASE');
    await influx.untilLogged('POST /write');
  });
  after(async () => {
    await Promise.all([red.stop(), influx.stop()]);
  });

  /** Points are there when a request to write was answered with 204. */
  async function series(statement: string): Promise<Series[]> {
    for (;;) {
      const found = await influx.query(statement);
      if (found.length > 0) return found;
      const from = red.collected.length;
      // The status of a bms-read changes with each reading.
      await red.until((entry) => entry.from === 'status', from);
    }
  }

  async function types(measurement: string): Promise<Record<string, unknown>> {
    const [fields] = await series(`SHOW FIELD KEYS FROM "${measurement}"`);
    return Object.fromEntries((fields?.values ?? []) as [string, unknown][]);
  }

  it('the pack: fields of the right types, and the tags that say which pack it is', async () => {
    const [first] = await series('SELECT * FROM "pack" GROUP BY * LIMIT 1');
    assert.equal(first?.tags?.['device'], 'InfluxDB bank');
    assert.equal(first.tags['protocol'], 'jbd');
    assert.ok((first.tags['model'] ?? '').length > 0);
    const found = await types('pack');
    for (const key of ['voltage', 'current', 'power', 'soc', 'cellVoltageDelta', 'temperatureMax', 'alarmCount']) {
      assert.equal(found[key], 'float', key);
    }
    for (const key of ['chargeEnabled', 'dischargeEnabled', 'balancing']) assert.equal(found[key], 'boolean', key);
    for (const key of ['state', 'alarmLevel']) assert.equal(found[key], 'string', key);
    assert.ok(!('cellVoltages' in found) && !('device' in found));
    const [voltage] = await series('SELECT mean("voltage") FROM "pack"');
    assert.ok(Number(voltage?.values[0]?.[1]) > 40 && Number(voltage?.values[0]?.[1]) < 60);
  });

  it('the cells: a series for each, sixteen at the same moment', async () => {
    const cells = await series('SELECT * FROM "cell" GROUP BY * LIMIT 1');
    assert.deepEqual(
      cells.map(({ tags }) => Number(tags?.['cell'])).sort((a, b) => a - b),
      Array.from({ length: 16 }, (_, i) => i + 1),
    );
    for (const { tags, columns, values } of cells) {
      assert.equal(tags?.['device'], 'InfluxDB bank');
      assert.ok(Number(values[0]?.[columns.indexOf('voltage')]) > 2.5);
    }
    assert.equal(new Set(cells.map(({ values }) => values[0]?.[0])).size, 1);
    assert.deepEqual(await types('cell'), { balancing: 'boolean', deviation: 'float', voltage: 'float' });
  });

  it('the flow gets its answer from the database, and nothing goes wrong once the database is there', async () => {
    const { length } = red.collected;
    const flow = nodes();
    const ask = nodeOf(flow, 'influxdb in', 'ask it');
    await red.deploy([
      ...flow.map((node) => (node === ask ? { ...node, wires: [['collect']] } : node)),
      ...red.collecting(nodeOf(flow, 'tab').id),
    ]);
    await red.request(`/inject/${nodeOf(flow, 'inject', 'Last ten minutes').id}`, { method: 'POST' });
    const { payload } = await red.until((entry) => Array.isArray(entry['payload']), length);
    const [row] = payload as Record<string, unknown>[];
    assert.equal(row?.['device'], 'InfluxDB bank');
    assert.ok(Number(row['voltage']) > 40);
    assert.deepEqual(
      red.collected.slice(length).filter(({ from }) => from === 'catch'),
      [],
    );
  });
});
