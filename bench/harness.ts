/**
 * Rounds, interleaving, medians. All subjects of an entry run by turns within one run, so that whatever else the machine
 * does meets them alike; a figure is the median over the rounds, and what counts is the ratio of two figures.
 */

export type Figures = Readonly<Record<string, number>>;

export interface Subject {
  readonly name: string;
  measure(): Promise<Figures>;
}

export interface Row {
  readonly name: string;
  readonly [figure: string]: string | number;
}

export interface Entry {
  /** One line: what it measures. */
  readonly about: string;
  run(): Promise<readonly Row[]>;
}

/** The first round warms up and is not counted. Subjects take turns in going first. */
export async function interleave(rounds: number, subjects: readonly Subject[]): Promise<Row[]> {
  const seen = new Map<string, Figures[]>(subjects.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const subject of round % 2 === 0 ? subjects : subjects.toReversed()) {
      const figures = await subject.measure();
      if (round > 0) seen.get(subject.name)?.push(figures);
    }
  }
  return [...seen].map(([name, all]) => ({ name, ...medians(all) }));
}

function medians(all: readonly Figures[]): Figures {
  const names = Object.keys(all[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, median(all.map((figures) => figures[name] ?? 0))]));
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = 0, high = low] = sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1);
  return (low + high) / 2;
}

/** Three significant digits: more would be noise. */
export function rounded(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(3));
}
