/** `trailmill setup`: the one-time setup of a namespace, so that days and backfills can be found in the Temporal UI. */
import type { Cluster } from '../../cluster/cluster.js';
import type { CommandContext } from '../session/context.js';
import { withSession } from '../session/session.js';
import { settingsFor } from '../session/settings.js';
import { EXIT } from '../terminal/failure.js';
import { renderTable } from '../terminal/table.js';
import { register, type SetUpAttribute } from './search-attributes.js';

/** Registers the search attributes. Idempotent. */
export async function run(context: CommandContext): Promise<number> {
  const { output } = context;
  return withSession(settingsFor(context), async ({ cluster }) => {
    const { address, namespace } = cluster;
    const attributes = await register(cluster);
    output.value({ address, namespace, attributes });
    output.say(renderSetUp(cluster, attributes));
    return EXIT.ok;
  });
}

const STATES: Record<SetUpAttribute['state'], string> = { registered: 'registered', present: 'already registered' };

/** The namespace, and its search attributes after the setup. */
function renderSetUp(
  { address, namespace }: Pick<Cluster, 'address' | 'namespace'>,
  attributes: readonly SetUpAttribute[],
): string {
  const rows = attributes.map(({ name, type, state }) => [name, type, STATES[state]]);
  return [
    `${address}, namespace ${namespace}:`,
    renderTable([{ name: 'search attribute' }, { name: 'type' }, { name: '' }], rows, 2),
  ].join('\n');
}
