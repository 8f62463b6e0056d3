/** Where the CPU time of a backfill goes: a separate run with CPU profiles of all threads of the worker. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dataset } from './dataset.js';
import { type ThreadUsage, threadsOf } from './process-usage.js';
import {
  type CpuProfile,
  divide,
  type FunctionCost,
  type Stage,
  stageOfThread,
  stageTable,
  topFunctions,
} from './stages.js';
import { NOTES_VARIABLE, type ThreadNote } from './thread-id.js';
import { runTrailmill, type TrailmillCost } from './trailmill.js';

/** A backfill by stages. */
export interface Breakdown {
  cost: TrailmillCost;
  /** CPU seconds of the worker; they add up to `cost.cpuSeconds`. */
  stages: Record<Stage, number>;
  functions: FunctionCost[];
  /** CPU seconds by kind of thread. */
  threads: Record<string, number>;
}

/** Microseconds between samples. */
const INTERVAL = 1_000;
const TOP = 60;
/** The compiled code: the rooms are folders in it. */
const DIST = join(__dirname, '..', '..', '..');

/** Runs a backfill into `directory`, which must be empty, with profiles, and divides its CPU time among the stages. */
export async function profileTrailmill(
  directory: string,
  dataset: Dataset,
  log: (line: string) => void,
): Promise<Breakdown> {
  const profiles = join(directory, 'profiles');
  mkdirSync(profiles, { recursive: true });
  let threads: ThreadUsage[] = [];
  let pid = 0;
  const cost = await runTrailmill(join(directory, 'project'), dataset, log, {
    nodeOptions: [
      ...['--cpu-prof', `--cpu-prof-dir=${profiles}`, `--cpu-prof-interval=${INTERVAL}`],
      ...['--require', join(__dirname, 'thread-id.js')],
    ],
    env: { [NOTES_VARIABLE]: profiles },
    onDone: (worker) => {
      pid = worker;
      threads = threadsOf(worker);
    },
  });
  return { cost, ...breakDown(profiles, pid, threads, cost.cpuSeconds) };
}

function breakDown(
  directory: string,
  pid: number,
  threads: readonly ThreadUsage[],
  processSeconds: number,
): Omit<Breakdown, 'cost'> {
  const names = readdirSync(directory);
  const read = <T>(name: string): T => JSON.parse(readFileSync(join(directory, name), 'utf8')) as T;
  const notes = new Map(
    names
      .filter((name) => /^thread-\d+\.json$/.test(name))
      .map((name) => [read<ThreadNote>(name).id, read<ThreadNote>(name)]),
  );
  const early = notes.get(pid)?.running ?? [];
  const costs: FunctionCost[] = [];
  const kinds: Record<string, number> = {};
  for (const { id, name, cpuSeconds } of threads) {
    const number = notes.get(id)?.number;
    // CPU.DATE.TIME.PID.THREAD.SEQUENCE.cpuprofile
    const file = names.find((profile) => profile.startsWith('CPU.') && profile.split('.')[4] === String(number));
    const profiled = file === undefined ? undefined : divide(read<CpuProfile>(file), cpuSeconds, DIST);
    const stage = stageOfThread(name, early.includes(id));
    const kind = number === 0 ? 'main' : profiled !== undefined ? threadKind(profiled) : stage;
    kinds[kind] = (kinds[kind] ?? 0) + cpuSeconds;
    costs.push(...(profiled ?? [{ name: `thread ${name}`, stage, seconds: cpuSeconds }]));
  }
  return {
    stages: Object.fromEntries(stageTable(costs, processSeconds)) as Record<Stage, number>,
    functions: topFunctions(costs, TOP),
    threads: kinds,
  };
}

/** Threads that run JavaScript have no names: they are identified by what they do most. */
function threadKind(costs: readonly FunctionCost[]): string {
  const seconds = (isCounted: (stage: Stage) => boolean): number =>
    costs.reduce((sum, cost) => sum + (isCounted(cost.stage) ? cost.seconds : 0), 0);
  return seconds((stage) => stage === 'Temporal') > seconds((stage) => stage !== 'Temporal' && stage !== 'other')
    ? 'workflows'
    : 'decoder';
}
