/** `trailmill open`: opens a page of the Temporal UI in the browser. */
import { UserMistake } from '../../errors/index.js';
import { resolveId } from '../backfill/resolve-id.js';
import type { CommandContext, GlobalOptions } from '../session/context.js';
import { listUrl, withSession, workflowUrl } from '../session/session.js';
import { settingsFor } from '../session/settings.js';
import { EXIT } from '../terminal/failure.js';
import { openUrl } from '../terminal/open-url.js';

interface OpenOptions extends GlobalOptions {
  /** False with `--no-browser`. */
  browser: boolean;
}

/** Prints the address of the page, and opens it unless told otherwise. */
export async function run(context: CommandContext<OpenOptions>): Promise<number> {
  const { io, output, options, args } = context;
  const settings = settingsFor(context);
  return withSession(settings, async (session) => {
    const { cluster } = session;
    const what = args[0] ?? 'workflows';
    const isList = what === 'workflows' || what === 'schedules';
    const url = isList ? listUrl(cluster, what) : workflowUrl(cluster, await resolveId(session, settings.name, what));
    if (url === null) {
      throw new UserMistake(
        `The address of the Temporal UI of ${cluster.address} is not known.`,
        'Set temporal.ui_url in temporal.yaml.',
      );
    }
    const opened = options.browser && !output.json && (await openUrl(url, io.env));
    output.value({ ui: url });
    output.say(url);
    if (options.browser && !output.json && !opened) output.note('No browser was found: open the address yourself.');
    return EXIT.ok;
  });
}
