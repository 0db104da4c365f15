import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BmsError } from '../../../src/battery/errors';
import type { SettingValues } from '../../../src/battery/settings/vocabulary';
import { jbd } from '../../../src/codec/jbd';
import { jkModbus } from '../../../src/codec/jk-modbus';
import type { Protocol } from '../../../src/codec/protocol';
import { FAULTS } from '../../support/settings/faults';
import { JbdBoard } from '../../support/settings/jbd-board';
import { DisturbedJkModbusBoard } from '../../support/settings/jk-modbus-board';
import { playFault } from '../../support/settings/play';
import { SettingsBench, type BoardUnderTest } from '../../support/settings/settings-bench';

/*
 * What `faults.test.ts` asserts of a board of no vendor, of the boards of the sheets.
 */

const RUNS = Math.ceil(Number(process.env['SETTINGS_RUNS'] ?? 2000) / 4);

interface Vendor {
  readonly protocol: Protocol;
  readonly board: () => BoardUnderTest;
  /** sets that keep the rules of the board, on steps that it has */
  readonly wanted: fc.Arbitrary<SettingValues>;
  /** requests of an undisturbed transaction, and some */
  readonly requests: number;
}

const volts = (least: number, most: number) =>
  fc.integer({ min: least * 1000, max: most * 1000 }).map((millivolts) => millivolts / 1000);

const jbdSets: fc.Arbitrary<SettingValues> = fc.record(
  {
    cellOvervoltageProtection: volts(3.55, 3.89),
    cellOvervoltageRecovery: volts(3.3, 3.54),
    balanceStartVoltage: volts(3.2, 3.5),
    chargeOvercurrentDelay: fc.integer({ min: 0, max: 255 }),
    chargeOvercurrentRecoveryDelay: fc.integer({ min: 0, max: 255 }),
    jbdLed: fc.boolean(),
    dischargeOvercurrentProtection: fc.integer({ min: 1, max: 300 }),
    shortCircuitDelay: fc.constantFrom(0.0001, 0.0002),
    designCapacity: fc.integer({ min: 90, max: 200 }),
  },
  { requiredKeys: [] },
);

const jkSets: fc.Arbitrary<SettingValues> = fc.record(
  {
    cellOvervoltageProtection: volts(3.61, 3.9),
    socVoltage100: volts(3.585, 3.6),
    cellOvervoltageRecovery: volts(3.3, 3.58),
    cellUndervoltageRecovery: volts(2.62, 2.9),
    requestedFloatCellVoltage: volts(3.3, 3.5),
    chargeOvercurrentDelay: fc.integer({ min: 2, max: 600 }),
    jkDisplayAlwaysOn: fc.boolean(),
    jkTimedStorage: fc.boolean(),
    heatingStopTemperature: fc.integer({ min: 1, max: 40 }),
    requestedFloatTime: fc.constantFrom(360, 720),
    designCapacity: fc.integer({ min: 90, max: 400 }),
  },
  { requiredKeys: [] },
);

const VENDORS: readonly Vendor[] = [
  { protocol: jbd, board: () => new JbdBoard(), wanted: jbdSets, requests: 330 },
  { protocol: jkModbus, board: () => new DisturbedJkModbusBoard(), wanted: jkSets, requests: 60 },
];

describe('writing settings amid faults, to boards of the sheets', () => {
  it('what a board held out of range is put back too', async () => {
    const board = new JbdBoard();
    // above what may be asked for
    board.registers.set(0x2b, '0190');
    const before = [...board.ram];
    const wanted = { dischargeOvercurrentProtection: 200, balanceDelta: 0.02, cellOvervoltageRecovery: 3.45 };
    board.faults.refuses = [0x29];
    const outcome = await new SettingsBench(jbd, board).apply(wanted);
    assert.ok(outcome instanceof BmsError);
    assert.deepEqual(board.granted, ['25 0d7a', '2b 0014', '2b 0190', '25 0dac']);
    assert.deepEqual([...board.ram], before);
  });

  for (const { protocol, board, wanted, requests } of VENDORS) {
    const scenes = fc.record({
      wanted,
      fault: fc.constantFrom(...Object.keys(FAULTS)),
      at: fc.integer({ min: 1, max: requests }),
    });
    it(`leaves a board of ${protocol.id} as it was, or names what is not`, async () => {
      await fc.assert(
        fc.asyncProperty(scenes, (scene) => playFault(new SettingsBench(protocol, board()), scene)),
        { numRuns: RUNS },
      );
    }).timeout(600_000);
  }
});
