/** Figures of one moment, by name. One that is missing is 0. */
export type Figures = Readonly<Record<string, number>>;

/** How much a figure may rise over half a run and still count as flat: a share of what it was, or so much. */
export interface Tolerance {
  share: number;
  atLeast: number;
  /**
   * Whether it may rise once: a heap does, by megabytes, when something is compiled or looked up for the first time late
   * in a short run. What leaks goes on rising.
   */
  onceIsFine?: boolean;
}

/** Samples that a run must have for its quarters to say something. */
const LEAST_SAMPLES = 16;

/**
 * What has grown during a run: the median of the last quarter against that of the second one, in whose time everything
 * has been loaded and warmed up. Medians, as faults come and go: a single high or low sample says nothing.
 * @param samples in equal distances over the whole run
 * @returns a sentence for each figure that has risen by more than its tolerance
 */
export function growth(samples: readonly Figures[], toleranceOf: (name: string) => Tolerance): string[] {
  if (samples.length < LEAST_SAMPLES) throw new Error(`${samples.length} samples are too few for a trend`);
  const quarter = Math.floor(samples.length / 4);
  const early = samples.slice(quarter, 2 * quarter);
  const later = samples.slice(2 * quarter, 3 * quarter);
  const late = samples.slice(-quarter);
  const names = [...new Set(samples.flatMap((sample) => Object.keys(sample)))];
  return names.flatMap((name) => {
    const [before, after] = [median(early, name), median(late, name)];
    const { share, atLeast, onceIsFine = false } = toleranceOf(name);
    const allowed = Math.max(atLeast, share * before);
    const between = median(later, name);
    const rise = onceIsFine ? 2 * Math.min(between - before, after - between) : after - before;
    if (rise <= allowed) return [];
    return [`${name} rose from ${shown(before)} to ${shown(after)}, by more than ${shown(allowed)}`];
  });
}

/** The medians of each quarter of a run, for people to read. */
export function quarters(samples: readonly Figures[]): Record<string, Figures> {
  const names = [...new Set(samples.flatMap((sample) => Object.keys(sample)))].sort();
  const cut = (index: number): number => Math.floor((index * samples.length) / 4);
  const row = (name: string): Figures =>
    Object.fromEntries(
      [0, 1, 2, 3].map((index) => [
        `quarter ${index + 1}`,
        Number(shown(median(samples.slice(cut(index), cut(index + 1)), name))),
      ]),
    );
  return Object.fromEntries(names.map((name) => [name, row(name)]));
}

function median(samples: readonly Figures[], name: string): number {
  const sorted = samples.map((sample) => sample[name] ?? 0).sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function shown(figure: number): string {
  return Number.isInteger(figure) ? String(figure) : figure.toFixed(2);
}
