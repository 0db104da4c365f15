import assert from 'node:assert/strict';
import type { Node } from 'node-red';
import type { BmsError } from '../../../src/battery/errors';
import { CLASS_POLICIES, type SettingsLevel } from '../../../src/battery/settings/classes';
import type { DialogRequest } from '../../../src/runtime/dialogs/admin-endpoints';
import type { ComparisonView } from '../../../src/runtime/dialogs/settings-compare';
import { SETTINGS_ACTIONS, settingsProgress, type WrittenView } from '../../../src/runtime/dialogs/settings-requests';
import type { PlanView, ProposalView, SettingsView } from '../../../src/runtime/dialogs/settings-views';
import { serverLanguage } from '../../../src/runtime/languages';
import { PROTOCOLS } from '../../../src/codec/registry';
import { boardOf, deviceOnLine, known } from '../../support/device-line';
import { FakeClock } from '../../support/fake-clock';

type Body = Record<string, unknown>;

const LANGUAGE = serverLanguage({ _: (key: string) => key });

/** A deployed device on the emulated board of a protocol, and what its dialog asks. */
function setUp(id: string, allowSettings: SettingsLevel = 'structure', allowExperimentalSettings = false) {
  const clock = new FakeClock();
  const protocol = known(id);
  const { script } = boardOf(clock, protocol);
  const allowed = { allowSettings, allowExperimentalSettings };
  const line = deviceOnLine({ clock, protocol, script, ...allowed });
  let borrowed = 0;
  const borrow = () => {
    borrowed++;
    return () => {
      borrowed--;
      return Promise.resolve();
    };
  };
  const node = { id: 'device', type: 'bms-device', battery: line.device, config: { protocol: id, ...allowed }, borrow };
  const nodes = { getNode: (asked: string) => (asked === 'device' ? node : null) as unknown as Node };
  let hangUp = (): void => undefined;

  const request = (body: Body): DialogRequest => ({
    text: (name) => (name === 'device' ? 'device' : ''),
    body,
    isGone: () => false,
    whenGone: (action) => (hangUp = action),
  });
  const start = (what: keyof typeof SETTINGS_ACTIONS, body: Body = {}): Promise<unknown> =>
    SETTINGS_ACTIONS[what](nodes, request({ device: 'device', ...body }), LANGUAGE).catch((error: unknown) => error);
  /** Asks, and lets time pass until that is answered. */
  const ask = async <T>(what: keyof typeof SETTINGS_ACTIONS, body: Body = {}): Promise<T> => {
    let answer: { value: unknown } | undefined;
    void start(what, body).then((value) => (answer = { value }));
    for (let passed = 0; answer === undefined && passed < 600_000; passed += 100) await clock.tick(100);
    return answer?.value as T;
  };
  const progress = () => settingsProgress(request({}));
  return { ...line, start, ask, progress, borrowed: () => borrowed, hangUp: () => hangUp() };
}

/** What a board lets be changed: a number that is read and another that it can be. */
const CHANGE = { cellOvervoltageProtection: 3.62 };
const THOUGH = ['write', 'current', 'cells', 'structure'];

describe('the settings of a board in the dialog of its device', () => {
  for (const { id, settings } of PROTOCOLS.filter((protocol) => protocol.settings !== undefined)) {
    it(`are shown for ${id}: no secret, what may be written by class and proof, equal to its own file`, async () => {
      const { ask, borrowed } = setUp(id, 'comfort');
      const view = await ask<SettingsView>('read');
      assert.ok(view.rows.length > 0, JSON.stringify(view));
      for (const row of view.rows) {
        const { level, part } = CLASS_POLICIES[row.class];
        assert.ok(part !== undefined && row.label !== '' && row.groupName !== '', row.key);
        if (level !== 'comfort' || row.isExperimental) assert.ok(row.whyNot, row.key);
      }
      const compared = await ask<ComparisonView>('compare', { settings: view.document });
      assert.deepEqual([compared.differences, compared.onlyThere, compared.stop], [[], [], undefined]);
      assert.equal(view.levels !== undefined, settings?.permission !== undefined);
      assert.equal(borrowed(), 0);
    });
  }

  it('are planned, written with the consent of the user, and put back', async () => {
    const { ask } = setUp('jk-modbus');
    const before = await ask<SettingsView>('read');
    const plan = await ask<PlanView>('plan', { action: 'write', settings: CHANGE });
    assert.deepEqual(
      plan.plan.map(({ label, to, isLooser }) => [label, to, isLooser]),
      [['Cell overvoltage: protection', '3.62', true]],
    );
    assert.deepEqual([plan.refused, plan.objections.map(({ check }) => check)], [[], ['current']]);
    const refused = await ask<WrittenView>('write', { action: 'write', settings: CHANGE, confirm: ['write'] });
    assert.ok('failed' in refused && refused.failed.code === 'denied', JSON.stringify(refused));
    const written = await ask<WrittenView>('write', { action: 'write', settings: CHANGE, confirm: THOUGH });
    assert.ok('written' in written && written.written === 1, JSON.stringify(written));
    assert.equal(valueIn(await ask('read'), 'cellOvervoltageProtection'), 3.62);
    const undo = { action: 'restore', settings: written.snapshot, confirm: ['restore', 'current'] };
    await ask('write', undo);
    const again = await ask<SettingsView>('read');
    assert.deepEqual(again.document.settings, before.document.settings);
  });

  it('are not written where the deployed device does not allow it, with the reason for each', async () => {
    const { ask } = setUp('jk-modbus', 'none');
    const plan = await ask<PlanView>('plan', { action: 'write', settings: CHANGE });
    assert.match(plan.refused[0]?.reason ?? '', /"protection"/);
    const outcome = await ask<WrittenView>('write', { action: 'write', settings: CHANGE, confirm: THOUGH });
    assert.ok('failed' in outcome && outcome.failed.code === 'denied');
    assert.notEqual(valueIn(await ask('read'), 'cellOvervoltageProtection'), 3.62);
  });

  it('are marked as experimental where no public source proves how they are written', async () => {
    const { ask } = setUp('daly', 'structure', true);
    const { rows } = await ask<SettingsView>('read');
    assert.ok(rows.some((row) => row.isExperimental && row.whyNot === undefined));
    const plan = await ask<PlanView>('plan', { action: 'write', settings: CHANGE });
    assert.deepEqual(
      plan.plan.map(({ isExperimental }) => isExperimental),
      [true],
    );
  });

  it('go to the file of JBDTools and back', async () => {
    const { ask } = setUp('jbd');
    const { vendorFile } = await ask<SettingsView>('read');
    assert.deepEqual(vendorFile, { extension: '.fig', program: 'JBDTools' });
    const { text } = await ask<{ text: string }>('vendorFile', { others: ['Unknown 1'] });
    const same = await ask<ComparisonView>('compare', { vendorFile: text });
    assert.deepEqual([same.differences, same.others], [[], ['Unknown        1']]);
    const other = text.replace(/(CellOverVoltage\s+)\d+/, '$13700');
    const { differences } = await ask<ComparisonView>('compare', { vendorFile: other });
    assert.deepEqual(
      differences.map(({ key, wanted }) => [key, wanted.value]),
      [['cellOvervoltageProtection', 3.7]],
    );
  });

  it('are proposed for a chemistry, cells and a capacity: what differs, and what of it may be written', async () => {
    const { ask } = setUp('ant', 'protection');
    await ask('read');
    const { rows } = await ask<ProposalView>('quickSetup', { chemistry: 'lto', cells: 8, capacity: 100 });
    const may = new Map(rows.map(({ key, whyNot }) => [key, whyNot === undefined]));
    assert.deepEqual([may.get('cellOvervoltageProtection'), may.get('chemistry')], [true, false]);
    const wrong = await ask<BmsError>('quickSetup', { chemistry: 'lead', cells: 8, capacity: 100 });
    assert.equal(wrong.code, 'bad_value');
  });

  it('are read for one dialog at a time, with progress, until that is closed', async () => {
    const { ask, start, clock, progress, borrowed, hangUp } = setUp('ant');
    const first = start('read');
    assert.equal(((await start('read')) as BmsError).code, 'port_busy');
    for (let steps = 0; (await progress()).phase === undefined && steps < 100; steps++) await clock.tick(20);
    const { phase, done = 0, of = 0 } = await progress();
    assert.ok(phase === 'reading' && done > 0 && done < of, `${phase} ${done} ${of}`);
    assert.equal(borrowed(), 1);
    hangUp();
    await clock.tick(10);
    assert.equal(((await first) as BmsError).code, 'closed');
    assert.equal(borrowed(), 0);
    assert.ok((await ask<SettingsView>('read')).rows.length > 0);
  });

  it('are those of a deployed device that was read before', async () => {
    const { ask } = setUp('jk-modbus');
    for (const body of [{ device: 'gone' }, {}])
      assert.equal((await ask<BmsError>('compare', { settings: {}, ...body })).code, 'not_found');
    assert.equal((await ask<BmsError>('plan', { action: 'erase', settings: CHANGE })).code, 'bad_value');
  });
});

function valueIn({ rows }: SettingsView, wanted: string): unknown {
  return rows.find(({ key }) => key === wanted)?.value;
}
