/*
 * Loaded before a program (`node --require`), makes its time pass faster: clocks and timers of the process alike, so that all keeps
 * its proportion. `OPENBMS_CLOCK_FACTOR` says how much. Timers of sockets inside Node.js stay as they are.
 */
const factor = Number(process.env['OPENBMS_CLOCK_FACTOR'] ?? 1);
const { setTimeout: realTimeout, setInterval: realInterval } = globalThis;
const RealDate = Date;
const start = RealDate.now();
const realNow = performance.now.bind(performance);
const startNow = realNow();

performance.now = () => startNow + (realNow() - startNow) * factor;

globalThis.Date = class extends RealDate {
  constructor(...values: readonly unknown[]) {
    super(...((values.length === 0 ? [fastNow()] : values) as [number]));
  }

  static override now(): number {
    return fastNow();
  }
} as DateConstructor;

function fastNow(): number {
  return start + (RealDate.now() - start) * factor;
}

globalThis.setTimeout = Object.assign(
  (action: (...values: unknown[]) => void, delay = 0, ...values: unknown[]) =>
    realTimeout(action, delay / factor, ...values),
  realTimeout,
);
globalThis.setInterval = Object.assign(
  (action: (...values: unknown[]) => void, delay = 0, ...values: unknown[]) =>
    realInterval(action, delay / factor, ...values),
  realInterval,
);

export {};
