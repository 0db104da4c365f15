import type { Reading } from '../reading';
import { isLive, type PackView } from './pack-view';
import { greatest, least, mean, present, sum, whole } from './numbers';
import type { BankReading } from './reading';

/** A pack with the place of its cells in the bank. */
interface Placed {
  readonly name: string;
  /** undefined: it gives no values */
  readonly values: Readonly<Reading> | undefined;
  /** cells of the packs before it; undefined while one of those was never seen */
  readonly before: number | undefined;
  /** sensors that it has, or had when it was last seen */
  readonly sensors: number;
}

/**
 * Cells and sensors of a bank, numbered over all packs in the order of the settings (bank.md 2): the same for packs in
 * parallel and in series.
 * @param views of all packs that are not excluded
 * @param gives names of the packs that give values
 */
export function cellsOf(views: readonly PackView[], gives: ReadonlySet<string>): BankReading {
  const placed = placesOf(views, gives);
  const values = present(placed.map((pack) => pack.values));
  return {
    cellCount: sumOf(whole(values.map(({ cellCount }) => cellCount))),
    ...listsOf(placed),
    ...extremesOf(placed),
    ...temperaturesOf(placed, values),
    packDeltaMax: greatest(present(values.map(({ cellVoltageDelta }) => cellVoltageDelta))),
  };
}

const sumOf = (values: readonly number[] | undefined): number | undefined =>
  values === undefined ? undefined : sum(values);

function placesOf(views: readonly PackView[], gives: ReadonlySet<string>): Placed[] {
  let before: number | undefined = 0;
  return views.map(({ pack, reading, memory }): Placed => {
    const values = isLive(memory) && gives.has(pack.name) ? reading : undefined;
    const place = { name: pack.name, values, before, sensors: memory.sensors ?? 0 };
    before = before === undefined || memory.cells === undefined ? undefined : before + memory.cells;
    return place;
  });
}

/** Lists one after the other while every pack has its own: a gap would shift every number. */
function listsOf(placed: readonly Placed[]): Reading {
  const joined = (key: 'cellVoltages' | 'cellResistances'): number[] | undefined =>
    whole(placed.map(({ values }) => values?.[key]))?.flat();
  const balanced = whole(
    placed.map(({ values, before }) =>
      before === undefined ? undefined : values?.balancingCells?.map((cell) => cell + before),
    ),
  );
  return {
    cellVoltages: joined('cellVoltages'),
    cellResistances: joined('cellResistances'),
    balancingCells: balanced?.flat(),
  };
}

type CellKey = 'cellVoltageMin' | 'cellVoltageMax';

/** The pack with the lowest or highest cell: the first one on a tie. */
function extreme(placed: readonly Placed[], key: CellKey, sign: 1 | -1): Placed | undefined {
  let found: { pack: Placed; value: number } | undefined;
  for (const pack of placed) {
    const value = pack.values?.[key];
    if (value !== undefined && (found === undefined || sign * value < sign * found.value)) found = { pack, value };
  }
  return found?.pack;
}

function numberIn(pack: Placed | undefined, key: 'minCell' | 'maxCell'): number | undefined {
  const own = pack?.values?.[key];
  return own === undefined || pack?.before === undefined ? undefined : own + pack.before;
}

function extremesOf(placed: readonly Placed[]): BankReading {
  const lowest = extreme(placed, 'cellVoltageMin', 1);
  const highest = extreme(placed, 'cellVoltageMax', -1);
  const min = lowest?.values?.cellVoltageMin;
  const max = highest?.values?.cellVoltageMax;
  return {
    cellVoltageMin: min,
    cellVoltageMax: max,
    cellVoltageAverage: cellAverage(placed),
    cellVoltageDelta: min === undefined || max === undefined ? undefined : max - min,
    minCell: numberIn(lowest, 'minCell'),
    maxCell: numberIn(highest, 'maxCell'),
    minCellPack: lowest?.name,
    maxCellPack: highest?.name,
  };
}

function cellAverage(placed: readonly Placed[]): number | undefined {
  const packs = placed.flatMap(({ values }) => {
    const { cellVoltageAverage: average, cellCount: count } = values ?? {};
    return average === undefined || count === undefined || count <= 0 ? [] : [{ average, count }];
  });
  const cells = sum(packs.map(({ count }) => count));
  return cells === 0 ? undefined : sum(packs.map(({ average, count }) => (average * count) / cells));
}

/** The list keeps a place for every sensor of a pack that gives no values; where a pack has no list, there is none. */
function temperaturesOf(placed: readonly Placed[], values: readonly Readonly<Reading>[]): Reading {
  const lists = whole(
    placed.map((pack) => (pack.values === undefined ? nulls(pack.sensors) : pack.values.temperatures)),
  );
  const ownOr = (key: 'temperatureMin' | 'temperatureMax' | 'temperatureAverage'): number[] =>
    values.flatMap((each) => {
      const connected = (each.temperatures ?? []).filter((sensor): sensor is number => sensor !== null);
      return connected.length > 0 ? connected : present([each[key]]);
    });
  return {
    temperatures: values.some(({ temperatures }) => temperatures !== undefined) ? lists?.flat() : undefined,
    temperatureMin: least(ownOr('temperatureMin')),
    temperatureMax: greatest(ownOr('temperatureMax')),
    temperatureAverage: mean(ownOr('temperatureAverage')),
  };
}

const nulls = (count: number): null[] => Array.from({ length: count }, () => null);
