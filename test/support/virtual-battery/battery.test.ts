import assert from 'node:assert/strict';
import { FakeClock } from '../fake-clock';
import { VirtualBattery, type VirtualBatteryOptions } from './battery';

/** What was seen of the real virtual battery (victron.md 2, 3, 7). */
describe('the stand-in of the virtual battery', () => {
  const clock = new FakeClock();
  const fresh = (options: Partial<VirtualBatteryOptions> = {}): VirtualBattery =>
    new VirtualBattery({ clock, ...options });
  const LIMIT = 'Info/MaxChargeCurrent';

  it('sets nothing of the values at once when one is bad, and does not schedule the others', async () => {
    const battery = fresh();
    battery.receive({ payload: { [LIMIT]: 100 } });
    await clock.tick(200);
    assert.throws(() => battery.receive({ payload: { Soc: 101, Soh: 99, [LIMIT]: 0 } }), /out of range/);
    await clock.tick(1000);
    assert.deepEqual([battery.values.get(LIMIT), battery.values.get('Soh')], [100, null]);
  });

  it('sets the others 100 ms after the last message with them', async () => {
    const battery = fresh();
    for (let at = 0; at < 6000; at += 39) {
      battery.receive({ payload: { [LIMIT]: 50 } });
      await clock.tick(39);
    }
    assert.equal(battery.values.get(LIMIT), null);
    await clock.tick(100);
    assert.equal(battery.values.get(LIMIT), 50);
  });

  it('only switches its presence when `connected` is there', () => {
    const battery = fresh();
    battery.receive({ connected: false, payload: { Soc: 50 } });
    assert.deepEqual([battery.isPresent, battery.values.get('Soc')], [false, null]);
    battery.receive({ connected: true, payload: { Soc: 50 } });
    assert.deepEqual([battery.isPresent, battery.values.get('Soc')], [true, null]);
  });

  it('logs a key that it does not know, and sets the rest', async () => {
    const battery = fresh();
    battery.receive({
      payload: { Soc: 50, ConsumedAmphours: 3, 'Io/AllowToCharge': 1, 'Dc/0/Temperature': 20, [LIMIT]: 9 },
    });
    await clock.tick(200);
    assert.deepEqual([battery.values.get('Soc'), battery.values.get(LIMIT)], [50, 9]);
    assert.deepEqual([...battery.log].sort(), [
      'error: Property ConsumedAmphours not found',
      'error: Property Dc/0/Temperature not found',
      'error: Property Io/AllowToCharge not found',
    ]);
    const warm = fresh({ includeTemperature: true });
    warm.receive({ payload: { 'Dc/0/Temperature': 20 } });
    assert.deepEqual([warm.values.get('Dc/0/Temperature'), warm.log], [20, []]);
  });

  it('takes a leading slash, but not at once', async () => {
    const battery = fresh();
    battery.receive({ payload: { '/Soc': 50 } });
    assert.equal(battery.values.get('Soc'), null);
    await clock.tick(100);
    assert.equal(battery.values.get('Soc'), 50);
  });

  it('refuses text, and cuts fractions of whole numbers', async () => {
    const battery = fresh();
    battery.receive({ payload: { 'System/MinVoltageCellId': 'P2C4', 'System/MaxVoltageCellId': 204.9 } });
    await clock.tick(100);
    assert.deepEqual(
      [battery.values.get('System/MinVoltageCellId'), battery.values.get('System/MaxVoltageCellId')],
      [null, 204],
    );
    assert.equal(battery.log.length, 1);
    assert.throws(() => battery.receive({ payload: { Soc: '50' } }), /no number/);
    assert.throws(() => battery.receive({ payload: { TimeToGo: 864_001 } }), /out of range/);
  });

  it('warns of what is no object of values, and sets nothing', () => {
    for (const payload of ['text', 5, null, {}, { Soc: { value: 5 } }]) {
      const battery = fresh();
      battery.receive({ payload });
      assert.deepEqual([battery.log.length, battery.values.get('Soc')], [1, null]);
    }
  });

  it('keeps the last values for ever, and some of them on disk', async () => {
    const battery = fresh();
    battery.receive({ payload: { Soc: 70, 'Dc/0/Voltage': 53, 'History/ChargedEnergy': 12.5 } });
    await clock.tick(86_400_000);
    assert.equal(battery.values.get('Dc/0/Voltage'), 53);
    const { values } = fresh({ kept: battery.kept });
    assert.deepEqual(
      [values.get('Soc'), values.get('History/ChargedEnergy'), values.get('Dc/0/Voltage')],
      [70, 12.5, null],
    );
  });

  it('shows default values as if they were true, unless they are switched off', () => {
    const { values } = fresh({ defaultVoltage: 48, includeTemperature: true });
    assert.deepEqual([values.get('Dc/0/Voltage'), values.get('Soc'), values.get('Dc/0/Temperature')], [48, 80, 25]);
    assert.equal(fresh().values.get('Soc'), null);
  });

  it('makes a signal of what is set at once, and one of each other value', async () => {
    const battery = fresh();
    battery.receive({ payload: { Soc: 50, Soh: 99, [LIMIT]: 3, 'Info/MaxChargeVoltage': 55 } });
    await clock.tick(100);
    assert.equal(battery.signals, 3);
  });
});
