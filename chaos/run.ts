/** One run: a bucket, its undisturbed tables, the storm, and the comparison of both. */
import { execFile } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openCatalog } from '../iceberg/open-catalog.js';
import { Random } from '../sample/random.js';
import type { ObjectStore } from '../storage/object-store.js';
import type { BackfillResult } from '../workflows/messages.js';
import { Backfills, type Range } from './backfills.js';
import { type BucketSize, type ChaosBucket, makeBucket } from './bucket.js';
import { compareTables, type Tables } from './compare.js';
import type { Trouble } from './faulty-store.js';
import { FullDisk } from './full-disk.js';
import { LateFiles } from './late-files.js';
import { openPlace, type Place, type PlaceName, type Project, type ProjectSettings } from './places.js';
import { count, countFaults, emptyReport, phase, type RunReport } from './report.js';
import { Rewrites } from './rewrites.js';
import { ChaosServer } from './server.js';
import type { SharedServers } from './servers.js';
import { ride } from './storm.js';
import { Workers } from './workers.js';

export interface RunRequest {
  seed: number;
  /** A new directory, for everything. */
  directory: string;
  binary: string;
  place: PlaceName;
  shared: SharedServers;
  size: BucketSize;
  /** How long a storm lasts at most, milliseconds. */
  stormMs: number;
  /** Storms follow each other, each with a warehouse of its own, for so many milliseconds; 0: there is one. */
  totalMs: number;
  /** Directory of another build's worker, which takes part. */
  otherBuild?: string;
}

/** What a drawn fault costs is a second until the next try: these leave a commit a fair chance, and no call is spared. */
const RATES: Trouble['rates'] = { list: 0.015, get: 0.015, head: 0.015, put: 0.06, delete: 0.1 };
const DOOM = 0.85;
const STORAGE_TIMEOUT_SECONDS = 1;
/** An activity beats every two seconds. */
const RETRY = { heartbeatTimeoutSeconds: 3, maximumIntervalSeconds: 1, giveUpAfterHours: 1 };
/** Many small commits: at least so many files a batch, and not more than so many batches in all. */
const BATCH_FILES = 16;
const BATCHES = 40;
/** Batches of several chunks. */
const SMALL = {
  batchFiles: BATCH_FILES,
  chunkBytes: 16_384,
  groupBatches: 2,
  daysInFlight: 2,
  batchesInFlight: 2,
  concurrentReads: 4,
};
/** In the run's directory. */
const JOURNAL = 'journal.jsonl';
const UNDISTURBED_LIMIT = 180_000;
const REFERENCE = 0;
/** More storms than a run of some hours has. */
const MOST_STORMS = 1_000;

/** Never rejects: what went wrong is in `problems`. */
export async function chaosRun(request: RunRequest): Promise<RunReport> {
  const { seed, directory, otherBuild } = request;
  mkdirSync(directory, { recursive: true });
  const drawn = new Random(String(seed), 'run');
  const workersAtOnce = (otherBuild === undefined ? 1 : 2) + drawn.int(2);
  // A worker of another build takes no transforms of this run's project.
  const transform = drawn.chance(0.5) && otherBuild === undefined;
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
    const make = (number: number): Project => small(place.project(number, transform), server.address);
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
        doom: DOOM,
        storageTimeoutSeconds: STORAGE_TIMEOUT_SECONDS,
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
    phase(report, 'start');
    await undisturbed(reference.settings, bucket, backfills);
    phase(report, 'undisturbed');
    const until = Date.now() + request.totalMs;
    const parts = { place, bucketStore, backfills, workers, server, reference, journal };
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
  phase(report, 'end');
  countFaults(journal, report);
  return report;
}

/** Small batches, quick retries, and the server of this run. */
function small({ directory, settings }: Project, address: string): Project {
  const cluster = { ...settings.cluster, address };
  return { directory, settings: { ...settings, cluster, retry: RETRY, ingest: { ...settings.ingest, ...SMALL } } };
}

/** The same bucket through workers without faults, in batches as large as usual. */
async function undisturbed(settings: ProjectSettings, { from, to }: ChaosBucket, backfills: Backfills): Promise<void> {
  const ingest = { ...settings.ingest, batchFiles: 2_000, groupBatches: 16 };
  const id = await backfills.start({ ...settings, ingest }, { from, to });
  const state = await backfills.untilClosed(id, UNDISTURBED_LIMIT);
  if (state !== 'COMPLETED') throw new Error(`Undisturbed, the backfill ${state}: ${await backfills.result(id)}`);
}

interface Parts {
  place: Place;
  bucketStore: ObjectStore;
  backfills: Backfills;
  workers: Workers;
  server: ChaosServer;
  reference: Project;
  project: Project;
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
  const range: Range = { from: bucket.from, to: bucket.to };
  const name = `storm ${report.storms}`;
  const random = new Random(String(seed), name);
  // A long run begins no storm that would be over at once.
  const forMs = request.totalMs === 0 ? stormMs : Math.min(stormMs, Math.max(request.until - Date.now(), stormMs / 4));
  const late = await LateFiles.hold(bucketStore, random.fork('late files'));
  const rewrites = new Rewrites(bucketStore, bucket.rewritable);
  await ride(
    {
      ...{ ...parts, random, settings, range, forMs, late, rewrites },
      warehouses: place.storesOf(project),
      transform: parts.transform ? project.directory : undefined,
      note: (what) => noteIn(journal, { what }),
      count: (what) => count(report.disturbances, what),
    },
    report,
  );
  phase(report, 'storm');

  const again = await backfills.start(settings, range);
  await backfills.untilClosed(again, UNDISTURBED_LIMIT);
  const result = await backfills.result(again);
  const left = (result as BackfillResult).totals?.files;
  if (left !== 0) report.problems.push(`${name}: the run after it found ${left ?? String(result)} files to do`);

  phase(report, 'once more');
  const { rows, differences } = await compareTables(tablesOf(place, project), tablesOf(place, parts.reference), {
    source: settings.source.name,
    repeated: new Set([...bucket.repeated, ...rewrites.events]),
    rewritten: rewrites.keys,
    objects: await objectsOf(bucketStore),
  });
  report.events = rows.default ?? 0;
  if (report.events === 0) report.problems.push('there is nothing in the tables to compare');
  report.problems.push(...differences.map((line) => `${name}: ${line}`));
  phase(report, 'comparison');
  report.audit = await audit(project.directory, range);
  if (report.audit !== 'clean') report.problems.push(`${name}: ${report.audit}`);
}

function tablesOf(place: Place, { settings: { source } }: Project): Tables {
  const { catalog, warehouse } = source;
  return { catalog: openCatalog(catalog, place.open(warehouse), place.open), namespace: catalog.namespace };
}

async function objectsOf(bucket: ObjectStore): Promise<Set<string>> {
  const found = new Set<string>();
  for await (const { objects } of bucket.list('')) for (const { key, etag } of objects) found.add(`${key}\n${etag}`);
  return found;
}

/** As a user has it: with the command, in the project. */
async function audit(projectDir: string, { from, to }: Range): Promise<string> {
  const main = join(__dirname, '..', 'client', 'main.js');
  const words = ['--project', projectDir, 'audit', '--from', from, '--to', to];
  try {
    await promisify(execFile)(process.execPath, [main, ...words]);
    return 'clean';
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    return `audit: ${`${stdout}${stderr}`.trim().split('\n').slice(0, 20).join('\n  ')}`;
  }
}

/** A line of the run's journal, which has the faults too: what happened when. */
function noteIn(journal: string, entry: { what: string }): void {
  appendFileSync(journal, `${JSON.stringify({ at: new Date().toISOString(), ...entry })}\n`);
}
