/** A backfill as users run it: the real workflows, in a worker process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { startBackfill } from '../../client/backfill/start.js';
import type { ClusterSession } from '../../client/session/session.js';
import { loadSettings } from '../../config/load.js';
import type { SourceSettings } from '../../config/settings.js';
import type { BackfillResult } from '../../protocol/messages.js';

/** What a bench ingests, and with which worker. */
export interface BackfillRequest {
  /** Of the project. */
  directory: string;
  /** Of the Temporal server. */
  address: string;
  taskQueue: string;
  from: string;
  to: string;
  /** Starts the worker's process; default: node. */
  start?: (argv: readonly string[]) => ChildProcess;
  /** With the worker that has started, and with the one that has done its work. */
  onIdle?: (worker: ChildProcess) => Promise<void>;
  onDone?: (worker: ChildProcess) => void;
}

/** How a backfill of a bench went. */
export interface BackfillRun {
  result: BackfillResult;
  seconds: number;
}

/** Runs the backfill to its end. Rejects when its worker ends before. */
export async function runBackfill(request: BackfillRequest): Promise<BackfillRun> {
  const { directory, address, taskQueue, from, to } = request;
  const settings = loadSettings({ cwd: directory, env: {}, flags: { address, taskQueue } });
  const words = ['worker', '--project', directory, '--address', address, '--task-queue', taskQueue];
  const worker = (request.start ?? startNode)([join(__dirname, '..', '..', 'client', 'main.js'), ...words]);
  const lost = ended(worker);
  const connection = await Connection.connect({ address });
  try {
    if (request.onIdle !== undefined) await Promise.race([request.onIdle(worker), lost]);
    const client = new Client({ connection });
    const session = { client, cluster: settings.cluster } as unknown as ClusterSession;
    const wanted = { from, to, filter: {} };
    const { id } = await startBackfill(session, settings, settings.source as SourceSettings, wanted);
    const handle = client.workflow.getHandle(id);
    const result = (await Promise.race([resultOf(handle), lost])) as BackfillResult;
    const { startTime, closeTime } = await handle.describe();
    request.onDone?.(worker);
    return { result, seconds: ((closeTime as Date).getTime() - startTime.getTime()) / 1000 };
  } finally {
    await connection.close();
    await stop(worker);
  }
}

/** The environment of a worker that is to know nothing of the profiles of whoever runs the bench. */
export const WORKER_ENVIRONMENT = { TEMPORAL_CONFIG_FILE: '' };

function startNode(argv: readonly string[]): ChildProcess {
  const env = { ...process.env, ...WORKER_ENVIRONMENT };
  return spawn(process.execPath, [...argv], { stdio: ['ignore', 'ignore', 'inherit'], env });
}

/** Asked again and again: a long poll would go on behind a worker that was lost, on a connection that is closed. */
async function resultOf(handle: WorkflowHandle): Promise<unknown> {
  while ((await handle.describe()).status.name === 'RUNNING') await new Promise((resolve) => setTimeout(resolve, 500));
  return handle.result();
}

function ended(worker: ChildProcess): Promise<never> {
  const lost = new Promise<never>((_, reject) => {
    worker.once('exit', (code, signal) => reject(new Error(`The worker ended (${signal ?? code}).`)));
  });
  // When it is stopped in the end, nobody waits any more.
  lost.catch(() => {});
  return lost;
}

async function stop(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  const gone = new Promise((resolve) => worker.once('exit', resolve));
  worker.kill('SIGTERM');
  await gone;
}
