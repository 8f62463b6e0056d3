/** Which files of a table can have rows that were delivered on one day, and what is deleted of them. */
import { DELIVERY_DAY } from '../activities/summary-keys.js';
import type { Damaged } from '../errors/index.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { readTableFile } from '../iceberg/damage.js';
import type { ManifestListEntry } from '../iceberg/manifest-list.js';
import { deletesOf, type ScannedFile, scanDataFiles, scanDeletes } from '../iceberg/scan.js';
import { snapshotById } from '../iceberg/snapshot.js';
import { type DeletedRows, mergeDeletes } from '../ingest/read-deletes.js';
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
 * whose own days, the days of events, overlap `events`. `onDamage` is told of manifests that cannot be read.
 */
export async function filesOfDay(
  { signal }: AuditContext,
  table: LoadedTable,
  day: string,
  events: DayRange,
  onDamage: (damage: Damaged) => void,
): Promise<FileOfDay[]> {
  const deliveryDay = ({ added_snapshot_id: id }: ManifestListEntry): string | undefined =>
    snapshotById(table.metadata, id)?.summary[DELIVERY_DAY];
  const files: FileOfDay[] = [];
  const known = (entry: ManifestListEntry): boolean => deliveryDay(entry) === day;
  for await (const file of scanDataFiles(table, { manifests: known, signal, onDamage }))
    files.push({ ...file, ours: true });
  const unknown = (entry: ManifestListEntry): boolean => deliveryDay(entry) === undefined;
  for await (const file of scanDataFiles(table, { manifests: unknown, dayRange: events, signal, onDamage }))
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
    private readonly onDamage: (damage: Damaged) => void,
  ) {}

  /** Goes on to the data files of another partition. */
  async enter(day: number): Promise<void> {
    const { signal } = this.context;
    const { onDamage } = this;
    const dayRange = Number.isNaN(day) ? undefined : { from: day, to: day };
    this.files = [];
    this.contents = new Map();
    for await (const file of scanDeletes(this.table, { dayRange, signal, onDamage })) this.files.push(file);
  }

  async of(data: ScannedFile): Promise<Float64Array | undefined> {
    const all = await Promise.all(deletesOf(data, this.files).map(({ file }) => this.contentOf(file)));
    const naming = all.flatMap((one) => {
      const rows = one.get(data.file.path);
      return rows === undefined ? [] : [new Map([[data.file.path, rows]])];
    });
    return naming.length === 0 ? undefined : mergeDeletes(naming).get(data.file.path);
  }

  private contentOf({ path, bytes }: ScannedFile['file']): Promise<DeletedRows> {
    let content = this.contents.get(path);
    if (content === undefined) {
      const { pool, signal } = this.context;
      const file = { path, bytes, kind: 'delete file', of: this.table.identifier.name } as const;
      content = readTableFile(this.table.store, file, (body) => pool.readDeletes(body, signal), signal);
      // Whoever asked for it is told; the others are not to end the process.
      content.catch(() => {});
      this.contents.set(path, content);
    }
    return content;
  }
}
