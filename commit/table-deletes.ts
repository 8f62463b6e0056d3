/** The deleted rows of a table's data files. */
import type { Damaged } from '../errors/index.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { readTableFile } from '../iceberg/damage.js';
import { deletesOf, NO_METRICS, type ScannedFile, scanDeletes } from '../iceberg/scan.js';
import { type DeletedRows, mergeDeletes } from '../ingest/tasks/deleted-rows.js';
import type { DecoderPool } from '../ingest/threads/decoder-pool.js';

/** Looks up the deleted rows of data files. It holds the deletes of one partition at a time. */
export class Deletes {
  private files: ScannedFile[] = [];
  private contents = new Map<string, Promise<DeletedRows>>();

  constructor(
    private readonly context: { pool: Pick<DecoderPool, 'readDeletes'>; signal?: AbortSignal },
    private readonly table: LoadedTable,
    /** Receives manifests that cannot be read; absent: that throws. */
    private readonly onDamage?: (damage: Damaged) => void,
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
