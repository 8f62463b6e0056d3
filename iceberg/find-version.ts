/** Finds the newest metadata file of a table in the storage catalog. */
import { TableUnusable } from '../errors/index.js';
import { tableKey } from './location.js';
import {
  type MetadataDirectory,
  type MetadataText,
  parseVersion,
  readHint,
  readVersion,
  type Version,
  versionEtag,
} from './metadata-files.js';
import { assertNotLost } from './missing-versions.js';

/**
 * Finds the newest version; `undefined` if the table does not exist. The hint may be missing or too low (a slow writer may have
 * overwritten it), but it is never too high, so the search starts at the hinted version and goes up until the next one does not
 * exist. Without a usable hint, the directory is listed. Throws `Damaged` if the newest version cannot be read, or if a later
 * version that the hint names is missing.
 */
export async function findCurrent(directory: MetadataDirectory): Promise<Version | undefined> {
  const read = (of: number): Promise<MetadataText | undefined> => readVersion(directory, of);
  let version = await readHint(directory);
  let [text, next] = version === undefined ? [] : await Promise.all([read(version), read(version + 1)]);
  if (version === undefined || text === undefined) {
    const hint = version;
    version = await newestListed(directory);
    if (hint !== undefined && hint > (version ?? 0)) await assertNotLost(directory, version, hint);
    if (version === undefined) return undefined;
    [text, next] = await Promise.all([read(version), read(version + 1)]);
    // Deleted after it was listed: the table was dropped.
    if (text === undefined) return undefined;
  }
  return latestFrom(directory, version, text, next);
}

/**
 * Finds the newest version starting from a known one, which takes one round trip if nothing has changed. Returns `undefined` if
 * the table may have been replaced, or if there may be versions that cannot be found by going up; then use {@link findCurrent}.
 */
export async function findNewer(directory: MetadataDirectory, known: Version): Promise<Version | undefined> {
  const [hint, etag, next] = await Promise.all([
    readHint(directory),
    versionEtag(directory, known.version),
    readVersion(directory, known.version + 1),
  ]);
  if (etag !== known.etag) return undefined;
  if (next !== undefined) {
    const version = known.version + 1;
    return latestFrom(directory, version, next, await readVersion(directory, version + 1));
  }
  return hint === undefined || hint <= known.version ? known : undefined;
}

/** Goes up from a version to the last one before a gap. `next` is the text of the version after `first`, if it exists. */
async function latestFrom(
  directory: MetadataDirectory,
  first: number,
  text: MetadataText,
  next: MetadataText | undefined,
): Promise<Version> {
  let version = first;
  let [newest, after] = [text, next];
  while (after !== undefined) {
    newest = after;
    version++;
    after = await readVersion(directory, version + 1);
  }
  return { version, etag: newest.etag, table: parseVersion(directory, version, newest.text) };
}

/**
 * The highest version in the listing. Other writers may compress metadata files (spec, "Naming for GZIP compressed Metadata
 * JSON files"). If the newest version is compressed, this is an error, because its number is used although the uncompressed
 * name is free.
 */
export async function newestListed({ store, identifier, signal }: MetadataDirectory): Promise<number | undefined> {
  let newest: { version: number; key: string; plain: boolean } | undefined;
  for await (const page of store.list(`${tableKey(identifier)}/metadata/v`, { signal })) {
    for (const { key } of page.objects) {
      const match = /\/v(\d{1,15})\.(metadata\.json|gz\.metadata\.json|metadata\.json\.gz)$/.exec(key);
      if (!match) continue;
      const version = Number(match[1]);
      if (version > (newest?.version ?? -1)) newest = { version, key, plain: match[2] === 'metadata.json' };
    }
  }
  if (newest === undefined || newest.plain) return newest?.version;
  throw new TableUnusable(
    `${newest.key} is compressed, which this version cannot read.`,
    "Set the table's write.metadata.compression-codec to none, and let its other writer commit again.",
  );
}
