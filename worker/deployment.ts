/** The worker deployment version: https://docs.temporal.io/worker-versioning */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { WorkerDeploymentVersion } from '@temporalio/common';
import type { WorkerOptions } from '@temporalio/worker';
import type { WorkerSettings } from '../config/settings.js';
import { version, WORKFLOW_BUNDLE } from '../install/package.js';

/** Returns the deployment version; `undefined` if no deployment is configured, in which case workers are not versioned. */
export function deploymentVersion(
  { deployment }: Pick<WorkerSettings, 'deployment'>,
  bundle = WORKFLOW_BUNDLE,
): WorkerDeploymentVersion | undefined {
  if (deployment === undefined) return undefined;
  return { deploymentName: deployment.name, buildId: deployment.buildId ?? defaultBuildId(bundle) };
}

/**
 * Computed from the workflows only: only they must be compatible with existing histories, so a build with unchanged workflows
 * keeps its version and takes over without further steps.
 */
function defaultBuildId(bundle: string): string {
  const hash = createHash('sha256').update(readFileSync(bundle)).digest('hex').slice(0, 12);
  return `${version()}-${hash}`;
}

/**
 * Returns the worker's deployment options. Workflows move to the current version with their next task. With pinned workflows,
 * workers of every old version would have to keep running: a backfill runs for days, and continue-as-new keeps the pinned
 * version.
 */
export function versioningOf(version: WorkerDeploymentVersion | undefined): WorkerOptions['workerDeploymentOptions'] {
  return version && { version, useWorkerVersioning: true, defaultVersioningBehavior: 'AUTO_UPGRADE' };
}
