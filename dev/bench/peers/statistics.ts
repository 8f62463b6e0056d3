/** Medians, ranges and ratios of what was measured in several rounds. */

/** The cost of one run of a contender. */
export interface Cost {
  /** User and system time of the process, its threads and its children. */
  cpuSeconds: number;
  wallSeconds: number;
  peakMegabytes: number;
  /** Size of what was written; absent for contenders that write nothing. */
  outputMegabytes?: number;
}

/** The measured quantities, in display order. */
export const QUANTITIES = ['cpuSeconds', 'wallSeconds', 'peakMegabytes', 'outputMegabytes'] as const;
export type Quantity = (typeof QUANTITIES)[number];

/** A quantity over all rounds. */
export interface Summary {
  median: number;
  least: number;
  most: number;
  /** Median against the smallest median of the references. Absent if no reference has the quantity. */
  ratio?: number;
}

/** All rounds of one contender. */
export interface Contest {
  name: string;
  /** Whether others are compared with it. */
  isReference: boolean;
  costs: readonly Cost[];
}

/** A contender's quantities. */
export type Summaries = Partial<Record<Quantity, Summary>>;

/** The middle value; of an even number of values, the mean of the two in the middle. `NaN` for no values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** The summaries of each contender by name, and which reference the ratios of each quantity are against. */
export function summarize(contests: readonly Contest[]): {
  summaries: Map<string, Summaries>;
  references: Partial<Record<Quantity, string>>;
} {
  const summaries = new Map<string, Summaries>(contests.map(({ name }) => [name, {}]));
  const references: Partial<Record<Quantity, string>> = {};
  for (const quantity of QUANTITIES) {
    let best: number | undefined;
    for (const { name, costs, isReference } of contests) {
      const values = costs.map((cost) => cost[quantity]).filter((value) => value !== undefined);
      if (values.length === 0) continue;
      const summary = { median: median(values), least: Math.min(...values), most: Math.max(...values) };
      (summaries.get(name) as Summaries)[quantity] = summary;
      if (!isReference || (best !== undefined && best <= summary.median)) continue;
      best = summary.median;
      references[quantity] = name;
    }
    if (best === undefined) continue;
    for (const all of summaries.values()) {
      const summary = all[quantity];
      if (summary !== undefined) summary.ratio = summary.median / best;
    }
  }
  return { summaries, references };
}
