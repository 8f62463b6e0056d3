/** Verifies a bucket held in memory, by the same steps as the workflow, without a warehouse: objects → rows → verdicts. */

import { deliveryTime, kindOf, parseObjectKey } from '../../cloudtrail/object-key';
import { columnsOf } from '../../cloudtrail/table-columns';
import { allTables, tablesOf } from '../../cloudtrail/tables';
import { schemaOf } from '../../iceberg/schema';
import { decodeChunk } from '../../ingest/chunk';
import type { ChunkTask, FetchedFile } from '../../ingest/types';
import { writeLedger } from '../../ingest/write-parquet';
import type { Digest } from '../../integrity/digest';
import { judgeDay, judgeUnknown } from '../../integrity/judge-day';
import type { LedgerFile } from '../../integrity/judge-files';
import type { KeyRing } from '../../integrity/keys';
import { readDigests } from '../../integrity/read-digests';
import { latestAttempts, readLedgerFiles } from '../../integrity/read-ledger';
import type { Verdict } from '../../integrity/verdict';
import { addDays, dayAt } from '../../protocol/days';
import type { Bucket, BucketObject } from './digest-files';

export interface VerifyBucketOptions {
  keys: KeyRing;
  /** The bucket in the addresses of the objects. */
  bucketName: string;
  /** Changes made to the ledger after the ingestion. */
  ledgerEdits?: (ledger: LedgerFile[]) => LedgerFile[];
  /** The bucket that was ingested, if it was changed afterwards. */
  ingested?: Bucket;
  /** Milliseconds since the epoch; default: long after everything. */
  now?: number;
}

const SOURCE = 'aws_cloudtrail';
const EVERYWHERE = { index: 0, of: 1 };
const CONFIGS = allTables(SOURCE);
const TABLES = CONFIGS.map((config) => ({ config, schema: schemaOf(columnsOf(config)) }));
const REJECTS = schemaOf(tablesOf(SOURCE, CONFIGS).rejects.columns);
const LEDGER = schemaOf(tablesOf(SOURCE, CONFIGS).ledger.columns);

/** Returns the verdicts of all days of the bucket. */
export async function verifyBucket(bucket: Bucket, options: VerifyBucketOptions): Promise<Verdict[]> {
  const { keys, bucketName, ledgerEdits = (ledger) => ledger, now = Date.parse('2030-01-01T00:00:00Z') } = options;
  const bucketUri = `s3://${bucketName}`;
  const { digests, ledger: entered, withRows } = await ingestBucket(options.ingested ?? bucket, bucketUri);
  const ledger = ledgerEdits(entered);
  const origin = { bucket: bucketName, prefix: '' };
  const days = [...new Set([...entered.map(({ at }) => dayAt(at)), ...digests.map(({ end }) => dayAt(end))])].sort();
  const verdicts: Verdict[] = [];
  for (const day of days) {
    const [first, last] = [addDays(day, -1), addDays(day, 1)];
    const near = digests.filter(({ end }) => dayAt(end) >= first && dayAt(end) <= last);
    const ofDay = ledger.filter(({ at }) => dayAt(at) === day);
    const judged = judgeDay({ day, digests: near, ledger: ofDay, origin, keys, now });
    verdicts.push(...judged.verdicts, ...judged.unnamed.map(({ verdict }) => verdict));
    for (const object of judged.unknown) {
      const where = withRows.has(object.key) ? 'table' : bucket.has(object.key) ? 'bucket' : 'nowhere';
      verdicts.push(judgeUnknown(object, where, now));
    }
  }
  return verdicts;
}

/** The result of ingesting the objects of a bucket. */
export interface IngestedBucket {
  digests: Digest[];
  ledger: LedgerFile[];
  /** Keys of log files that a table has rows of. */
  withRows: Set<string>;
}

/** By object and address: after a few changes to a bucket, only the changed objects are decoded again. */
const decoded = new WeakMap<BucketObject, Map<string, { digest?: Digest; file?: LedgerFile; hasRows: boolean }>>();

/** Decodes all objects, and reads digests and ledger back from the Parquet files. */
export async function ingestBucket(bucket: Bucket, bucketUri: string): Promise<IngestedBucket> {
  const fresh = new Map([...bucket].filter(([key, object]) => !decoded.get(object)?.has(`${bucketUri}/${key}`)));
  if (fresh.size > 0) {
    const { digests, ledger, withRows } = await decodeBucket(fresh, bucketUri);
    const digestOf = new Map(digests.map((digest) => [digest.key, digest]));
    const fileOf = new Map(ledger.map((file) => [file.key, file]));
    for (const [key, object] of fresh) {
      const known = decoded.get(object) ?? new Map();
      known.set(`${bucketUri}/${key}`, {
        digest: digestOf.get(key),
        file: fileOf.get(key),
        hasRows: withRows.has(key),
      });
      decoded.set(object, known);
    }
  }
  const result: IngestedBucket = { digests: [], ledger: [], withRows: new Set() };
  for (const [key, object] of bucket) {
    const { digest, file, hasRows } = decoded.get(object)!.get(`${bucketUri}/${key}`)!;
    if (digest !== undefined) result.digests.push(digest);
    if (file !== undefined) result.ledger.push(file);
    if (hasRows) result.withRows.add(key);
  }
  return result;
}

async function decodeBucket(bucket: Bucket, bucketUri: string): Promise<IngestedBucket> {
  const files = [...bucket].flatMap(([key, { body, metadata }]): FetchedFile[] => {
    const parsed = parseObjectKey(key);
    if (parsed === undefined) return [];
    const { account, region, kindFolder, day } = parsed;
    const kind = kindOf(kindFolder) ?? kindFolder;
    const place = { account, region, kind, uri: `${bucketUri}/${key}`, deliveredAt: deliveryTime(key, day) };
    return [{ key, etag: `e${body.length}`, size: body.length, ...place, body: new Uint8Array(body), metadata }];
  });
  const task: ChunkTask = {
    batch: 'b',
    run: 'r',
    files,
    tables: TABLES,
    rejectsSchema: REJECTS,
    deduplicate: false,
    maxFileBytes: 64 << 20,
    bufferBytes: 64 << 20,
  };
  const { written, ledger } = await decodeChunk(task);
  const digests: Digest[] = [];
  for (const { role, bytes } of written) {
    if (role !== 'digest') continue;
    const of = { parquet: bytes, places: EVERYWHERE, bucketUri, keyPrefix: '', files: true };
    digests.push(...(await readDigests(of)));
  }
  const attempts = [];
  for (const { bytes } of await writeLedger({ entries: ledger, schema: LEDGER, batch: 'b', run: 'r' }))
    attempts.push(...(await readLedgerFiles({ parquet: bytes, places: EVERYWHERE })));
  const withRows = new Set(
    ledger.filter(({ table, records }) => table !== 'digest' && records > 0).map(({ key }) => key),
  );
  return { digests, ledger: latestAttempts(attempts), withRows };
}
