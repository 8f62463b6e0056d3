/** What `dev` and `worker` print once they are up. */
import type { Cluster } from '../../cluster/cluster.js';
import { printable } from '../../text/printable.js';

/** Addresses, and what to do next. */
export function renderRunning(
  cluster: Pick<Cluster, 'address' | 'namespace' | 'taskQueue' | 'uiUrl'>,
  more: { database?: string; metrics?: string; health?: string },
): string {
  const rows: [string, string][] = [
    ['server', `${cluster.address}, namespace ${cluster.namespace}`],
    ['worker', `ready, task queue ${cluster.taskQueue}`],
  ];
  if (cluster.uiUrl !== undefined) rows.push(['UI', cluster.uiUrl]);
  for (const name of ['database', 'metrics', 'health'] as const) {
    const text = more[name];
    if (text !== undefined) rows.push([name, text]);
  }
  const lines = rows.map(([name, text]) => `  ${name.padEnd(10)}${printable(text)}`);
  return ['Trailmill is running; Ctrl-C stops it.', ...lines].join('\n');
}
