/** What `worker` and `dev` print once they are ready, while they stop, and after they have stopped. */
import type { Cluster } from '../../cluster/cluster.js';
import { printable } from '../../text/printable.js';

/** The addresses, once everything is running. */
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

/** The most activities that are named. */
const MOST_NAMED = 5;

/** What the shutdown waits for, and for how long. `graceSeconds`: worker.shutdown_grace_seconds. */
export function renderStopping(what: 'worker' | 'dev', underWay: readonly string[], graceSeconds: number): string {
  const then = what === 'dev' ? ', then the server stops' : '';
  if (underWay.length === 0) return `\nStopping: no activities are running${then}. Ctrl-C again to force it.`;
  const more = underWay.length > MOST_NAMED ? `, and ${underWay.length - MOST_NAMED} more` : '';
  const named = `${underWay.slice(0, MOST_NAMED).join(', ')}${more}`;
  return `\nStopping: the worker finishes its activities within ${graceSeconds} s: ${named}${then}. Ctrl-C again to force it.`;
}

/** `interrupted`: the number of activities that were not finished within the grace period. */
export function renderStopped(interrupted: number): string {
  if (interrupted === 0) return 'Stopped: all activities are finished.';
  const what = interrupted === 1 ? '1 activity was' : `${interrupted} activities were`;
  return `Stopped: ${what} not finished in time and will be retried by another worker, or by the next one that starts.`;
}
