/**
 * The cost of the search for repeated events while a day grows: 100 commits of a million events each. Only their event lists
 * and manifests are written, with the metrics of a real data file. For two layouts of a day:
 *
 * - `accounts`: each commit has the day of another account, as in the backfill of an organization
 * - `hours`: one account sends everything; each commit has the next part of the day, and late events of all earlier parts;
 *   every second late event was delivered before
 *
 * `npm run bench:duplicates [-- accounts|hours …] [--commits N] [--late SHARE] [--json]`
 *
 * The searches of some commits are repeated in new processes, which have no manifests and indexes of earlier commits in
 * memory.
 */
import { fork } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_TABLE_COLUMNS } from '../../cloudtrail/columns/default.js';
import { FileDecoder } from '../../cloudtrail/decoder/file-decoder.js';
import { ACCOUNT_COLUMN, ID_WORDS, SECONDS_A_DAY, TIME_COLUMN } from '../../cloudtrail/event-ids.js';
import { eventListOf } from '../../cloudtrail/event-list.js';
import { findDuplicates } from '../../commit/deduplicate.js';
import { appendManifests } from '../../iceberg/append.js';
import type { LoadedTable } from '../../iceberg/catalog.js';
import { storeManifest } from '../../iceberg/manifest-files.js';
import { fieldByName, schemaOf } from '../../iceberg/schema.js';
import { currentSchema } from '../../iceberg/snapshot.js';
import { createStorageCatalog } from '../../iceberg/storage-catalog.js';
import type { DataFile } from '../../iceberg/types.js';
import { inlinePool } from '../../ingest/threads/inline-pool.js';
import { writeParquet } from '../../ingest/write-parquet.js';
import { loadParquetWriter } from '../../parquet/writer.js';
import { toDayNumber } from '../../protocol/days.js';
import { eventListKey } from '../../run/work-keys.js';
import { createFileStore } from '../../storage/file.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { DAY } from './day.js';
import { sampleRecords } from './records.js';

const EVENTS = 1_000_000;
const FILES = 16;
const ROWS = EVENTS / FILES;
const TABLE = { namespace: 'bench', name: 'events' };
const CREATE = { schema: schemaOf(DEFAULT_TABLE_COLUMNS), partitionByDayOf: TIME_COLUMN };
const LAYOUTS = ['accounts', 'hours'] as const;
type Layout = (typeof LAYOUTS)[number];

interface Measured {
  commit: number;
  /** CPU time of the process. */
  ms: number;
  megabytes: number;
  requests: number;
}

interface Stored {
  directory: string;
  files: DataFile[];
  repeats: number;
  commit: number;
}

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const after = (name: string, otherwise: number): number =>
    args.includes(name) ? Number(args[args.indexOf(name) + 1]) : otherwise;
  const commits = after('--commits', 100);
  const late = after('--late', 0.001);
  const chosen = LAYOUTS.filter((layout) => args.includes(layout));
  for (const layout of chosen.length > 0 ? chosen : LAYOUTS) {
    const directory = mkdtempSync(join(tmpdir(), 'trailmill-duplicates-'));
    try {
      const measured = await measureDay(directory, layout, commits, late);
      if (args.includes('--json')) console.log(JSON.stringify({ node: process.version, layout, late, ...measured }));
      else report(layout, measured);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
}

interface Day {
  /** Of the process that makes all commits. */
  same: Measured[];
  /** Of a new process for each of them. */
  fresh: Measured[];
}

async function measureDay(directory: string, layout: Layout, commits: number, late: number): Promise<Day> {
  const warehouse = createFileStore(directory);
  const catalog = createStorageCatalog(warehouse);
  const like = await sampleFile();
  const made = new MadeUpDay(warehouse, like, layout, commits, late);
  const day: Day = { same: [], fresh: [] };
  const reported = new Set([0.1, 0.5, 1].map((share) => Math.round(share * commits)));
  for (let commit = 1; commit <= commits; commit++) {
    const table = await catalog.ensureTable(TABLE, CREATE);
    const { files, repeats } = await made.commit(table, commit);
    const stored = { directory, files, repeats, commit };
    day.same.push(await search(stored));
    if (reported.has(commit)) day.fresh.push(await inNewProcess(stored));
    const manifests = [await storeManifest(table, `commit-${commit}`, files)];
    await appendManifests({ catalog, identifier: TABLE, commitId: String(commit), manifests });
    if (commit % 10 === 0) process.stderr.write(`${layout}: ${commit} of ${commits} commits\n`);
  }
  return day;
}

/** Searches the table for the events of a commit, and checks what is found. */
async function search({ directory, files, repeats, commit }: Stored): Promise<Measured> {
  const read = { bytes: 0, requests: 0 };
  const warehouse = counted(createFileStore(directory), read);
  const table = (await createStorageCatalog(warehouse).loadTable(TABLE)) as LoadedTable;
  read.bytes = read.requests = 0;
  const before = process.cpuUsage();
  const wanted = { table, files, deliveryDay: DAY, windowDays: 30 };
  const { repeats: found } = await findDuplicates({ warehouse }, inlinePool, wanted);
  const { user, system } = process.cpuUsage(before);
  const positions = found.reduce((sum, one) => sum + one.positions.length, 0);
  if (positions !== repeats) throw new Error(`commit ${commit}: ${positions} repeats instead of ${repeats}`);
  return { commit, ms: (user + system) / 1000, megabytes: read.bytes / 1e6, requests: read.requests };
}

function counted(store: ObjectStore, read: { bytes: number; requests: number }): ObjectStore {
  const count = (bytes: number): void => {
    read.bytes += bytes;
    read.requests++;
  };
  return {
    ...store,
    async get(key, options) {
      const object = await store.get(key, options);
      count(object.body.length);
      return object;
    },
    async getRange(key, range, options) {
      const body = await store.getRange(key, range, options);
      count(body.length);
      return body;
    },
  };
}

const IN_NEW_PROCESS = '--search';

async function inNewProcess(stored: Stored): Promise<Measured> {
  const path = join(stored.directory, 'search.json');
  writeFileSync(path, JSON.stringify(stored));
  return new Promise((resolve, reject) => {
    const child = fork(__filename, [IN_NEW_PROCESS, path]);
    child.once('message', (measured) => resolve(measured as Measured));
    child.once('exit', (code) => reject(new Error(`the process ended with ${code}`)));
  });
}

/** A data file with the metrics of a real one. */
async function sampleFile(): Promise<DataFile> {
  const record = await sampleRecords();
  const decoder = new FileDecoder(DEFAULT_TABLE_COLUMNS);
  const texts = Array.from({ length: 5_000 }, (_, index) => record(index));
  decoder.decode(Buffer.from(`{"Records":[${texts.join(',')}]}`), 'file:///bench/file.json.gz');
  return (await writeParquet(await loadParquetWriter(), 'default', schemaOf(DEFAULT_TABLE_COLUMNS), decoder.take()[0]))
    .file;
}

/** The commits of a day. */
class MadeUpDay {
  /** Some events of the commits so far, to be delivered again. */
  private readonly earlier: { id: Uint32Array; second: number }[] = [];

  constructor(
    private readonly warehouse: ObjectStore,
    private readonly like: DataFile,
    private readonly layout: Layout,
    private readonly commits: number,
    private readonly late: number,
  ) {}

  /** Stores the event lists of a commit. Returns its data files, and how many of its events are already in the table. */
  async commit(table: LoadedTable, commit: number): Promise<{ files: DataFile[]; repeats: number }> {
    const part = this.layout === 'hours' ? SECONDS_A_DAY / this.commits : SECONDS_A_DAY;
    const start = this.layout === 'hours' ? (commit - 1) * part : 0;
    const again = this.layout === 'hours' ? this.earlier.length : 0;
    let repeats = 0;
    const next: typeof this.earlier = [];
    const files: DataFile[] = [];
    for (let file = 0; file < FILES; file++) {
      const ids = randomFillSync(new Uint32Array(ROWS * ID_WORDS));
      const seconds = Uint32Array.from({ length: ROWS }, (_, row) =>
        Math.floor(start + (part * (file + row / ROWS)) / FILES),
      );
      const changed = new Set<number>();
      let repeated = 0;
      for (let n = 0; n < ROWS * this.late && again > 0; n++) {
        const row = Math.floor(Math.random() * ROWS);
        const at = Math.floor(Math.random() * again);
        const { id, second } = this.earlier[at];
        if (changed.has(row)) continue;
        changed.add(row);
        seconds[row] = second;
        if (n % 2 === 1) continue;
        ids.set(id, row * ID_WORDS);
        repeated++;
      }
      repeats += repeated;
      for (let row = 0; row < ROWS; row += 1 + Math.floor(Math.random() * 1_000))
        next.push({ id: ids.slice(row * ID_WORDS, (row + 1) * ID_WORDS), second: seconds[row] });
      files.push(await this.store(table, commit, file, ids, seconds));
    }
    this.earlier.push(...next);
    return { files, repeats };
  }

  private async store(
    table: LoadedTable,
    commit: number,
    file: number,
    ids: Uint32Array,
    seconds: Uint32Array,
  ): Promise<DataFile> {
    const path = `${table.location}/data/ts_day=${DAY}/commit-${commit}-${file}-0f9b6c1e-8a54-4c59-9d0b-3c1d.parquet`;
    await this.warehouse.put(eventListKey(path), eventListOf({ ids, seconds }));
    const account = String(100_000_000_000 + (this.layout === 'accounts' ? commit : 1));
    const idOf = (column: string): string => String(fieldByName(currentSchema(table.metadata), column)?.id);
    const day = toDayNumber(DAY);
    const timeOf = (second: number): string => {
      const bound = Buffer.alloc(8);
      bound.writeBigInt64LE(BigInt(day * SECONDS_A_DAY + second) * 1_000_000n);
      return bound.toString('base64');
    };
    const bounds = (second: number) => ({
      [idOf(TIME_COLUMN)]: timeOf(second),
      [idOf(ACCOUNT_COLUMN)]: Buffer.from(account).toString('base64'),
    });
    const [first, last] = seconds.reduce(
      ([low, high], one) => [Math.min(low, one), Math.max(high, one)],
      [SECONDS_A_DAY, 0],
    );
    const counts = { [idOf(ACCOUNT_COLUMN)]: ROWS };
    return {
      ...this.like,
      path,
      day,
      rows: ROWS,
      valueCounts: { ...this.like.valueCounts, ...counts },
      nullCounts: { ...this.like.nullCounts, [idOf(ACCOUNT_COLUMN)]: 0 },
      lowerBounds: { ...this.like.lowerBounds, ...bounds(first) },
      upperBounds: { ...this.like.upperBounds, ...bounds(last) },
    };
  }
}

function report(layout: Layout, { same, fresh }: Day): void {
  const at = (commit: number): Measured =>
    mean(
      same.filter((one) => Math.abs(one.commit - commit) <= 2),
      commit,
    );
  const rows = fresh.map(({ commit }) => at(commit));
  console.log(
    `\nNode ${process.version}; ${layout}: searches of commits with ${EVENTS.toLocaleString('en-US')} events\n`,
  );
  table('in one process (mean of five commits)', rows);
  table('in a new process', fresh);
}

function table(title: string, rows: readonly Measured[]): void {
  const cells = (values: readonly string[]): string => values.map((value) => value.padStart(14)).join('');
  console.log(title);
  console.log(cells(['commit', 'CPU ms', 'MB read', 'reads', 'time', 'bytes']));
  const [first] = rows;
  for (const { commit, ms, megabytes, requests } of rows) {
    const ratios = [`${(ms / first.ms).toFixed(2)} x`, `${(megabytes / first.megabytes).toFixed(2)} x`];
    console.log(cells([String(commit), ms.toFixed(0), megabytes.toFixed(1), requests.toFixed(0), ...ratios]));
  }
}

function mean(all: readonly Measured[], commit: number): Measured {
  const of = (pick: (one: Measured) => number): number => all.reduce((sum, one) => sum + pick(one), 0) / all.length;
  return {
    commit,
    ms: of((one) => one.ms),
    megabytes: of((one) => one.megabytes),
    requests: of((one) => one.requests),
  };
}

async function searchAlone(path: string): Promise<void> {
  const measured = await search(JSON.parse(readFileSync(path, 'utf8')) as Stored);
  process.send?.(measured);
}

const [first, second] = process.argv.slice(2);
(first === IN_NEW_PROCESS ? searchAlone(second) : main()).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
