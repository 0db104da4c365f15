import assert from 'node:assert/strict';
import type { Reading } from '../../src/battery/reading';
import { PROTOCOLS } from '../../src/codec/registry';
import type { Protocol } from '../../src/codec/protocol';
import { seedOf } from '../../src/simulator/seeded';
import { FaultBench } from '../support/faults/bench';
import { damage, type DamageTally } from '../support/faults/damage';
import { FAULTS } from '../support/faults/faults';

/** Requests of each protocol. `DAMAGED_EXCHANGES=50000` for more. */
const EXCHANGES = Number(process.env['DAMAGED_EXCHANGES'] ?? 1500);
const DAMAGED = 0.45;

const OTHERS = FAULTS.filter(({ name }) => ['merged', 'delayed', 'foreign frames'].includes(name));

/** Boards of which the emulator works them out of other values. */
const DERIVED: Readonly<Record<string, readonly string[]>> = { ant: ['cycles'], 'ant-legacy': ['cycles'] };

/** How far a value may be from what the pack has now: reads take a while, and answers come late. */
const NEAR: Readonly<Partial<Record<keyof Reading, number>>> = {
  soc: 7,
  remainingCapacity: 7,
  fullCapacity: 4,
  designCapacity: 0.5,
  soh: 1,
  cycles: 3,
  cellCount: 0,
  mosTemperature: 25,
  ambientTemperature: 25,
  balancerTemperature: 25,
};
const CELL = 0.25;
const TEMPERATURE = 12;

/** What in a reading is not of this pack. */
function strange(protocol: string, reading: Readonly<Reading>, pack: Readonly<Reading>): string[] {
  const found: string[] = [];
  for (const [name, near] of Object.entries(NEAR)) {
    if (DERIVED[protocol]?.includes(name) === true) continue;
    const key = name as keyof typeof NEAR;
    const [is, was] = [reading[key], pack[key]];
    if (typeof is === 'number' && typeof was === 'number' && Math.abs(is - was) > near) found.push(`${key} ${is}`);
  }
  const cells = pack.cellVoltages ?? [];
  (reading.cellVoltages ?? []).forEach((cell, i) => {
    if (Math.abs(cell - (cells[i] ?? 0)) > CELL) found.push(`cell ${i + 1} ${cell}`);
  });
  (reading.temperatures ?? []).forEach((value, i) => {
    if (value !== null && Math.abs(value - (pack.temperatures?.[i] ?? 0)) > TEMPERATURE)
      found.push(`sensor ${i + 1} ${value}`);
  });
  if (Math.abs((reading.voltage ?? 0) - (pack.voltage ?? 0)) > 0.05 * (pack.voltage ?? 0)) {
    if (reading.voltage !== undefined) found.push(`voltage ${reading.voltage}`);
  }
  return found;
}

/** How a reading contradicts itself. */
function contradictory(reading: Readonly<Reading>): string[] {
  const { voltage, cellVoltages, cellCount, balancingCells = [], remainingCapacity, fullCapacity, soc } = reading;
  const found: string[] = [];
  const sum = (cellVoltages ?? []).reduce((total, cell) => total + cell, 0);
  if (voltage !== undefined && cellVoltages !== undefined && Math.abs(sum - voltage) > 0.04 * voltage) {
    found.push(`cells ${sum} V of ${voltage} V`);
  }
  if (cellVoltages !== undefined && cellCount !== cellVoltages.length) found.push(`${cellCount} cells in the list`);
  if (Math.max(0, ...balancingCells) > (cellVoltages?.length ?? cellCount ?? 99)) found.push('balances no cell');
  if (Math.max(...(cellVoltages ?? [0])) - Math.min(...(cellVoltages ?? [0])) > 0.5) found.push('spread');
  if (remainingCapacity !== undefined && fullCapacity !== undefined) {
    if (remainingCapacity > 1.2 * fullCapacity) found.push(`${remainingCapacity} Ah of ${fullCapacity} Ah`);
    const share = (100 * remainingCapacity) / fullCapacity;
    if (soc !== undefined && Math.abs(soc - share) > 4.5) found.push(`${soc} % beside ${share} %`);
  }
  return found;
}

describe('damaged answers', () => {
  for (const protocol of PROTOCOLS) {
    it(`make no reading that contradicts itself, nor one of another pack: ${protocol.id}`, async function () {
      this.timeout(30_000 + 20 * EXCHANGES);
      const { tally, readings, contradictions, strangers } = await suffer(protocol);
      if (process.env['DAMAGED_EXCHANGES'] !== undefined) {
        const texts = [...contradictions, ...strangers].slice(0, 8).join(' | ');
        process.stdout.write(
          `${protocol.id}: ${tally.answers} answers, ${tally.damaged} damaged, ${tally.passed} of them with a right checksum; ` +
            `${readings} readings, ${contradictions.length} contradict themselves, ${strangers.length} strange: ${texts}\n`,
        );
      }
      assert.ok(readings > EXCHANGES / 100, `${readings} readings`);
      assert.deepEqual(contradictions, []);
      assert.ok(strangers.length <= tally.passed / 10_000, strangers.join('\n'));
    });
  }
});

async function suffer(protocol: Protocol) {
  const bench = new FaultBench({ protocol, seed: seedOf(`damaged ${protocol.id}`) });
  await bench.begin();
  const tally: DamageTally = { answers: 0, damaged: 0, passed: 0 };
  const contradictions: string[] = [];
  const strangers: string[] = [];
  let readings = 0;
  bench.device.readings.subscribe(({ reading, sequence }) => {
    readings++;
    contradictions.push(...contradictory(reading).map((what) => `reading ${sequence}: ${what}`));
    strangers.push(
      ...strange(protocol.id, reading, bench.pack.at(bench.pack.moment)).map((what) => `reading ${sequence}: ${what}`),
    );
  });
  bench.link.troubles = [{ fault: damage(protocol, DAMAGED, OTHERS, tally), chance: 1 }];
  while (bench.bus.counters.requests < EXCHANGES) await bench.clock.tick(5000);
  bench.device.stop();
  return { tally, readings, contradictions, strangers };
}
