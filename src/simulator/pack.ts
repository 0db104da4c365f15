import type { ActionName, ActionValue } from '../battery/action';
import { alarm, type Alarm } from '../battery/alarm';
import { derive, round } from '../battery/derive';
import { BmsError } from '../battery/errors';
import type { Reading } from '../battery/reading';
import { say } from '../battery/sentence';
import type { Clock } from '../clock';
import type { EmulatedBoard } from '../codec/protocol';
import { CELL_TYPES, type ChemistryName } from './chemistry';
import type { Scenario } from './demand';
import { identityOf, type Identity } from './identity';
import { PackModel } from './model';
import { SCENARIO_TABLE, type ScenarioName } from './scenario';

export const MOST_CELLS = 32;

/** The usual step of the model, s. */
const STEP_S = 10;

/** A longer absence is simulated in this many longer steps, so that it takes milliseconds. */
const MOST_STEPS = 1000;

/** An absence beyond this only advances the time of the pack, s. */
const LONGEST_ABSENCE_S = 86_400;

const DAY_S = 86_400;

/** How long a board is silent while it starts, ms. */
const RESTART_MS = 2000;

export interface PackOptions {
  /** cells in series, 1 to 32 */
  cells: number;
  chemistry: ChemistryName;
  /** one of the built-in scenarios, or one's own */
  scenario: ScenarioName | Scenario;
  /** seconds of the model per second of the clock, above 0 */
  speed: number;
  /** an integer: packs with different seeds differ */
  seed: number;
  clock: Clock;
}

/** Checks what a user sets. @throws BmsError `bad_value` when there can be no such pack */
export function checkPackOptions({ cells, speed }: Pick<PackOptions, 'cells' | 'speed'>): void {
  if (!Number.isInteger(cells) || cells < 1 || cells > MOST_CELLS) {
    throw new BmsError('bad_value', say`Set the number of simulated cells to a whole number from 1 to ${MOST_CELLS}.`);
  }
  if (!(speed > 0) || !Number.isFinite(speed)) {
    throw new BmsError('bad_value', say`Set the speed of the simulation to a number above 0.`);
  }
}

/**
 * A battery pack with its board: cells, warmth, charger and load, and the board's switches and protections. It lives
 * lazily, up to now, when it is read or commanded, and needs no timer. The same seed and times give the same values.
 */
export class SimulatedPack implements EmulatedBoard {
  readonly memory = new Map<string, number>();
  readonly settings = new Map<string, Buffer>();

  private readonly clock: Clock;
  private readonly speed: number;
  private readonly model: PackModel;
  private readonly identity: Identity;
  /** lifetime counters of the board when the simulation starts */
  private readonly past: { runtime: number };
  private restarts: number;
  /** Ah, as the user has set it; what the cells hold stays as it is */
  private nominal: number | undefined;
  /** whether the last command to the balancer was to work */
  private toldToBalance = false;
  private off = false;
  private silentUntil = -Infinity;
  /** ms on the monotonic clock when the model was made */
  private readonly start: number;

  /** @throws BmsError `bad_value` */
  constructor(options: PackOptions) {
    checkPackOptions(options);
    const { cells, chemistry, scenario, seed } = options;
    this.clock = options.clock;
    this.speed = options.speed;
    this.start = this.clock.monotonic();
    const story = typeof scenario === 'string' ? SCENARIO_TABLE[scenario] : scenario;
    this.model = new PackModel(CELL_TYPES[chemistry], cells, story, seed);
    this.identity = identityOf(seed, cells, this.model.ratings.capacity);
    this.past = { runtime: this.model.gauge.cycles * DAY_S };
    this.restarts = 1 + (Math.abs(seed) % 4);
  }

  /** Whether the board is silent: it restarts, or was shut down and no charger was connected since. */
  get isSilent(): boolean {
    this.catchUp();
    if (this.off && this.model.isFed) this.off = false;
    return this.off || this.clock.monotonic() < this.silentUntil;
  }

  get switches(): EmulatedBoard['switches'] {
    return this.model.wanted;
  }

  get balances(): boolean {
    return this.toldToBalance && this.model.wanted.balancing;
  }

  execute(action: ActionName, value: ActionValue): boolean {
    this.catchUp();
    if (action === 'zeroCurrent') return this.model.current === 0;
    this.carryOut(action, value);
    this.model.settle();
    const isMosfet = action === 'charge' || action === 'discharge';
    return !isMosfet || value !== true || this.model.conducts(action);
  }

  /** Everything there is to know of the pack now, in the units of `Reading`. */
  read(): Reading {
    this.catchUp();
    // Assigned, not spread: objects spread to this size become slow to use, five times on the whole reading.
    return derive(Object.assign(this.electrical(), this.permitted(), this.warmth(), this.history()));
  }

  private carryOut(action: ActionName, value: ActionValue): void {
    const { wanted, gauge, guard } = this.model;
    switch (action) {
      case 'charge':
      case 'discharge':
      case 'balancing':
      case 'heating':
        wanted[action] = value === true;
        if (action === 'balancing') this.toldToBalance = value === true;
        break;
      case 'soc':
        gauge.set(Number(value) / 100);
        break;
      case 'clearCounters':
        guard.clearCounts();
        this.restarts = 0;
        break;
      case 'restart':
        this.restarts++;
        this.silentUntil = this.clock.monotonic() + RESTART_MS;
        break;
      case 'shutdown':
        this.off = true;
        break;
      case 'capacity':
        this.nominal = Number(value);
        break;
      // The meter has no error, and alarms last as long as their causes.
      case 'zeroCurrent':
      case 'clearAlarms':
        break;
    }
  }

  /** Simulates the time from the last call up to now. */
  private catchUp(): void {
    const { model } = this;
    const now = ((this.clock.monotonic() - this.start) / 1000) * this.speed;
    model.seconds = Math.max(model.seconds, now - LONGEST_ABSENCE_S);
    const span = now - model.seconds;
    if (span <= 0) return;
    const steps = Math.ceil(Math.min(span / STEP_S, MOST_STEPS));
    for (let i = 0; i < steps; i++) model.step(span / steps);
    model.seconds = now; // not the sum of the steps, which rounding has moved a little
    model.settle();
  }

  private electrical(): Reading {
    const { cells, gauge, ratings, current } = this.model;
    const cellVoltages = cells.voltages.map((voltage) => round(voltage, 3));
    return {
      voltage: round(sum(cellVoltages), 3),
      current: round(current, 2),
      soc: round(gauge.soc, 1),
      soh: round(gauge.health, 0),
      remainingCapacity: round(gauge.remaining, 2),
      fullCapacity: round(gauge.full, 2),
      designCapacity: this.nominal ?? ratings.capacity,
      cellCount: ratings.cells,
      cellVoltages,
      cellResistances: cells.resistances.map((resistance) => round(resistance, 6)),
      chargeVoltageLimit: round(ratings.chargeVoltage, 2),
      chargeCurrentLimit: round(ratings.chargeCurrent, 1),
      dischargeVoltageLimit: round(ratings.dischargeVoltage, 2),
      dischargeCurrentLimit: round(ratings.dischargeCurrent, 1),
    };
  }

  private permitted(): Reading {
    const balancingCells = this.model.cells.bled;
    return {
      chargeEnabled: this.model.conducts('charge'),
      dischargeEnabled: this.model.conducts('discharge'),
      balancing: balancingCells.length > 0,
      balancingCells,
      balanceCurrent: this.model.cells.bleedCurrent,
      heating: this.model.heating,
      ...this.userSettings(),
      chargerConnected: this.model.connected.charger,
      loadConnected: this.model.connected.load,
      digitalInputs: [false, false, false, false],
      alarms: this.alarms(),
    };
  }

  /** The settings of its user. */
  private userSettings(): Reading {
    const { charge, discharge, balancing, heating } = this.model.wanted;
    return { chargeSwitch: charge, dischargeSwitch: discharge, balancingSwitch: balancing, heatingSwitch: heating };
  }

  private alarms(): Alarm[] {
    const { guard, wanted } = this.model;
    return wanted.charge && wanted.discharge ? guard.alarms : [...guard.alarms, alarm('software_lock', 'warning')];
  }

  private warmth(): Reading {
    const { sensors, mosTemperature, ambient } = this.model.thermal;
    return {
      temperatures: sensors.map((temperature) => round(temperature, 1)),
      mosTemperature: round(mosTemperature, 1),
      ambientTemperature: round(ambient, 1),
    };
  }

  /** Lifetime counters and identity of the board. */
  private history(): Reading {
    const { gauge, guard, seconds } = this.model;
    return {
      cycles: gauge.cycles,
      cycleCapacity: round(gauge.throughput, 1),
      chargedCapacity: round(gauge.charged, 1),
      dischargedCapacity: round(gauge.throughput, 1),
      runtime: this.past.runtime + Math.floor(seconds),
      timeSinceCharge: Math.floor(seconds - this.model.chargedAt),
      errorCounts: { ...guard.counts, systemRestarts: this.restarts },
      ...this.identity,
    };
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
