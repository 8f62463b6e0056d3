/**
 * The cost of compacting a day: CPU time, memory, disk, and the size of the result, compared with DuckDB's COPY of the same
 * files in the same order. Each runs in its own process, so its peak memory is that of the compaction.
 *
 * `npm run bench:compact [-- --rows N] [--keep DIRECTORY] [--only trailmill|duckdb] [--json]`. Linux: memory is read from /proc.
 */
import { fork } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chooseFiles } from '../../../compact/choose.js';
import { COMPACTION_BYTES, compactDay } from '../../../compact/compact-day.js';
import { startCompactor } from '../../../compact/compactor.js';
import type { LoadedTable } from '../../../iceberg/catalog.js';
import { type ScannedFile, scanDataFiles } from '../../../iceberg/scan.js';
import { currentSchema } from '../../../iceberg/snapshot.js';
import { createStorageCatalog } from '../../../iceberg/storage-catalog.js';
import { inlinePool } from '../../../ingest/threads/inline-pool.js';
import { createFileStore } from '../../../storage/file.js';
import { resident } from '../process-memory.js';
import { BENCH_DAY, TABLE, writeDay } from './dataset.js';

const SORT_BY = ['cloud.account.id', 'aws.cloudtrail.user_identity.arn', 'ts'];
/** Memory of DuckDB: with less it fails on a day of 3 million rows. */
const DUCKDB_MEMORY = '800MB';
const CONTENDERS = ['trailmill', 'duckdb'] as const;
type Contender = (typeof CONTENDERS)[number];

interface Measured {
  contender: Contender;
  rows: number;
  filesBefore: number;
  megabytesBefore: number;
  files: number;
  megabytes: number;
  cpuSeconds: number;
  seconds: number;
  /** Resident memory before, and at the peak. */
  startMegabytes: number;
  peakMegabytes: number;
  /** Maximum size of temporary files. */
  diskMegabytes: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rows: { type: 'string', default: '3000000' },
      keep: { type: 'string' },
      only: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const directory = values.keep ?? mkdtempSync(join(tmpdir(), 'trailmill-compact-bench-'));
  try {
    const warehouse = join(directory, 'warehouse');
    if (!existsSync(warehouse))
      await writeDay(warehouse, Number(values.rows), (line) => process.stderr.write(`${line}\n`));
    const all: Measured[] = [];
    for (const contender of CONTENDERS)
      if (values.only === undefined || values.only === contender) {
        const one = await inNewProcess(directory, contender);
        all.push(one);
        if (!values.json) report(one);
      }
    if (values.json) console.log(JSON.stringify(all));
  } finally {
    if (values.keep === undefined) rmSync(directory, { recursive: true, force: true });
  }
}

function inNewProcess(directory: string, contender: Contender): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const child = fork(__filename, ['--run', directory, contender]);
    child.once('message', (measured) => resolve(measured as Measured));
    child.once('exit', (code) => reject(new Error(`${contender} exited with ${code}`)));
  });
}

function report(one: Measured): void {
  const micros = ((one.cpuSeconds * 1e6) / one.rows).toFixed(1);
  console.log(
    `${one.contender}: ${one.rows} rows in ${one.filesBefore} files (${one.megabytesBefore.toFixed(1)} MB) to ${one.files} ` +
      `(${one.megabytes.toFixed(1)} MB): ${one.cpuSeconds.toFixed(1)} CPU s (${micros} µs per row), ${one.seconds.toFixed(1)} s, ` +
      `${Math.round(one.peakMegabytes)} MB of memory (${Math.round(one.startMegabytes)} at the start), ${Math.round(one.diskMegabytes)} MB of disk`,
  );
}

async function measure(directory: string, contender: Contender): Promise<Measured> {
  const table = (await createStorageCatalog(createFileStore(join(directory, 'warehouse'))).loadTable(
    TABLE,
  )) as LoadedTable;
  const data: ScannedFile[] = [];
  for await (const file of scanDataFiles(table)) data.push(file);
  const tempDir = join(directory, 'temporary');
  let disk = 0;
  const watch = setInterval(() => {
    disk = Math.max(disk, bytesIn(tempDir));
  }, 500);
  const startMegabytes = resident('VmRSS');
  const started = performance.now();
  const cpu = process.cpuUsage();
  const run = contender === 'trailmill' ? compactWithTrailmill : compactWithDuckDB;
  const after = await run(table, data, tempDir);
  const { user, system } = process.cpuUsage(cpu);
  clearInterval(watch);
  const sum = (of: (file: ScannedFile['file']) => number): number =>
    data.reduce((total, { file }) => total + of(file), 0);
  return {
    contender,
    rows: sum(({ rows }) => rows),
    filesBefore: data.length,
    megabytesBefore: sum(({ bytes }) => bytes) / 1e6,
    files: after.length,
    megabytes: after.reduce((total, bytes) => total + bytes, 0) / 1e6,
    cpuSeconds: (user + system) / 1e6,
    seconds: (performance.now() - started) / 1e3,
    startMegabytes,
    peakMegabytes: resident('VmHWM'),
    diskMegabytes: disk / 1e6,
  };
}

/** Returns the bytes of the new files. */
async function compactWithTrailmill(table: LoadedTable, data: ScannedFile[], tempDir: string): Promise<number[]> {
  const choice = chooseFiles(
    { day: BENCH_DAY, data, deletes: [] },
    { schema: currentSchema(table.metadata), sortOrderId: 1 },
  );
  if (choice === undefined) throw new Error('nothing to compact');
  const compactor = startCompactor();
  try {
    const context = { table, warehouse: table.store, pool: inlinePool, compactor };
    const { add } = await compactDay(context, choice, { sortBy: SORT_BY, tempDir, memoryBytes: COMPACTION_BYTES });
    return add.map(({ bytes }) => bytes);
  } finally {
    await compactor.rest();
  }
}

async function compactWithDuckDB(table: LoadedTable, data: ScannedFile[], tempDir: string): Promise<number[]> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const options = { memory_limit: DUCKDB_MEMORY, threads: '1', temp_directory: tempDir };
  const connection = await (await DuckDBInstance.create(':memory:', options)).connect();
  const files = data.map(({ file }) => `'${file.path.replace(/^file:\/\//, '')}'`).join(', ');
  const target = join(table.location.replace(/^file:\/\//, ''), 'duckdb.parquet');
  await connection.run(
    `COPY (SELECT * FROM read_parquet([${files}], hive_partitioning => false) ORDER BY ${SORT_BY.join(', ')}) TO '${target}' ` +
      '(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 32768, WRITE_BLOOM_FILTER false)',
  );
  const { size } = statSync(target);
  rmSync(target);
  return [size];
}

function bytesIn(directory: string): number {
  try {
    const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
    return names.reduce((sum, name) => {
      const { size, blocks } = statSync(join(directory, name));
      return sum + Math.min(size, blocks * 512);
    }, 0);
  } catch {
    // Files may be removed in the meantime.
    return 0;
  }
}

if (process.argv[2] === '--run') {
  void measure(process.argv[3], process.argv[4] as Contender).then((measured) => {
    process.send?.(measured, () => process.exit());
  });
} else void main();
