/** The report of a run. */
import { existsSync, readFileSync } from 'node:fs';
import type { FaultEvent } from './faulty-store.js';
import type { PlaceName } from './places.js';
import type { StormOutcome } from './storm-types.js';

/** What was done in a run, and its findings. */
export interface RunReport extends StormOutcome {
  seed: number;
  directory: string;
  place: PlaceName;
  /** Number of concurrent workers. */
  workers: number;
  /** True if half of the workers are of another build. */
  twoBuilds: boolean;
  days: number;
  files: number;
  events: number;
  storms: number;
  /** Number of disturbances and network faults, by name. */
  disturbances: Record<string, number>;
  /** Number of faults of storage calls, by kind, and by step and kind. `die-…`: a worker died at such a call. */
  faults: Record<string, number>;
  steps: Record<string, Record<string, number>>;
  /** What upkeep did after the storms: compacted days, expired snapshots, removed files. */
  upkeep: Record<string, number>;
  /** How often a reader has counted all rows during the storms, and how often it could not. */
  counts: { done: number; failed: number };
  /** Disturbances that were not possible, with the reasons. */
  notTried: string[];
  /** `clean`, or the findings. */
  audit: string;
  /** Empty if the run was successful. */
  problems: string[];
  /** Milliseconds since the epoch. */
  startedAt: number;
  seconds: number;
  /** The seconds by phase. */
  phases: Record<string, number>;
}

/** The report of a run that has just started. */
export function emptyReport(of: Pick<RunReport, 'seed' | 'directory' | 'place' | 'workers' | 'twoBuilds'>): RunReport {
  return {
    ...of,
    ...{ days: 0, files: 0, events: 0, storms: 0, starts: 0, seconds: 0, startedAt: Date.now(), audit: '' },
    ...{ upkeep: {}, counts: { done: 0, failed: 0 } },
    ...{ disturbances: {}, faults: {}, steps: {}, notTried: [], failures: [], problems: [], phases: {} },
  };
}

/** Adds to the count of a name. */
export function addCount(counts: Record<string, number>, name: string, more = 1): void {
  counts[name] = (counts[name] ?? 0) + more;
}

/** Ends a phase: the time since the end of the previous one counts for it. */
export function endPhase(report: RunReport, name: string): void {
  const seconds = (Date.now() - report.startedAt) / 1000;
  addCount(report.phases, name, seconds - report.seconds);
  report.seconds = seconds;
}

/** Counts the faults of storage calls in the run's journal, including those of processes that were killed. */
export function countFaults(journal: string, report: RunReport): void {
  if (!existsSync(journal)) return;
  for (const line of readFileSync(journal, 'utf8').split('\n').slice(0, -1)) {
    const { fault, step } = JSON.parse(line) as Partial<FaultEvent>;
    if (fault === undefined || step === undefined) continue;
    addCount(report.faults, fault);
    report.steps[step] ??= {};
    addCount(report.steps[step], fault);
  }
}
