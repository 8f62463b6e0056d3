/** The section `worker` of temporal.yaml. */
import { DEPLOYMENT_NAME, DEPLOYMENT_NAME_ALLOWED, pollers, text, texts, whole } from './kinds.js';
import { section, setting } from './setting.js';

const allow = section(
  {
    description:
      'A worker accepts runs into the warehouse of its own project only, and transforms and databases of the project only. Others have to be allowed.',
  },
  {
    warehouses: setting(texts('a list of directories, file:// URIs or s3://bucket/prefix'), {
      description:
        "Warehouses whose runs it accepts [beside the project's own](#what-a-worker-accepts), by their addresses.",
      example: '[s3://my-lake/other]',
    }),
    files: setting(texts('a list of files and directories'), {
      description: 'Where transforms, what they import, and MMDB files may lie, beside the project.',
      example: '[/usr/share/GeoIP]',
    }),
  },
);

const MAX_CACHED_WORKFLOWS = 100;

/** A worker process, and what it accepts. */
export const worker = section(
  {
    description: 'One worker process.',
    // The SDK would take the smaller of the two and only log that it did.
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
        'Batches that it reads at once. Memory grows with it: two `chunk_size` each, and what decoding takes.',
      default: 4,
    }),
    activity_task_pollers: setting(pollers(1), {
      description:
        'Long polls that ask for such work; with `auto`, as many as the server suggests. A batch takes seconds, so a few do.',
      default: 5,
    }),
    // The SDK wants two at least: one for its sticky queue, one for the other.
    max_concurrent_workflow_tasks: setting(whole(2, 1_000), {
      description:
        'Workflow tasks that it works on at once: milliseconds each, in one thread. Not more than `max_cached_workflows`.',
      default: 10,
    }),
    workflow_task_pollers: setting(pollers(2), { description: 'Long polls that ask for workflow tasks.', default: 5 }),
    max_cached_workflows: setting(whole(2, 10_000), {
      description: 'Workflows that it keeps in memory; of others it reads the history again with each task.',
      default: MAX_CACHED_WORKFLOWS,
    }),
    threads: setting(whole(0, 256), {
      description: 'Threads that decode and write Parquet.',
      default: 0,
      defaultNote: 'one a core',
    }),
    shutdown_grace_seconds: setting(whole(1, 3_600), {
      description: 'How long batches may finish at shutdown. What does not finish is done again.',
      default: 30,
      unit: 'seconds',
    }),
    storage_timeout_seconds: setting(whole(1, 3_600), {
      description:
        'A call to the bucket or the warehouse without an answer for so long has failed, and is tried again.',
      default: 120,
      unit: 'seconds',
    }),
    deployment: setting(text(DEPLOYMENT_NAME, DEPLOYMENT_NAME_ALLOWED), {
      description:
        'Name of the [worker deployment](deployment.md#worker-versioning), for worker versioning. Each build of the workflows is then a version, and none is worked on before it is made current: `trailmill deployment set-current-version`. `TEMPORAL_WORKER_BUILD_ID` names the build.',
      defaultNote: 'none: not versioned',
      variable: 'TEMPORAL_DEPLOYMENT_NAME',
    }),
    allow,
  },
);
