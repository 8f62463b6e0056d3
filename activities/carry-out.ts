/** Carrying out a commit that was announced: the data tables, then the ledger. Every part of it happens once. */
import { randomUUID } from 'node:crypto';
import { DATA_ROLES, type TableRole } from '../cloudtrail/tables.js';
import { appendManifests, findCommit, type Prepared } from '../iceberg/append.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import type { FileDeletes } from '../iceberg/position-deletes.js';
import { loadTable } from '../iceberg/retry.js';
import { currentSchema } from '../iceberg/snapshot.js';
import type { DataFile } from '../iceberg/types.js';
import type { DecoderPool } from '../ingest/decoder-pool.js';
import type { LedgerEntry } from '../ingest/types.js';
import { mapConcurrent, readAhead, settled } from '../storage/concurrency.js';
import { NO_TOTALS, type Totals } from '../workflows/messages.js';
import { addTotals } from '../workflows/totals.js';
import { storeFile, storeManifest } from './batch-files.js';
import { findDuplicates } from './duplicates.js';
import { marksOf, marksText } from './lost-versions.js';
import { identifierOf } from './run-config.js';
import type { RunContext } from './run-context.js';
import type { CommitEvent } from './run-events.js';
import { DUPLICATES, LEDGER_AT, TABLES_AT } from './summary-keys.js';
import {
  type BatchPart,
  type BatchResult,
  type DuplicateCounts,
  type GroupCommit,
  planAddress,
  planOfCommit,
  readJson,
  writeJson,
} from './work-area.js';

/** Descriptions that are read at once: some hundred bytes for each file of the bucket. */
const READ_AT_ONCE = 8;

/** Ledger files of a commit that are made at once, each with the entries of a batch in memory. */
const WRITTEN_AT_ONCE = 4;

/** Rows of one position-delete file: their paths are in memory at once, some 200 bytes each. */
const DELETES_PER_FILE = 500_000;

interface Work {
  context: RunContext;
  pool: DecoderPool;
  group: GroupCommit;
  results: BatchResult[];
  /** Of all tables. */
  files: EventFile[];
  /** For all snapshots of the commit. */
  summary: Record<string, string>;
  signal?: AbortSignal;
}

/** What the names of the commit's own files begin with. */
const ownerOf = ({ id }: GroupCommit): string => id.replace('/', '-c');

/** Does what of it is not done, and answers the counts of all of it. */
export async function carryOut(
  context: RunContext,
  pool: DecoderPool,
  group: GroupCommit,
  summary: Record<string, string>,
  signal?: AbortSignal,
): Promise<Totals> {
  const results = await mapConcurrent(group.results, READ_AT_ONCE, (address) =>
    readJson<BatchResult>(context.warehouse, address, signal),
  );
  const files = await eventFilesOf(context, results, signal);
  const work: Work = { context, pool, group, results, files, summary, signal };
  const appended = await settled(DATA_ROLES.map((role) => appendData(work, role)));
  const duplicates = appended.flatMap((one) => one.duplicates);
  const marks = appended.flatMap(({ role, at }) => (at === null ? [] : [[role, at] as const]));
  const entered = await appendLedger(work, duplicates, marks);
  const repeats = duplicates.reduce((sum, [, , count]) => sum + count, 0);
  const totals = results.reduce((sum, result) => addTotals(sum, result.totals), {
    ...NO_TOTALS,
    events: -repeats,
    duplicates: repeats,
  });
  if (entered !== undefined) context.report?.({ what: 'commit', source: context.config.source, totals, ...entered });
  return totals;
}

interface Appended {
  role: TableRole;
  /** Whose records are repeats, as the snapshot that was made says. */
  duplicates: DuplicateCounts;
  /** The snapshot's sequence number; null: the commit has no rows for the table. */
  at: bigint | null;
}

/** One snapshot of a data table. */
async function appendData(work: Work, role: TableRole): Promise<Appended> {
  const { context, group, results, signal } = work;
  const { catalog, warehouse, config } = context;
  const manifests = results.flatMap((result) => result.manifests[role] ?? []);
  const { summary, sequenceNumber: at } = await appendManifests({
    catalog,
    identifier: identifierOf(config, role),
    commitId: group.id,
    manifests,
    summary: work.summary,
    prepare: (table) => deletesOf(work, role, table),
    signal,
  });
  const address = summary[DUPLICATES];
  const duplicates = address === undefined ? [] : await readJson<DuplicateCounts>(warehouse, address, signal);
  return { role, duplicates, at };
}

interface EventFile {
  role: TableRole;
  file: DataFile;
  result: number;
  /** Numbers of entries of the whole result, and the row behind the last one of each. */
  fileEnds: number[];
}

/** The rows of the commit that the table has already, as position deletes. */
async function deletesOf(work: Work, role: TableRole, table: LoadedTable): Promise<Prepared> {
  const { context, pool, group, signal } = work;
  const { warehouse } = context;
  if (group.deduplicate === undefined) return {};
  const files = work.files.filter((one) => one.role === role);
  if (files.length === 0) return {};
  const deleted = await findDuplicates(
    context,
    pool,
    {
      table,
      files: files.map(({ file }) => file),
      deliveryDay: group.day,
      windowDays: group.deduplicate.windowDays,
    },
    signal,
  );
  if (deleted.length === 0) return {};
  const byPath = new Map(files.map((one) => [one.file.path, one]));
  const owner = ownerOf(group);
  const deletes: DataFile[] = [];
  for (const [day, ofDay] of groupBy(deleted, ({ path }) => (byPath.get(path) as EventFile).file.day)) {
    for (const some of inPieces(ofDay)) {
      const written = await pool.writeDeletes({ day, deleted: some }, signal);
      deletes.push({ ...written.file, path: await storeFile(table, `${owner}-deletes`, written, signal) });
    }
  }
  const counts = deleted.flatMap(({ path, positions }) => countsOf(byPath.get(path) as EventFile, positions));
  const address = `${planAddress(planOfCommit(group.id))}/duplicates/${role}-${randomUUID()}.json`;
  await writeJson(warehouse, address, counts, signal);
  const manifest = await storeManifest(table, owner, deletes, 'deletes');
  return { manifests: [manifest], summary: { [DUPLICATES]: address } };
}

/** The commit's data files that have event ids, in the order of batches and files. */
async function eventFilesOf(
  context: RunContext,
  results: readonly BatchResult[],
  signal?: AbortSignal,
): Promise<EventFile[]> {
  const files: EventFile[] = [];
  const addresses = results.flatMap(({ parts }, result) => parts.map((address) => ({ address, result })));
  const parts = readAhead(addresses, READ_AT_ONCE, async ({ address, result }) => {
    const { files, ledger } = await readJson<BatchPart>(context.warehouse, address, signal);
    return { files, entries: ledger.length, result };
  });
  let before = { result: 0, entries: 0 };
  for await (const part of parts) {
    if (part.result !== before.result) before = { result: part.result, entries: 0 };
    for (const { role, file, fileEnds } of part.files) {
      if (fileEnds === undefined) continue;
      const numbers = fileEnds.map((value, index) => (index % 2 === 0 ? value + before.entries : value));
      files.push({ role, file, result: part.result, fileEnds: numbers });
    }
    before.entries += part.entries;
  }
  return files;
}

function countsOf({ result, fileEnds }: EventFile, positions: Uint32Array): DuplicateCounts {
  const counts: DuplicateCounts = [];
  let next = 0;
  for (let at = 0; at < fileEnds.length; at += 2) {
    const first = next;
    while (next < positions.length && positions[next] < fileEnds[at + 1]) next++;
    if (next > first) counts.push([result, fileEnds[at], next - first]);
  }
  return counts;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => number): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

/** Lists of at most {@link DELETES_PER_FILE} rows. */
function* inPieces(deleted: readonly FileDeletes[]): Generator<FileDeletes[]> {
  let piece: FileDeletes[] = [];
  let rows = 0;
  for (const { path, positions } of deleted) {
    for (let at = 0; at < positions.length; ) {
      const some = positions.subarray(at, at + DELETES_PER_FILE - rows);
      piece.push({ path, positions: some });
      rows += some.length;
      at += some.length;
      if (rows < DELETES_PER_FILE) continue;
      yield piece;
      piece = [];
      rows = 0;
    }
  }
  if (rows > 0) yield piece;
}

/**
 * The ledger's rows, with the repeats taken from the records. Last, so that an object in the ledger is in the tables.
 * `undefined` where the ledger has the commit from somebody else.
 */
async function appendLedger(
  work: Work,
  duplicates: DuplicateCounts,
  marks: readonly (readonly [TableRole, bigint])[],
): Promise<Pick<CommitEvent, 'newestEvent'> | undefined> {
  const { context, pool, group, results, signal } = work;
  const { catalog, warehouse, config } = context;
  const identifier = identifierOf(config, 'ledger');
  const table = await loadTable(catalog, identifier);
  if (findCommit(table.metadata, group.id)) return undefined;
  const owner = ownerOf(group);
  const schema = currentSchema(table.metadata);
  let newestEvent: number | undefined;
  const write = async ({ batch, parts }: BatchResult, number: number): Promise<DataFile[]> => {
    const entries: LedgerEntry[] = [];
    for (const address of parts) entries.push(...(await readJson<BatchPart>(warehouse, address, signal)).ledger);
    for (const [result, entry, count] of duplicates) {
      if (result !== number) continue;
      entries[entry].records -= count;
      entries[entry].duplicates += count;
    }
    for (const { lastEventTime = 0 } of entries) if (lastEventTime > (newestEvent ?? 0)) newestEvent = lastEventTime;
    const written = await pool.writeLedger({ entries, schema, batch, run: group.run }, signal);
    return mapConcurrent(written, WRITTEN_AT_ONCE, async (one) => ({
      ...one.file,
      path: await storeFile(table, owner, one, signal),
    }));
  };
  const files = (await mapConcurrent(results, WRITTEN_AT_ONCE, write)).flat();
  const manifests = [await storeManifest(table, owner, files)];
  const { [LEDGER_AT]: _, ...ofCommit } = work.summary;
  const at = marksText(new Map([...marks, ...marksOf(table)].sort(([, one], [, two]) => Number(one - two))));
  const summary = at === '' ? ofCommit : { ...ofCommit, [TABLES_AT]: at };
  const { alreadyCommitted } = await appendManifests({
    catalog,
    identifier,
    commitId: group.id,
    manifests,
    summary,
    signal,
  });
  return alreadyCommitted ? undefined : { newestEvent };
}
