/** `trailmill deployment set-current-version`: from now on the work goes to the workers of one build. */
import type { Context, GlobalOptions } from '../session/context.js';
import { settingsFor, withSession } from '../session/session.js';
import { EXIT } from '../terminal/failure.js';
import { setCurrentVersion } from './deployment.js';
import { ownVersion } from './describe.js';
import { renderCurrent } from './render.js';

export interface SetCurrentVersionOptions extends GlobalOptions {
  buildId?: string;
}

/** May be run again: what is current stays so. */
export async function run(context: Context<SetCurrentVersionOptions>): Promise<number> {
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
