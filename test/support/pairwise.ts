import { seeded } from '../../src/simulator/seeded';

/** Parameters and the values that each may have. */
export type Parameters = Readonly<Record<string, readonly unknown[]>>;

export type Row<P extends Parameters> = { readonly [K in keyof P]: P[K][number] };

/** A value of one parameter, by their places. */
interface Choice {
  readonly parameter: number;
  readonly value: number;
}

/** Whether two values of two parameters can be met together; asked in both orders, false in one is no. */
export type Meets<P extends Parameters> = (row: Partial<Row<P>>) => boolean;

/** Rows that are begun for each that is taken: the one with the most new pairs. */
const CANDIDATES = 12;

/**
 * A covering array of strength 2: few rows in which every value of every parameter meets every value of every other at
 * least once. Greedy, and always the same for a seed.
 * @param meets false where a combination makes no sense; given rows of two parameters, and such a pair is never in a row
 */
export function pairwise<P extends Parameters>(parameters: P, meets: Meets<P> = () => true, seed = 1): Row<P>[] {
  const names = Object.keys(parameters);
  const sizes = names.map((name) => parameters[name]?.length ?? 0);
  const random = seeded(seed);
  const nameOf = (parameter: number): string => names[parameter] ?? '';
  const valueOf = ({ parameter, value }: Choice): unknown => parameters[nameOf(parameter)]?.[value];
  const keyOf = (a: Choice, b: Choice): string => {
    const [first, second] = a.parameter < b.parameter ? [a, b] : [b, a];
    return `${first.parameter}:${first.value} ${second.parameter}:${second.value}`;
  };

  const possible = new Set<string>();
  const open = new Map<string, readonly [Choice, Choice]>();
  for (const [i, size] of sizes.entries()) {
    for (let j = i + 1; j < sizes.length; j++) {
      for (let v = 0; v < size; v++) {
        for (let w = 0; w < (sizes[j] ?? 0); w++) {
          const pair = [
            { parameter: i, value: v },
            { parameter: j, value: w },
          ] as const;
          const row = Object.fromEntries(pair.map((choice) => [nameOf(choice.parameter), valueOf(choice)]));
          if (!meets(row as Partial<Row<P>>)) continue;
          possible.add(keyOf(...pair));
          open.set(keyOf(...pair), pair);
        }
      }
    }
  }

  /** A whole row that holds some choices; undefined when they leave a parameter without a value. */
  const complete = (begun: readonly Choice[]): Choice[] | undefined => {
    const row = [...begun];
    const rest = shuffled(
      names.map((_, i) => i).filter((i) => !begun.some(({ parameter }) => parameter === i)),
      random,
    );
    for (const parameter of rest) {
      let best: { choice: Choice; gain: number } | undefined;
      for (const value of shuffled([...Array(sizes[parameter] ?? 0).keys()], random)) {
        const choice = { parameter, value };
        if (!row.every((other) => possible.has(keyOf(choice, other)))) continue;
        const gain = row.filter((other) => open.has(keyOf(choice, other))).length;
        if (best === undefined || gain > best.gain) best = { choice, gain };
      }
      if (best === undefined) return undefined;
      row.push(best.choice);
    }
    return row;
  };
  const pairsOf = (row: readonly Choice[]): string[] => row.flatMap((a, i) => row.slice(i + 1).map((b) => keyOf(a, b)));

  const rows: Row<P>[] = [];
  for (let next = open.values().next(); next.done !== true; next = open.values().next()) {
    let best: { row: Choice[]; gain: number } | undefined;
    for (let i = 0; i < CANDIDATES; i++) {
      const row = complete(next.value);
      const gain = row === undefined ? 0 : pairsOf(row).filter((key) => open.has(key)).length;
      if (row !== undefined && (best === undefined || gain > best.gain)) best = { row, gain };
    }
    // A pair that fits into no row at all, because of what else it rules out.
    if (best === undefined) open.delete(keyOf(...next.value));
    else {
      for (const key of pairsOf(best.row)) open.delete(key);
      const byName = [...best.row].sort((a, b) => a.parameter - b.parameter);
      rows.push(Object.fromEntries(byName.map((choice) => [nameOf(choice.parameter), valueOf(choice)])) as Row<P>);
    }
  }
  return rows;
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
