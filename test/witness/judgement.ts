import type { Reading } from '../../src/battery/reading';

/** More than this no pack holds, Ah. */
const CAPACITY_MAX = 20_000;

/** What a reading says against itself, whoever looks at it. */
export function contradictions(reading: Readonly<Reading>): string[] {
  const { voltage, cellVoltages, cellCount, balancingCells, remainingCapacity, fullCapacity, designCapacity } = reading;
  const faults: string[] = [];
  if (voltage !== undefined && cellVoltages !== undefined && cellVoltages.length > 0) {
    const total = cellVoltages.reduce((all, cell) => all + cell, 0);
    if (Math.abs(total - voltage) > 0.03 * Math.max(total, voltage) + 0.1)
      faults.push(`${voltage} V, cells of ${total.toFixed(2)} V`);
  }
  if (cellCount !== undefined && cellVoltages !== undefined && cellVoltages.length !== cellCount) {
    faults.push(`${cellCount} cells, ${cellVoltages.length} voltages`);
  }
  if (cellCount !== undefined && (balancingCells ?? []).some((cell) => cell > cellCount)) {
    faults.push(`cell ${balancingCells?.at(-1)} of ${cellCount} is balanced`);
  }
  if (remainingCapacity !== undefined && fullCapacity !== undefined && remainingCapacity > 1.2 * fullCapacity) {
    faults.push(`${remainingCapacity} of ${fullCapacity} Ah`);
  }
  for (const capacity of [remainingCapacity, fullCapacity, designCapacity]) {
    if ((capacity ?? 0) > CAPACITY_MAX) faults.push(`${capacity} Ah`);
  }
  return faults;
}

/** How far a value goes from one reading to the next, seconds apart, in a pack at its slow work. */
const STEPS: Readonly<Record<string, number>> = {
  ...{ voltage: 2, soc: 3, soh: 3, remainingCapacity: 3, fullCapacity: 3, designCapacity: 3, cycles: 1 },
  ...{ cycleCapacity: 3, mosTemperature: 10, balancerTemperature: 10, cellCount: 0 },
};
const CELL_STEP = 0.5;
const SENSOR_STEP = 10;

const TEXTS = ['model', 'hardwareVersion', 'softwareVersion', 'serialNumber', 'deviceName', 'manufactureDate'];

/** Whether a look at the reading before would have shown that a value is wrong. */
export function isShownByLast(key: string, now: unknown, last: Readonly<Reading> | undefined): boolean {
  const before = last?.[key as keyof Reading];
  if (before === undefined) return false;
  if (TEXTS.includes(key)) return now !== before;
  if (key === 'cellVoltages') return differs(now, before, CELL_STEP);
  if (key === 'temperatures') return differs(now, before, SENSOR_STEP);
  const step = STEPS[key];
  return step !== undefined && Math.abs(Number(now) - Number(before)) > step;
}

function differs(now: unknown, before: unknown, step: number): boolean {
  if (!Array.isArray(now) || !Array.isArray(before) || now.length !== before.length) return true;
  return now.some((value, i) => Math.abs(Number(value) - Number(before[i])) > step);
}
