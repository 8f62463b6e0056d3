/** Reads digests from files of the digest table. Runs in a decoder thread. */
import { type Data, type Struct, type Table, Vector } from 'apache-arrow';
import { toMilliseconds } from '../cloudtrail/decoder/timestamp.js';
import { parseObjectKey } from '../cloudtrail/object-key.js';
import { readColumns } from '../columnar/parquet.js';
import { type TextReader, textReader } from '../columnar/text.js';
import { type Digest, isOfDay, type NamedFile } from './digest.js';
import { type Places, placesTest } from './places.js';

/** A data file of the digest table, and what to read from it. */
export interface DigestReadTask {
  parquet: Uint8Array;
  /** Positions of deleted rows, ascending. */
  deleted?: Float64Array;
  places: Places;
  /** The bucket's address, and the key prefix before `AWSLogs/`. */
  bucketUri: string;
  keyPrefix: string;
  /** False to leave out the log files that the digests list; a delivery day for those of this day. */
  files: boolean | string;
}

const TIMES = ['start_time', 'end_time', 'backfill_generation_timestamp'] as const;
const TEXTS = [
  ...(['s3_bucket', 's3_object', 'public_key_fingerprint', 'signature_algorithm'] as const),
  ...(['signature', 'metadata_signature_algorithm'] as const),
  ...(['previous_s3_bucket', 'previous_s3_object', 'previous_hash_value', 'previous_signature'] as const),
];

/** Returns the digests of the places, in the order of the rows. */
export async function readDigests(task: DigestReadTask): Promise<Digest[]> {
  const { parquet, places, bucketUri, keyPrefix } = task;
  const isAtPlaces = placesTest(places);
  const isWanted = (uri: string): boolean => isAtPlaces(keyOfUri(uri, bucketUri, keyPrefix));
  // Most files have no rows of a given part of a large day: their other columns are not decoded.
  if (places.of > 1 && !(await hasPath(parquet, isWanted))) return [];
  const table = await readColumns(parquet, [
    ...['log.file.path', 'file.hash.sha256'],
    ...[...TIMES, ...TEXTS].map((name) => `aws.cloudtrail.digest.${name}`),
    ...(task.files ? ['aws.cloudtrail.digest.log_files'] : []),
  ]);
  if (table === undefined) return [];
  const member = (name: string): Vector | undefined => columnAt(table, `aws.cloudtrail.digest.${name}`);
  const path = textReader(columnAt(table, 'log.file.path'));
  const sha256 = textReader(columnAt(table, 'file.hash.sha256'));
  const texts = TEXTS.map((name) => textReader(member(name)));
  const [starts, ends, backfills] = TIMES.map(member);
  const filesOf = task.files ? listsOf(columnAt(table, 'aws.cloudtrail.digest.log_files'), task.files) : () => [];
  const deleted = new Set(task.deleted ?? []);
  const digests: Digest[] = [];
  for (let row = 0; row < table.numRows; row++) {
    const uri = path(row) ?? '';
    const key = keyOfUri(uri, bucketUri, keyPrefix);
    if (deleted.has(row) || !isAtPlaces(key)) continue;
    const [bucket, object, fingerprint, algorithm, signature, metadataAlgorithm, ...ofPrevious] = texts.map((text) =>
      text(row),
    );
    const [previousBucket = '', previous, previousHash = '', previousSignature = ''] = ofPrevious;
    const { account = '', region = '' } = parseObjectKey(key) ?? {};
    const end = toMilliseconds(ends?.get(row)) ?? Number.NaN;
    digests.push({
      key,
      uri,
      account,
      region,
      start: toMilliseconds(starts?.get(row)) ?? Number.NaN,
      end,
      bucket: bucket ?? '',
      object: object ?? '',
      fingerprint: fingerprint ?? '',
      algorithm: algorithm ?? '',
      signature,
      metadataAlgorithm,
      backfilledAt: toMilliseconds(backfills?.get(row)),
      sha256: sha256(row) ?? '',
      previous:
        previous === undefined
          ? undefined
          : { bucket: previousBucket, key: previous, hash: previousHash.toLowerCase(), signature: previousSignature },
      files: filesOf(row, end),
    });
  }
  return digests;
}

async function hasPath(parquet: Uint8Array, isWanted: (uri: string) => boolean): Promise<boolean> {
  const table = await readColumns(parquet, ['log.file.path']);
  const path = textReader(table && columnAt(table, 'log.file.path'));
  for (let row = 0; row < (table?.numRows ?? 0); row++) if (isWanted(path(row) ?? '')) return true;
  return false;
}

/** The key of an address in the bucket, even if the bucket has moved since. */
export function keyOfUri(uri: string, bucketUri: string, keyPrefix: string): string {
  if (uri.startsWith(`${bucketUri}/`)) return uri.slice(bucketUri.length + 1);
  const at = uri.lastIndexOf(`/${keyPrefix === '' ? '' : `${keyPrefix}/`}AWSLogs/`);
  return at < 0 ? uri : uri.slice(at + 1);
}

function columnAt(table: Table, name: string): Vector | undefined {
  const [top, ...members] = name.split('.');
  let vector = table.getChild(top) as Vector | null;
  for (const member of members) vector = (vector?.getChild(member) as Vector | undefined) ?? null;
  return vector ?? undefined;
}

/**
 * Returns a function that reads the log files of a row, a digest with this end. It reads a value's bytes directly,
 * without an object per list.
 */
function listsOf(vector: Vector | undefined, days: true | string): (row: number, end: number) => NamedFile[] {
  if (vector === undefined) return () => [];
  const chunks = vector.data.map((data) => {
    const struct = data.children[0] as Data<Struct>;
    const names = struct.type.children.map(({ name }) => name);
    const child = (name: string): TextReader => {
      const at = names.indexOf(name);
      return textReader(at < 0 ? undefined : new Vector([struct.children[at]]));
    };
    const [bucket, key, hash] = ['s3_bucket', 's3_object', 'hash_value'].map(child);
    return { rows: data.length, data, bucket, key, hash };
  });
  let [chunk, start] = [0, 0];
  return (row, end) => {
    while (row - start >= chunks[chunk].rows) start += chunks[chunk++].rows;
    const { data, bucket, key, hash } = chunks[chunk];
    const files: NamedFile[] = [];
    const offsets = data.valueOffsets as Int32Array;
    for (let at = offsets[row - start]; at < offsets[row - start + 1]; at++) {
      const named = key(at) ?? '';
      if (days !== true && !isOfDay(named, end, days)) continue;
      files.push({ bucket: bucket(at) ?? '', key: named, hash: (hash(at) ?? '').toLowerCase() });
    }
    return files;
  };
}
