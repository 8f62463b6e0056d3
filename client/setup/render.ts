/** What `setup` says. */
import type { Cluster } from '../../cluster/cluster.js';
import { renderTable } from '../terminal/table.js';
import type { SetUpAttribute } from './search-attributes.js';

const STATES: Record<SetUpAttribute['state'], string> = { registered: 'registered now', present: 'was there' };

/** The namespace, and what it has now. */
export function renderSetUp(
  { address, namespace }: Pick<Cluster, 'address' | 'namespace'>,
  attributes: readonly SetUpAttribute[],
): string {
  const rows = attributes.map(({ name, type, state }) => [name, type, STATES[state]]);
  return [
    `${address}, namespace ${namespace}:`,
    renderTable([{ name: 'search attribute' }, { name: 'type' }, { name: '' }], rows, 2),
  ].join('\n');
}
