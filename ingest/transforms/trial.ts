/** Runs a transform over sample records, and reports what it does to them. Nothing is written. Runs in a decoder thread. */
import { FileDecoder } from '../../cloudtrail/decoder/file-decoder.js';
import { type DecodedRow, describeThrown } from '../../cloudtrail/decoder/row-view.js';
import { columnsOf } from '../../cloudtrail/table-columns.js';
import type { TableConfig } from '../../cloudtrail/table-config.js';
import type { Transform } from '../../cloudtrail/transform.js';
import { UnreadableFile } from '../../errors/index.js';
import { lookupCachesFor } from '../geoip.js';
import type { ChunkFailure } from '../threads/failure.js';
import type { ChunkTask } from '../types.js';
import { uncompress } from '../uncompress/uncompress.js';
import { loadTransform } from './load.js';
import { positionOf, type SourcePosition } from './positions.js';
import { type ChangedColumn, type MissingColumn, RowRecorder } from './row-recorder.js';
import { LOADING, trackCall, trackedTransform } from './state.js';

/** Rejected records in the result. */
const REJECTS_SHOWN = 3;

/** A trial of the transform of one table. */
export interface TrialTask
  extends Pick<ChunkTask, 'batch' | 'files' | 'enrich' | 'allowedFiles' | 'maxFileBytes' | 'state'> {
  /** One table, with a transform. */
  tables: { config: TableConfig }[];
  trial: {
    /** Maximum number of rows to call the transform for. */
    rows: number;
    /** Maximum number of changed rows in the result. */
    show: number;
  };
}

/** The position of a record. */
export interface TrialRecord {
  uri: string;
  /** From 0. */
  record: number;
}

/** A rejected record. */
export interface TrialReject extends TrialRecord {
  message: string;
  at?: SourcePosition;
}

/** The columns that the transform changed in a row. Values are JSON. */
export interface TrialChange extends TrialRecord {
  columns: ChangedColumn[];
}

/** What a transform did to sample records: rows = kept + dropped + rejected. */
export interface TrialResult {
  files: number;
  rows: number;
  kept: number;
  /** Kept rows with other values than before. */
  changed: number;
  dropped: number;
  rejected: number;
  /** Time of all calls. */
  microseconds: number;
  /** The first ones. */
  rejects: TrialReject[];
  /** The first ones. */
  changes: TrialChange[];
  /** Columns that it tried to set although the table lacks them. */
  missingSet: MissingColumn[];
  /** Columns that it reads although the table lacks them: they are null. */
  missingGet: MissingColumn[];
  /** True if it returned a promise. */
  isAsync: boolean;
}

/** What the thread returns. */
export type TrialAnswer = TrialResult | ChunkFailure;

/** Calls the transform for the first rows of the files. Throws `UserMistake` if it cannot be loaded. */
export function runTrial(task: TrialTask): TrialResult {
  return new Trial(task).run();
}

class Trial {
  private readonly result: TrialResult = {
    files: 0,
    rows: 0,
    kept: 0,
    changed: 0,
    dropped: 0,
    rejected: 0,
    microseconds: 0,
    rejects: [],
    changes: [],
    missingSet: [],
    missingGet: [],
    isAsync: false,
  };
  private readonly config: TableConfig;
  private readonly path: string;
  private readonly transform: Transform;
  private readonly recorder: RowRecorder;
  private file = 0;

  constructor(private readonly task: TrialTask) {
    const { tables, batch, allowedFiles, state } = task;
    const [{ config }] = tables;
    const { transform: ref } = config;
    if (ref === undefined) throw new TypeError('the table has no transform');
    this.config = config;
    this.path = ref.path;
    this.recorder = new RowRecorder(columnsOf(config).map(({ name }) => name));
    this.transform = loadTransform(ref, batch, allowedFiles, (load) => trackCall(state, LOADING, 0, load));
  }

  run(): TrialResult {
    const { files, trial, state, enrich, maxFileBytes } = this.task;
    const decoder = new FileDecoder(columnsOf(this.config), this.config.key === 'digest' ? 'digest' : 'records', {
      lookups: lookupCachesFor(enrich),
      tableKey: this.config.key,
      transform: trackedTransform(this.call, state, () => this.file),
    });
    for (const [index, { uri, region, metadata, body }] of files.entries()) {
      if (this.result.rows >= trial.rows) break;
      if (body === undefined) continue;
      this.file = index;
      try {
        const { bytes } = uncompress(body, maxFileBytes);
        decoder.decode(bytes, { uri, number: index, region, metadata });
        this.result.files++;
      } catch (error) {
        // A run quarantines it, whatever its transform does.
        if (!(error instanceof UnreadableFile)) throw error;
      } finally {
        decoder.take();
      }
    }
    const { missingSet, missingGet } = this.recorder;
    Object.assign(this.result, { missingSet: [...missingSet.values()], missingGet: [...missingGet.values()] });
    return this.result;
  }

  /** Calls the transform, and keeps no row: rows are counted here. */
  private readonly call: Transform = (row) => {
    const { result, recorder, task } = this;
    if (result.rows >= task.trial.rows) return null;
    const view = row as DecodedRow;
    result.rows++;
    recorder.begin(view);
    const start = performance.now();
    try {
      const returned = this.transform(recorder);
      result.microseconds += (performance.now() - start) * 1000;
      this.count(view, returned);
    } catch (error) {
      result.microseconds += (performance.now() - start) * 1000;
      const { missing } = recorder;
      if (missing === undefined) this.reject(view, describeThrown(error), error);
      else {
        result.rejected++;
        missing.at ??= positionOf(this.path, error);
      }
    }
    return null;
  };

  private count(view: DecodedRow, returned: unknown): void {
    const { result, recorder, task } = this;
    if (returned === null) {
      result.dropped++;
      return;
    }
    if (returned !== undefined && returned !== recorder) {
      const isPromise = typeof (returned as PromiseLike<unknown>).then === 'function';
      if (isPromise) void Promise.resolve(returned as PromiseLike<unknown>).catch(() => {});
      result.isAsync ||= isPromise;
      this.reject(
        view,
        `It returned ${isPromise ? 'a promise' : `a value of type ${typeof returned}`}, not the row, nothing or null.`,
      );
      return;
    }
    result.kept++;
    const columns = recorder.changes();
    if (columns.length === 0) return;
    result.changed++;
    if (result.changes.length < task.trial.show) result.changes.push({ ...this.recordOf(view), columns });
  }

  private reject(view: DecodedRow, message: string, error?: unknown): void {
    this.result.rejected++;
    const { rejects } = this.result;
    if (rejects.length >= REJECTS_SHOWN || rejects.some((other) => other.message === message)) return;
    const at = positionOf(this.path, error);
    rejects.push({ ...this.recordOf(view), message, ...(at && { at }) });
  }

  private recordOf({ recordIndex }: DecodedRow): TrialRecord {
    return { uri: this.task.files[this.file].uri, record: recordIndex };
  }
}
