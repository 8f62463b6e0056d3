/** Worker deployments on a cluster: their versions, and the one that gets the tasks. */
import { setTimeout as wait } from 'node:timers/promises';
import type { WorkerDeploymentVersion } from '@temporalio/common';
import { GRPC, grpcErrorOf, hasGrpcCode } from '../../cluster/grpc.js';
import { UserMistake } from '../../errors/index.js';
import type { NamespaceConnection } from '../session/session.js';
import { WorkFailed } from '../terminal/failure.js';

/** Also the JSON of `deployment describe`. */
export interface Deployment {
  name: string;
  /** The build id that gets all tasks; `null`: workers without a version. */
  current: string | null;
  /** The version that already gets part of the workflows. */
  ramping: { buildId: string; percentage: number } | null;
  /** Newest first. */
  versions: { buildId: string; status: string; createdAt: string | null }[];
}

/** Indexed by the numbers of `WorkerDeploymentVersionStatus` in Temporal's API. */
const STATUS = ['unspecified', 'inactive', 'current', 'ramping', 'draining', 'drained', 'created'];

/** How long it may take until the server knows a worker that has just started to poll. */
const KNOWN_WITHIN_MS = 60_000;

/** Describes a deployment; `undefined` if none of its workers has ever polled. */
export async function describeDeployment(where: NamespaceConnection, name: string): Promise<Deployment | undefined> {
  const { connection, namespace } = where;
  try {
    const answer = await connection.workflowService.describeWorkerDeployment({ namespace, deploymentName: name });
    const { routingConfig, versionSummaries } = answer.workerDeploymentInfo ?? {};
    const ramping = routingConfig?.rampingDeploymentVersion?.buildId;
    const versions = (versionSummaries ?? []).map(({ deploymentVersion, status, createTime }) => ({
      buildId: deploymentVersion?.buildId ?? '',
      status: STATUS[Number(status ?? 0)] ?? String(status),
      createdAt: createTime?.seconds ? new Date(Number(createTime.seconds) * 1000).toISOString() : null,
    }));
    return {
      name,
      current: routingConfig?.currentDeploymentVersion?.buildId || null,
      ramping: ramping ? { buildId: ramping, percentage: routingConfig?.rampingVersionPercentage ?? 0 } : null,
      versions: versions.sort((a, b) => (b.createdAt ?? '').localeCompare(a.createdAt ?? '')),
    };
  } catch (error) {
    if (hasGrpcCode(error, GRPC.NOT_FOUND)) return undefined;
    throw withoutVersioning(error);
  }
}

/**
 * Makes a version current as soon as the server knows its workers, which may just have been started. Returns the build id that
 * was current before. `none` sends all tasks to workers without a version.
 */
export async function setCurrentVersion(
  where: NamespaceConnection,
  { deploymentName, buildId }: WorkerDeploymentVersion | { deploymentName: string; buildId: 'none' },
  limit = KNOWN_WITHIN_MS,
): Promise<string | null> {
  const { connection, namespace } = where;
  const wanted = buildId === 'none' ? '' : buildId;
  const request = { namespace, deploymentName, buildId: wanted, identity: 'trailmill' };
  for (const end = Date.now() + limit; ; await wait(500)) {
    try {
      const { previousDeploymentVersion } = await connection.workflowService.setWorkerDeploymentCurrentVersion(request);
      return previousDeploymentVersion?.buildId || null;
    } catch (error) {
      if (!hasGrpcCode(error, GRPC.NOT_FOUND, GRPC.FAILED_PRECONDITION)) throw withoutVersioning(error);
      if (Date.now() < end) continue;
      throw new WorkFailed(
        `The version ${buildId} of ${deploymentName} cannot be made current: ${grpcErrorOf(error)?.details}.`,
        'First start its workers, on all task queues of the current version. `trailmill deployment describe` lists what the server knows.',
      );
    }
  }
}

function withoutVersioning(error: unknown): unknown {
  if (!hasGrpcCode(error, GRPC.UNIMPLEMENTED)) return error;
  return new UserMistake(
    'The Temporal server does not support worker deployments.',
    'Use Temporal server 1.28 or newer, or remove worker.deployment (TEMPORAL_DEPLOYMENT_NAME).',
    { cause: error },
  );
}
