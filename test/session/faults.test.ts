import assert from 'node:assert/strict';
import { PROTOCOLS } from '../../src/codec/registry';
import type { Protocol } from '../../src/codec/protocol';
import { integer, seeded, seedOf } from '../../src/simulator/seeded';
import { FaultBench } from '../support/faults/bench';
import { FAULTS, type Fault } from '../support/faults/faults';
import type { Trouble } from '../support/faults/faulty-link';
import { heapAfterCollection } from '../support/faults/heap';
import { kitOf } from '../kits';

/** Requests in all, over all protocols: `npm run faults` does a million. */
const EXCHANGES = Number(process.env['FAULT_EXCHANGES'] ?? 50_000);

/** Of one ordeal that failed, to repeat it alone, as long as it was; else all are done, with seeds of their places. */
const SEED = process.env['FAULT_SEED'];

/** Requests of one ordeal: short, so that one that fails is soon repeated; the first of each protocol is a long one. */
const SHORT = 1000;

/** Bytes that a session may have more in use after each third of its ordeal: what the engine keeps for itself. */
const MOST_GROWTH = 1_000_000;

/** Answers of Sinowealth boards look like anything; and with JK, one master gives way to another. */
function losesToOthers({ id }: Protocol, { name }: Fault): boolean {
  return id === 'sinowealth' || (id === 'jk-modbus' && name === 'chatty stranger');
}

describe('faults, one at a time', () => {
  for (const protocol of PROTOCOLS) {
    describe(protocol.id, () => {
      for (const fault of FAULTS) {
        it(fault.name, async function () {
          this.timeout(30_000);
          const bench = new FaultBench({ protocol, seed: 5 });
          await bench.begin();
          for (const chance of [0.05, 0.3, 0.9]) {
            const { requests, answers } = bench.bus.counters;
            await bench.suffer([{ fault, chance }], 30_000);
            if (fault.harmless === true && !losesToOthers(protocol, fault)) {
              const lost = bench.bus.counters.requests - requests - (bench.bus.counters.answers - answers);
              assert.ok(lost <= 1, `${lost} requests without an answer`);
            }
            await bench.recover();
          }
          assert.ok((bench.link.struck.get(fault.name) ?? 0) >= 3, `${bench.link.struck.get(fault.name)} times`);
          await bench.close();
        });
      }
    });
  }
});

/** Some faults together, those that last seldom and the others often. */
function troublesOf(draw: () => number): Trouble[] {
  const chosen = new Set(
    Array.from({ length: integer(draw, 1, 4) }, () => FAULTS[integer(draw, 0, FAULTS.length - 1)]),
  );
  return [...chosen].flatMap((fault) =>
    fault === undefined ? [] : [{ fault, chance: draw() * (fault.happen === undefined ? 0.6 : 0.08) }],
  );
}

interface Tally {
  requests: number;
  readings: number;
  unjudged: number;
  forged: number;
}

/** One session that lives through so many requests: faults for a while, then none, again and again. */
async function ordeal(protocol: Protocol, seed: number, requests: number, tally: Tally): Promise<void> {
  const draw = seeded(seed);
  const pollIntervalMs = [500, 1000, 2000][integer(draw, 0, 2)] ?? 1000;
  const isRadio = protocol.ble !== undefined && draw() < 0.3;
  const bench = new FaultBench({ protocol, seed, pollIntervalMs, isRadio });
  await bench.begin();
  const heaps: number[] = [];
  while (bench.bus.counters.requests < requests) {
    await bench.suffer(troublesOf(draw), integer(draw, 2000, 60_000));
    await bench.recover();
    const thirds = Math.floor((3 * bench.bus.counters.requests) / requests);
    // A few faults may make up more than a third of a run that is little longer than a short one.
    while (requests > SHORT && heaps.length < thirds) heaps.push(heapAfterCollection());
  }
  await bench.close();
  assert.ok(requests <= SHORT || heaps.length >= 3);
  // What is compiled late makes the heap rise once, what leaks makes it rise each time.
  const [first = 0, second = 0, third = 0] = heaps;
  const grown = Math.min(second - first, third - second);
  assert.ok(grown < MOST_GROWTH, `${grown} bytes more in use`);
  tally.requests += bench.bus.counters.requests;
  tally.readings += bench.witness.readings;
  tally.unjudged += bench.witness.unjudged;
  tally.forged += bench.witness.forged;
}

/** An ordeal that tells how to repeat it when it fails. */
async function withSeed(protocol: Protocol, seed: number, requests: number, tally: Tally): Promise<void> {
  try {
    await ordeal(protocol, seed, requests, tally);
  } catch (error) {
    const settings = `FAULT_SEED=${seed} FAULT_EXCHANGES=${requests}`;
    const command = `${settings} npm test -- --grep 'faults at random ${protocol.id}$'`;
    throw new Error(`repeat it with: ${command}\n${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

describe('faults at random', () => {
  for (const protocol of PROTOCOLS) {
    it(protocol.id, async function () {
      const share = EXCHANGES / PROTOCOLS.length;
      this.timeout(60_000 + 10 * share);
      const tally: Tally = { requests: 0, readings: 0, unjudged: 0, forged: 0 };
      if (SEED !== undefined) {
        await withSeed(protocol, Number(SEED), EXCHANGES, tally);
        return;
      }
      for (let i = 0; tally.requests < share; i++) {
        const seed = seedOf(`${protocol.id} ${i}`);
        await withSeed(protocol, seed, i === 0 ? Math.ceil(share / 2) : SHORT, tally);
      }
      const most = 2 + tally.requests * (kitOf(protocol).weakness ?? 1 / 65_536);
      assert.ok(
        tally.forged <= most,
        `${tally.forged} frames that nobody has sent, of ${tally.requests} at most ${most}`,
      );
      assert.ok(tally.readings > tally.requests / 100, `${tally.readings} readings`);
      assert.ok(tally.unjudged <= tally.readings / 10, `${tally.unjudged} of ${tally.readings} readings not judged`);
    });
  }
});
