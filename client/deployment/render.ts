/** What `deployment` prints. */

import { allPrintable } from '../../text/printable.js';
import { renderTable } from '../terminal/table.js';
import type { Deployment } from './deployment.js';

/** The versions, the newest first; `own` is the one that a worker of this build would be. */
export function renderDeployment(deployment: Deployment, own: string): string {
  const { name, current, ramping, versions } = allPrintable(deployment);
  const lines = [
    `Worker deployment ${name}`,
    `  current     ${current ?? 'none: the work goes to workers without a version'}`,
    ...(ramping === null ? [] : [`  ramping     ${ramping.buildId}, ${ramping.percentage} % of the workflows`]),
    `  this build  ${own}`,
    '',
  ];
  if (versions.length === 0) return [...lines, 'No worker of it has polled yet.'].join('\n');
  const rows = versions.map(({ buildId, status, createdAt }) => [buildId, status, createdAt ?? '']);
  return [...lines, renderTable([{ name: 'version' }, { name: 'status' }, { name: 'first seen' }], rows)].join('\n');
}

/** What a change of the current version came to. */
export function renderCurrent(deployment: string, buildId: string, previous: string | null): string {
  if (buildId === 'none') return `The work goes to workers without a version, no more to ${previous ?? deployment}.`;
  if (previous === buildId) return `${buildId} is the current version of ${deployment} already.`;
  return `${buildId} is the current version of ${deployment}; before it: ${previous ?? 'workers without a version'}.`;
}
