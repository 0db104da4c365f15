/** The grid has a point at every percent, and so has each row of a table. */
const GRID_PER_UNIT = 100;

/** A function of the state of charge, from a table, looked up in constant time: the model asks for every cell and step. */
export class Curve {
  /** the range of the table, as a fraction of the capacity */
  readonly min: number;
  readonly max: number;

  private readonly grid: Float64Array;

  /** @param rows [%, value], rising, at whole percents */
  constructor(rows: readonly (readonly [number, number])[]) {
    const first = rows[0]?.[0] ?? 0;
    const last = rows[rows.length - 1]?.[0] ?? 0;
    this.min = first / 100;
    this.max = last / 100;
    this.grid = Float64Array.from({ length: last - first + 1 }, (_, i) => interpolate(rows, first + i));
  }

  /** @param soc fraction; beyond the table its first or last value holds */
  at(soc: number): number {
    const place = this.place(soc);
    const left = this.left(place);
    const value = this.grid[left] ?? 0;
    return value + (place - left) * ((this.grid[left + 1] ?? value) - value);
  }

  /** How steep the curve is there: change of the value per whole capacity. */
  slope(soc: number): number {
    const left = this.left(this.place(soc));
    return ((this.grid[left + 1] ?? 0) - (this.grid[left] ?? 0)) * GRID_PER_UNIT;
  }

  private place(soc: number): number {
    return (Math.min(this.max, Math.max(this.min, soc)) - this.min) * GRID_PER_UNIT;
  }

  private left(place: number): number {
    return Math.min(Math.floor(place), this.grid.length - 2);
  }
}

function interpolate(rows: readonly (readonly [number, number])[], percent: number): number {
  let below = rows[0] ?? [0, 0];
  for (const row of rows) {
    if (row[0] >= percent) {
      const span = row[0] - below[0];
      return span === 0 ? row[1] : below[1] + ((row[1] - below[1]) * (percent - below[0])) / span;
    }
    below = row;
  }
  return below[1];
}
