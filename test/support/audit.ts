/** An audit without Temporal, and tables that were tampered with. */
import { gzipSync } from 'node:zlib';
import { auditDay, type DayAuditOptions } from '../../audit/audit-day';
import type { DayReport } from '../../audit/report';
import { allTables, type TableRole } from '../../cloudtrail/tables';
import { keyOf, locationOf } from '../../iceberg/location';
import { writeManifest } from '../../iceberg/manifest';
import { type ManifestListEntry, readManifestList, writeManifestList } from '../../iceberg/manifest-list';
import { loadExistingTable } from '../../iceberg/retry';
import { currentSchema, currentSpec, newSnapshotId, snapshotById } from '../../iceberg/snapshot';
import type { DataFile, ManifestFile } from '../../iceberg/types';
import { inlinePool } from '../../ingest/threads/inline-pool';
import type { LedgerRow } from '../../ledger/columns';
import { ledgerRows } from '../../ledger/rows';
import { SINGLE_SLICE } from '../../ledger/slices';
import { discover } from '../../plan/discover';
import type { SourceFilter } from '../../protocol/messages';
import { ensureTables, type RunContext } from '../../run/context';
import { readWork } from '../../run/versioned';
import { SOURCE_LIST } from '../../run/work-area';
import type { ObjectStore } from '../../storage/object-store';
import type { Place } from './deletes';
import { DAY, filesOf, ingestWholeDay, memoryRun, NEVER, placeOf, records, trailFile, trailKey } from './runs';

export type Run = RunContext & { bucket: ObjectStore; warehouse: ObjectStore };

/** Files of three kinds, with rejects, one that cannot be read, and events of several days. */
export async function filled(): Promise<Run> {
  const run = memoryRun({}, allTables('aws_cloudtrail').slice(0, 2));
  const { bucket } = run;
  await bucket.put(trailKey('one'), trailFile(records(3)));
  await bucket.put(
    trailKey('two', { region: 'eu-west-1' }),
    trailFile([...records(2, undefined, {}, 'two'), 7, ...records(2, '2024-03-01T01:00:00Z')]),
  );
  await bucket.put(trailKey('broken'), Buffer.from('no gzip'));
  await bucket.put(trailKey('empty'), trailFile([]));
  const insight = { eventName: undefined, insightDetails: { state: 'Start' }, eventCategory: 'Insight' };
  await bucket.put(trailKey('insight', { kind: 'CloudTrail-Insight' }), trailFile(records(2, undefined, insight)));
  await bucket.put(trailKey('digest', { kind: 'CloudTrail-Digest' }), gzipSync('{}'));
  await ingestWholeDay(run);
  return run;
}

export async function audit(
  run: RunContext,
  { day = DAY, filter = {}, ...options }: { day?: string; filter?: SourceFilter } & DayAuditOptions = {},
): Promise<DayReport> {
  const { address } = await discover(run, { config: '', filter }, NEVER);
  const { sources } = await readWork(run.warehouse, address, SOURCE_LIST);
  return auditDay({ ...run, pool: inlinePool, signal: NEVER }, { day, filter, sources }, options);
}

/** The differences, one line for each: its kind and the last part of its subject. */
export function kindsOf({ differences }: DayReport): string[] {
  return differences.first.map(({ what, subject }) => `${what} ${/([^_/.]+)[^_/]*$/.exec(subject)?.[1]}`).sort();
}

let written = 0;

/** A manifest of these files, not yet in a snapshot. */
export async function manifestOf({ catalog, identifier }: Place, files: DataFile[]): Promise<ManifestFile> {
  const { metadata, store } = await loadExistingTable(catalog, identifier);
  const key = `${keyOf(store, metadata.location)}/metadata/by-hand-${++written}.avro`;
  return writeManifest(store, key, { schema: currentSchema(metadata), spec: currentSpec(metadata) }, files);
}

/** Commits a snapshot with other manifests, like a writer that does not know Trailmill. */
export async function replaceManifests(
  { catalog, identifier }: Place,
  change: (entries: ManifestListEntry[]) => ManifestListEntry[],
): Promise<void> {
  const table = await loadExistingTable(catalog, identifier);
  const { metadata, store } = table;
  const parent = snapshotById(metadata, metadata['current-snapshot-id'])!;
  const id = newSnapshotId();
  const sequenceNumber = metadata['last-sequence-number'] + 1n;
  const entries = change(readManifestList((await store.get(keyOf(store, parent['manifest-list']))).body));
  const key = `${keyOf(store, metadata.location)}/metadata/snap-by-hand-${++written}.avro`;
  const list = await writeManifestList(
    store,
    key,
    { id, parentId: parent['snapshot-id'], sequenceNumber },
    entries.map((entry) => ({ ...entry, sequence_number: entry.sequence_number || sequenceNumber })),
  );
  const snapshot = {
    'snapshot-id': id,
    'parent-snapshot-id': parent['snapshot-id'],
    'sequence-number': sequenceNumber,
    'timestamp-ms': metadata['last-updated-ms'],
    'manifest-list': list,
    summary: { operation: 'overwrite' },
    'schema-id': metadata['current-schema-id'],
  };
  await catalog.commit(
    table,
    [],
    [
      { action: 'add-snapshot', snapshot },
      { action: 'set-snapshot-ref', 'ref-name': 'main', type: 'branch', 'snapshot-id': id },
    ],
  );
}

/** Rewrites the ledger with changed rows. */
export async function rewriteLedger(run: RunContext, change: (rows: LedgerRow[]) => LedgerRow[]): Promise<void> {
  const { warehouse: store } = run;
  const rows: LedgerRow[] = [];
  for (const { path } of await filesOf(run, 'ledger'))
    rows.push(...(await ledgerRows({ parquet: (await store.get(keyOf(store, path))).body, slice: SINGLE_SLICE })));
  const { ledger } = await ensureTables(run);
  const entries = change(rows).map(({ path, status, error = '', ...row }) => ({
    ...row,
    ...(status === 'ingested' ? {} : { problem: { state: status, code: error, message: '' } }),
    uri: path,
    deliveredAt: Date.parse(`${DAY}T12:10:00Z`),
  }));
  const task = { entries, schema: currentSchema(ledger.metadata), batch: 'by hand', run: 'a test' };
  const files: DataFile[] = [];
  for (const { bytes, file } of await inlinePool.writeLedger(task)) {
    const key = `${keyOf(store, ledger.location)}/data/by-hand-${++written}.parquet`;
    await store.put(key, bytes);
    files.push({ ...file, path: locationOf(store, key) });
  }
  await swapFiles(run, 'ledger', files);
}

/** Replaces all files of the table with these. */
export async function swapFiles(run: RunContext, role: TableRole, files: DataFile[]): Promise<void> {
  const place = placeOf(run, role);
  const { path, length } = await manifestOf(place, files);
  await replaceManifests(place, ([first]) => [{ ...first, manifest_path: path, manifest_length: BigInt(length) }]);
}
