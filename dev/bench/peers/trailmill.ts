/**
 * Runs Trailmill end to end: a real backfill with its embedded Temporal server, and with default settings except for the
 * threads.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { hasWorker } from '../../../client/session/pollers.js';
import { startEmbeddedServer } from '../../../server/embedded-server.js';
import { findServerBinary } from '../../../server/server-binary.js';
import { runBackfill, WORKER_ENVIRONMENT } from '../backfill-process.js';
import { resident } from '../process-memory.js';
import type { Dataset } from './dataset.js';
import { cpuSecondsOf } from './process-usage.js';
import type { Cost } from './statistics.js';

/** Decoder threads of the worker. */
const THREADS = 2;
const NAMESPACE = 'default';
const TASK_QUEUE = 'peers';

/** The cost of a backfill. `cpuSeconds` are those of the worker process, from its start. */
export interface TrailmillCost extends Cost {
  /** Of the Temporal server, while the backfill ran. */
  serverCpuSeconds: number;
  /** All files of the warehouse: the output is only the data files of the table of events. */
  warehouseMegabytes: number;
}

/** How the worker is started and observed, for a profile. */
export interface WorkerHooks {
  /** Options of Node. */
  nodeOptions?: readonly string[];
  env?: Record<string, string>;
  /** Called when the backfill is done, before the worker is stopped. */
  onDone?: (pid: number) => void;
}

/** Backfills all files into a new warehouse in `directory`, which must be empty, with new processes. */
export async function runTrailmill(
  directory: string,
  dataset: Dataset,
  log: (line: string) => void,
  hooks: WorkerHooks = {},
): Promise<TrailmillCost> {
  const logSource = join(directory, 'log_sources', 'peers');
  mkdirSync(logSource, { recursive: true });
  writeFileSync(join(directory, 'temporal.yaml'), `worker: {threads: ${THREADS}}\n`);
  writeFileSync(
    join(logSource, 'log_source.yml'),
    `name: peers\ningest: {location: ${JSON.stringify(dataset.bucket)}}\nwarehouse: ./warehouse\n`,
  );
  const server = await startEmbeddedServer({
    ...{ binary: await findServerBinary({ env: process.env, log }), projectDir: directory, namespace: NAMESPACE, log },
    ...{ database: join(directory, 'temporal.db'), port: 27_233, uiPort: 28_233 },
  });
  try {
    const { address } = server;
    const cost = { cpuSeconds: 0, peakMegabytes: 0, serverCpuSeconds: 0 };
    const { result, seconds } = await runBackfill({
      ...{ directory, address, taskQueue: TASK_QUEUE, from: dataset.from, to: dataset.to },
      start: (argv) => startWorker(argv, hooks),
      onIdle: async () => {
        await untilPolling(address);
        cost.serverCpuSeconds = cpuSecondsOf(server.pid);
      },
      onDone: (worker) => {
        const pid = worker.pid as number;
        cost.cpuSeconds = cpuSecondsOf(pid);
        cost.peakMegabytes = resident('VmHWM', pid);
        cost.serverCpuSeconds = cpuSecondsOf(server.pid) - cost.serverCpuSeconds;
        hooks.onDone?.(pid);
      },
    });
    const { files, events } = result.totals;
    if (files !== dataset.files || events !== dataset.events)
      throw new Error(`Trailmill: ${events} events of ${files} files; ${dataset.events} of ${dataset.files} expected.`);
    const warehouse = join(directory, 'warehouse');
    const isData = (name: string): boolean => /(^|\/)peers\/data\/.*\.parquet$/.test(name);
    return {
      ...cost,
      wallSeconds: seconds,
      outputMegabytes: megabytesOf(warehouse, isData),
      warehouseMegabytes: megabytesOf(warehouse, () => true),
    };
  } finally {
    await server.stop();
  }
}

function startWorker(argv: readonly string[], { nodeOptions = [], env }: WorkerHooks): ChildProcess {
  return spawn(process.execPath, [...nodeOptions, ...argv], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...WORKER_ENVIRONMENT, ...env },
  });
}

/** Waits until the worker polls: the time of a backfill does not include the start of a worker, but the CPU time does. */
async function untilPolling(address: string): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    while (!(await hasWorker({ connection, namespace: NAMESPACE, taskQueue: TASK_QUEUE }, Date.now()))) await wait(200);
  } finally {
    await connection.close();
  }
}

function megabytesOf(directory: string, isCounted: (name: string) => boolean): number {
  let sum = 0;
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    if (!isCounted(name)) continue;
    const stat = statSync(join(directory, name));
    if (stat.isFile()) sum += stat.size;
  }
  return sum / 1e6;
}
