/** `trailmill deployment describe`: the versions that the server knows, and which one is current. */
import type { WorkerDeploymentVersion } from '@temporalio/common';
import type { Settings } from '../../config/settings.js';
import { UserMistake } from '../../errors/index.js';
import { deploymentVersion } from '../../worker/deployment.js';
import type { Context } from '../session/context.js';
import { settingsFor, withSession } from '../session/session.js';
import { EXIT } from '../terminal/failure.js';
import { describeDeployment } from './deployment.js';
import { renderDeployment } from './render.js';

export async function run(context: Context): Promise<number> {
  const { output } = context;
  const settings = settingsFor(context);
  const { deploymentName: name, buildId } = ownVersion(settings);
  return withSession(settings, async ({ cluster }) => {
    const nothing = { name, current: null, ramping: null, versions: [] };
    const deployment = (await describeDeployment(cluster, name)) ?? nothing;
    output.value({ ...deployment, thisBuild: buildId });
    output.say(renderDeployment(deployment, buildId));
    return EXIT.ok;
  });
}

/** The version that a worker of this build would be. */
export function ownVersion({ worker }: Settings): WorkerDeploymentVersion {
  const version = deploymentVersion(worker);
  if (version !== undefined) return version;
  throw new UserMistake(
    'No worker deployment is named, so workers have no versions.',
    'Name it: worker.deployment in temporal.yaml, or TEMPORAL_DEPLOYMENT_NAME.',
  );
}
