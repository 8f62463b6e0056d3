/** Probes the Temporal server, without starting work. */
import type { WorkerDeploymentVersion } from '@temporalio/common';
import { connect } from '../../cluster/cluster.js';
import type { Settings } from '../../config/settings.js';
import { deploymentVersion } from '../../worker/deployment.js';
import { describeDeployment } from '../deployment/deployment.js';
import { hasWorker } from '../session/pollers.js';
import type { NamespaceConnection } from '../session/session.js';
import { areRegistered } from '../setup/search-attributes.js';
import { ok, type Probe, type ProbeResult, tried } from './probe.js';

/** Checks that the work goes to workers of this build. */
async function probeVersion(
  where: NamespaceConnection,
  { deploymentName, buildId }: WorkerDeploymentVersion,
): Promise<ProbeResult> {
  const current = (await describeDeployment(where, deploymentName))?.current ?? null;
  if (current === buildId) return ok(`${buildId} is the current version of ${deploymentName}`);
  return {
    state: 'waiting',
    message: `tasks go to ${current ?? 'unversioned workers'}, not to this build, ${buildId}`,
    cure: 'When its workers are running: trailmill deployment set-current-version',
  };
}

async function search(where: NamespaceConnection): Promise<ProbeResult> {
  if (await areRegistered(where)) return ok('workflows can be found by source, day and status');
  const message = `the namespace ${where.namespace} does not have Trailmill's search attributes`;
  return { state: 'waiting', message, cure: 'Register them, once: trailmill setup' };
}

/** Probes the Temporal server, its workers and its search attributes. */
export async function probeServer(settings: Settings, now: number): Promise<Probe[]> {
  const probes: Probe[] = [];
  const reached = await tried('server', async () => {
    const { connection, address, namespace, taskQueue } = await connect(settings);
    try {
      const working = await hasWorker({ connection, namespace, taskQueue }, now);
      const message = `${working ? 'a worker polls' : 'no worker polls'} the task queue ${taskQueue}`;
      const cure = working ? null : 'Start one: trailmill worker';
      probes.push({ what: 'worker', state: working ? 'ok' : 'waiting', message, cure });
      probes.push(await tried('search', () => search({ connection, namespace })));
      const version = deploymentVersion(settings.worker);
      if (version) probes.push(await tried('version', () => probeVersion({ connection, namespace }, version)));
      return ok(`${settings.cluster.embedded ? 'embedded, ' : ''}${address}, namespace ${namespace}`);
    } finally {
      await connection.close();
    }
  });
  return [reached, ...probes];
}
