/** `trailmill setup`: what a namespace needs once, so that days and backfills can be found in the Temporal UI. */
import type { Context } from '../session/context.js';
import { settingsFor, withSession } from '../session/session.js';
import { EXIT } from '../terminal/failure.js';
import { renderSetUp } from './render.js';
import { register } from './search-attributes.js';

/** May be run again: what is there stays. */
export async function run(context: Context): Promise<number> {
  const { output } = context;
  return withSession(settingsFor(context), async ({ cluster }) => {
    const { address, namespace } = cluster;
    const attributes = await register(cluster);
    output.value({ address, namespace, attributes });
    output.say(renderSetUp(cluster, attributes));
    return EXIT.ok;
  });
}
