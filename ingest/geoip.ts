/** Opens the MMDB files of `enrich.geoip`, once in each decoder thread, and keeps them in memory. */
import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { Reader } from 'mmdb-lib';
import { LookupCaches } from '../cloudtrail/derived/bound.js';
import { type AddressDatabase, type Enrichment, UNSUITABLE_DATABASE_TYPES } from '../cloudtrail/enrichment.js';
import type { EnrichConfig } from '../cloudtrail/table-config.js';
import { UserMistake } from '../errors/index.js';

type Slot = keyof NonNullable<EnrichConfig['geoip']>;

let open: { key: string; caches: LookupCaches } | undefined;

/** Returns this thread's lookup caches for `config`. A file that was replaced is read again. Throws `UserMistake`. */
export function lookupCachesFor(config: EnrichConfig | undefined): LookupCaches {
  const files = Object.entries(config?.geoip ?? {}) as [Slot, string][];
  const key = JSON.stringify(files.map(([slot, path]) => [slot, path, versionOf(slot, path)]));
  if (open?.key !== key) {
    const enrichment: Enrichment = {};
    for (const [slot, path] of files) enrichment[slot] = openDatabase(slot, path);
    open = { key, caches: new LookupCaches(enrichment) };
  }
  return open.caches;
}

/** Opens a database. Throws `UserMistake` if the file is missing, or is not a database of the kind that `slot` requires. */
export function openDatabase(slot: Slot, path: string): AddressDatabase {
  const reader = readerOf(slot, path);
  const { databaseType, ipVersion } = reader.metadata;
  if (UNSUITABLE_DATABASE_TYPES[slot].test(databaseType))
    throw mistake(slot, `${path} is a ${databaseType} database`, 'Set it under the other key of enrich.geoip.');
  return {
    get(address) {
      // An IPv4 tree has 32 levels, so it must not be searched for a 128-bit address.
      if (ipVersion === 4 && isIP(address) === 6) return null;
      try {
        return reader.get(address);
      } catch (error) {
        throw mistake(slot, `${path} is damaged: ${(error as Error).message}`, 'Download it again.', error);
      }
    },
  };
}

function readerOf(slot: Slot, path: string): Reader<never> {
  const bytes = reading(slot, path, () => readFileSync(path));
  try {
    return new Reader(bytes);
  } catch (error) {
    throw mistake(slot, `${path} is not a MaxMind database (MMDB)`, 'Download it again.', error);
  }
}

function versionOf(slot: Slot, path: string): string {
  return reading(slot, path, () => {
    const { mtimeMs, size } = statSync(path);
    return `${mtimeMs} ${size}`;
  });
}

function reading<T>(slot: Slot, path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw mistake(slot, `${path} cannot be read (${code})`, 'Every worker needs the file at this path.', error);
  }
}

function mistake(slot: Slot, what: string, cure: string, cause?: unknown): UserMistake {
  return new UserMistake(`enrich.geoip.${slot}: ${what}.`, cure, { cause });
}
