/** One run: a bucket, its undisturbed tables, the storm, and the comparison of both. */
import { execFile } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadSettings } from '../../config/load.js';
import { writeProject } from '../../config/project-files.js';
import type { Settings } from '../../config/settings.js';
import { Random } from '../../sample/random.js';
import { normalizeAddress } from '../../storage/address.js';
import { openStore } from '../../storage/open.js';
import type { BackfillResult } from '../../protocol/messages.js';
import { Backfills, type Range } from './backfills.js';
import { type BucketSize, type ChaosBucket, makeBucket } from './bucket.js';
import { compareWarehouses } from './compare.js';
import { ride, type StormCounts } from './driver.js';
import type { FaultEvent, Trouble } from './faulty-store.js';
import { LateFiles } from './late-files.js';
import { ChaosServer } from './server.js';
import { Workers } from './workers.js';

export interface RunRequest {
  seed: number;
  /** A new directory, for everything. */
  directory: string;
  binary: string;
  size: BucketSize;
  /** How long a storm lasts at most, milliseconds. */
  stormMs: number;
  /** Storms follow each other, each with a warehouse of its own, for so many milliseconds; 0: there is one. */
  totalMs: number;
}

export interface RunReport extends StormCounts {
  seed: number;
  directory: string;
  days: number;
  files: number;
  events: number;
  storms: number;
  /** Workers that died at a storage call. They are in `kills` too. */
  deaths: number;
  /** By kind, and by step and kind. */
  faults: Record<string, number>;
  steps: Record<string, Record<string, number>>;
  /** `clean`, or what it found. */
  audit: string;
  /** Empty: everything is as it should be. */
  problems: string[];
  /** Milliseconds since the epoch. */
  startedAt: number;
  seconds: number;
  /** The same seconds by what they went to. */
  phases: Record<string, number>;
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

export async function chaosRun(request: RunRequest): Promise<RunReport> {
  const { seed, directory } = request;
  mkdirSync(directory, { recursive: true });
  const settings = projectIn(directory);
  const journal = join(directory, JOURNAL);
  const bucketUri = settings.source.location;
  const closing: (() => Promise<unknown>)[] = [];
  const report: RunReport = emptyReport(request);
  try {
    const server = await ChaosServer.start(request.binary, join(directory, 'server'));
    closing.push(() => server.stop());
    const cluster = { ...settings.cluster, address: server.address };
    const workers = new Workers({
      address: server.address,
      taskQueue: cluster.taskQueue,
      seed: String(seed),
      bucket: bucketUri,
      warehouses: [into(settings, REFERENCE).warehouse, ...stormWarehouses(settings)],
      journal,
      rates: RATES,
      doom: DOOM,
      storageTimeoutSeconds: STORAGE_TIMEOUT_SECONDS,
    });
    closing.push(async () => {
      report.problems.push(...workers.crashes);
      await workers.stop();
    });
    const [bucket, backfills] = await Promise.all([
      makeBucket(openStore(bucketUri), seed, request.size),
      Backfills.connect({ ...settings, cluster }),
      workers.start(),
    ]);
    closing.push(() => backfills.close());
    Object.assign(report, { days: bucket.days, files: bucket.files });
    phase(report, 'start');
    await undisturbed(settings, bucket, backfills);
    phase(report, 'undisturbed');
    const until = Date.now() + request.totalMs;
    do {
      await oneStorm({ ...request, until }, settings, bucket, { backfills, workers, server }, report);
    } while (Date.now() < until && report.problems.length === 0 && report.storms < MOST_STORMS);
  } catch (error) {
    report.problems.push(error instanceof Error ? error.message : String(error));
  } finally {
    for (const close of closing.reverse()) await close().catch(() => {});
  }
  phase(report, 'end');
  countFaults(journal, report);
  return report;
}

type ProjectSettings = Settings & { source: NonNullable<Settings['source']> };

/** What `trailmill init` writes, and no setting of the machine. */
function projectIn(directory: string): ProjectSettings {
  writeProject(directory);
  const { source, ...settings } = loadSettings({ cwd: directory, env: {}, flags: { project: directory } });
  if (source === undefined) throw new Error('the new project has no source');
  return { ...settings, source, retry: RETRY, ingest: { ...settings.ingest, ...SMALL } };
}

function into(settings: ProjectSettings, name: string): ProjectSettings {
  const warehouse = normalizeAddress(name, settings.projectDir);
  return { ...settings, warehouse, source: { ...settings.source, warehouse } };
}

const REFERENCE = 'undisturbed';
/** More storms than a run of some hours has. */
const MOST_STORMS = 1_000;
const warehouseOf = (storm: number): string => `warehouse-${storm}`;

function stormWarehouses(settings: ProjectSettings): string[] {
  return Array.from({ length: MOST_STORMS }, (_, at) => into(settings, warehouseOf(at + 1)).warehouse);
}

/** The same bucket through a worker without faults, in batches as large as usual. */
async function undisturbed(settings: ProjectSettings, { from, to }: ChaosBucket, backfills: Backfills): Promise<void> {
  const ingest = { ...settings.ingest, batchFiles: 2_000, groupBatches: 16 };
  const id = await backfills.start({ ...into(settings, REFERENCE), ingest }, { from, to });
  const state = await backfills.untilClosed(id, UNDISTURBED_LIMIT);
  if (state !== 'COMPLETED') throw new Error(`Undisturbed, the backfill ${state}: ${await backfills.result(id)}`);
}

async function oneStorm(
  request: RunRequest & { until: number },
  project: ProjectSettings,
  bucket: ChaosBucket,
  parts: { backfills: Backfills; workers: Workers; server: ChaosServer },
  report: RunReport,
): Promise<void> {
  const { seed, stormMs } = request;
  const name = warehouseOf(++report.storms);
  const batchFiles = Math.max(BATCH_FILES, Math.ceil(bucket.files / BATCHES));
  const settings = into({ ...project, ingest: { ...project.ingest, batchFiles } }, name);
  const range: Range = { from: bucket.from, to: bucket.to };
  const random = new Random(String(seed), name);
  // A long run begins no storm that would be over at once.
  const forMs = request.totalMs === 0 ? stormMs : Math.min(stormMs, Math.max(request.until - Date.now(), stormMs / 4));
  const note = (what: string): void => noteIn(project.projectDir, { what });
  const late = await LateFiles.hold(openStore(settings.source.location), random.fork('late files'));
  await ride({ ...parts, random, settings, range, forMs, late, note }, report);
  phase(report, 'storm');

  const again = await parts.backfills.start(settings, range);
  await parts.backfills.untilClosed(again, UNDISTURBED_LIMIT);
  const result = await parts.backfills.result(again);
  const left = (result as BackfillResult).totals?.files;
  if (left !== 0) report.problems.push(`${name}: the run after it found ${left ?? String(result)} files to do`);

  phase(report, 'once more');
  const { source } = settings;
  const stores = [settings, into(project, REFERENCE)].map(({ warehouse }) => openStore(warehouse));
  const { rows, differences } = await compareWarehouses(stores[0], stores[1], source.name, bucket.repeated);
  report.events = rows.default ?? 0;
  if (report.events === 0) report.problems.push('there is nothing in the tables to compare');
  report.problems.push(...differences.map((line) => `${name}: ${line}`));
  phase(report, 'comparison');
  report.audit = await audit(settings, range);
  if (report.audit !== 'clean') report.problems.push(`${name}: ${report.audit}`);
}

async function audit({ projectDir, source }: ProjectSettings, { from, to }: Range): Promise<string> {
  const main = join(__dirname, '..', 'client', 'main.js');
  const words = ['--project', projectDir, 'audit', '--from', from, '--to', to];
  words.push('--location', source.location, '--warehouse', source.warehouse);
  try {
    await promisify(execFile)(process.execPath, [main, ...words], { env: { PATH: process.env.PATH } });
    return 'clean';
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    return `audit: ${`${stdout}${stderr}`.trim().split('\n').slice(0, 20).join('\n  ')}`;
  }
}

/** A line of the run's journal, which has the faults too: what happened when. */
function noteIn(directory: string, entry: { what: string }): void {
  appendFileSync(join(directory, JOURNAL), `${JSON.stringify({ at: new Date().toISOString(), ...entry })}\n`);
}

/** What went by since the last call goes to this phase. */
function phase(report: RunReport, name: string): void {
  const seconds = (Date.now() - report.startedAt) / 1000;
  report.phases[name] = (report.phases[name] ?? 0) + seconds - report.seconds;
  report.seconds = seconds;
}

function emptyReport({ seed, directory }: RunRequest): RunReport {
  const counts = {
    kills: 0,
    deaths: 0,
    serverRestarts: 0,
    terminations: 0,
    starts: 0,
    overlaps: 0,
    lateFiles: 0,
    storms: 0,
  };
  const none = { failures: [], faults: {}, steps: {}, problems: [], phases: {}, audit: '' };
  return { seed, directory, days: 0, files: 0, events: 0, startedAt: Date.now(), seconds: 0, ...counts, ...none };
}

function countFaults(journal: string, report: RunReport): void {
  if (!existsSync(journal)) return;
  for (const line of readFileSync(journal, 'utf8').split('\n').slice(0, -1)) {
    const { fault, step } = JSON.parse(line) as Partial<FaultEvent>;
    if (fault === undefined || step === undefined) continue;
    if (fault.startsWith('die')) {
      report.deaths++;
      report.kills++;
    }
    report.faults[fault] = (report.faults[fault] ?? 0) + 1;
    report.steps[step] ??= {};
    report.steps[step][fault] = (report.steps[step][fault] ?? 0) + 1;
  }
}
