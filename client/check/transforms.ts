/** Loads the transforms of the tables, and runs them over a sample of records, as a run would: in a process of their own. */
import { relative } from 'node:path';
import { columnsOf } from '../../cloudtrail/table-columns.js';
import { TABLE_KEYS, type TableConfig, type TableKey, type TransformRef } from '../../cloudtrail/table-config.js';
import { allowedFiles } from '../../config/allowed.js';
import type { Settings, SourceSettings } from '../../config/settings.js';
import { UserMistake } from '../../errors/index.js';
import { errorOf } from '../../ingest/threads/failure.js';
import { CORRECT_IT, freezeTransform } from '../../ingest/transforms/modules.js';
import { TransformPool } from '../../ingest/transforms/pool.js';
import type { MissingColumn } from '../../ingest/transforms/row-recorder.js';
import type { TrialResult, TrialTask } from '../../ingest/transforms/trial.js';
import { TRANSFORM_PROCESS } from '../../install/package.js';
import { objectUri } from '../../storage/object-store.js';
import { checkReadable, openStore } from '../../storage/open.js';
import { nearest } from '../../text/nearest.js';
import { checkSource } from '../run/source.js';
import { neverAborted } from '../terminal/io.js';
import { newestFiles, type SampleFile } from './sample-files.js';

/** A mistake in a transform; part of the JSON of `check`. */
export interface TransformMistake {
  message: string;
  cure: string;
}

/** What the transform of one table does to a sample of its records; part of the JSON of `check`. */
export interface TransformReport {
  table: string;
  /** Path, relative to the project. */
  transform: string;
  mistakes: TransformMistake[];
  /** Things that are probably not intended. */
  warnings: string[];
  /** Null if it was not run over records; `noSample` says why. */
  sample: TrialResult | null;
  /** True if the share of rejected records is more than `ingest.max_reject_rate`. */
  wouldPause: boolean;
  noSample: string | null;
}

/** Settings of the samples. */
export interface SampleOptions {
  /** Maximum records of each table; 0 for none. */
  rows: number;
  /** Changed rows to show. */
  show: number;
}

/** Files that are read at once. */
const FILES_AT_ONCE = 8;
/** Maximum files of a table; a file usually has several records. */
const MAX_FILES = 200;
/** Larger files are left out: a sample should take seconds. */
const MAX_FILE_BYTES = 8 << 20;

/** A record for each table, to call the transform once even if there is no sample. */
const EVENT = {
  eventVersion: '1.11',
  eventTime: '2024-01-01T00:00:00Z',
  eventSource: 's3.amazonaws.com',
  eventName: 'GetObject',
};
const BUILT_IN: Record<TableKey, object> = {
  default: { Records: [EVENT] },
  insights: { Records: [{ ...EVENT, eventType: 'AwsCloudTrailInsight', insightDetails: { state: 'Start' } }] },
  digest: { awsAccountId: '123456789012', digestEndTime: '2024-01-01T01:00:00Z', logFiles: [] },
};

/** Checks all transforms; one report for each table that has one. */
export async function checkTransforms(
  { projectDir, maxRejectRate, worker: { allow } }: Settings,
  source: SourceSettings,
  options: SampleOptions,
): Promise<TransformReport[]> {
  const tables = TABLE_KEYS.flatMap((key) => source.tables.filter((table) => table.key === key && table.transform));
  if (tables.length === 0) return [];
  const pool = new TransformPool(TRANSFORM_PROCESS, 1);
  try {
    const checks = tables.map(
      (table) => new TransformCheck(table, source, allowedFiles(projectDir, allow), pool, tables),
    );
    for (const check of checks) await check.load();
    const loaded = checks.filter(({ isLoaded }) => isLoaded);
    if (options.rows > 0 && loaded.length > 0) await sampleAll(loaded, source, options);
    return checks.map((check) => check.report(projectDir, options, maxRejectRate));
  } finally {
    await pool.close();
  }
}

async function sampleAll(
  checks: readonly TransformCheck[],
  source: SourceSettings,
  options: SampleOptions,
): Promise<void> {
  try {
    await checkReadable(source.location);
    const bucket = openStore(source.location);
    await checkSource(bucket, source);
    const files = await newestFiles(
      bucket,
      source,
      checks.map(({ key }) => key),
      neverAborted(),
    );
    for (const check of checks) await check.sample(files.get(check.key) ?? [], options);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    for (const check of checks) check.noSample ??= `the bucket cannot be read: ${message}`;
  }
}

/** The check of one table's transform. */
class TransformCheck {
  /** False if a run would fail as soon as it loads the transform. */
  isLoaded = false;
  noSample: string | undefined;
  private readonly mistakes: TransformMistake[] = [];
  private readonly columns: ReadonlySet<string>;
  private frozen: TransformRef | undefined;
  private result: TrialResult | undefined;
  private missingSet: readonly MissingColumn[] = [];
  private missingGet: readonly MissingColumn[] = [];

  constructor(
    private readonly table: TableConfig,
    private readonly source: SourceSettings,
    private readonly allowed: readonly string[],
    private readonly pool: TransformPool,
    all: readonly TableConfig[],
  ) {
    // A module of several tables may read the columns of all of them.
    const served = all.filter(({ transform }) => transform?.path === table.transform?.path);
    this.columns = new Set(served.flatMap((config) => columnsOf(config).map(({ name }) => name)));
  }

  get key(): TableKey {
    return this.table.key;
  }

  /** Loads it, and calls it once. What it says about the built-in record is not reported, except for what is always wrong. */
  async load(): Promise<void> {
    await this.attempt(async () => {
      this.frozen = freezeTransform(this.path, this.allowed);
      const body = Buffer.from(JSON.stringify(BUILT_IN[this.key]));
      const uri = 'a built-in record';
      const file = { key: uri, uri, size: body.length, account: '', region: '', kind: '', deliveredAt: 0, body };
      const result = await this.run([file], { rows: 1, show: 0 });
      this.isLoaded = !result.isAsync;
      this.judge(result);
    });
  }

  /** Runs it over the records of the files, until there are enough. */
  async sample(files: readonly SampleFile[], { rows, show }: SampleOptions): Promise<void> {
    const small = files.filter(({ size }) => size <= MAX_FILE_BYTES).slice(0, MAX_FILES);
    if (small.length === 0) {
      this.noSample = 'the bucket has no files of this kind where the newest ones should be';
      return;
    }
    await this.attempt(async () => {
      const sum = emptyResult();
      for (let first = 0; first < small.length && sum.rows < rows; first += FILES_AT_ONCE) {
        const bodies = await this.read(small.slice(first, first + FILES_AT_ONCE));
        addResult(sum, await this.run(bodies, { rows: rows - sum.rows, show: show - sum.changes.length }));
      }
      this.result = sum;
      this.judge(sum);
    });
  }

  report(projectDir: string, { rows }: SampleOptions, maxRejectRate: number): TransformReport {
    const { mistakes, missingGet, result } = this;
    const unknown = missingGet.filter(({ name }) => !this.columns.has(name));
    const columns = [...this.columns];
    return {
      table: this.table.name,
      transform: relative(projectDir, this.path),
      mistakes,
      warnings: unknown.map(
        ({ name }) =>
          `It reads ${name}, which is not a column and therefore always null.${hint(nearest(name, columns))}`,
      ),
      sample: result ?? null,
      wouldPause: result !== undefined && result.rejected > maxRejectRate * result.rows,
      noSample: result === undefined && mistakes.length === 0 ? (this.noSample ?? (rows === 0 ? 'off' : '')) : null,
    };
  }

  private get path(): string {
    return this.table.transform?.path ?? '';
  }

  private async read(files: readonly SampleFile[]): Promise<TrialTask['files']> {
    const bucket = openStore(this.source.location);
    return Promise.all(
      files.map(async ({ key, size, place: { account, region, kind } }) => {
        const { body, metadata } = await bucket.get(key, { metadata: this.key === 'digest', signal: neverAborted() });
        return { key, size, account, region, kind, uri: objectUri(bucket, key), deliveredAt: 0, body, metadata };
      }),
    );
  }

  private async run(files: TrialTask['files'], trial: TrialTask['trial']): Promise<TrialResult> {
    const config = { ...this.table, transform: this.frozen };
    const { enrich } = this.source;
    const task = { batch: 'check', files, enrich, allowedFiles: this.allowed, maxFileBytes: 256 << 20, trial };
    const answer = await this.pool.try({ ...task, tables: [{ config }] });
    if ('failure' in answer) throw errorOf(answer);
    return answer;
  }

  /** Adds what is a mistake whatever the record is. */
  private judge({ isAsync, missingSet, missingGet }: TrialResult): void {
    const { path, table } = this;
    if (isAsync && this.mistakes.length === 0)
      this.mistakes.push({
        message: `The transform ${path} returns a promise.`,
        cure: 'It is called for every row and must be synchronous: return the row, nothing or null.',
      });
    for (const { name, nearest: meant, at } of missingSet) {
      if (this.missingSet.some((known) => known.name === name)) continue;
      this.mistakes.push({
        message: `The transform ${at === undefined ? path : `${at.file}:${at.line}`} sets ${name}, but the table ${table.name} (row.table is '${this.key}') has no such column.${hint(meant)}`,
        cure: `Add it to schema.fields, or correct the name${this.columns.has(name) ? '; another table has it: ask row.table first' : ''}.`,
      });
    }
    this.missingSet = [...this.missingSet, ...missingSet];
    this.missingGet = [
      ...this.missingGet,
      ...missingGet.filter(({ name }) => !this.missingGet.some((known) => known.name === name)),
    ];
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof UserMistake)) throw error;
      this.mistakes.push({ message: error.message, cure: error.cure ?? CORRECT_IT });
    }
  }
}

function hint(meant: string | undefined): string {
  return meant === undefined ? '' : ` Did you mean ${meant}?`;
}

function emptyResult(): TrialResult {
  const counts = { files: 0, rows: 0, kept: 0, changed: 0, dropped: 0, rejected: 0, microseconds: 0 };
  return { ...counts, rejects: [], changes: [], missingSet: [], missingGet: [], isAsync: false };
}

/** Maximum rejected records to show. */
const REJECTS_SHOWN = 3;

function addResult(sum: TrialResult, part: TrialResult): void {
  for (const name of ['files', 'rows', 'kept', 'changed', 'dropped', 'rejected', 'microseconds'] as const)
    sum[name] += part[name];
  const isNew = (reject: TrialResult['rejects'][number]): boolean =>
    sum.rejects.every(({ message }) => message !== reject.message);
  sum.rejects.push(...part.rejects.filter(isNew).slice(0, REJECTS_SHOWN - sum.rejects.length));
  sum.changes.push(...part.changes);
  for (const list of ['missingSet', 'missingGet'] as const)
    for (const column of part[list]) {
      const known = sum[list].find(({ name }) => name === column.name);
      if (known === undefined) sum[list].push({ ...column });
      else known.rows += column.rows;
    }
  sum.isAsync ||= part.isAsync;
}
