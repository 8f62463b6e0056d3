/**
 * `npm run verify:spark`: ingests an organization's sample on an S3 server into the storage catalog and into a REST catalog, and
 * reads the tables with Spark (with Iceberg's runtime), PyIceberg and DuckDB: counts, pruning, schema evolution, time travel. Then
 * Spark writes, too, and maintains the tables. Exit code 0: all results are as expected. 1: some differ.
 *
 * `npm run verify:spark [-- --accounts N] [--regions N] [--events-per-hour N]`
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { TrailmillError } from '../../../errors/index.js';
import { Findings } from './findings.js';
import { CATALOGS, type CatalogType, LAKE_SOURCE, type Lake, withLake } from './lake.js';
import { sparkMaintains } from './maintenance.js';
import { startReaders } from './readers.js';
import { sparkWrites, verdictOf } from './writes.js';

/** Suffixes of the table names after the name of the source, in the order of the expected counts. */
const SUFFIXES = ['', '_insights', '_digest', '_rejects', '_files'] as const;
/** Columns of the ledger and of the rejects that name the run. */
const RUN_COLUMNS = ['batch', 'run', 'attempt'];
/** Number of events in a late file, which is ingested with a new column. */
const LATE_EVENTS = 7;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      accounts: { type: 'string', default: '40' },
      regions: { type: 'string', default: '4' },
      'events-per-hour': { type: 'string', default: '30' },
    },
  });
  const started = Date.now();
  const log = (line: string): void =>
    void process.stderr.write(`${((Date.now() - started) / 1000).toFixed(0).padStart(4)} s  ${line}\n`);
  const directory = mkdtempSync(join(tmpdir(), 'trailmill-spark-'));
  const findings = new Findings();
  const size = {
    days: 1,
    accounts: Number(values.accounts),
    regions: Number(values.regions),
    eventsPerHour: Number(values['events-per-hour']),
  };
  try {
    await withLake(directory, size, log, (lake) => verify(lake, findings, log));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  process.stdout.write(`${findings.render()}\n`);
  const { different } = findings;
  log(different === 0 ? 'All results are as expected.' : `${different} of the results differ from the expected ones.`);
  return different === 0 ? 0 : 1;
}

async function verify(lake: Lake, findings: Findings, log: (line: string) => void): Promise<void> {
  const { sample } = lake;
  const range = sample.delivery;
  const last = { from: range.to, to: range.to };
  log(`${sample.total.objects} files of ${sample.accounts.length} accounts x ${sample.regions.length} regions`);
  const seconds: Record<CatalogType, number> = { storage: 0, rest: 0 };
  for (const type of CATALOGS) {
    seconds[type] = (await lake.ingest(type, range, false)).seconds;
    log(`ingested into the ${type} catalog in ${seconds[type].toFixed(1)} s`);
  }
  const readers = await startReaders(lake, log);
  try {
    const before: Partial<Record<CatalogType, string>> = {};
    for (const type of CATALOGS) {
      before[type] = (await readers.snapshots(type, LAKE_SOURCE)).at(-1);
      const results = { Trailmill: verdictOf(await lake.audit(type, range)) };
      findings.add({ question: `${type}: audit`, expected: 'clean', results });
    }

    log('Ingesting a late file, with a configured column …');
    const addFile = async (name: string, types: readonly CatalogType[]): Promise<number> => {
      await lake.deliver(range.to, name, lateRecords(range.to, name));
      for (const type of types) await lake.ingest(type, last, true);
      return LATE_EVENTS;
    };
    await addFile('late', CATALOGS);

    log('Querying the readers …');
    const { tables, total } = sample;
    const counts = [tables.default + LATE_EVENTS, tables.insights, tables.digest, 0, total.objects + 1];
    for (const type of CATALOGS) {
      for (const [index, suffix] of SUFFIXES.entries()) {
        const table = `${LAKE_SOURCE}${suffix}`;
        const results = await readers.count({ type, table });
        findings.add({ question: `${type}: rows of ${table}`, expected: counts[index], results });
      }
      const about = { type, table: LAKE_SOURCE };
      const ask = async (question: string, expected: number, more: object): Promise<void> =>
        findings.add({
          question: `${type}: ${question}`,
          expected,
          results: await readers.count({ ...about, ...more }),
        });
      await ask('before the late file (time travel)', tables.default, { snapshot: before[type] });
      await ask('rows with the new column', LATE_EVENTS, { filled: 'team.bucket' });
      await ask(`rows since ${range.to}`, LATE_EVENTS, { since: range.to });
      const results = await readers.filesRead({ ...about, since: range.to });
      findings.add({ question: `${type}: data files read for them`, expected: 1, results });
      const whole = await readers.filesRead(about);
      findings.add({ question: `${type}: and without a filter`, expected: whole.PyIceberg, results: whole });
    }
    for (const suffix of SUFFIXES) {
      const table = `${LAKE_SOURCE}${suffix}`;
      const results = await readers.rowsThatDiffer(table, RUN_COLUMNS);
      findings.add({ question: `${table}: rows that differ`, expected: 0, results });
    }

    log('Writing with Spark …');
    const rows = tables.default + LATE_EVENTS;
    const writes = { lake, readers, findings, range: last, addFile: (name: string) => addFile(name, ['rest']), rows };
    const written = await sparkWrites(writes);
    log('Maintaining with Spark …');
    await sparkMaintains({ ...writes, rows: written }, range);
  } finally {
    await readers.close();
  }
}

/** Records of the last delivery day, on which the sample has no events. */
function lateRecords(day: string, name: string): object[] {
  return Array.from({ length: LATE_EVENTS }, (_, i) => ({
    eventVersion: '1.08',
    eventTime: `${day}T10:00:0${i}Z`,
    eventSource: 's3.amazonaws.com',
    eventName: 'GetObject',
    eventID: `${name}-${i}`,
    requestParameters: { bucketName: 'acme-logs' },
  }));
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const cure = error instanceof TrailmillError && error.cure !== undefined ? `\n${error.cure}` : '';
    process.stderr.write(`verify:spark: ${error instanceof Error ? error.message : String(error)}${cure}\n`);
    process.exitCode = 1;
  },
);
