/** Which files of a table can have rows that were delivered on one day, and what is deleted of them. */
import { DELIVERY_DAY } from '../commit/summary-keys.js';
import { ObjectNotFound } from '../errors/index.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { keyOf } from '../iceberg/location.js';
import type { ManifestListEntry } from '../iceberg/manifest-list.js';
import { deletesOf, type ScannedFile, scanDataFiles, scanDeletes } from '../iceberg/scan.js';
import { snapshotById } from '../iceberg/snapshot.js';
import { type DeletedRows, mergeDeletes } from '../ingest/tasks/read-deletes.js';
import type { ObjectStore } from '../storage/object-store.js';
import type { AuditContext } from './context.js';

export interface DayRange {
  from: number;
  to: number;
}

export interface FileOfDay extends ScannedFile {
  /** Its commit says that all of its rows were delivered on the day. */
  ours: boolean;
}

/**
 * The files that the day's commits added, and those of commits that nobody knows any more (expired, or another writer's)
 * whose own days, the days of events, overlap `events`.
 */
export async function filesOfDay(
  { signal }: AuditContext,
  table: LoadedTable,
  day: string,
  events: DayRange,
): Promise<FileOfDay[]> {
  const deliveryDay = ({ added_snapshot_id: id }: ManifestListEntry): string | undefined =>
    snapshotById(table.metadata, id)?.summary[DELIVERY_DAY];
  const files: FileOfDay[] = [];
  const known = (entry: ManifestListEntry): boolean => deliveryDay(entry) === day;
  for await (const file of scanDataFiles(table, { manifests: known, signal })) files.push({ ...file, ours: true });
  const unknown = (entry: ManifestListEntry): boolean => deliveryDay(entry) === undefined;
  for await (const file of scanDataFiles(table, { manifests: unknown, dayRange: events, signal }))
    files.push({ ...file, ours: false });
  return files;
}

/** Answers which rows of a data file are deleted. It holds what is deleted of one day of events at a time. */
export class Deletes {
  private files: ScannedFile[] = [];
  private contents = new Map<string, Promise<DeletedRows>>();

  constructor(
    private readonly context: AuditContext,
    private readonly table: LoadedTable,
  ) {}

  /** Goes on to the data files of another partition. */
  async enter(day: number): Promise<void> {
    const { signal } = this.context;
    const dayRange = Number.isNaN(day) ? undefined : { from: day, to: day };
    this.files = [];
    this.contents = new Map();
    for await (const file of scanDeletes(this.table, { dayRange, signal })) this.files.push(file);
  }

  async of(data: ScannedFile): Promise<Float64Array | undefined> {
    const all = await Promise.all(deletesOf(data, this.files).map(({ file }) => this.contentOf(file.path)));
    const naming = all.flatMap((one) => {
      const rows = one.get(data.file.path);
      return rows === undefined ? [] : [new Map([[data.file.path, rows]])];
    });
    return naming.length === 0 ? undefined : mergeDeletes(naming).get(data.file.path);
  }

  private contentOf(path: string): Promise<DeletedRows> {
    let content = this.contents.get(path);
    if (content === undefined) {
      const { pool, signal } = this.context;
      content = bodyOf(this.table.store, path, signal).then((body) => pool.readDeletes(body, signal));
      // Whoever asked for it is told; the others are not to end the process.
      content.catch(() => {});
      this.contents.set(path, content);
    }
    return content;
  }
}

export class FileGone extends Error {
  constructor(
    readonly path: string,
    cause: unknown,
  ) {
    super(`${path} is gone`, { cause });
  }
}

/** The bytes of a table's file; `FileGone` says which one is not there. */
export async function bodyOf(store: ObjectStore, path: string, signal: AbortSignal): Promise<Buffer> {
  try {
    return (await store.get(keyOf(store, path), { signal })).body;
  } catch (error) {
    throw error instanceof ObjectNotFound ? new FileGone(path, error) : error;
  }
}
