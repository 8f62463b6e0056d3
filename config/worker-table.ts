/** The section `worker` of temporal.yaml. */
import { DEPLOYMENT_NAME, DEPLOYMENT_NAME_ALLOWED, pollers, text, texts, whole } from './kinds.js';
import { section, setting } from './setting.js';

const allow = section(
  {
    description:
      'A worker only accepts runs into the warehouse of its own project, and transforms and databases in the project. Others must be allowed here.',
  },
  {
    warehouses: setting(texts('a list of directories, file:// URIs or s3://bucket/prefix'), {
      description:
        "Addresses of warehouses whose runs it accepts, [in addition to the project's own](#what-a-worker-accepts).",
      example: '[s3://my-lake/other]',
    }),
    files: setting(texts('a list of files and directories'), {
      description: 'Where transforms, their imports, and MMDB files may be, in addition to the project.',
      example: '[/usr/share/GeoIP]',
    }),
  },
);

const MAX_CACHED_WORKFLOWS = 100;

/** The settings of a worker process, and what it accepts. */
export const worker = section(
  {
    description: 'Settings of a worker process.',
    // The SDK would use the smaller of the two and only log it.
    rule: {
      holds: ({ max_concurrent_workflow_tasks: tasks = 0, max_cached_workflows: cached = MAX_CACHED_WORKFLOWS }) =>
        tasks <= cached,
      path: ['max_concurrent_workflow_tasks'],
      allowed: 'not more than worker.max_cached_workflows',
    },
  },
  {
    max_concurrent_activities: setting(whole(1, 1_000), {
      description:
        'Batches that it reads concurrently. Memory grows with this number: twice `chunk_size` per batch, plus the memory for decoding.',
      default: 4,
    }),
    activity_task_pollers: setting(pollers(1), {
      description:
        'Concurrent long polls for activities; with `auto`, as many as the server suggests. A batch takes seconds, so a few are enough.',
      default: 5,
    }),
    // The SDK requires at least two: one for its sticky queue, one for the normal queue.
    max_concurrent_workflow_tasks: setting(whole(2, 1_000), {
      description:
        'Workflow tasks that it processes concurrently: milliseconds each, in one thread. Not more than `max_cached_workflows`.',
      default: 10,
    }),
    workflow_task_pollers: setting(pollers(2), {
      description: 'Concurrent long polls for workflow tasks.',
      default: 5,
    }),
    max_cached_workflows: setting(whole(2, 10_000), {
      description: 'Workflows that it keeps in memory; for others, it reads the history again with each task.',
      default: MAX_CACHED_WORKFLOWS,
    }),
    threads: setting(whole(0, 256), {
      description: 'Threads that decode and write Parquet.',
      default: 0,
      defaultNote: 'one per core',
    }),
    shutdown_grace_seconds: setting(whole(1, 3_600), {
      description: 'Time that batches have to finish at shutdown. Batches that do not finish are repeated.',
      default: 30,
      unit: 'seconds',
    }),
    storage_timeout_seconds: setting(whole(1, 3_600), {
      description: 'Timeout of a call to the bucket or the warehouse; the call is then retried.',
      default: 120,
      unit: 'seconds',
    }),
    deployment: setting(text(DEPLOYMENT_NAME, DEPLOYMENT_NAME_ALLOWED), {
      description:
        'Name of the [worker deployment](deployment.md#worker-versioning), for worker versioning. Each build of the workflows is then a version that gets no work until it is made current: `trailmill deployment set-current-version`. `TEMPORAL_WORKER_BUILD_ID` sets the build id.',
      defaultNote: 'none; no versioning',
      variable: 'TEMPORAL_DEPLOYMENT_NAME',
    }),
    allow,
  },
);
