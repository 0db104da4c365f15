import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { protocolById } from '../../src/codec';
import { NodeRed, type Collected } from '../support/node-red';
import { PtyCable } from '../support/pty';
import { modbus } from '../support/jk-modbus';
import { steadyPack } from '../support/served-board';

const WANTED = { requestedChargeCellVoltage: 3.55, requestedFloatCellVoltage: 3.3, balanceDelta: 0.02 };

/** What becomes of a write: it is done, refused, or neither done nor answered. */
type Fate = 'done' | 'refused' | 'lost';

/** A simulated board on a cable, both of which outlive Node-RED. */
class CutBoard {
  private readonly pack = steadyPack();
  private writes = 0;
  private fateOf: (count: number) => Fate = () => 'done';
  readonly cable = new PtyCable((request, reply) => {
    const isWrite = request[1] === 0x10 && request[2] !== 0x16;
    const fate = isWrite ? this.fateOf(++this.writes) : 'done';
    if (fate === 'refused') reply(modbus(Buffer.of(1, 0x90, 2)));
    if (fate !== 'done') return;
    const served = protocolById('jk-modbus')?.emulate(request);
    if (served !== undefined) reply(served.answer(this.pack.read(), this.pack));
  });

  /** The settings as the board holds them. */
  get settings(): string {
    return JSON.stringify([...this.pack.settings]);
  }

  /** @param fateOf of each write of a setting from now on, counted from 1 */
  watch(fateOf: (count: number) => Fate): void {
    this.writes = 0;
    this.fateOf = fateOf;
  }
}

describe('writing settings is cut off in a real Node-RED', function () {
  this.timeout(60_000);
  let cut: CutBoard;
  const runtimes: NodeRed[] = [];
  before(() => (cut = new CutBoard()));
  after(async () => {
    // The flow of a later one talks to the test through an earlier one.
    for (const red of runtimes.toReversed()) await red.stop();
    cut.cable.close();
  });

  async function started(from?: NodeRed): Promise<NodeRed> {
    const red = new NodeRed();
    runtimes.push(red);
    for (const file of from === undefined ? [] : ['flows.json', 'bms-settings']) {
      cpSync(join(from?.userDir ?? '', file), join(red.userDir, file), { recursive: true });
    }
    return red.start();
  }

  /** A pack whose settings are written when its button is pressed. */
  function flow(red: NodeRed): object[] {
    const serial = { transport: 'serial', serialPort: cut.cable.path, baudRate: '' };
    const pack = { name: 'Bank', connection: 'line', protocol: 'jk-modbus', address: 1, pollInterval: 1 };
    const payload = { payload: JSON.stringify(WANTED), payloadType: 'json' };
    const confirm = JSON.stringify(['write', 'current', 'protection', 'cells']);
    const props = [{ p: 'payload' }, { p: 'confirm', v: confirm, vt: 'json' }];
    return [
      { id: 'tab', type: 'tab', label: 'test' },
      { id: 'line', type: 'bms-connection', ...serial },
      { id: 'pack', type: 'bms-device', ...pack, allowSettings: 'protection' },
      { id: 'button', type: 'inject', z: 'tab', ...payload, props, wires: [['writer']] },
      { id: 'writer', type: 'bms-settings', z: 'tab', device: 'pack', action: 'write', wires: [['collect'], []] },
      ...red.collecting('tab'),
    ];
  }

  /** Presses the button, and waits until the board was asked for its second write, which it leaves unanswered. */
  async function writeHalf(red: NodeRed): Promise<void> {
    const half = new Promise<void>((resolve) => {
      cut.watch((count) => {
        if (count === 2) resolve();
        return count === 2 ? 'lost' : 'done';
      });
    });
    assert.ok((await red.request('/inject/button', { method: 'POST' })).ok);
    await half;
  }

  const isError = ({ from, error }: Collected): boolean => from === 'catch' && error !== undefined;

  it('a board that refuses: the Catch node is told what became of each setting', async () => {
    const red = await started();
    await red.deploy(flow(red));
    cut.watch((count) => (count === 2 ? 'refused' : 'done'));
    assert.ok((await red.request('/inject/button', { method: 'POST' })).ok);
    const { error } = await red.until(isError);
    const { code, cause } = error as { code: string; cause: { report: { key: string; restored: boolean }[] } };
    assert.equal(code, 'rejected');
    const told = cause.report.map(({ key, restored }) => [key, restored]);
    assert.deepEqual(Object.fromEntries(told), {
      requestedChargeCellVoltage: true,
      requestedFloatCellVoltage: true,
      balanceDelta: true,
    });
  });

  it('a deploy in the midst of it puts everything back', async () => {
    const [red = assert.fail()] = runtimes;
    await red.deploy(flow(red));
    const before = cut.settings;
    await writeHalf(red);
    assert.notEqual(cut.settings, before);
    await red.deploy([{ id: 'tab', type: 'tab', label: 'test' }]);
    assert.equal(cut.settings, before);
  });

  it('after kill -9 the next start says what stands, and writes nothing', async () => {
    const [red = assert.fail()] = runtimes;
    await red.deploy(flow(red));
    await writeHalf(red);
    process.kill(red.pid, 'SIGKILL');
    const left = cut.settings;
    let writes = 0;
    cut.watch((count) => {
      writes = count;
      return 'done';
    });
    const next = await started(red);
    await next.untilLogged('Node-RED stopped while settings of Bank were being written.');
    assert.match(next.log, /requestedChargeCellVoltage stands at [\d.]+ as/);
    assert.deepEqual([writes, cut.settings], [0, left]);
  });
});
