/** Runs a worker: workflows from the prebuilt bundle, activities, and the decoder threads. */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  bundleWorkflowCode,
  type NativeConnection,
  Runtime,
  Worker,
  type WorkerOptions,
  type WorkerStatus,
} from '@temporalio/worker';
import { createActivities } from '../activities/index.js';
import type { Tracing } from '../cluster/tracing.js';
import { startCompactor } from '../compact/compactor.js';
import type { Pollers, WorkerSettings } from '../config/settings.js';
import { openCatalog } from '../iceberg/open-catalog.js';
import type { OpenStore } from '../iceberg/rest/table-stores.js';
import { startDecoderPool } from '../ingest/threads/decoder-pool.js';
import { BUILT, COMPACTION_THREAD, DECODER_THREAD, version, WORKFLOW_BUNDLE } from '../install/package.js';
import type { Accepted } from '../run/accepted.js';
import { withDeadline } from '../storage/deadline.js';
import { openStore } from '../storage/open.js';
import { deploymentVersion, versioningOf } from './deployment.js';
import { countS3Requests, meterReport, type Project } from './metrics.js';
import { RunningActivities } from './running-activities.js';

/** Options of {@link startWorker}. */
export interface WorkerRequest {
  connection: NativeConnection;
  namespace: string;
  taskQueue: string;
  settings: WorkerSettings;
  /** The runs that it accepts. */
  accepted: Accepted;
  /** Opens stores by address; for tests. */
  open?: OpenStore;
  /** Replaces the workflow bundle of this build. */
  workflowBundle?: string;
  tracing?: Tracing;
  /** The project whose counters are initialized to 0. */
  project?: Project;
}

/** A running worker. */
export interface RunningWorker {
  /** Lets running activities finish within the grace period, then stops the threads. */
  stop(): Promise<void>;
  /** Rejects if the worker fails; resolves when it has stopped. */
  ended: Promise<void>;
  status(): WorkerStatus;
  /** The activities that it is running. */
  underWay: RunningActivities;
}

/**
 * How long the SDK may delay a heartbeat. With its default, 80 % of the heartbeat timeout, a cancellation would take up to
 * 24 s to arrive.
 */
const HEARTBEAT_INTERVAL = '2s';

/** Starts a worker, which polls once this returns. Throws the errors of the SDK. */
export async function startWorker(request: WorkerRequest): Promise<RunningWorker> {
  const { settings, tracing } = request;
  const open: OpenStore = (address, credentials) =>
    withDeadline((request.open ?? openStore)(address, credentials), settings.storageTimeoutSeconds * 1000);
  const pool = startDecoderPool(settings.threads, DECODER_THREAD);
  const compactor = startCompactor(COMPACTION_THREAD);
  const underWay = new RunningActivities();
  const { metricMeter } = Runtime.instance();
  const worker = await Worker.create({
    connection: request.connection,
    namespace: request.namespace,
    taskQueue: request.taskQueue,
    workflowBundle: await workflows(request.workflowBundle ?? tracing?.workflowBundle),
    workerDeploymentOptions: versioningOf(deploymentVersion(settings, request.workflowBundle)),
    activities: createActivities({
      accepted: request.accepted,
      openStore: open,
      openCatalog: (wanted, warehouse) => openCatalog(wanted, warehouse, open),
      pool,
      compactor,
      tempDir: tmpdir(),
      report: meterReport(metricMeter, request.project),
      version: version(),
    }),
    interceptors: { activity: [underWay.interceptor, ...(tracing ? [tracing.activity] : [])] },
    sinks: tracing?.sinks,
    maxConcurrentActivityTaskExecutions: settings.maxConcurrentActivities,
    activityTaskPollerBehavior: pollerBehavior(settings.activityTaskPollers, 1),
    maxConcurrentWorkflowTaskExecutions: settings.maxConcurrentWorkflowTasks,
    workflowTaskPollerBehavior: pollerBehavior(settings.workflowTaskPollers, 2),
    maxCachedWorkflows: settings.maxCachedWorkflows,
    shutdownGraceTime: `${settings.shutdownGraceSeconds}s`,
    shutdownForceTime: `${settings.shutdownGraceSeconds + 10}s`,
    maxHeartbeatThrottleInterval: HEARTBEAT_INTERVAL,
    defaultHeartbeatThrottleInterval: HEARTBEAT_INTERVAL,
  });
  const uncount = countS3Requests(metricMeter);
  const ended = worker.run().finally(async () => {
    uncount();
    await Promise.all([pool.close(), compactor.rest()]);
  });
  // The caller of stop() awaits `ended`; a failure before that must not end the process as an unhandled rejection.
  ended.catch(() => {});
  return {
    ended,
    underWay,
    status: () => worker.getStatus(),
    async stop() {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await ended;
    },
  };
}

/** @param minimum number of pollers on an idle queue if the number is automatic */
function pollerBehavior(pollers: Pollers, minimum: number): WorkerOptions['activityTaskPollerBehavior'] {
  return pollers === 'auto' ? { type: 'autoscaling', minimum } : { type: 'simple-maximum', maximum: pollers };
}

async function workflows(codePath = WORKFLOW_BUNDLE): Promise<WorkerOptions['workflowBundle']> {
  if (existsSync(codePath)) return { codePath };
  return bundleWorkflowCode({ workflowsPath: join(BUILT, 'workflows', 'index.js') });
}
