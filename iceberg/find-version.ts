/** Which metadata file of a table in the storage catalog is the newest. */
import { TableUnusable } from '../errors/index.js';
import { tableKey } from './location.js';
import {
  etagOf,
  type MetadataPlace,
  type MetadataText,
  parseVersion,
  readHint,
  readVersion,
  type Version,
} from './metadata-files.js';
import { assertNotLost } from './missing-versions.js';

/**
 * The newest version; `undefined` when there is no table. The hint may be missing or too low (a slow writer may have put it
 * back), but it is never ahead: so the search goes from the hinted version upward until there is no next one. Without a
 * usable hint the listing decides. Throws `Damaged` where the newest version cannot be read, or where the hint names a
 * later one.
 */
export async function findCurrent(place: MetadataPlace): Promise<Version | undefined> {
  const read = (of: number): Promise<MetadataText | undefined> => readVersion(place, of);
  let version = await readHint(place);
  let [text, next] = version === undefined ? [] : await Promise.all([read(version), read(version + 1)]);
  if (version === undefined || text === undefined) {
    const hint = version;
    version = await newestListed(place);
    if (hint !== undefined && hint > (version ?? 0)) await assertNotLost(place, version, hint);
    if (version === undefined) return undefined;
    [text, next] = await Promise.all([read(version), read(version + 1)]);
    // Deleted since it was listed: the table was dropped.
    if (text === undefined) return undefined;
  }
  return lastFrom(place, version, text, next);
}

/**
 * The newest version, from one that was seen before: one round trip when nothing has changed. `undefined` where the table may
 * be another one by now, or has versions that cannot be found by going upward: then {@link findCurrent} has to look.
 */
export async function findNewer(place: MetadataPlace, known: Version): Promise<Version | undefined> {
  const [hint, etag, next] = await Promise.all([
    readHint(place),
    etagOf(place, known.version),
    readVersion(place, known.version + 1),
  ]);
  if (etag !== known.etag) return undefined;
  if (next !== undefined) {
    const version = known.version + 1;
    return lastFrom(place, version, next, await readVersion(place, version + 1));
  }
  return hint === undefined || hint <= known.version ? known : undefined;
}

/** Goes from a version upward, to the last one without a gap. `next` is the text of the version after it, if there is one. */
async function lastFrom(
  place: MetadataPlace,
  first: number,
  text: MetadataText,
  next: MetadataText | undefined,
): Promise<Version> {
  let version = first;
  let [newest, after] = [text, next];
  while (after !== undefined) {
    newest = after;
    version++;
    after = await readVersion(place, version + 1);
  }
  return { version, etag: newest.etag, table: parseVersion(place, version, newest.text) };
}

/**
 * The highest version in the listing. Other writers may compress (spec, "Naming for GZIP compressed Metadata JSON files"); a
 * newest version that cannot be read is an error, because its number is taken though the plain name is free.
 */
async function newestListed({ store, identifier, signal }: MetadataPlace): Promise<number | undefined> {
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
    'Set write.metadata.compression-codec of the table to none, and let its other writer commit once more.',
  );
}
