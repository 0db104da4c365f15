import assert from 'node:assert/strict';
import { BmsError } from '../../../src/battery/errors';
import { jkBle } from '../../../src/codec/jk-ble';
import { jkModbus } from '../../../src/codec/jk-modbus';
import { JkBleUnderTest } from '../../support/settings/boards';
import { DisturbedJkModbusBoard } from '../../support/settings/jk-modbus-board';
import { reportOf, SettingsBench } from '../../support/settings/settings-bench';

const WANTED = { chargeOvercurrentDelay: 7, chargeOvercurrentProtection: 90 };

async function failureOf(bench: SettingsBench): Promise<BmsError> {
  const before = bench.valuesOf(bench.board.ram);
  const outcome = await bench.apply(WANTED);
  assert.ok(outcome instanceof BmsError, 'it succeeded');
  assert.equal(outcome.code, 'not_confirmed');
  assert.ok(reportOf(outcome).every(({ restored }) => restored));
  assert.deepEqual(bench.valuesOf(bench.board.ram), before);
  assert.equal(await bench.close(), 0);
  return outcome;
}

describe('settings that a JK board acknowledges and does not take', () => {
  it('are put back with the others: it takes a smaller value without a word', async () => {
    await failureOf(
      new SettingsBench(jkModbus, new DisturbedJkModbusBoard({ clips: { chargeOvercurrentProtection: 80 } })),
    );
    await failureOf(
      new SettingsBench(jkBle, new JkBleUnderTest('32S', { clips: { chargeOvercurrentProtection: 80_000 } })),
    );
  });

  it('come with the reason that is known: a settings password of the app', async () => {
    const { message } = await failureOf(new SettingsBench(jkBle, new JkBleUnderTest('32S', { isLocked: true })));
    assert.match(message, /settings password was changed in the app/);
  });
});
