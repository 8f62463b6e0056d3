/** What `worker` and `dev` print: once they are up, when they are to stop, and when they have stopped. */
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

/** So many activities are named. */
const MOST_NAMED = 5;

/** What the shutdown waits for, and for how long. `graceSeconds`: worker.shutdown_grace_seconds. */
export function renderStopping(what: 'worker' | 'dev', underWay: readonly string[], graceSeconds: number): string {
  const then = what === 'dev' ? ', then the server ends' : '';
  if (underWay.length === 0) return `\nStopping: nothing is under way${then}. Ctrl-C again to force it.`;
  const more = underWay.length > MOST_NAMED ? `, and ${underWay.length - MOST_NAMED} more` : '';
  const named = `${underWay.slice(0, MOST_NAMED).join(', ')}${more}`;
  return `\nStopping: the worker finishes what it holds, within ${graceSeconds} s: ${named}${then}. Ctrl-C again to force it.`;
}

/** `givenBack`: activities that were not done when the time was over. */
export function renderStopped(givenBack: number): string {
  if (givenBack === 0) return 'Stopped: all that was under way is finished.';
  const what = givenBack === 1 ? '1 activity was' : `${givenBack} activities were`;
  return `Stopped: ${what} not finished in time and will be done by another worker, or by the next that starts.`;
}
