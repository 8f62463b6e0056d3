/** What a run has to tell. */
import { existsSync, readFileSync } from 'node:fs';
import type { FaultEvent } from './faulty-store.js';
import type { PlaceName } from './places.js';
import type { StormOutcome } from './storm.js';

export interface RunReport extends StormOutcome {
  seed: number;
  directory: string;
  place: PlaceName;
  /** Workers at once. */
  workers: number;
  /** Half of them are of another build. */
  twoBuilds: boolean;
  days: number;
  files: number;
  events: number;
  storms: number;
  /** What was done to the run from outside, and what the network did, by name. */
  disturbances: Record<string, number>;
  /** Of storage calls, by kind, and by step and kind. `die-…`: a worker ended itself at such a call. */
  faults: Record<string, number>;
  steps: Record<string, Record<string, number>>;
  /** Disturbances that were not possible, and why. */
  notTried: string[];
  /** `clean`, or what it found. */
  audit: string;
  /** Empty: everything is as it should be. */
  problems: string[];
  /** Milliseconds since the epoch. */
  startedAt: number;
  seconds: number;
  /** The same seconds by what they went to. */
  phases: Record<string, number>;
}

export function emptyReport(of: Pick<RunReport, 'seed' | 'directory' | 'place' | 'workers' | 'twoBuilds'>): RunReport {
  return {
    ...of,
    ...{ days: 0, files: 0, events: 0, storms: 0, starts: 0, seconds: 0, startedAt: Date.now(), audit: '' },
    ...{ disturbances: {}, faults: {}, steps: {}, notTried: [], failures: [], problems: [], phases: {} },
  };
}

export function count(counts: Record<string, number>, name: string, more = 1): void {
  counts[name] = (counts[name] ?? 0) + more;
}

/** What went by since the last call goes to this phase. */
export function phase(report: RunReport, name: string): void {
  const seconds = (Date.now() - report.startedAt) / 1000;
  count(report.phases, name, seconds - report.seconds);
  report.seconds = seconds;
}

/** Faults of storage calls, from the run's journal: also of processes that are no more. */
export function countFaults(journal: string, report: RunReport): void {
  if (!existsSync(journal)) return;
  for (const line of readFileSync(journal, 'utf8').split('\n').slice(0, -1)) {
    const { fault, step } = JSON.parse(line) as Partial<FaultEvent>;
    if (fault === undefined || step === undefined) continue;
    count(report.faults, fault);
    report.steps[step] ??= {};
    count(report.steps[step], fault);
  }
}
