/** Prints what was measured, as tables or as JSON. */
import type { Skipped } from './contenders.js';
import type { Dataset } from './dataset.js';
import type { Breakdown } from './profile.js';
import { STAGES } from './stages.js';
import { type Contest, median, QUANTITIES, type Quantity, type Summary, summarize } from './statistics.js';
import type { TrailmillCost } from './trailmill.js';

/** Everything that a run of the benchmark has found. */
export interface Results {
  dataset: Dataset;
  rounds: number;
  /** How the processes were bound to cores. */
  binding: string;
  contests: Contest[];
  skipped: Skipped[];
  /** How many outputs were compared, and their differences. */
  outputs: number;
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
  const { dataset, rounds, binding, skipped, outputs, differences, breakdown } = results;
  const lines = [
    `${count(dataset.files)} files (from ${dataset.source}), ${count(dataset.events)} events of ${dataset.from} to ${dataset.to}, ` +
      `${megabytes(dataset.storedBytes)} MB stored, ${megabytes(dataset.bytes)} MB of JSON`,
    `Node ${process.version}; ${rounds === 1 ? '1 round' : `${rounds} rounds, interleaved`}; ${binding}`,
    '',
  ];
  if (rounds > 0) lines.push(...contestTable(results), '');
  for (const { name, reason } of skipped) lines.push(`*** SKIPPED: ${name}. ${reason}`);
  if (differences.length > 0) lines.push('*** THE OUTPUTS DIFFER:', ...differences);
  else if (outputs < 2) lines.push('There were no two outputs to compare.');
  else lines.push(`All ${outputs} outputs agree: events, distinct ids, sums of times and of lengths of texts.`);
  if (breakdown !== undefined) lines.push('', ...stageLines(breakdown, dataset.events));
  return lines.join('\n');
}

/** Medians and ratios of the contenders, and below them their ranges. */
function contestTable({ contests }: Results): string[] {
  const { summaries, references } = summarize(contests);
  const rows = (cells: (summary: Summary | undefined) => string[]): string[] =>
    contests.map(({ name }) =>
      row(
        name,
        QUANTITIES.flatMap((quantity) => cells(summaries.get(name)?.[quantity])),
      ),
    );
  const against = QUANTITIES.flatMap((quantity) => {
    const name = references[quantity];
    return name === undefined ? [] : [`${TITLES[quantity]}: ${name}`];
  });
  return [
    row(
      'Medians',
      QUANTITIES.flatMap((quantity) => [TITLES[quantity], 'ratio']),
    ),
    ...rows((summary) => [figure(summary?.median), summary?.ratio?.toFixed(2) ?? '']),
    '',
    row(
      'Ranges',
      QUANTITIES.flatMap((quantity) => [TITLES[quantity], '']),
    ),
    ...rows((summary) => [figure(summary?.least), summary === undefined ? '' : `to ${figure(summary.most)}`]),
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
      `Its output is the data files of the events; the whole warehouse has ${middle((cost) => cost.warehouseMegabytes)} MB. ` +
      'Its wall time is that of the backfill, without the start of the worker, which is in its CPU time.',
  ];
}

function stageLines({ cost, stages, functions, threads }: Breakdown, events: number): string[] {
  const whole = cost.cpuSeconds;
  const line = (name: string, seconds: number): string =>
    row(name, [seconds.toFixed(2), `${((seconds / whole) * 100).toFixed(1)} %`, ((seconds / events) * 1e6).toFixed(2)]);
  return [
    'Trailmill by stage, in a separate run with profiles:',
    row('', ['CPU s', 'share', 'µs/event']),
    ...STAGES.map((stage) => line(stage, stages[stage])),
    line('worker process', whole),
    line('Temporal server', cost.serverCpuSeconds),
    '',
    `Threads: ${Object.entries(threads)
      .map(([name, seconds]) => `${name} ${seconds.toFixed(1)} s`)
      .join(', ')}`,
    '',
    'Functions with the most self time:',
    ...functions
      .slice(0, TOP_SHOWN)
      .map(({ name, stage, seconds }) => `${seconds.toFixed(2).padStart(8)} s  ${stage}: ${name}`),
  ];
}

function figure(value: number | undefined): string {
  if (value === undefined) return '–';
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
