import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BmsError } from '../../src/battery/errors';
import { say } from '../../src/battery/sentence';
import { PROTOCOLS } from '../../src/codec/registry';
import type { Protocol } from '../../src/codec/protocol';
import type { ActionResult, ActionRequest } from '../../src/session/action-request';
import { ControlBench, type Mischief } from '../support/control-scenes';

/** What has to hold whatever happens: kept beside the real thing. */
interface Model {
  allowed: boolean;
  /** wishes that were made, and those of them that could be carried out */
  made: number;
  possible: number;
}

interface Real {
  bench: ControlBench;
  /** one for each wish that was made */
  endings: (ActionResult | string)[];
  /** confirmations that the board contradicts */
  lies: string[];
}

type Step = fc.AsyncCommand<Model, Real>;

/** A message comes, perhaps while earlier ones are in progress. */
class Say implements Step {
  constructor(
    private readonly wish: ActionRequest,
    private readonly isPossible: boolean,
  ) {}
  check = (): boolean => true;
  async run(model: Model, { bench, endings, lies }: Real): Promise<void> {
    model.made++;
    if (this.isPossible) model.possible++;
    bench.device.control(this.wish).then(
      (outcome) => {
        endings.push(outcome);
        if (!isSo(bench, outcome)) lies.push(`${JSON.stringify(outcome)} is not so`);
      },
      (error: unknown) => endings.push(error instanceof BmsError ? error.code : `no code: ${String(error)}`),
    );
    await bench.clock.tick(0);
  }
  toString = (): string => `say ${JSON.stringify(this.wish)}`;
}

class Pass implements Step {
  constructor(private readonly ms: number) {}
  check = (): boolean => true;
  run = (_model: Model, { bench }: Real): Promise<void> => bench.clock.tick(this.ms);
  toString = (): string => `${this.ms} ms pass`;
}

class Misbehave implements Step {
  constructor(private readonly mischief: Mischief) {}
  check = (): boolean => true;
  run = async (_model: Model, { bench }: Real): Promise<void> => {
    bench.mischief = this.mischief;
    bench.slownessMs = 4000;
    await bench.clock.tick(0);
  };
  toString = (): string => `from now on: ${this.mischief}`;
}

class Pull implements Step {
  check = (): boolean => true;
  run = async (_model: Model, { bench }: Real): Promise<void> => {
    bench.link.refuse = new BmsError('port_not_found', say`pulled`);
    bench.link.drop();
    await bench.clock.tick(0);
  };
  toString = (): string => 'the cable is pulled';
}

class Plug implements Step {
  check = (): boolean => true;
  run = async (_model: Model, { bench }: Real): Promise<void> => {
    bench.link.refuse = undefined;
    await bench.clock.tick(0);
  };
  toString = (): string => 'the cable is back';
}

/** What the board itself says of a confirmed outcome, in the answer that has just arrived. */
function isSo({ pack, lastAnswered: reading }: ControlBench, { action, value }: ActionResult): boolean {
  switch (action) {
    case 'charge':
      return reading.chargeEnabled === value;
    case 'discharge':
      return reading.dischargeEnabled === value;
    case 'soc':
      return Math.abs((reading.soc ?? 0) - Number(value)) <= 2;
    case 'balancing':
      // Some boards know only whether they balance now.
      return pack.switches.balancing === value || reading.balancing === value;
    case 'heating':
      return pack.switches.heating === value;
    default:
      return true;
  }
}

/** Mischief after which the bench goes on; for ever mute is tried elsewhere. */
const MISCHIEF: readonly Mischief[] = [
  'none',
  'none',
  'refused',
  'not obeyed',
  'acknowledgement lost',
  'acknowledgement and command lost',
  'slow to show',
  'line lost, back in time',
];

function stepsFor(protocol: Protocol): fc.Arbitrary<Step>[] {
  const actions = (protocol.actions ?? []).filter(({ confirm }) => confirm.proof === undefined);
  const wishes = actions.flatMap(({ name: action, input }): fc.Arbitrary<ActionRequest>[] => {
    const confirm = action;
    if (input.kind === 'command') return [fc.constant({ action, value: true, confirm })];
    if (input.kind === 'switch') return [fc.constant({ action, value: true }), fc.constant({ action, value: 'off' })];
    const { min, max } = input;
    return [fc.integer({ min: Math.ceil(min), max: Math.floor(max) }).map((value) => ({ action, value, confirm }))];
  });
  const nonsense = fc.oneof(
    fc.record({
      action: fc.constantFrom('charge', 'discharge'),
      value: fc.constantFrom('', null, undefined, 2, 'yes', {}),
    }),
    fc.record({ action: fc.constantFrom('selfDestruct', '__proto__', ''), value: fc.constantFrom(true, false) }),
  );
  const say = fc.oneof(...wishes).map((wish) => new Say(wish, true));
  const pass = fc.constantFrom(5, 50, 500, 5000, 20_000).map((ms) => new Pass(ms));
  const misbehave = fc.constantFrom(...MISCHIEF).map((mischief) => new Misbehave(mischief));
  const plug = fc.constant(new Plug());
  // What happens more often stands here more often.
  return [
    ...[say, say, say, say, misbehave, misbehave, pass, pass, pass, plug, plug],
    nonsense.map((wish) => new Say(wish, false)),
    fc.constant(new Pull()),
  ];
}

describe('control, whatever happens', () => {
  for (const protocol of PROTOCOLS.filter(({ actions = [] }) => actions.length > 0)) {
    it(`${protocol.id}: no command without permission, none twice, and no confirmation that is not so`, async function () {
      this.timeout(60_000);
      const scripts = fc.commands(stepsFor(protocol), { maxCommands: 25, size: 'max' });
      await fc.assert(
        fc.asyncProperty(
          scripts,
          fc.constantFrom(true, true, true, false),
          fc.integer({ min: 0, max: 2 }),
          async (script, allowed, polls) => {
            const device = { allowControl: allowed, pollIntervalMs: 1000 * polls, password: '12345678' };
            const bench = new ControlBench(protocol, device);
            const model: Model = { allowed, made: 0, possible: 0 };
            const real: Real = { bench, endings: [], lies: [] };
            await fc.asyncModelRun(() => ({ model, real }), script);
            bench.link.refuse = undefined;
            bench.mischief = 'none';
            for (let passed = 0; passed < 600 && real.endings.length < model.made; passed += 5)
              await bench.clock.tick(5000);
            assert.equal(real.endings.length, model.made, 'every message has one ending');
            assert.deepEqual(real.lies, []);
            assert.ok(real.endings.every((ending) => typeof ending === 'object' || !ending.startsWith('no code')));
            const most = model.allowed ? model.possible : 0;
            // What was refused may be asked in another way, as some boards want a password or another mode first.
            const taken = bench.commands.length - bench.refused;
            assert.ok(taken <= most, `${taken} commands for ${most} messages`);
            assert.ok(bench.commands.length <= 2 * most, `${bench.commands.length} commands for ${most} messages`);
            assert.equal(await bench.close(), 0, 'timers left');
          },
        ),
        { numRuns: 100 },
      );
    });
  }
});
