/** What decides which rows a file has: the version of Trailmill and a part of the configuration. The ledger records both. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { Writer } from '../ledger/entry.js';
import type { RunConfig } from './config.js';
import type { RunContext } from './context.js';

export { isOlderVersion } from '../ledger/version-order.js';

/** Returns what writes the rows of a run. */
export function writerOf({ config, version }: Pick<RunContext, 'config' | 'version'>): Writer {
  return { ...(version === undefined ? {} : { version }), config: rowsConfigOf(config) };
}

/**
 * Returns a hash of the parts of a configuration that decide which rows a file has: tables with their columns, transforms with
 * everything that they import, enrichment, deduplication, and whether files must be proven. Not credentials, locations, sizes
 * of batches, or the selection of files to read.
 */
function rowsConfigOf({ tables, enrich, deduplicate, integrity }: RunConfig): string {
  const city = enrich?.geoip?.city;
  const asn = enrich?.geoip?.asn;
  const content = {
    tables: tables.map(({ key, columns, transform }) => ({
      key,
      columns: columns.map(({ name, type, from, convert, default: fallback }) => [name, type, from, convert, fallback]),
      // Their paths may differ between machines.
      transform: transform && [transform.sha256, Object.entries(transform.modules ?? {}).sort()],
    })),
    geoip: [city, asn].map((path) => path && basename(path)),
    deduplicate: deduplicate?.windowDays,
    required: integrity?.mode === 'required',
  };
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 32);
}
