import assert from 'node:assert/strict';
import { BmsError } from '../../src/battery/errors';
import type { Reading } from '../../src/battery/reading';
import { protocolById } from '../../src/codec';
import type { Protocol } from '../../src/codec/protocol';
import { Bus, type BusOptions } from '../../src/session/bus';
import { Device, type Condition, type DeviceOptions, type Snapshot } from '../../src/session/device';
import { SimulatedPack } from '../../src/simulator/pack';
import { FakeClock } from './fake-clock';
import { ScriptedLink, type Script } from './scripted-link';

export function known(id: string): Protocol {
  return protocolById(id) ?? assert.fail(id);
}

export interface BoardOptions {
  cells?: number;
  seed?: number;
  delayMs?: number;
  /** whether it answers a request to this address; to all unless said */
  hears?: (address: number) => boolean;
  /** what its readings have beside the pack's */
  more?: Reading;
}

/** A steady pack in fake time, and the script of a board on it. */
export function boardOf(clock: FakeClock, protocol: Protocol, options: BoardOptions = {}) {
  const { cells = 8, seed = 7, delayMs = 10, hears = () => true, more = {} } = options;
  const pack = new SimulatedPack({ cells, chemistry: 'lfp', scenario: 'steady', speed: 1, seed, clock });
  const script: Script = (request, reply) => {
    const served = protocol.emulate(request);
    if (served !== undefined && hears(served.address)) reply(served.answer({ ...pack.read(), ...more }, pack), delayMs);
  };
  return { pack, script };
}

export interface LineOptions extends Partial<Omit<DeviceOptions, 'clock'>> {
  clock?: FakeClock;
  /** the other end of the line; silent unless said */
  script?: Script;
  /** properties of the line */
  line?: Partial<ScriptedLink>;
  busOptions?: Partial<BusOptions>;
}

export interface BusLineOptions extends Partial<Omit<BusOptions, 'clock' | 'link'>> {
  clock?: FakeClock;
  /** properties of the line */
  line?: Partial<ScriptedLink>;
}

/** An open bus on a line in memory, whose other end is silent unless said. */
export function busOnLine(script?: Script, { clock = new FakeClock(), line, ...options }: BusLineOptions = {}) {
  const link = Object.assign(new ScriptedLink(clock, script ?? (() => undefined)), line);
  const bus = new Bus({ link, clock, ...options });
  bus.open();
  return { clock, link, bus };
}

/** A device on a line in memory, started; read on request only and of no known protocol, unless said. */
export function deviceOnLine({ clock = new FakeClock(), script, line, busOptions, ...options }: LineOptions = {}) {
  const link = Object.assign(new ScriptedLink(clock, script ?? (() => undefined)), line);
  const bus = new Bus({ link, clock, ...busOptions });
  const plain = { name: 'Bank', bus, protocol: undefined, address: undefined, pollIntervalMs: 0, clock };
  const device = new Device({ ...plain, ...options });
  const snapshots: Snapshot[] = [];
  const conditions: Condition[] = [];
  const phases: string[] = [];
  device.readings.subscribe((snapshot) => snapshots.push(snapshot));
  device.changed.subscribe((condition) => {
    conditions.push(condition);
    // With another reason it is the same phase.
    if (phases.at(-1) !== condition.phase) phases.push(condition.phase);
  });
  device.start();
  bus.open();
  /** Asks for a reading and lets time pass. */
  const read = async (ms = 60_000): Promise<Snapshot> => {
    const asked = device.read();
    asked.catch(() => undefined);
    await clock.tick(ms);
    return asked;
  };
  return { clock, link, bus, device, snapshots, conditions, phases, read };
}

/** The code of the error that a promise ends in, or 'done'. */
export function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'done',
    (error: unknown) => (error instanceof BmsError ? error.code : String(error)),
  );
}

/** The error that a promise ends in. */
export function errorOf(promise: Promise<unknown>): Promise<BmsError> {
  return promise.then(
    () => assert.fail('it succeeded'),
    (error: unknown) => (error instanceof BmsError ? error : assert.fail(String(error))),
  );
}
