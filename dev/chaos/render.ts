/** Renders one run, with its problems, and the summary of all runs. */
import { counted } from '../../text/numbers.js';
import { addCount, type RunReport } from './report.js';

/** `kill 3, stall 1`, sorted by name. */
function namesAndCounts(counts: Readonly<Record<string, number>>): string {
  const names = Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1));
  return names.length === 0 ? 'none' : names.map(([name, number]) => `${name} ${number}`).join(', ');
}

/** One run for the terminal. */
export function renderRun(report: RunReport): string {
  const { seed, days, files, events, problems, failures, audit, place, workers, starts } = report;
  const parts = [
    `seed ${seed}: ${problems.length === 0 ? 'equal' : 'DIFFERENT'}, ${report.seconds.toFixed(1)} s`,
    `${place}, ${counted(workers, 'worker')}${report.twoBuilds ? ' of two builds' : ''}`,
    `${counted(days, 'day')}, ${counted(files, 'file')}, ${counted(events, 'event')}`,
    counted(starts, 'start'),
    `audit ${audit === 'clean' ? audit : 'NOT CLEAN'}`,
  ];
  if (report.storms > 1) parts.splice(1, 0, counted(report.storms, 'storm'));
  const lines = [parts.join(' · ')];
  lines.push(`  disturbances: ${namesAndCounts(report.disturbances)}`);
  lines.push(`  faults of storage calls: ${namesAndCounts(report.faults)}`);
  lines.push(
    `  upkeep after the storm: ${namesAndCounts(report.upkeep)}; rows counted ${report.counts.done} times, failed ${report.counts.failed} times`,
  );
  const phases = Object.entries(report.phases).map(([name, seconds]) => `${name} ${seconds.toFixed(1)} s`);
  lines.push(`  ${phases.join(', ')}`);
  for (const what of report.notTried) lines.push(`  not possible: ${what}`);
  for (const failure of failures) lines.push(`  a backfill failed and was restarted: ${failure}`);
  for (const problem of problems) lines.push(`  ${problem}`);
  if (problems.length > 0) lines.push(`  kept: ${report.directory}`);
  return lines.join('\n');
}

/** All runs for the terminal. */
export function renderSummary(reports: readonly RunReport[]): string {
  const disturbances: Record<string, number> = {};
  const faults: Record<string, number> = {};
  const steps: Record<string, number> = {};
  const places: Record<string, number> = {};
  for (const report of reports) {
    addCount(places, report.place);
    if (report.twoBuilds) addCount(places, 'two builds');
    for (const [name, number] of Object.entries(report.disturbances)) addCount(disturbances, name, number);
    for (const [name, number] of Object.entries(report.faults)) addCount(faults, name, number);
    for (const [step, kinds] of Object.entries(report.steps))
      for (const number of Object.values(kinds)) addCount(steps, step, number);
  }
  const different = reports.filter(({ problems }) => problems.length > 0);
  const seconds = reports.reduce((all, report) => all + report.seconds, 0);
  return [
    '',
    `${counted(reports.length, 'run')} (${namesAndCounts(places)}): ${reports.length - different.length} equal, ${different.length} different, ${seconds.toFixed(0)} s`,
    `Disturbances: ${namesAndCounts(disturbances)}`,
    `Faults of storage calls: ${namesAndCounts(faults)}`,
    `Faults by step: ${namesAndCounts(steps)}`,
    ...(different.length > 0 ? [`Different: ${different.map(({ seed }) => `--seed ${seed}`).join(', ')}`] : []),
  ].join('\n');
}
