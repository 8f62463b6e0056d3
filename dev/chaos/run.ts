/** One run: creates a bucket, ingests it undisturbed and in a storm, and compares the tables. */
import { execFile } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openCatalog } from '../../iceberg/open-catalog.js';
import type { BackfillResult } from '../../protocol/messages.js';
import { Random } from '../../sample/random.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { type BackfillRange, Backfills } from './backfills.js';
import { type BucketSize, type ChaosBucket, makeBucket } from './bucket.js';
import { type ComparedTables, compareTables } from './compare.js';
import type { FaultOptions } from './faulty-store.js';
import { FullDisk } from './full-disk.js';
import { LateFiles } from './late-files.js';
import { openPlace, type PlaceName, type ProjectSettings, type RunPlace, type RunProject } from './places.js';
import { countRows, Reader, type RowCounts } from './reader.js';
import { addCount, countFaults, emptyReport, endPhase, type RunReport } from './report.js';
import { Rewrites } from './rewrites.js';
import { ChaosServer } from './server.js';
import type { SharedServers } from './servers.js';
import { runStorm } from './storm.js';
import { endOfStorm, upkeepAtTheEnd } from './upkeep.js';
import { Workers } from './workers.js';

/** The seed, location and duration of a run. */
export interface RunRequest {
  seed: number;
  /** A new directory for all files of the run. */
  directory: string;
  binary: string;
  place: PlaceName;
  shared: SharedServers;
  size: BucketSize;
  /** Maximum duration of a storm, in milliseconds. */
  stormMs: number;
  /** How long storms follow each other, in milliseconds, each with its own warehouse; 0: a single storm. */
  totalMs: number;
  /** Directory of the worker of another build, which takes part. */
  otherBuild?: string;
  /** The bucket is ingested with another configuration before each storm, and read again in it. */
  reprocess?: boolean;
}

/** Each fault costs a second until the next attempt. With these rates a commit can succeed, and every kind of call fails. */
const RATES: FaultOptions['rates'] = { list: 0.015, get: 0.015, head: 0.015, put: 0.06, delete: 0.1 };
/** The probability that a worker dies at a certain call. */
const CRASH_RATE = 0.85;
const STORAGE_TIMEOUT_SECONDS = 1;
/** An activity sends a heartbeat every two seconds. */
const RETRY = { heartbeatTimeoutSeconds: 3, maximumIntervalSeconds: 1, giveUpAfterHours: 1 };
/** For many small commits: the minimum number of files per batch, and the maximum number of batches. */
const BATCH_FILES = 16;
const BATCHES = 40;
/** Batches with several chunks each. */
const BATCHING = {
  batchFiles: BATCH_FILES,
  chunkBytes: 16_384,
  groupBatches: 2,
  daysInFlight: 2,
  batchesInFlight: 2,
  concurrentReads: 4,
};
/** Everything is old enough to be compacted and expired. What is removed by its age depends on {@link AGE_FACTOR}. */
const UPKEEP = { compactAfterDays: 1, keepSnapshotsDays: 0, keepSnapshots: 1, keepUnusedDays: 1 };
/** In a storm, 30 s count as a day: longer than a file waits for its commit. */
const AGE_FACTOR = 2_880;
/** In the run's directory. */
const JOURNAL = 'journal.jsonl';
/** Maximum duration of an undisturbed backfill. */
const UNDISTURBED_LIMIT_MS = 180_000;
/** Number of the undisturbed project. */
const REFERENCE = 0;
/** More storms than fit into a run of several hours. */
const MOST_STORMS = 1_000;

/** Performs one run. Never rejects: errors are in `problems`. */
export async function chaosRun(request: RunRequest): Promise<RunReport> {
  const { seed, directory, otherBuild } = request;
  mkdirSync(directory, { recursive: true });
  const rng = new Random(String(seed), 'run');
  const workersAtOnce = (otherBuild === undefined ? 1 : 2) + rng.int(2);
  // A worker of another build does not accept the transforms of this run's project.
  const transform = rng.chance(0.5) && otherBuild === undefined;
  const report = emptyReport({
    seed,
    directory,
    place: request.place,
    workers: workersAtOnce,
    twoBuilds: otherBuild !== undefined,
  });
  const journal = join(directory, JOURNAL);
  const closing: (() => Promise<unknown>)[] = [];
  try {
    const place = await openPlace(request.place, directory, request.shared);
    closing.push(() => place.close(report.problems.length > 0));
    if (!(place.disk instanceof FullDisk)) report.notTried.push(`disk full: ${place.disk.why}`);
    const server = await ChaosServer.start(request.binary, join(directory, 'server'));
    closing.push(() => server.stop());
    const make = (number: number): RunProject => small(place.project(number, transform), server.address);
    const reference = make(REFERENCE);
    const first = make(1);
    const { cluster, source } = first.settings;
    const workers = new Workers(
      {
        address: server.address,
        taskQueue: cluster.taskQueue,
        seed: String(seed),
        bucket: source.location,
        warehouses: place.warehouses(request.totalMs === 0 ? 1 : MOST_STORMS),
        files: [directory],
        catalog: source.catalog,
        journal,
        rates: RATES,
        doom: CRASH_RATE,
        storageTimeoutSeconds: STORAGE_TIMEOUT_SECONDS,
        ageFactor: AGE_FACTOR,
      },
      { count: workersAtOnce, otherBuild },
    );
    closing.push(async () => {
      report.problems.push(...workers.crashes);
      await workers.stop();
    });
    const bucketStore = place.open(source.location);
    const [bucket, backfills] = await Promise.all([
      makeBucket(bucketStore, seed, request.size),
      Backfills.connect(first.settings),
      workers.start(),
    ]);
    closing.push(() => backfills.close());
    Object.assign(report, { days: bucket.days, files: bucket.files });
    endPhase(report, 'start');
    await undisturbed(reference.settings, bucket, backfills);
    endPhase(report, 'undisturbed');
    const { rows: undisturbedRows } = await countRows(tablesOf(place, reference), source.name);
    const until = Date.now() + request.totalMs;
    const parts = { undisturbedRows, place, bucketStore, backfills, workers, server, reference, journal };
    for (let number = 1; ; number++) {
      const project = number === 1 ? first : make(number);
      report.storms = number;
      await oneStorm({ ...request, until }, { ...parts, project, transform }, bucket, report);
      if (Date.now() >= until || report.problems.length > 0 || number === MOST_STORMS) break;
    }
  } catch (error) {
    report.problems.push(error instanceof Error ? error.message : String(error));
  } finally {
    for (const close of closing.reverse()) await close().catch(() => {});
  }
  endPhase(report, 'end');
  countFaults(journal, report);
  return report;
}

/** The project with small batches, quick retries, and the server of this run. */
function small({ directory, settings }: RunProject, address: string): RunProject {
  const cluster = { ...settings.cluster, address };
  const source = { ...settings.source, upkeep: { ...settings.source.upkeep, ...UPKEEP } };
  const ingest = { ...settings.ingest, ...BATCHING };
  return { directory, settings: { ...settings, cluster, source, retry: RETRY, ingest } };
}

/** Ingests the bucket without faults, in batches of the usual size. */
async function undisturbed(
  settings: ProjectSettings,
  { from, to }: BackfillRange,
  backfills: Backfills,
): Promise<void> {
  const ingest = { ...settings.ingest, batchFiles: 2_000, groupBatches: 16 };
  const id = await backfills.start({ ...settings, ingest }, { from, to });
  const state = await backfills.untilClosed(id, UNDISTURBED_LIMIT_MS);
  if (state !== 'COMPLETED') throw new Error(`Undisturbed backfill ${state}: ${await backfills.result(id)}`);
}

/** Another configuration: events of the sample are repeated within a day or two, so the rows are the same. */
function otherwise({ source, ...settings }: ProjectSettings): ProjectSettings {
  return { ...settings, source: { ...source, deduplicate: { windowDays: 29 } } };
}

interface Parts {
  place: RunPlace;
  bucketStore: ObjectStore;
  backfills: Backfills;
  workers: Workers;
  server: ChaosServer;
  reference: RunProject;
  undisturbedRows: RowCounts;
  project: RunProject;
  transform: boolean;
  journal: string;
}

async function oneStorm(
  request: RunRequest & { until: number },
  parts: Parts,
  bucket: ChaosBucket,
  report: RunReport,
): Promise<void> {
  const { seed, stormMs } = request;
  const { place, project, bucketStore, backfills, journal } = parts;
  const batchFiles = Math.max(BATCH_FILES, Math.ceil(bucket.files / BATCHES));
  const settings = { ...project.settings, ingest: { ...project.settings.ingest, batchFiles } };
  const range: BackfillRange = { from: bucket.from, to: bucket.to };
  const name = `storm ${report.storms}`;
  const random = new Random(String(seed), name);
  // A long run does not start a storm that would be very short.
  const forMs = request.totalMs === 0 ? stormMs : Math.min(stormMs, Math.max(request.until - Date.now(), stormMs / 4));
  const late = await LateFiles.withhold(bucketStore, random.fork('late files'));
  const rewrites = new Rewrites(bucketStore, bucket.rewritable);
  const reprocess = request.reprocess ? {} : undefined;
  if (reprocess !== undefined) await undisturbed(otherwise(settings), range, backfills);
  const reader = new Reader(tablesOf(place, project), settings.source.name, parts.undisturbedRows);
  const reading = new AbortController();
  const hasRead = reader.run(reading.signal);
  const upkeep = !report.twoBuilds;
  if (!upkeep && report.storms === 1) report.notTried.push('upkeep: workers of earlier builds do not know it');
  await runStorm(
    {
      ...{ ...parts, random, settings, range, reprocess, forMs, late, rewrites, reader, upkeep },
      warehouses: place.storesOf(project),
      transform: parts.transform ? project.directory : undefined,
      note: (what) => noteIn(journal, { what }),
      count: (what) => addCount(report.disturbances, what),
    },
    report,
  ).finally(() => reading.abort());
  await hasRead;
  endPhase(report, 'storm');
  if (upkeep) await endOfStorm({ ...parts, settings });
  await reader.count({ strict: true });
  if (upkeep) {
    report.problems.push(
      ...(await upkeepAtTheEnd({ ...parts, settings }, report.upkeep)).map((line) => `${name}: ${line}`),
    );
    await reader.count({ strict: true });
    endPhase(report, 'upkeep');
  }
  report.counts.done += reader.counted;
  report.counts.failed += reader.failed;
  report.problems.push(...reader.problems.map((line) => `${name}: ${line}`));

  const nextId = await backfills.start(settings, range, reprocess);
  await backfills.untilClosed(nextId, UNDISTURBED_LIMIT_MS);
  const result = await backfills.result(nextId);
  const remaining = (result as BackfillResult).totals?.files;
  if (remaining !== 0) report.problems.push(`${name}: the next run found files to do: ${remaining ?? String(result)}`);

  endPhase(report, 'once more');
  const { rows, differences } = await compareTables(tablesOf(place, project), tablesOf(place, parts.reference), {
    source: settings.source.name,
    repeated: new Set([...bucket.repeated, ...rewrites.events]),
    rewritten: rewrites.keys,
    objects: await objectsOf(bucketStore),
    twoBuilds: report.twoBuilds,
  });
  report.events = rows.default ?? 0;
  if (report.events === 0) report.problems.push('the tables are empty, so there is nothing to compare');
  report.problems.push(...differences.map((line) => `${name}: ${line}`));
  endPhase(report, 'comparison');
  report.audit = await audit(project.directory, range);
  if (report.audit !== 'clean') report.problems.push(`${name}: ${report.audit}`);
}

function tablesOf(place: RunPlace, { settings: { source } }: RunProject): ComparedTables {
  const { catalog, warehouse } = source;
  return { catalog: openCatalog(catalog, place.open(warehouse), place.open), namespace: catalog.namespace };
}

async function objectsOf(bucket: ObjectStore): Promise<Set<string>> {
  const found = new Set<string>();
  for await (const { objects } of bucket.list(''))
    for (const { key, etag = (await bucket.head(key, { metadata: false })).etag } of objects)
      found.add(`${key}\n${etag}`);
  return found;
}

/** Runs the audit like a user: with the command, in the project. */
async function audit(projectDir: string, { from, to }: BackfillRange): Promise<string> {
  const main = join(__dirname, '..', '..', 'client', 'main.js');
  const args = ['--project', projectDir, 'audit', '--from', from, '--to', to];
  try {
    await promisify(execFile)(process.execPath, [main, ...args]);
    return 'clean';
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    return `audit: ${`${stdout}${stderr}`.trim().split('\n').slice(0, 20).join('\n  ')}`;
  }
}

/** Appends a line with the time to the run's journal, which also has the faults. */
function noteIn(journal: string, entry: { what: string }): void {
  appendFileSync(journal, `${JSON.stringify({ at: new Date().toISOString(), ...entry })}\n`);
}
