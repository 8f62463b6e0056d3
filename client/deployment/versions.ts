/** `trailmill deployment describe` and `set-current-version`: the versions of workers, and which one gets the work. */
import type { WorkerDeploymentVersion } from '@temporalio/common';
import type { Settings } from '../../config/settings.js';
import { UserMistake } from '../../errors/index.js';
import { deploymentVersion } from '../../worker/deployment.js';
import type { CommandContext, GlobalOptions } from '../session/context.js';
import { withSession } from '../session/session.js';
import { settingsFor } from '../session/settings.js';
import { EXIT } from '../terminal/failure.js';
import { describeDeployment, setCurrentVersion } from './deployment.js';
import { renderCurrent, renderDeployment } from './render.js';

/** Prints the versions that the server knows, and which one is current. */
export async function showDeployment(context: CommandContext): Promise<number> {
  const { output } = context;
  const settings = settingsFor(context);
  const { deploymentName: name, buildId } = ownVersion(settings);
  return withSession(settings, async ({ cluster }) => {
    const nothing = { name, current: null, ramping: null, versions: [] };
    const deployment = (await describeDeployment(cluster, name)) ?? nothing;
    output.value({ ...deployment, thisBuild: buildId });
    output.say(renderDeployment(deployment, buildId, output.width));
    return EXIT.ok;
  });
}

/** The version of this build. */
function ownVersion({ worker }: Settings): WorkerDeploymentVersion {
  const version = deploymentVersion(worker);
  if (version !== undefined) return version;
  throw new UserMistake(
    'No worker deployment is configured, so workers have no versions.',
    'Set worker.deployment in temporal.yaml, or TEMPORAL_DEPLOYMENT_NAME.',
  );
}

interface SetCurrentVersionOptions extends GlobalOptions {
  buildId?: string;
}

/** Sends the work to the workers of one build. Idempotent. */
export async function makeCurrent(context: CommandContext<SetCurrentVersionOptions>): Promise<number> {
  const { output, options } = context;
  const settings = settingsFor(context);
  const { deploymentName, buildId: own } = ownVersion(settings);
  const buildId = options.buildId ?? own;
  return withSession(settings, async ({ cluster }) => {
    const previous = await setCurrentVersion(cluster, { deploymentName, buildId });
    output.value({ deployment: deploymentName, current: buildId === 'none' ? null : buildId, previous });
    output.say(renderCurrent(deploymentName, buildId, previous));
    return EXIT.ok;
  });
}
