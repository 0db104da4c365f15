import assert from 'node:assert/strict';
import type { Reading } from '../../src/battery/reading';
import { protocolById } from '../../src/codec';
import { Bus } from '../../src/session/bus';
import { Device, type Snapshot } from '../../src/session/device';
import { FakeClock } from '../support/fake-clock';
import { WITNESSES } from './boards';
import { AntWitness } from './boards/ant';
import type { BoardOptions, WitnessBoard } from './boards/board';
import { JbdWitness } from './boards/jbd';
import { JkWitness } from './boards/jk';
import type { Truth } from './boards/truth';
import { WitnessLine } from './line';

/** Keys that the product reckons by itself from others, and that the witness does not reckon again. */
const RECKONED = ['power', 'remainingEnergy', 'timeToEmpty', 'timeToFull', 'cellVoltageAverage', 'temperatureAverage'];

/** Reads a board with the product. */
async function read(clock: FakeClock, board: WitnessBoard): Promise<Readonly<Reading>> {
  const line = new WitnessLine(clock).hang(board);
  const bus = new Bus({ link: line, baudRate: undefined, clock });
  const protocol = protocolById(board.protocol);
  assert.ok(protocol);
  const device = new Device({ name: 'pack', bus, clock, protocol, address: undefined, pollIntervalMs: 0 });
  device.start();
  bus.open();
  let settled: Snapshot | Error | undefined;
  device.read().then(
    (snapshot) => (settled = snapshot),
    (error: unknown) => (settled = error as Error),
  );
  for (let passed = 0; passed < 60_000 && settled === undefined; passed += 50) await clock.tick(50);
  device.stop();
  void bus.close();
  await clock.tick(10_000);
  if (!(settled instanceof Error) && settled !== undefined) return settled.reading;
  throw settled ?? new Error('not settled within a minute');
}

/** As the witness words them: without the sentence, and in no order. */
function plain(key: string, value: unknown): unknown {
  if (key !== 'alarms' || !Array.isArray(value)) return value;
  return (value as { code: string; level: string }[]).map(({ code, level }) => `${code} ${level}`).sort();
}

function assertTrue(reading: Readonly<Reading>, board: WitnessBoard): void {
  const told = Object.entries(reading).filter(([key]) => !RECKONED.includes(key) && key !== 'errorCounts');
  const must = board.expected();
  // A board that has learned no capacity stands for its nominal one.
  const may: Record<string, unknown> = { fullCapacity: board.truth.designCapacity, ...board.may() };
  for (const [key, value] of Object.entries(must)) {
    if (key !== 'errorCounts') assert.deepEqual(plain(key, reading[key as keyof Reading]), plain(key, value), key);
  }
  for (const [key, value] of told) {
    if (key in must) continue;
    assert.ok(key in may, `${key} = ${JSON.stringify(value)}, which this board does not tell`);
    assert.deepEqual(value, may[key], key);
  }
  if (must['errorCounts'] !== undefined) assert.deepEqual(reading.errorCounts, must['errorCounts']);
}

/** Packs as they are met: every one is a truth that the reading must tell. */
const PACKS: Record<string, Partial<Truth>> = {
  'in the middle of its life': {},
  'charging, balancing': {
    current: 31.5,
    soc: 88,
    remainingCapacity: 88,
    balancingCells: [3, 16],
    balanceCurrent: 0.8,
  },
  'at rest, charge switched off': { current: 0, chargeSwitch: false },
  'discharge switched off': { current: 0, dischargeSwitch: false },
  'charge held by a protection': {
    ...{ current: -2, chargeHeld: true, soc: 100, remainingCapacity: 100 },
    alarms: [{ code: 'cell_overvoltage', level: 'protection' }],
  },
  'cold, at both sides of zero': { temperatures: [0, -1], mosTemperature: -7 },
};

/** What a protocol tells in its own way, or not at all. */
const OWN: Record<string, (truth: Partial<Truth>) => Partial<Truth>> = {
  'jk-modbus': records,
  'jk-ble': records,
  ant: (truth) => ({ ...truth, balancingSwitch: (truth.balancingCells ?? []).length > 0 }),
};

/** Four sensors instead of two. */
function records(truth: Partial<Truth>): Partial<Truth> {
  const { temperatures } = truth;
  return { ...truth, ...(temperatures !== undefined && { temperatures: [...temperatures, 4.5, -12.5] }) };
}

describe('readings of the boards of the witness', () => {
  for (const [id, make] of Object.entries(WITNESSES)) {
    for (const [name, truth] of Object.entries(PACKS)) {
      it(`${id}: ${name}`, async () => {
        const clock = new FakeClock();
        const board = make({ clock, truth: OWN[id]?.(truth) ?? truth });
        assertTrue(await read(clock, board), board);
        assert.deepEqual(board.log, [], 'reading writes nothing');
        assert.equal(clock.timers, 0);
      });
    }
  }

  const variants: Record<string, (options: BoardOptions) => WitnessBoard> = {
    'JBD with a tail': (options) => new JbdWitness({ ...options, tail: true }),
    'JK with the older current': (options) => new JkWitness({ ...options, current: 'offset' }),
    'ANT with an extended status': (options) => new AntWitness({ ...options, extended: true, timeSinceCharge: 4711 }),
    'JBD with a sensor missing': (options) => new JbdWitness({ ...options, truth: { temperatures: [21.3, null] } }),
  };
  for (const [name, make] of Object.entries(variants)) {
    it(name, async () => {
      const clock = new FakeClock();
      const board = make({ clock });
      assertTrue(await read(clock, board), board);
    });
  }
});
