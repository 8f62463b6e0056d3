/**
 * What a worker accepts. Anyone who can reach the Temporal server can start a workflow, so workflow input is not trusted:
 * a worker writes only to its own warehouses, and reads code and databases only where its own project allows it.
 */
import { createHash } from 'node:crypto';
import { RunRefused } from '../errors/index.js';
import type { CatalogSettings } from '../iceberg/catalog-settings.js';
import type { RunConfigRef } from '../protocol/messages.js';
import { formatAddress, parseAddress } from '../storage/address.js';
import { isInside, realPath } from '../storage/real-path.js';
import { CONFIG_KEY, configKeyOf, type RunConfig, splitRef } from './config.js';

/** The warehouses that a worker works for, and the files that it may use. */
export interface Accepted {
  /** Addresses of the warehouses that it works for: its own first, then those of `worker.allow.warehouses`. */
  warehouses: readonly [string, ...string[]];
  /** Its own catalog. The worker's secrets for a REST catalog are sent to no other. */
  catalog?: CatalogSettings;
  /** Files and directories, absolute: its project first, then those of `worker.allow.files`. */
  files: readonly string[];
}

const ALLOW = 'worker.allow of temporal.yaml, docs/configuration.md';

/**
 * Splits a reference into its warehouse, spelled as the worker's own configuration spells it, and its key. Throws
 * {@link RunRefused} if it is not a reference or the worker does not accept the warehouse.
 */
export function acceptedPlace(ref: RunConfigRef, { warehouses }: Accepted): { warehouse: string; key: string } {
  const place = splitRef(ref);
  if (place === undefined || !CONFIG_KEY.test(place.key))
    throw new RunRefused(`${ref} is not the address of a run configuration.`, 'Start the run with `trailmill`.');
  const warehouse = warehouses.find((own) => isSameStore(own, place.warehouse));
  if (warehouse !== undefined) return { warehouse, key: place.key };
  const others = warehouses.length === 1 ? '' : ` It also accepts ${warehouses.slice(1).join(', ')}.`;
  throw new RunRefused(
    `This worker refuses the run configuration ${ref}: it is in the warehouse ${place.warehouse}, but the worker's own warehouse is ${warehouses[0]}.${others}`,
    `Start the run with the worker's warehouse, or add ${place.warehouse} to warehouses (${ALLOW}) and restart the worker.`,
  );
}

/** Throws {@link RunRefused} if the content does not match the hash in its name. */
export function assertContent(ref: RunConfigRef, key: string, body: Uint8Array): void {
  if (configKeyOf(createHash('sha256').update(body)) === key) return;
  throw new RunRefused(
    `This worker refuses the run configuration ${ref}: it was modified after it was written, because its name is not the checksum of its content.`,
    'Delete the file and start the run again. Check who else can write to the warehouse.',
  );
}

/** Throws {@link RunRefused} if the catalog is not the worker's own, or if a file is outside of the accepted directories. */
export function assertAccepted(ref: RunConfigRef, config: RunConfig, { catalog, files }: Accepted): void {
  if (config.catalog.type === 'rest') {
    const own = catalog?.type === 'rest' ? catalog.rest : undefined;
    const { uri, oauth2 } = config.catalog.rest;
    if (uri !== own?.uri || oauth2?.serverUri !== own?.oauth2?.serverUri)
      throw new RunRefused(
        `This worker refuses the run configuration ${ref}: its catalog is ${uri}, but the worker's own catalog is ${own?.uri ?? 'in the warehouse'}.`,
        'Give the worker the same log_source.yml as the command that starts runs, then start the run again.',
      );
  }
  const transforms = config.tables.flatMap(({ transform }) => transform?.path ?? []);
  const databases = Object.values(config.enrich?.geoip ?? {});
  for (const path of [...transforms, ...databases]) {
    if (isInside(path, files)) continue;
    throw new RunRefused(
      `This worker refuses the run configuration ${ref}: it uses ${path}, which is outside of the worker's project ${files[0]}${throughLink(path)}.`,
      `Move the file into the project, or add it to files (${ALLOW}).`,
    );
  }
}

function throughLink(path: string): string {
  const real = realPath(path);
  return real === path ? '' : ` (a link to ${real})`;
}

/** Compares location and endpoint: the same bucket name at another endpoint is another store. */
function isSameStore(own: string, other: string): boolean {
  if (own === other) return true;
  try {
    const [a, b] = [parseAddress(own), parseAddress(other)];
    if (a.scheme === 'file' && b.scheme === 'file') return realPath(a.directory) === realPath(b.directory);
    return a.scheme === b.scheme && formatAddress(a) === formatAddress(b);
  } catch {
    return false;
  }
}
