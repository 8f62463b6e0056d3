/** Runs a backfill like users do: with the real workflows, in a separate worker process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { startBackfill } from '../../client/backfill/start.js';
import { clientOf } from '../../client/session/session.js';
import { connect } from '../../cluster/cluster.js';
import { loadSettings } from '../../config/load.js';
import type { SourceSettings } from '../../config/settings.js';
import type { BackfillResult } from '../../protocol/messages.js';

/** What a benchmark ingests, and with which worker. */
export interface BenchBackfill {
  /** Directory of the project. */
  directory: string;
  /** Address of the Temporal server. */
  address: string;
  taskQueue: string;
  from: string;
  to: string;
  /** Starts the worker process. Default: node. */
  start?: (argv: readonly string[]) => ChildProcess;
  /** Called after the worker has been started, and after it has done its work. */
  onIdle?: (worker: ChildProcess) => Promise<void>;
  onDone?: (worker: ChildProcess) => void;
}

/** The result of a backfill. */
export interface BackfillRun {
  result: BackfillResult;
  seconds: number;
}

/** Runs the backfill to its end. Rejects if its worker ends earlier. */
export async function runBackfill(request: BenchBackfill): Promise<BackfillRun> {
  const { directory, address, taskQueue, from, to } = request;
  const settings = loadSettings({ cwd: directory, env: {}, flags: { address, taskQueue } });
  const args = ['worker', '--project', directory, '--address', address, '--task-queue', taskQueue];
  const worker = (request.start ?? startNode)([join(__dirname, '..', '..', 'client', 'main.js'), ...args]);
  const workerEnded = ended(worker);
  const cluster = await connect(settings);
  try {
    if (request.onIdle !== undefined) await Promise.race([request.onIdle(worker), workerEnded]);
    const client = clientOf(cluster);
    const range = { from, to, filter: {} };
    const { id } = await startBackfill({ client, cluster }, settings, settings.source as SourceSettings, range);
    const handle = client.workflow.getHandle(id);
    const result = (await Promise.race([resultOf(handle), workerEnded])) as BackfillResult;
    const { startTime, closeTime } = await handle.describe();
    request.onDone?.(worker);
    return { result, seconds: ((closeTime as Date).getTime() - startTime.getTime()) / 1000 };
  } finally {
    await cluster.connection.close();
    await stop(worker);
  }
}

/** Environment variables that make a worker ignore the user's Temporal profiles. */
export const WORKER_ENVIRONMENT = { TEMPORAL_CONFIG_FILE: '' };

function startNode(argv: readonly string[]): ChildProcess {
  const env = { ...process.env, ...WORKER_ENVIRONMENT };
  return spawn(process.execPath, [...argv], { stdio: ['ignore', 'ignore', 'inherit'], env });
}

/** Polls for the result: after the loss of a worker, a long poll would continue on a closed connection. */
async function resultOf(handle: WorkflowHandle): Promise<unknown> {
  while ((await handle.describe()).status.name === 'RUNNING') await new Promise((resolve) => setTimeout(resolve, 500));
  return handle.result();
}

function ended(worker: ChildProcess): Promise<never> {
  const workerEnded = new Promise<never>((_, reject) => {
    worker.once('exit', (code, signal) => reject(new Error(`The worker ended (${signal ?? code}).`)));
  });
  // When the worker is stopped at the end, nothing awaits this promise.
  workerEnded.catch(() => {});
  return workerEnded;
}

async function stop(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  const exited = new Promise((resolve) => worker.once('exit', resolve));
  worker.kill('SIGTERM');
  await exited;
}
