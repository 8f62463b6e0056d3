/** Finds the table files that may have rows of a delivery day, and their deleted rows. */

import type { Damaged } from '../errors/index.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { readTableFile } from '../iceberg/damage.js';
import type { Snapshot } from '../iceberg/metadata.js';
import { deletesOf, NO_METRICS, type ScannedFile, scanDataFiles, scanDeletes } from '../iceberg/scan.js';
import { type DeletedRows, mergeDeletes } from '../ingest/tasks/deleted-rows.js';
import { DELIVERY_DAY } from '../run/summary-keys.js';
import type { AuditContext } from './context.js';

/** A range of partition days, in days since 1970-01-01, inclusive. */
export interface DayRange {
  from: number;
  to: number;
}

/** A data file that may have rows of the audited day. */
export interface FileOfDay extends ScannedFile {
  /** True if its commit is of the audited day, so that all its rows were delivered on that day. */
  ours: boolean;
}

/**
 * Returns the files that the day's commits added, and files of unknown commits (expired, or by another writer) whose event
 * days overlap `events`. `onDamage` receives manifests that cannot be read.
 */
export async function filesOfDay(
  { signal }: AuditContext,
  table: LoadedTable,
  day: string,
  events: DayRange,
  onDamage: (damage: Damaged) => void,
): Promise<FileOfDay[]> {
  const deliveryDay = (snapshot: Snapshot | undefined): string | undefined => snapshot?.summary[DELIVERY_DAY];
  const files: FileOfDay[] = [];
  const known = (snapshot: Snapshot | undefined): boolean => deliveryDay(snapshot) === day;
  for await (const file of scanDataFiles(table, { addedBy: known, columns: NO_METRICS, signal, onDamage }))
    files.push({ ...file, ours: true });
  const unknown = (snapshot: Snapshot | undefined): boolean => deliveryDay(snapshot) === undefined;
  const others = { addedBy: unknown, dayRange: events, columns: NO_METRICS, signal, onDamage };
  for await (const file of scanDataFiles(table, others)) files.push({ ...file, ours: false });
  return files;
}

/** Looks up the deleted rows of data files. It holds the deletes of one partition at a time. */
export class Deletes {
  private files: ScannedFile[] = [];
  private contents = new Map<string, Promise<DeletedRows>>();

  constructor(
    private readonly context: AuditContext,
    private readonly table: LoadedTable,
    private readonly onDamage: (damage: Damaged) => void,
  ) {}

  /** Switches to the data files of another partition. */
  async enter(day: number): Promise<void> {
    const { signal } = this.context;
    const { onDamage } = this;
    const dayRange = Number.isNaN(day) ? undefined : { from: day, to: day };
    this.files = [];
    this.contents = new Map();
    for await (const file of scanDeletes(this.table, { dayRange, columns: NO_METRICS, signal, onDamage }))
      this.files.push(file);
  }

  /** Returns the positions of a data file's deleted rows; `undefined` if there are none. */
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
      // Callers that await it get the error. Without this, a rejection before then would end the process.
      content.catch(() => {});
      this.contents.set(path, content);
    }
    return content;
  }
}
