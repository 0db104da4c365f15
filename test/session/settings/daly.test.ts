import assert from 'node:assert/strict';
import { BmsError } from '../../../src/battery/errors';
import type { Reading } from '../../../src/battery/reading';
import type { SettingValues } from '../../../src/battery/settings/vocabulary';
import { daly } from '../../../src/codec/daly';
import { dalyModbus } from '../../../src/codec/daly-modbus';
import type { Protocol } from '../../../src/codec/protocol';
import { notingBoard } from '../../support/action-script';
import { reportOf, SettingsBench, type BoardUnderTest } from '../../support/settings/settings-bench';

const PACK: Reading = {
  ...{ voltage: 26.4, current: 0, soc: 50, remainingCapacity: 50, designCapacity: 100, state: 'idle' },
  ...{ chargeEnabled: true, dischargeEnabled: true, cycles: 3, alarms: [], balancingCells: [] },
  ...{ cellVoltages: Array<number>(8).fill(3.3), temperatures: [20] },
};

/** Settings of two requests of A5, and of three registers of D2. */
const WANTED: SettingValues = {
  cellOvervoltageProtection: 3.65,
  balanceStartVoltage: 3.45,
  chargeOvercurrentProtection: 80,
};

/** The simulated board, which takes no settings where it lies, and acknowledges none where it is silent. */
class SimulatedBoard implements BoardUnderTest {
  readonly isInMode = false;
  isSilent = false;
  /** a block whose last two bytes, which no sheet names, count up by themselves */
  restless: string | undefined;
  private readonly side = notingBoard();

  constructor(
    private readonly protocol: Protocol,
    private readonly isWrite: RegExp,
  ) {}

  get ram() {
    return this.side.settings;
  }
  get flash() {
    return this.side.settings;
  }

  answer(request: Buffer, obeys = true): Buffer[] {
    const before = new Map(this.side.settings);
    const counting = before.get(this.restless ?? '');
    counting?.writeUInt16BE((counting.readUInt16BE(6) + 1) & 0xffff, 6);
    const answer = this.protocol.emulate(request)?.answer(PACK, this.side) ?? Buffer.alloc(0);
    if (!obeys) for (const [id, data] of before) this.side.settings.set(id, data);
    return this.isSilent && this.writes(request) ? [] : [answer];
  }

  writes(request: Buffer): boolean {
    return this.isWrite.test(request.toString('hex'));
  }

  refusal(): Buffer[] {
    return [];
  }

  lock(): void {
    this.isSilent = true;
  }
}

const BOARDS = [
  { protocol: daly as Protocol, isWrite: /^a540(19|1[a-f])/, writes: 3, memory: {} },
  { protocol: dalyModbus as Protocol, isWrite: /^d206/, writes: 3, memory: { variant: 'd2' } },
];

for (const { protocol, isWrite, writes, memory } of BOARDS) {
  describe(`writing settings of ${protocol.id}`, () => {
    const begin = () => {
      const board = new SimulatedBoard(protocol, isWrite);
      const bench = new SettingsBench(protocol, board);
      return { board, bench, sent: () => bench.link.sent.filter((request) => isWrite.test(request)).length };
    };
    const held = (board: SimulatedBoard): unknown[] => {
      const target = { address: protocol.address?.initial ?? 0, memory };
      const parameters = protocol.settings?.parameters(target, board.ram) ?? [];
      return Object.keys(WANTED).map((key) => parameters.find((each) => each.key === key)?.decode(board.ram));
    };

    it('is proved by reading back, also where the board acknowledges nothing; each is sent once', async () => {
      for (const isSilent of [false, true]) {
        const { board, bench, sent } = begin();
        board.isSilent = isSilent;
        const outcome = await bench.apply(WANTED);
        if (outcome instanceof BmsError) throw outcome;
        assert.deepEqual([held(board), sent()], [Object.values(WANTED), writes]);
        assert.equal(await bench.close(), 0);
      }
    });

    it('what is acknowledged or not, and not taken, is put back', async () => {
      for (const [isSilent, code] of [
        [false, 'not_confirmed'],
        [true, 'timeout'],
      ] as const) {
        const { board, bench, sent } = begin();
        board.isSilent = isSilent;
        let count = 0;
        bench.treatment = (request) => (board.writes(request) && ++count === 2 ? 'lie' : 'serve');
        await bench.settled(bench.device.readSettings());
        const before = held(board);
        const outcome = await bench.apply(WANTED);
        assert.ok(outcome instanceof BmsError);
        assert.equal(outcome.code, code);
        assert.ok(reportOf(outcome).every(({ restored }) => restored));
        assert.deepEqual(held(board), before);
        assert.ok(sent() <= 4, `${sent()} writes`);
        assert.equal(await bench.close(), 0);
      }
    });
  });
}

describe('bytes of a Daly board that no sheet names', () => {
  it('may change between two answers: its settings are read, written and proved all the same', async () => {
    const board = new SimulatedBoard(daly, /^a540(19|1[a-f])/);
    const bench = new SettingsBench(daly, board);
    await bench.settled(bench.device.readSettings());
    board.restless = '5e';
    const outcome = await bench.apply({ cellDifferenceProtection: 0.3 });
    if (outcome instanceof BmsError) throw outcome;
    assert.deepEqual(
      outcome.written.map(({ key, after }) => [key, after]),
      [['cellDifferenceProtection', 0.3]],
    );
    await bench.close();
  });
});
