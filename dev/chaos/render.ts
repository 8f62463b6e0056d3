/** A run as a line, with what went wrong below it; and all of them as a table. */
import type { RunReport } from './run.js';

const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

function faultsOf(faults: Readonly<Record<string, number>>): string {
  const drawn = Object.entries(faults).filter(([name]) => !name.startsWith('die'));
  const total = drawn.reduce((sum, [, count]) => sum + count, 0);
  const kinds = drawn.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, count]) => `${name} ${count}`);
  return kinds.length === 0 ? 'no faults' : `${plural(total, 'fault')} (${kinds.join(', ')})`;
}

export function renderRun(report: RunReport): string {
  const { seed, days, files, events, kills, deaths, problems, failures, audit } = report;
  const verdict = problems.length === 0 ? 'equal' : 'DIFFERENT';
  const parts = [
    `seed ${seed}: ${verdict}, ${report.seconds.toFixed(1)} s`,
    `${plural(days, 'day')}, ${plural(files, 'file')}, ${plural(events, 'event')}`,
    `${plural(kills, 'kill')} (${deaths} at a storage call)`,
    plural(report.serverRestarts, 'server restart'),
    plural(report.terminations, 'termination'),
    `${plural(report.starts, 'start')}, ${plural(report.overlaps, 'overlap')}`,
    plural(report.lateFiles, 'late file'),
    faultsOf(report.faults),
    `audit ${audit === 'clean' ? audit : 'NOT CLEAN'}`,
  ];
  if (report.storms > 1) parts.splice(1, 0, plural(report.storms, 'storm'));
  const lines = [parts.join(' · ')];
  const phases = Object.entries(report.phases).map(([name, seconds]) => `${name} ${seconds.toFixed(1)} s`);
  lines.push(`  ${phases.join(', ')}`);
  for (const failure of failures) lines.push(`  a backfill failed and was started again: ${failure}`);
  for (const problem of problems) lines.push(`  ${problem}`);
  if (problems.length > 0) lines.push(`  kept: ${report.directory}`);
  return lines.join('\n');
}

export function renderSummary(reports: readonly RunReport[]): string {
  const sum = (of: (report: RunReport) => number): number => reports.reduce((all, report) => all + of(report), 0);
  const faults: Record<string, number> = {};
  const steps = new Map<string, number>();
  for (const report of reports) {
    for (const [name, count] of Object.entries(report.faults)) faults[name] = (faults[name] ?? 0) + count;
    for (const [step, kinds] of Object.entries(report.steps)) {
      const all = Object.values(kinds).reduce((total, count) => total + count, 0);
      steps.set(step, (steps.get(step) ?? 0) + all);
    }
  }
  const different = reports.filter(({ problems }) => problems.length > 0);
  const counts = [
    `${plural(
      sum(({ kills }) => kills),
      'kill',
    )} (${sum(({ deaths }) => deaths)} at a storage call)`,
    plural(
      sum(({ serverRestarts }) => serverRestarts),
      'server restart',
    ),
    plural(
      sum(({ terminations }) => terminations),
      'termination',
    ),
    faultsOf(faults),
  ];
  const byStep = [...steps].sort(([, a], [, b]) => b - a).map(([step, count]) => `${step} ${count}`);
  return [
    '',
    `${plural(reports.length, 'run')}: ${reports.length - different.length} equal, ${different.length} different, ${sum(({ seconds }) => seconds).toFixed(0)} s`,
    counts.join(' · '),
    `Faults and deaths by step: ${byStep.join(', ') || 'none'}`,
    ...(different.length > 0 ? [`Different: ${different.map(({ seed }) => `--seed ${seed}`).join(', ')}`] : []),
  ].join('\n');
}
