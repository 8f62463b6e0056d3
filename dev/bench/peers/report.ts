/** Prints what was measured, as tables or as JSON. */
import type { Skipped } from './contenders.js';
import type { Dataset } from './dataset.js';
import type { Breakdown } from './profile.js';
import { STAGES } from './stages.js';
import { type Contest, median, QUANTITIES, type Quantity, summarize } from './statistics.js';
import type { TrailmillCost } from './trailmill.js';

/** Everything that a run of the benchmark has found. */
export interface Results {
  dataset: Dataset;
  rounds: number;
  /** How the processes were bound to cores. */
  binding: string;
  contests: Contest[];
  skipped: Skipped[];
  /** Differences between outputs. */
  differences: string[];
  breakdown?: Breakdown;
}

const TITLES: Record<Quantity, string> = {
  cpuSeconds: 'CPU s',
  wallSeconds: 'wall s',
  peakMegabytes: 'peak MB',
  outputMegabytes: 'output MB',
};
const TOP_SHOWN = 10;

/** The results as one JSON value. */
export function toJson(results: Results): string {
  const { summaries, references } = summarize(results.contests);
  const contenders = results.contests.map((contest) => ({ ...contest, ...summaries.get(contest.name) }));
  const { contests, ...rest } = results;
  return JSON.stringify({ node: process.version, ...rest, contenders, references });
}

/** The results as text. */
export function toText(results: Results): string {
  const { dataset, rounds, binding, skipped, differences, breakdown } = results;
  const lines = [
    `${count(dataset.files)} files (from ${dataset.source}), ${count(dataset.events)} events of ${dataset.from} to ${dataset.to}, ` +
      `${megabytes(dataset.storedBytes)} MB stored, ${megabytes(dataset.bytes)} MB of JSON`,
    `Node ${process.version}; ${rounds} rounds, interleaved; ${binding}`,
    '',
  ];
  if (rounds > 0) lines.push(...contestTable(results), '');
  for (const { name, reason } of skipped) lines.push(`*** SKIPPED: ${name}. ${reason}`);
  if (differences.length > 0) lines.push('*** THE OUTPUTS DIFFER:', ...differences);
  else if (rounds > 0) lines.push('The outputs agree: events, distinct ids, sums of times and of lengths of texts.');
  if (breakdown !== undefined) lines.push('', ...stageLines(breakdown, dataset.events));
  return lines.join('\n');
}

/** Rows of contenders: median, range and ratio of each quantity. */
function contestTable({ contests }: Results): string[] {
  const { summaries, references } = summarize(contests);
  const head = QUANTITIES.flatMap((quantity) => [TITLES[quantity], 'range', 'ratio']);
  const rows = contests.map(({ name }) => {
    const cells = QUANTITIES.flatMap((quantity) => {
      const summary = summaries.get(name)?.[quantity];
      if (summary === undefined) return ['–', '', ''];
      const { least, most, ratio } = summary;
      return [figure(summary.median), `${figure(least)}–${figure(most)}`, ratio === undefined ? '' : ratio.toFixed(2)];
    });
    return row(name, cells);
  });
  const against = QUANTITIES.flatMap((quantity) => {
    const name = references[quantity];
    return name === undefined ? [] : [`${TITLES[quantity]}: ${name}`];
  });
  return [
    row('', head),
    ...rows,
    '',
    ...(against.length === 0 ? [] : [`Ratios are against the best of DuckDB 1.5.5 and chDB. ${against.join('; ')}.`]),
    ...trailmillLines(contests),
  ];
}

function trailmillLines(contests: readonly Contest[]): string[] {
  const costs = contests.flatMap((contest) => contest.costs as readonly TrailmillCost[]);
  const own = costs.filter(({ serverCpuSeconds }) => serverCpuSeconds !== undefined);
  if (own.length === 0) return [];
  const middle = (of: (cost: TrailmillCost) => number): string => figure(median(own.map(of)));
  return [
    `Trailmill's figures are those of the worker process. Beside it, the Temporal server: ${middle((cost) => cost.serverCpuSeconds)} CPU s. ` +
      `Its output are the data files of the events; the whole warehouse has ${middle((cost) => cost.warehouseMegabytes)} MB. ` +
      'Its wall time is that of the backfill, without the start of the worker, which is in its CPU time.',
  ];
}

function stageLines({ cost, stages, functions, threads }: Breakdown, events: number): string[] {
  const whole = cost.cpuSeconds;
  const line = (name: string, seconds: number): string =>
    row(name, [seconds.toFixed(2), `${((seconds / whole) * 100).toFixed(1)} %`, ((seconds / events) * 1e6).toFixed(2)]);
  return [
    'Trailmill by stage, in a run of its own with profiles:',
    row('', ['CPU s', 'share', 'µs/event']),
    ...STAGES.map((stage) => line(stage, stages[stage])),
    line('worker process', whole),
    line('Temporal server', cost.serverCpuSeconds),
    '',
    `Threads: ${Object.entries(threads)
      .map(([name, seconds]) => `${name} ${seconds.toFixed(1)} s`)
      .join(', ')}`,
    '',
    'Functions with the most time of their own:',
    ...functions
      .slice(0, TOP_SHOWN)
      .map(({ name, stage, seconds }) => `${seconds.toFixed(2).padStart(8)} s  ${stage}: ${name}`),
  ];
}

function figure(value: number): string {
  return value < 100 ? value.toFixed(1) : value.toFixed(0);
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function megabytes(bytes: number): string {
  return count(Math.round(bytes / 1e6));
}

function row(name: string, cells: readonly string[]): string {
  return name.padEnd(24) + cells.map((cell) => cell.padStart(11)).join('');
}
