import type { Reading } from '../../src/battery/reading';
import { protocolById } from '../../src/codec';
import { Bus } from '../../src/session/bus';
import { Device } from '../../src/session/device';
import { around, integer, seeded, type Lottery } from '../../src/simulator/seeded';
import { FakeClock } from '../support/fake-clock';
import { WITNESSES } from './boards';
import type { WitnessBoard } from './boards/board';
import { derivedOf, tidy } from './boards/truth';
import { damage, keepsSum } from './damage';
import { contradictions, isShownByLast } from './judgement';
import { WitnessLine } from './line';

/** Of the answers. */
const DAMAGED_SHARE = 0.45;

const POLL_MS = 1000;

/** What came of it. */
export interface Figures {
  protocol: string;
  exchanges: number;
  answers: number;
  damaged: number;
  /** damaged answers that still had the sum of a frame */
  keptSum: number;
  readings: number;
  /** readings that say something against themselves */
  contradicting: string[];
  /** values that the pack never had */
  neverHad: number;
  /** those of them that a look at the reading before would have shown */
  shown: string[];
}

/** A pack at its slow work, and all that it ever had. */
class Past {
  private readonly had = new Map<string, Set<string>>();

  constructor(
    private readonly board: WitnessBoard,
    private readonly draw: Lottery,
  ) {
    this.note();
  }

  /** A second passes. */
  step(): void {
    const { truth } = this.board;
    const { draw } = this;
    truth.runtime += 60;
    truth.current = tidy(Math.round(around(draw, 0.2) * -125) / 10);
    truth.cells = truth.cells.map((cell) => limited(cell, integer(draw, -1, 1) / 1000, 3.25, 3.35));
    truth.temperatures = truth.temperatures.map((value) => limited(value ?? 20, integer(draw, -1, 1), 15, 30));
    truth.soc = limited(truth.soc, draw() < 0.02 ? 1 : draw() < 0.02 ? -1 : 0, 40, 80);
    truth.remainingCapacity = truth.soc;
    this.note();
  }

  private note(): void {
    for (const [key, value] of Object.entries({ ...this.board.expected(), ...this.board.may() })) {
      for (const [name, each] of parts(key, value)) {
        const known = this.had.get(name) ?? new Set();
        known.add(each);
        this.had.set(name, known);
      }
    }
  }

  /** Keys of a reading whose value the pack never had. */
  strange(reading: Readonly<Reading>): string[] {
    return Object.entries(reading)
      .filter(([key]) => !RECKONED.includes(key))
      .filter(([key, value]) => parts(key, value).some(([name, each]) => this.had.get(name)?.has(each) === false))
      .map(([key]) => key);
  }
}

/** What follows from other values is not counted twice. */
const RECKONED = [
  ...['power', 'remainingEnergy', 'timeToEmpty', 'timeToFull', 'cellVoltageAverage', 'temperatureAverage'],
  ...Object.keys(derivedOf({ cells: [1], temperatures: [1] })),
  ...['state', 'alarms', 'remainingCapacity'],
];

/** A list by its places, so that values of different moments may stand side by side. */
function parts(key: string, value: unknown): (readonly [string, string])[] {
  if (!Array.isArray(value)) return [[key, JSON.stringify(value)]];
  const places = value.map((each, i) => [`${key} ${i}`, JSON.stringify(each)] as const);
  return [[`${key} length`, String(value.length)], ...places];
}

function limited(value: number, step: number, min: number, max: number): number {
  return tidy(Math.min(max, Math.max(min, value + step)));
}

/** Reads a board of the witness over a line that damages almost every second answer. */
export async function ordeal(protocol: string, exchanges: number, seed: number): Promise<Figures> {
  const clock = new FakeClock(seed);
  const draw = seeded(seed);
  const make = WITNESSES[protocol];
  const spoken = protocolById(protocol);
  if (make === undefined || spoken === undefined) throw new Error(`no witness speaks ${protocol}`);
  const board = make({ clock });
  const past = new Past(board, draw);
  const figures: Figures = {
    ...{ protocol, exchanges: 0, answers: 0, damaged: 0, keptSum: 0, readings: 0, contradicting: [] },
    ...{ neverHad: 0, shown: [] },
  };
  const line = new WitnessLine(clock).hang(board);
  const foreign = FOREIGN[protocol] ?? Buffer.alloc(0);
  let before: Buffer = Buffer.alloc(0);
  line.disturbance = (bytes) => {
    figures.answers++;
    const last = before;
    before = bytes;
    if (draw() >= DAMAGED_SHARE) return [{ bytes, delayMs: 0 }];
    const { pieces } = damage(draw, bytes, last, foreign);
    figures.damaged++;
    const isChanged = pieces.some((piece) => !piece.bytes.equals(bytes));
    if (isChanged && pieces.some((piece) => keepsSum(protocol, piece.bytes))) figures.keptSum++;
    return pieces;
  };

  const bus = new Bus({ link: line, baudRate: undefined, clock });
  const options = { protocol: spoken, address: undefined, pollIntervalMs: POLL_MS };
  const device = new Device({ name: 'pack', bus, clock, ...options });
  let last: Readonly<Reading> | undefined;
  device.readings.subscribe(({ reading }) => {
    figures.readings++;
    for (const fault of contradictions(reading)) figures.contradicting.push(fault);
    for (const key of past.strange(reading)) {
      figures.neverHad++;
      const value = reading[key as keyof Reading];
      if (isShownByLast(key, value, last)) figures.shown.push(`${key} ${JSON.stringify(value)}`);
    }
    last = reading;
  });
  device.start();
  bus.open();
  while (line.sent.length < exchanges && figures.answers < exchanges) {
    await clock.tick(POLL_MS);
    past.step();
  }
  figures.exchanges = Math.max(line.sent.length, figures.answers);
  device.stop();
  void bus.close();
  await clock.tick(10_000);
  return figures;
}

/** What another board on the line says: of another address where there are any, else of another protocol. */
const FOREIGN: Readonly<Record<string, Buffer>> = {
  jbd: Buffer.from('a5019008020d0000753000bdaf', 'hex'),
  daly: Buffer.from('a5029008020d0000753000bdb0', 'hex'),
  jk: Buffer.from('dd03001d053600004ff253340001309b0000000000044600304030bb70bbf0bb9fa1677', 'hex'),
  ant: Buffer.from('a5019008020d0000753000bdaf', 'hex'),
  'jk-modbus': Buffer.from('02031400000000000000000000000000000000000000000000', 'hex'),
  'jk-ble': Buffer.from('a5019008020d0000753000bdaf', 'hex'),
};
