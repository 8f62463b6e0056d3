/** What `worker` and `dev` say when they are told to stop, and when they have. */

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
