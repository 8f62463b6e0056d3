/**
 * Detects commits of the storage catalog to a version that is no longer the newest. A commit to version N creates version
 * N + 1, which fails if another writer has created it. But maintenance removes old versions: to a writer that has loaded N very
 * long ago, the number N + 1 may be free again.
 *
 * Versions are removed in ascending order, and never in the first hour (maintenance/old-metadata.ts). So if version N
 * still exists after N + 1 was created, N + 1 had not been removed before. If N was loaded only minutes ago, this is
 * certain without a check.
 */
import { CommitConflict, CommitStateUnknown } from '../errors/index.js';
import { newestListed } from './find-version.js';
import { type MetadataDirectory, metadataKey, versionEtag } from './metadata-files.js';

/** Milliseconds for which a loaded version is certain to exist. Much less than {@link MIN_METADATA_AGE_MS}: clocks differ. */
export const TRUSTED_FOR_MS = 5 * 60_000;

/** Milliseconds for which every version is kept. */
export const MIN_METADATA_AGE_MS = 60 * 60_000;

/** The version that a commit is based on. */
export interface Base {
  /** 0: the commit creates the table. */
  version: number;
  /** Unknown if the table was not loaded by this catalog. */
  etag?: string;
  /** Milliseconds since the epoch; unknown as above. */
  loadedAt?: number;
}

/**
 * Called after the version that follows `base` was created. Throws `CommitConflict`, after removing that version again,
 * if it cannot be proven to be the newest one.
 */
export async function assertNewest(directory: MetadataDirectory, base: Base, now: number): Promise<void> {
  // A clock that was set back proves nothing.
  const age = base.loadedAt === undefined ? undefined : now - base.loadedAt;
  if (age !== undefined && age >= 0 && age < TRUSTED_FOR_MS) return;
  const created = base.version + 1;
  const key = metadataKey(directory.identifier, created);
  try {
    if (base.version > 0) {
      const etag = await versionEtag(directory, base.version);
      if (etag !== undefined && (base.etag === undefined || etag === base.etag)) return;
    }
    // Even without its base, the version is valid if there is no later one.
    if (((await newestListed(directory)) ?? created) <= created) return;
  } catch (cause) {
    directory.signal?.throwIfAborted();
    throw new CommitStateUnknown(`It is unknown whether ${key} is the newest version of its table.`, undefined, {
      cause,
    });
  }
  await directory.store.delete(key, { signal: directory.signal });
  throw new CommitConflict(`${key} was created by another writer long ago, and has been removed since.`);
}
