/**
 * A warehouse as an ingestion of digests and log files leaves it, without the bucket: the digest table and the ledger. Digests
 * are signed with a real key, linked in chains, and decoded as usual; the log files that they list do not exist.
 */
import { createHash } from 'node:crypto';
import { partitionOf } from '../../../aws/regions.js';
import { deliveryTime, parseObjectKey } from '../../../cloudtrail/object-key.js';
import { columnsOf } from '../../../cloudtrail/table-columns.js';
import { allTables, type TableRole, tableNameOf, tablesOf } from '../../../cloudtrail/tables.js';
import { appendManifests } from '../../../iceberg/append.js';
import type { Catalog, LoadedTable } from '../../../iceberg/catalog.js';
import { storageCatalog } from '../../../iceberg/catalog-settings.js';
import { storeManifest } from '../../../iceberg/manifest-files.js';
import { schemaOf } from '../../../iceberg/schema.js';
import { currentSchema } from '../../../iceberg/snapshot.js';
import { createStorageCatalog } from '../../../iceberg/storage-catalog.js';
import type { ColumnSpec, DataFile } from '../../../iceberg/types.js';
import { decodeChunk } from '../../../ingest/chunk.js';
import { storeFile } from '../../../ingest/store-files.js';
import type { FetchedFile, WrittenFile } from '../../../ingest/types.js';
import { writeLedger } from '../../../ingest/write-parquet.js';
import { parseKeys } from '../../../integrity/keys.js';
import type { LedgerEntry } from '../../../ledger/entry.js';
import { nextDay } from '../../../protocol/days.js';
import { identifierOf, type RunConfig } from '../../../run/config.js';
import { storeKeys } from '../../../run/key-store.js';
import { DELIVERY_DAY } from '../../../run/summary-keys.js';
import { stampOf } from '../../../sample/clock.js';
import { type Digest, DigestChain, HOUR_MS, type LogFile } from '../../../sample/digests.js';
import { FIRST_DAY } from '../../../sample/index.js';
import { type KeyPair, keyPairOf } from '../../../sample/key-pair.js';
import { Random } from '../../../sample/random.js';
import { datedKey, type StreamPlace } from '../../../sample/streams.js';
import type { ObjectStore } from '../../../storage/object-store.js';

/** The bucket that the digests refer to, and that they were delivered to. */
export const BUCKET = 'trailmill-bench';

/** How many digests and log files to make. */
export interface VerifySize {
  accounts: number;
  regions: number;
  /** Each account and region has one digest per hour. */
  hours: number;
  filesPerDigest: number;
}

/** The days of a warehouse, `YYYY-MM-DD`, inclusive. */
export interface Days {
  from: string;
  to: string;
}

const SOURCE = 'bench';
const ORIGIN = { batch: 'bench', run: 'bench' };
const TABLES = allTables(SOURCE);
const DEFINITIONS = tablesOf(SOURCE, TABLES);
const DIGEST_TABLES = TABLES.filter(({ key }) => key === 'digest').map((config) => ({
  config,
  schema: schemaOf(columnsOf(config)),
}));
const REJECTS = schemaOf(DEFINITIONS.rejects.columns);
/** Objects of a batch, as in an ingestion with default settings. */
const BATCH_FILES = 2_000;
const TRAIL = { bucket: BUCKET, name: 'bench', homeRegion: 'us-east-1' };

/** The configuration of a run over the warehouse. */
export const CONFIG: RunConfig = {
  source: SOURCE,
  location: `s3://${BUCKET}`,
  keyPrefix: '',
  catalog: storageCatalog('bench'),
  ingest: {
    batchBytes: 64 << 20,
    batchFiles: BATCH_FILES,
    chunkBytes: 16 << 20,
    groupBatches: 16,
    daysInFlight: 2,
    batchesInFlight: 2,
    concurrentReads: 4,
    maxFileBytes: 256 << 20,
  },
  tables: TABLES,
  // No keys are requested from CloudTrail.
  integrity: { mode: 'verify', keys: 'folder' },
};

/** Writes the tables and the public key. The chains begin with the first hour of the first day. */
export async function makeWarehouse(warehouse: ObjectStore, size: VerifySize): Promise<Days> {
  const keys = keyPairOf(new Random('bench'));
  await storeKeys(warehouse, parseKeys(keys.publicKeyDer, 'the key'), { from: 'folder' }, 0);
  const tables = await createTables(createStorageCatalog(warehouse));
  const groups = groupsOf(size, keys);
  const { hours } = size;
  for (let day = FIRST_DAY, left = hours; ; left = Math.max(0, left - 24), day = nextDay(day)) {
    const written: WrittenFile[] = [];
    for (const group of groups) written.push(...(await write(group.take(day, Math.min(left, 24)), tables.ledger)));
    for (const role of ROLES) await append(tables[role], day, written);
    process.stderr.write(`${day}: ${left} of ${hours} hours left\n`);
    // The digest of the last hour of a day is delivered on the next day.
    if (left < 24) return { from: FIRST_DAY, to: day };
  }
}

const ROLES = ['digest', 'ledger'] as const;

type Table = LoadedTable & { catalog: Catalog };

async function createTables(catalog: Catalog): Promise<Record<(typeof ROLES)[number], Table>> {
  const create = async (role: TableRole, columns: readonly ColumnSpec[]): Promise<Table> => {
    const table = await catalog.ensureTable(identifierOf(CONFIG, role), {
      schema: schemaOf(columns),
      partitionByDayOf: 'ts',
    });
    return { ...table, catalog };
  };
  const digest = DEFINITIONS.digest?.columns ?? [];
  return { digest: await create('digest', digest), ledger: await create('ledger', DEFINITIONS.ledger.columns) };
}

/** Commits the files of a day. */
async function append(table: Table, day: string, written: readonly WrittenFile[]): Promise<void> {
  const { catalog, identifier } = table;
  const files: DataFile[] = [];
  for (const one of written)
    if (tableNameOf(SOURCE, one.role) === identifier.name)
      files.push({ ...one.file, path: await storeFile(table, `bench-${day}`, one) });
  const manifests = [await storeManifest(table, `bench-${day}`, files, 'data')];
  await appendManifests({ catalog, identifier, commitId: day, manifests, summary: { [DELIVERY_DAY]: day } });
}

/** What is delivered: a digest with its content, or a log file, with only its hash. */
type Delivered = { digest: Digest } | { file: LogFile };

/** Splits the chains of all accounts and regions, so that the objects of a day and group are about one batch. */
function groupsOf({ accounts, regions, filesPerDigest }: VerifySize, keys: KeyPair): ChainGroup[] {
  const names = partitionOf('us-east-1').regions.slice(0, regions);
  const places = Array.from({ length: accounts }, (_, at) =>
    names.map((region): StreamPlace => ({ account: { id: String(111_122_223_333 + at) }, region, root: 'AWSLogs/' })),
  ).flat();
  const chains = Math.max(1, Math.floor(BATCH_FILES / (24 * (1 + filesPerDigest))));
  return Array.from(
    { length: Math.ceil(places.length / chains) },
    (_, at) => new ChainGroup(places.slice(at * chains, (at + 1) * chains), filesPerDigest, keys),
  );
}

/** Chains of digests whose objects are ingested together. */
class ChainGroup {
  private readonly chains: DigestChain[];
  /** Digests of the last hour of a day, which are delivered on the next day. */
  private late: Delivered[] = [];

  constructor(
    private readonly places: readonly StreamPlace[],
    private readonly filesPerDigest: number,
    keys: KeyPair,
  ) {
    this.chains = places.map((stream) => new DigestChain({ trail: TRAIL, stream, keysAt: () => keys }));
  }

  /** Makes the digests of the first hours of a day, and returns what is delivered on that day. */
  take(day: string, hours: number): Delivered[] {
    const start = Date.parse(`${day}T00:00:00Z`);
    const objects = this.late;
    this.late = [];
    for (let hour = 1; hour <= hours; hour++) {
      const end = start + hour * HOUR_MS;
      for (const [at, chain] of this.chains.entries()) {
        const files = this.filesOf(this.places[at], end);
        objects.push(...files.map((file) => ({ file })));
        (hour < 24 ? objects : this.late).push({ digest: chain.next(end, files) });
      }
    }
    return objects;
  }

  /** The log files of an hour. */
  private filesOf(place: StreamPlace, end: number): LogFile[] {
    return Array.from({ length: this.filesPerDigest }, (_, at) => {
      const time = end - HOUR_MS + Math.floor((at * HOUR_MS) / this.filesPerDigest);
      const id = createHash('sha256').update(`${place.account.id} ${place.region} ${end} ${at}`).digest();
      const name = `${place.account.id}_CloudTrail_${place.region}_${stampOf(time, false)}_${id.toString('base64url').replace(/[-_]/g, 'x').slice(0, 16)}.json.gz`;
      const key = datedKey(place, 'CloudTrail', time, name);
      return { key, hash: id.toString('hex'), newest: time - 60_000, oldest: time - 600_000 };
    });
  }
}

/** Writes what is delivered as an ingestion does: a batch, or several. */
async function write(objects: readonly Delivered[], { metadata }: LoadedTable): Promise<WrittenFile[]> {
  const written: WrittenFile[] = [];
  for (let from = 0; from < objects.length; from += BATCH_FILES) {
    const batch = objects.slice(from, from + BATCH_FILES);
    const files = batch.flatMap((one) => ('digest' in one ? [fetched(one.digest)] : []));
    const entries = batch.flatMap((one) => ('file' in one ? [entryOf(one.file)] : []));
    const chunk = await decodeChunk({
      ...ORIGIN,
      files,
      tables: DIGEST_TABLES,
      rejectsSchema: REJECTS,
      deduplicate: false,
      maxFileBytes: CONFIG.ingest.maxFileBytes,
      bufferBytes: 64 << 20,
    });
    const ledger = [...chunk.ledger, ...entries];
    const schema = currentSchema(metadata);
    written.push(...chunk.written, ...(await writeLedger({ ...ORIGIN, entries: ledger, schema })));
  }
  return written;
}

function placeOf(key: string): Pick<FetchedFile, 'key' | 'account' | 'region' | 'uri' | 'deliveredAt'> {
  const { account = '', region = '', day = '' } = parseObjectKey(key) ?? {};
  return { key, account, region, uri: `s3://${BUCKET}/${key}`, deliveredAt: deliveryTime(key, day) };
}

function fetched({ key, body, metadata }: Digest): FetchedFile {
  const etag = createHash('md5').update(body).digest('hex');
  const place = placeOf(key);
  const stored = { etag, size: body.length, lastModified: place.deliveredAt };
  return { ...place, ...stored, kind: 'CloudTrail-Digest', body: new Uint8Array(body), metadata };
}

function entryOf({ key, hash, oldest = 0, newest = 0 }: LogFile): LedgerEntry {
  const place = placeOf(key);
  return {
    ...place,
    etag: hash.slice(0, 32),
    size: 5_000 + (Number.parseInt(hash.slice(0, 4), 16) % 10_000),
    lastModified: place.deliveredAt,
    kind: 'CloudTrail',
    table: 'default',
    records: 50,
    rejects: 0,
    dropped: 0,
    duplicates: 0,
    sha256: hash,
    firstEventTime: oldest * 1000,
    lastEventTime: newest * 1000,
  };
}
