/** Steps in separate processes, so that their time and memory can be measured separately. */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { startCompactor } from '../../../compact/compactor.js';
import { startDecoderPool } from '../../../ingest/threads/decoder-pool.js';
import { resident } from '../process-memory.js';
import { cpuSeconds, ingestDays, openProject, runUpkeep, type UpkeepDone, upkeepContext } from './project.js';

/** The work of a process. */
export type Step =
  | { what: 'ingest'; directory: string; days: string[] }
  /** `now`: milliseconds since the epoch. */
  | { what: 'upkeep'; directory: string; now: number };

/** The cost of a step. */
export interface StepCost {
  /** CPU seconds of the process including its start, and wall time without it. */
  cpuSeconds: number;
  seconds: number;
  /** Peak resident memory. */
  peakMegabytes: number;
  /** Events that an ingestion has added. */
  events?: number;
  upkeep?: UpkeepDone;
}

const IN_CHILD = '--step';
/** Decoder threads of the process. */
const THREADS = 2;

/** Runs a step in a new process. */
export function inNewProcess(step: Step): Promise<StepCost> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = fork(__filename, [IN_CHILD, JSON.stringify(step)]);
    child.once('message', (cost) => resolve(cost as StepCost));
    child.once('exit', (code, signal) => reject(new Error(`The process of ${step.what} ended (${signal ?? code}).`)));
  });
}

async function take(step: Step): Promise<StepCost> {
  const run = openProject(step.directory);
  const pool = startDecoderPool(THREADS, join(__dirname, '..', '..', '..', 'ingest', 'threads', 'thread.js'));
  const compactor = startCompactor();
  const started = performance.now();
  try {
    let result: Pick<StepCost, 'events' | 'upkeep'>;
    if (step.what === 'ingest') result = { events: (await ingestDays(run, step.days, pool)).events };
    else {
      const tools = { pool, compactor, tempDir: step.directory, now: () => step.now };
      result = { upkeep: await runUpkeep(upkeepContext(run, tools)) };
    }
    const seconds = (performance.now() - started) / 1e3;
    return { cpuSeconds: cpuSeconds(), seconds, peakMegabytes: resident('VmHWM'), ...result };
  } finally {
    await compactor.rest();
    await pool.close();
  }
}

if (process.argv[2] === IN_CHILD)
  void take(JSON.parse(process.argv[3]) as Step).then(
    (cost) => process.send?.(cost, () => process.exit()),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
