/** The measurements as text. */
import type { StepCost } from './child.js';
import type { CommitsMeasured } from './commits.js';
import type { SampleMeasured, Searches } from './sample.js';
import type { TableState } from './state.js';
import type { YearsMeasured } from './years.js';

const TABLE_COLUMNS: readonly [string, (state: TableState) => number, number?][] = [
  ['rows', ({ rows }) => rows],
  ['data files', ({ dataFiles }) => dataFiles],
  ['ideal', ({ idealFiles }) => idealFiles],
  ['deletes', ({ deleteFiles }) => deleteFiles],
  ['data MB', ({ dataBytes }) => dataBytes / 1e6, 1],
  ['manifests', ({ manifests }) => manifests],
  ['snapshots', ({ snapshots }) => snapshots],
  ['metadata MB', ({ metadataBytes }) => metadataBytes / 1e6, 2],
  ['all objects', ({ objects }) => objects],
  ['all MB', ({ bytes }) => bytes / 1e6, 1],
];

const number = (value: number, digits = 0): string =>
  value.toLocaleString('en-US', { maximumFractionDigits: digits, minimumFractionDigits: digits });

/** The tables that have rows, one a line. */
function states(title: string, all: readonly TableState[]): void {
  console.log(`\n${title.padEnd(28)}${TABLE_COLUMNS.map(([name]) => name.padStart(12)).join('')}`);
  for (const state of all)
    if (state.rows > 0)
      console.log(
        state.table.padEnd(28) + TABLE_COLUMNS.map(([, of, digits]) => number(of(state), digits).padStart(12)).join(''),
      );
}

const cost = ({ cpuSeconds, seconds, peakMegabytes }: StepCost): string =>
  `${number(cpuSeconds, 1)} CPU s, ${number(seconds, 1)} s, ${number(peakMegabytes)} MB at the peak`;

/** Prints what `commits` has measured. */
export function reportCommits(measured: CommitsMeasured): void {
  const { runs, commits, events, repeats, ingestCpu, firstRunsMs, lastRunsMs, upkeepCpu, workArea } = measured;
  console.log(
    `${number(commits)} commits of ${number(runs)} runs: ${number(events)} events, ${number(repeats)} delivered again`,
  );
  console.log(
    `runs: ${number(ingestCpu, 1)} CPU s; each ${number(firstRunsMs)} ms at first, ${number(lastRunsMs)} ms at last`,
  );
  states('before', measured.before);
  states('after upkeep', measured.after);
  states('after another, days later', measured.later);
  for (const { compact, tidy } of upkeepCpu)
    console.log(`upkeep: ${number(compact, 1)} CPU s of compaction, ${number(tidy, 1)} of the rest`);
  for (const [when, { objects, bytes }] of Object.entries(workArea))
    console.log(`work area ${when}: ${number(objects)} objects, ${number(bytes / 1e6, 2)} MB`);
  console.log(
    `rows are ${measured.sameRows ? 'the same' : 'NOT THE SAME'}, audits found ${measured.differences.join(', ')} differences, ` +
      `later runs added ${measured.tooManyRows} extra rows`,
  );
}

/** Prints what `years` has measured. */
export function reportYears(measured: YearsMeasured): void {
  const { days, share, upkeep, laterUpkeep, runBefore, runAfter, runEmpty, cpuRatio, wallRatio } = measured;
  console.log(`${number(days)} days of hourly runs, with ${share} of the usual files`);
  states('before', measured.before);
  states('after upkeep', measured.after);
  states('after another, days later', measured.later);
  console.log(`upkeep: ${cost(upkeep)}; days later: ${cost(laterUpkeep)}`);
  console.log(`a run before upkeep: ${cost(runBefore)}`);
  console.log(`a run after upkeep: ${cost(runAfter)}`);
  console.log(`the same run on an empty warehouse: ${cost(runEmpty)}`);
  console.log(`ratio: ${number(cpuRatio, 2)} of CPU time, ${number(wallRatio, 2)} of time`);
}

/** Prints what `sample` has measured. */
export function reportSample({ days, events, ingestCpu, upkeep, before, after }: SampleMeasured): void {
  console.log(`${number(days)} days, ${number(events)} events: ${number(ingestCpu, 1)} CPU s in daily runs`);
  console.log(`upkeep: ${number(upkeep.compact, 1)} CPU s of compaction, ${number(upkeep.tidy, 1)} of the rest`);
  for (const [when, { states: all, find, query }] of Object.entries({ before, after })) {
    states(when, all);
    console.log(`find ${when}: ${searches(find)}`);
    console.log(`query ${when}: ${searches(query)}`);
  }
}

const searches = ({ medianMs, p95Ms, cpuMs, requests, opened }: Searches): string =>
  `${number(medianMs)} ms (median), ${number(p95Ms)} ms (p95), ${number(cpuMs)} ms of CPU, ${requests} requests, ${opened} data files`;
