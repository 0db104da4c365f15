import assert from 'node:assert/strict';
import { jbd } from '../../src/codec/jbd';
import { example, nodeOf, watched } from '../support/e2e';
import { NodeRed } from '../support/node-red';
import { ServedBoard } from '../support/served-board';
import { finished } from '../support/service';

const FILE = '11 - Check for Nagios, Icinga and uptime tools';

/** One value of performance data as the guidelines of the monitoring plugins have it. */
const FIGURE = /^(\w+)=(-?\d+(?:\.\d+)?)([A-Za-z%]*);([^;]*);([^;]*);([^;]*);([^;]*)$/;

interface Answer {
  status: number;
  state: string;
  text: string;
  figures: Map<string, { value: number; unit: string; warning: string; critical: string }>;
}

/** The example over HTTP, in each of its states. */
describe('Check for Nagios, Icinga and uptime tools', function () {
  this.timeout(60_000);
  const red = new NodeRed();
  const board = new ServedBoard(jbd);
  const nodes = (): ReturnType<typeof example> =>
    example(FILE, { 'bms-connection': { transport: 'tcp', tcpHost: '127.0.0.1', tcpPort: board.port } });

  before(async () => {
    await Promise.all([red.start(), board.listen()]);
    await red.deploy(watched(nodes(), (tab) => red.collecting(tab)));
  });
  after(async () => {
    await Promise.all([red.stop(), board.close()]);
  });

  async function check(): Promise<Answer> {
    const response = await red.request('/bms/check');
    assert.match(response.headers.get('content-type') ?? '', /^text\/plain/);
    const text = await response.text();
    const [, state = '', data] = /^BMS (OK|WARNING|CRITICAL|UNKNOWN) - [^|\n]+(?: \| ([^|\n]+))?\n$/.exec(text) ?? [];
    assert.notEqual(state, '', text);
    const figures: Answer['figures'] = new Map();
    for (const figure of data?.split(' ') ?? []) {
      const [, label = '', value, unit = '', warning = '', critical = ''] = FIGURE.exec(figure) ?? [];
      assert.notEqual(label, '', figure);
      figures.set(label, { value: Number(value), unit, warning, critical });
    }
    return { status: response.status, state, text, figures };
  }

  it('OK: 200, with performance data', async () => {
    board.pack.execute('soc', 60);
    const { status, state, figures } = await check();
    assert.deepEqual([status, state], [200, 'OK']);
    assert.deepEqual(figures.get('soc'), { value: 60, unit: '%', warning: '30:', critical: '15:' });
    assert.deepEqual([...figures.keys()].slice(0, 3), ['voltage', 'current', 'power']);
    assert.equal(figures.get('cellVoltageDelta')?.critical, '0.2');
  });

  it('WARNING: 200, and says why', async () => {
    board.pack.execute('soc', 25);
    const { status, state, text } = await check();
    assert.deepEqual([status, state], [200, 'WARNING']);
    assert.match(text, /soc 25 % is below 30/);
  });

  it('a warning of the board is WARNING too', async () => {
    board.pack.execute('soc', 80);
    board.pack.execute('charge', false);
    assert.equal((await check()).state, 'WARNING');
    board.pack.execute('charge', true);
    assert.equal((await check()).state, 'OK');
  });

  it('CRITICAL: 503', async () => {
    board.pack.execute('soc', 10);
    const { status, state, text } = await check();
    assert.deepEqual([status, state], [503, 'CRITICAL']);
    assert.match(text, /soc 10 % is below 15/);
    board.pack.execute('soc', 80);
  });

  it('CRITICAL when the pack does not answer, and OK when it does again', async () => {
    await board.close();
    const { status, state } = await check();
    assert.deepEqual([status, state], [503, 'CRITICAL']);
    await board.listen();
    await red.until(
      ({ from, status: shown }) => from === 'status' && (shown as { fill?: string }).fill === 'green',
      red.collected.length,
    );
    assert.equal((await check()).state, 'OK');
  });

  it('the plugin that the description gives ends with the code of the state', async () => {
    const info = String(nodeOf(nodes(), 'tab')['info']);
    const [, script = ''] = /```\n(#!\/bin\/sh[^]*?)```/.exec(info) ?? [];
    const plugin = (url: string): ReturnType<typeof finished> => finished('sh', ['-c', script, 'check_bms', url]);
    const url = `${red.url}/bms/check`;
    assert.equal((await plugin(url)).code, 0);
    board.pack.execute('soc', 20);
    assert.equal((await plugin(url)).code, 1);
    board.pack.execute('soc', 5);
    const { code, stdout } = await plugin(url);
    assert.equal(code, 2);
    assert.match(stdout, /^BMS CRITICAL/);
    assert.equal((await plugin(`${red.url}/nobody/is/here`)).code, 3);
  });

  it('UNKNOWN: 503 when the flow is not set up as meant', async () => {
    await red.deploy(watched(example(FILE, { 'bms-device': { connection: '' } }), (tab) => red.collecting(tab)));
    const { status, state } = await check();
    assert.deepEqual([status, state], [503, 'UNKNOWN']);
  });
});
