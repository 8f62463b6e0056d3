/** Which version of a worker deployment a worker is: https://docs.temporal.io/worker-versioning */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { WorkerDeploymentVersion } from '@temporalio/common';
import type { WorkerOptions } from '@temporalio/worker';
import type { WorkerSettings } from '../config/settings.js';
import { version, WORKFLOW_BUNDLE } from '../install/package.js';

/** `undefined` where no deployment is named: then workers are not versioned. */
export function deploymentVersion(
  { deployment }: Pick<WorkerSettings, 'deployment'>,
  bundle = WORKFLOW_BUNDLE,
): WorkerDeploymentVersion | undefined {
  if (deployment === undefined) return undefined;
  return { deploymentName: deployment.name, buildId: deployment.buildId ?? defaultBuildId(bundle) };
}

/**
 * Made of the workflows alone: only they have to fit the histories that there are, so a build that leaves them as they are
 * is the same version, and takes over without a further step.
 */
function defaultBuildId(bundle: string): string {
  const hash = createHash('sha256').update(readFileSync(bundle)).digest('hex').slice(0, 12);
  return `${version()}-${hash}`;
}

/**
 * Workflows move to the current version with their next task. Pinned ones would hold the workers of every version that
 * they began with: a backfill runs for days, and its pinned runs go on as new on the version of the first one.
 */
export function versioningOf(version: WorkerDeploymentVersion | undefined): WorkerOptions['workerDeploymentOptions'] {
  return version && { version, useWorkerVersioning: true, defaultVersioningBehavior: 'AUTO_UPGRADE' };
}
