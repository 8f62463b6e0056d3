/**
 * Gives tables the metadata of years of hourly runs: a snapshot for each commit, with its manifest list, and the data files of
 * all of them. The data files are hard links to a few real ones. Manifests are like those that remain when commits merge small
 * ones: a few days each. What no current snapshot needs is not made: a manifest for each commit, which would have been merged
 * since, and old metadata files.
 */
import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { TIME_COLUMN } from '../../../cloudtrail/event-ids.js';
import type { TableRole } from '../../../cloudtrail/tables.js';
import type { LoadedTable, TableUpdate } from '../../../iceberg/catalog.js';
import { keyOf } from '../../../iceberg/location.js';
import { manifestsOf, storeManifest } from '../../../iceberg/manifest-files.js';
import { entryOf, type ManifestListEntry, writeManifestList } from '../../../iceberg/manifest-list.js';
import type { Snapshot } from '../../../iceberg/metadata.js';
import { scanFiles } from '../../../iceberg/scan.js';
import { fieldByName } from '../../../iceberg/schema.js';
import { COMMIT_ID, currentSchema, newSnapshotId, snapshotById } from '../../../iceberg/snapshot.js';
import { summaryOf } from '../../../iceberg/summary.js';
import type { DataFile } from '../../../iceberg/types.js';
import { DAY_MS } from '../../../protocol/days.js';
import { fileUrl } from '../../../query/sql-text.js';
import type { RunContext } from '../../../run/context.js';
import { ANNOUNCED } from '../../../run/summary-keys.js';

/** What each hourly run has added to a table, on average. */
interface PerRun {
  files: number;
  /** The ledger also has a snapshot for the announcement. */
  snapshots: number;
}

/** As measured on 30 days of hourly runs over an organization of five accounts. */
export const PER_RUN: Partial<Record<TableRole, PerRun>> = {
  default: { files: 3.75, snapshots: 1 },
  digest: { files: 1, snapshots: 1 },
  ledger: { files: 1.9, snapshots: 2 },
};

const HOUR_MS = DAY_MS / 24;
/** Files of a manifest: a few megabytes of entries, as in merged manifests. */
const FILES_A_MANIFEST = 450;
/** Data files that the others are links to. A file system allows about 65,000 links to a file. */
const MOST_TEMPLATES = 16;

/** Adds the hourly runs of `days` days, until `end` (milliseconds), to a table. Returns the number of data files. */
export async function inflate(
  { catalog }: RunContext,
  table: LoadedTable,
  { files: filesARun, snapshots: perRun }: PerRun,
  { days, end }: { days: number; end: number },
): Promise<number> {
  const templates: DataFile[] = [];
  for await (const file of scanFiles(table)) if (templates.length < MOST_TEMPLATES) templates.push(file);
  const { metadata, store } = table;
  const parent = snapshotById(metadata, metadata['current-snapshot-id']) as Snapshot;
  const timeId = String(fieldByName(currentSchema(metadata), TIME_COLUMN)?.id);
  const entries: ManifestListEntry[] = [...(await manifestsOf(table, parent))];
  const updates: TableUpdate[] = [];
  const start = end - days * DAY_MS;
  const daysAManifest = Math.ceil(FILES_A_MANIFEST / (24 * filesARun));
  let [last, sequence, files] = [parent, metadata['last-sequence-number'], 0];
  for (let from = 0; from < days; from += daysAManifest) {
    const of: DataFile[] = [];
    const runs = Math.min(daysAManifest, days - from) * 24;
    for (let run = 0; run < runs; run++) {
      const until = Math.round((from * 24 + run + 1) * filesARun);
      for (; files < until; files++)
        of.push(linked(table, templates[files % templates.length], files, start + (from * 24 + run) * HOUR_MS, timeId));
    }
    const manifest = await storeManifest(table, `inflated-${from}`, of);
    let entry: ManifestListEntry | undefined;
    for (let one = 0; one < runs * perRun; one++) {
      const [id, at] = [newSnapshotId(), ++sequence];
      entry ??= entryOf(manifest, id, at);
      const key = `${keyOf(store, table.location)}/metadata/snap-${id}-${randomUUID()}.avro`;
      const ids = { id, parentId: last['snapshot-id'], sequenceNumber: at };
      const list = await writeManifestList(store, key, ids, [...entries, entry]);
      last = {
        ...parent,
        'snapshot-id': id,
        'parent-snapshot-id': last['snapshot-id'],
        'sequence-number': at,
        'timestamp-ms': Math.max(
          parent['timestamp-ms'],
          start + Math.round(((from * 24 * perRun + one) * HOUR_MS) / perRun),
        ),
        'manifest-list': list,
        summary: summaryLike(parent, last, one === 0 ? [manifest] : [], (from * 24 * perRun + one) / perRun),
      };
      updates.push({ action: 'add-snapshot', snapshot: last });
    }
    if (entry !== undefined) entries.push(entry);
  }
  const reference = { 'ref-name': 'main', type: 'branch' as const, 'snapshot-id': last['snapshot-id'] };
  await catalog.commit(table, [], [...updates, { action: 'set-snapshot-ref', ...reference }]);
  return files;
}

/** The keys of a summary that commits write, with a new commit id: an announcement, and the rows half an hour later. */
function summaryLike(
  { summary }: Snapshot,
  before: Snapshot,
  manifests: Parameters<typeof summaryOf>[0],
  run: number,
): Record<string, string> {
  const id = `inflated-${Math.floor(run)}/0`;
  return {
    ...summary,
    ...summaryOf(manifests, before.summary),
    [COMMIT_ID]: Number.isInteger(run) && summary['trailmill.commit'] !== undefined ? `${id}${ANNOUNCED}` : id,
  };
}

/** A data file of a run: a link to the template. According to its metrics, its rows have times of that hour. */
function linked(table: LoadedTable, template: DataFile, number: number, time: number, timeId: string): DataFile {
  const day = Math.floor(time / DAY_MS);
  const date = new Date(time).toISOString().slice(0, 10);
  const path = `${table.location}/data/ts_day=${date}/inflated-${number}.parquet`;
  mkdirSync(dirname(fileUrl(path)), { recursive: true });
  linkSync(fileUrl(template.path), fileUrl(path));
  const bound = (at: number): string => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(at) * 1000n);
    return bytes.toString('base64');
  };
  return {
    ...template,
    path,
    day,
    lowerBounds: { ...template.lowerBounds, [timeId]: bound(time) },
    upperBounds: { ...template.upperBounds, [timeId]: bound(time + HOUR_MS - 1) },
  };
}
