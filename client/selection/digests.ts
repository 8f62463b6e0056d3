/** With `integrity: required`: places whose log files no digest can prove. */

import type { SourcePrefix } from '../../cloudtrail/object-key.js';
import { tableOf } from '../../cloudtrail/table-config.js';
import { digestFolderOf } from '../../integrity/digest.js';
import { findSources } from '../../plan/find-sources.js';
import { holdHours, mustBeProven, requiresProof } from '../../plan/hold.js';
import type { SourceFilter } from '../../protocol/messages.js';
import { counted } from '../../text/numbers.js';
import type { SelectionRun } from './deliveries.js';

/** Places without digests: what that means, and what to do. */
export interface NoDigests {
  message: string;
  cure: string;
}

/**
 * Returns a warning if places with log files have no digests, so that none of their files will be ingested.
 * @param sources the places that the filter selects, if known
 */
export async function withoutDigests(
  run: SelectionRun,
  filter: SourceFilter,
  signal: AbortSignal,
  sources?: readonly SourcePrefix[],
): Promise<NoDigests | undefined> {
  const { config } = run;
  if (!requiresProof(config)) return undefined;
  const { kinds = [], ...others } = filter;
  // Digests prove log files, whether or not the filter selects them.
  const all = sources !== undefined && kinds.length === 0 ? sources : (await findSources(run, others, signal)).sources;
  const found = new Set<string>();
  const places = new Map<string, string>();
  for (const { prefix, account, region, kind } of all) {
    const folder = digestFolderOf(prefix) ?? prefix;
    if (tableOf(kind) === 'digest') found.add(folder);
    else if (mustBeProven(config, kind)) places.set(folder, `${account} ${region}`);
  }
  const without = [...places].filter(([folder]) => !found.has(folder)).map(([, place]) => place);
  if (without.length === 0) return undefined;
  const more = without.length === 1 ? '' : ` and ${counted(without.length - 1, 'other')}`;
  return {
    message: `integrity is required, but the bucket has no digests for ${without[0]}${more}. None of their log files are ingested: they are held back for ${holdHours(config)} hours after their delivery, then quarantined as not_proven.`,
    cure: 'Turn on log file validation for the trail, or set integrity to record or verify.',
  };
}
