/** Runs a transform over sample records, and reports what it does to them. Nothing is written. Runs in a decoder thread. */
import { FileDecoder } from '../../cloudtrail/decoder/file-decoder.js';
import { type DecodedRow, describeThrown } from '../../cloudtrail/decoder/row-view.js';
import { columnsOf } from '../../cloudtrail/table-columns.js';
import type { TableConfig } from '../../cloudtrail/table-config.js';
import type { CellValue, Transform } from '../../cloudtrail/transform.js';
import { UnreadableFile } from '../../errors/index.js';
import { nearest } from '../../text/nearest.js';
import { lookupCachesFor } from '../geoip.js';
import type { ChunkFailure } from '../threads/failure.js';
import type { ChunkTask } from '../types.js';
import { uncompress } from '../uncompress/uncompress.js';
import { loadTransform } from './load.js';
import { positionOf, type SourcePosition } from './positions.js';
import { LOADING, trackCall, trackedTransform } from './state.js';

/** Names in each list of columns that the table lacks. */
const MAX_MISSING = 20;
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
  columns: { name: string; before: string; after: string }[];
}

/** A column that the table does not have. */
export interface MissingColumn {
  name: string;
  nearest?: string;
  rows: number;
  /** Where it was set first, if the transform did not catch the error. */
  at?: SourcePosition;
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

/** The row that the transform gets. It records which columns are set. */
class RowRecorder implements DecodedRow {
  readonly missingSet = new Map<string, MissingColumn>();
  readonly missingGet = new Map<string, MissingColumn>();
  /** The column that the table lacks and that was set last, for this row. */
  missing: MissingColumn | undefined;
  private readonly known: ReadonlySet<string>;
  private view: DecodedRow | undefined;
  private before = new Map<string, string>();

  constructor(columns: readonly string[]) {
    this.known = new Set(columns);
  }

  begin(view: DecodedRow): void {
    this.view = view;
    this.missing = undefined;
    this.before = new Map();
  }

  changes(): TrialChange['columns'] {
    const all = [...this.before].map(([name, before]) => ({ name, before, after: jsonOf(this.live.get(name)) }));
    return all.filter(({ before, after }) => before !== after);
  }

  get table(): DecodedRow['table'] {
    return this.live.table;
  }

  get(name: string): CellValue {
    if (!this.known.has(name)) this.note(this.missingGet, name);
    return this.live.get(name);
  }

  set(name: string, value: CellValue | Date | undefined): void {
    if (!this.known.has(name)) this.missing = this.note(this.missingSet, name);
    else if (!this.before.has(name)) this.before.set(name, jsonOf(this.live.get(name)));
    this.live.set(name, value);
  }

  get record(): DecodedRow['record'] {
    return this.live.record;
  }

  get recordText(): string {
    return this.live.recordText;
  }

  get recordIndex(): number {
    return this.live.recordIndex;
  }

  private get live(): DecodedRow {
    if (this.view === undefined) throw new TypeError('there is no row');
    return this.view;
  }

  private note(columns: Map<string, MissingColumn>, name: string): MissingColumn | undefined {
    const noted = columns.get(name);
    if (noted !== undefined) {
      noted.rows++;
      return noted;
    }
    // A transform may compute names.
    if (columns.size >= MAX_MISSING) return undefined;
    const meant = nearest(name, [...this.known]);
    const missing = { name, rows: 1, ...(meant === undefined ? {} : { nearest: meant }) };
    columns.set(name, missing);
    return missing;
  }
}

/** Maximum characters of a value in the result. */
const VALUE_SHOWN = 1000;

function jsonOf(value: CellValue): string {
  const text = JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part));
  return text.length <= VALUE_SHOWN ? text : `${text.slice(0, VALUE_SHOWN).toWellFormed()}…`;
}
