import assert from 'node:assert/strict';
import { join } from 'node:path';
import { systemClock } from '../../src/clock';
import { jbd } from '../../src/codec/jbd';
import type { Limits } from '../../src/battery/limits/limits';
import { SimulatedPack } from '../../src/simulator/pack';
import { NodeRed } from '../support/node-red';
import { ServedBoard } from '../support/served-board';
import { standIn } from '../support/stand-ins/package';
import type { Setting, Value, VirtualBatteryReport } from '../support/virtual-battery/battery';

/**
 * How much faster the time of Node-RED passes, with all its timers, and how much faster the pack lives than that: a day in 15 s.
 * `SINKS_FACTOR=40 SINKS_SPEED=1` is a day in which nothing but the clock is fast, in 36 minutes.
 */
const FACTOR = Number(process.env.SINKS_FACTOR ?? 10);
const SPEED = Number(process.env.SINKS_SPEED ?? 576);
const DAY_MS = 86_400_000 / SPEED;

/** ms; how old a limit on the D-Bus may be, with the 100 ms after which the virtual battery sets it, and the grain of timers */
const OLDEST = 1100 + 5 * FACTOR;

/** What the node gives out, as its status says in each step: a voltage where the pack is not lost, and whole amperes. */
interface Step {
  readonly at: number;
  readonly values: Readonly<Partial<Record<LimitPath, number>>>;
}

/** When Node-RED came to its timers late, ms: a busy machine makes nothing older. */
interface Lag {
  at: number;
  lag: number;
}

interface Recorded {
  at: number;
  status: { text: string };
}

const LIMITS = ['Info/MaxChargeVoltage', 'Info/MaxChargeCurrent', 'Info/MaxDischargeCurrent'] as const;
type LimitPath = (typeof LIMITS)[number];

/** A day of a pack behind a bridge, with a loss and a return, at the virtual battery of a GX. */
describe('the virtual battery for a day', function () {
  this.timeout(40_000 + (2 * DAY_MS) / FACTOR);
  const red = new NodeRed({
    palettes: [standIn('@victronenergy/node-red-contrib-victron'), standIn('openbms-recorder')],
    nodeArguments: ['--require', join(__dirname, '..', 'support', 'fast-clock')],
    environment: { OPENBMS_CLOCK_FACTOR: String(FACTOR) },
  });
  const board = new ServedBoard(jbd);
  let battery: VirtualBatteryReport;
  let steps: Step[];
  let lags: Lag[];

  before(async () => {
    const options = { cells: 16, chemistry: 'lfp', scenario: 'day', seed: 5, clock: systemClock } as const;
    board.pack = new SimulatedPack({ ...options, speed: FACTOR * SPEED });
    await Promise.all([red.start(), board.listen()]);
    await red.deploy([...flow(board.port), ...red.collecting('tab')]);
    const began = performance.now();
    const passed = (): number => (performance.now() - began) * FACTOR;
    await limits(() => passed() > DAY_MS / 3);
    await board.close();
    await limits(({ chargeLimitedBy }) => chargeLimitedBy.includes('lost'));
    const lostAt = passed();
    // The discharge is still allowed, at half of what it was.
    await limits(() => passed() > lostAt + 20_000);
    await board.listen();
    await limits(({ chargeCurrentLimit = 0 }) => chargeCurrentLimit > 1);
    await limits(() => passed() > DAY_MS);
    battery = await red.json('/virtual-battery/virtual');
    const recorded = await red.json<{ messages: Recorded[]; lags: Lag[] }>('/recorder/steps');
    steps = recorded.messages.map(stepOf);
    lags = recorded.lags;
  });
  after(async () => {
    await Promise.all([red.stop(), board.close()]);
  });

  /** Waits for limits from now on. */
  async function limits(isWanted: (limits: Limits) => boolean): Promise<void> {
    await red.until(({ from, payload }) => from === 'node' && isWanted(payload as Limits), red.collected.length);
  }

  /** ms; how old limits may be at a time */
  function oldest(at: number): number {
    const late = lags.filter((lag) => Math.abs(lag.at - at) < 2 * OLDEST);
    return late.reduce((sum, { lag }) => sum + lag, OLDEST);
  }

  it('refuses nothing', () => {
    assert.deepEqual(battery.log, []);
    assert.deepEqual(
      red.collected.filter(({ from, error }) => from === 'catch' && isRefused(error)),
      [],
    );
  });

  it('has limits that are at most 1 s old', () => {
    // It ramps up twice: at the start and after the loss. How many steps that takes depends on when the polls come.
    const currents = new Set(steps.map(({ values }) => values['Info/MaxChargeCurrent']));
    assert.ok(currents.size > 5, `only ${[...currents].join()} A`);
    for (const path of LIMITS) {
      const settings = battery.history.filter((setting) => setting.path === path);
      assert.ok(settings.length > 0, path);
      for (const setting of settings) assert.ok(wasGiven(steps, setting, oldest(setting.at)), JSON.stringify(setting));
      // Whatever was given out long enough is there.
      steps.forEach(({ at, values }, i) => {
        const next = steps[i + 1]?.at ?? at;
        const limit = oldest(at + OLDEST);
        const found = lastBefore(settings, at + limit)?.value;
        if (next - at > limit)
          assert.ok(isSame(path, values[path], found), `${path} at ${at}: ${found}, not ${values[path]}`);
      });
    }
  });

  it('knows of the loss, and of the return', () => {
    const of = (path: string): Setting[] => battery.history.filter((setting) => setting.path === path);
    const failures = of('Alarms/InternalFailure');
    const lost = failures.find(({ value }) => value === 2) ?? assert.fail('no failure');
    const back = failures.find(({ value, at }) => value === 0 && at > lost.at) ?? assert.fail('no return');
    // Values of one message are set one after the other.
    const before = back.at - 50;
    assert.equal(lastBefore(of('Dc/0/Voltage'), before)?.value, null);
    assert.equal(lastBefore(of('Info/MaxChargeCurrent'), before)?.value, 0);
    assert.ok(Number(lastBefore(of('Info/MaxDischargeCurrent'), before)?.value) > 0);
    assert.ok(of('Info/MaxChargeVoltage').every(({ value }) => Number(value) > 40));
    assert.ok(Number(battery.values['Dc/0/Voltage']) > 40 && battery.isPresent);
  });
});

/** `55.20 V 98 A / 80 A float`, or `lost 0 A / 40 A`. */
function stepOf({ at, status: { text } }: Recorded): Step {
  const [, charge, discharge] = /([\d.]+) A \/ ([\d.]+) A/.exec(text) ?? [];
  const [, voltage] = /([\d.]+) V/.exec(text) ?? [];
  const known = [voltage, charge, discharge].map((value) => (value === undefined ? undefined : Number(value)));
  return { at, values: Object.fromEntries(LIMITS.map((path, i) => [path, known[i]])) };
}

/** Whether a value was given out not long before it was set. */
function wasGiven(steps: readonly Step[], { path, value, at }: Setting, oldest: number): boolean {
  const recent = steps.filter((step, i) => step.at <= at && (steps[i + 1]?.at ?? Infinity) >= at - oldest);
  return recent.some(({ values }) => isSame(path, values[path as LimitPath], value));
}

/** From 10 A on a status shows whole amperes; less than 1 A is none for Victron, and a change by less is sent later (charge-limits.md 14). */
function isSame(path: string, shown: number | undefined, value: Value | undefined): boolean {
  if (shown === undefined) return true;
  if (typeof value !== 'number') return false;
  if (value === 0 || shown === 0) return shown < 1 && value < 1;
  return path.endsWith('Voltage') ? Math.abs(shown - value) < 0.1 : Math.abs(shown - value) < 2;
}

function lastBefore(settings: readonly Setting[], at: number): Setting | undefined {
  return settings.filter((setting) => setting.at <= at).at(-1);
}

/** An error of the virtual battery, not that of the loss. */
function isRefused(error: unknown): boolean {
  return (error as { source?: { type?: string } } | undefined)?.source?.type === 'victron-virtual';
}

function flow(port: number): object[] {
  const limits = {
    type: 'bms-limits',
    z: 'tab',
    device: 'device',
    chemistry: 'lfp',
    maxChargeCurrent: 100,
    maxDischargeCurrent: 100,
  };
  return [
    { id: 'tab', type: 'tab', label: 'test' },
    { id: 'connection', type: 'bms-connection', transport: 'tcp', tcpHost: '127.0.0.1', tcpPort: port },
    // A second of Node-RED is not long for the bridge in this process.
    {
      id: 'device',
      type: 'bms-device',
      name: 'Pack',
      connection: 'connection',
      protocol: 'jbd',
      pollInterval: 1,
      timeout: 5000,
    },
    { id: 'to-victron', ...limits, emit: 'change', format: 'victron', wires: [['virtual']] },
    { id: 'plain', ...limits, emit: 'change', format: 'object', wires: [['collect']] },
    { id: 'shown', type: 'status', z: 'tab', scope: ['to-victron'], wires: [['steps']] },
    { id: 'steps', type: 'recorder', z: 'tab' },
    { id: 'virtual', type: 'victron-virtual', z: 'tab', device: 'battery', default_values: false, wires: [[]] },
  ];
}
