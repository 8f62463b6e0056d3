/** Renders the output of `deployment`. */

import { allPrintable } from '../../text/printable.js';
import { renderTable, type TextColumn } from '../terminal/table.js';
import type { Deployment } from './deployment.js';

/** The versions, newest first. `own`: the build id of this build. */
export function renderDeployment(deployment: Deployment, own: string, width?: number): string {
  const { name, current, ramping, versions } = allPrintable(deployment);
  const lines = [
    `Worker deployment ${name}`,
    `  current     ${current ?? 'none: tasks go to unversioned workers'}`,
    ...(ramping === null ? [] : [`  ramping     ${ramping.buildId}, ${ramping.percentage} % of the workflows`]),
    `  this build  ${own}`,
    '',
  ];
  if (versions.length === 0) return [...lines, 'No worker of this deployment has polled yet.'].join('\n');
  const rows = versions.map(({ buildId, status, createdAt }) => [buildId, status, createdAt ?? '']);
  const columns: readonly TextColumn[] = [
    { name: 'version', narrow: 'keep' },
    { name: 'status' },
    { name: 'first seen', narrow: 'drop' },
  ];
  return [...lines, renderTable(columns, rows, 0, undefined, width)].join('\n');
}

/** The result of setting the current version. */
export function renderCurrent(deployment: string, buildId: string, previous: string | null): string {
  if (buildId === 'none') return `Tasks now go to unversioned workers, no longer to ${previous ?? deployment}.`;
  if (previous === buildId) return `${buildId} is already the current version of ${deployment}.`;
  return `${buildId} is the current version of ${deployment}; previously ${previous ?? 'unversioned workers'}.`;
}
