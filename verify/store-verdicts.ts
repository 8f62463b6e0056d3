/** Adds the verdicts of a day to the integrity table: one snapshot for each day of a verification, exactly once. */
import { INTEGRITY_COLUMNS, SORTED_BY } from '../cloudtrail/tables.js';
import { packRows } from '../columnar/packed-rows.js';
import { appendManifests } from '../iceberg/append.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { evolveTable } from '../iceberg/evolve-table.js';
import { storeManifest } from '../iceberg/manifest-files.js';
import { schemaOf } from '../iceberg/schema.js';
import { currentSchema } from '../iceberg/snapshot.js';
import { tableSettings } from '../iceberg/table-settings.js';
import type { DataFile } from '../iceberg/types.js';
import { storeFile } from '../ingest/store-files.js';
import { VERDICT_SHAPE, type VerdictOrigin } from '../integrity/rows.js';
import type { Verdict } from '../integrity/verdict.js';
import { identifierOf } from '../run/config.js';
import { findRecent, withCommit } from '../run/recent-commits.js';
import { DELIVERY_DAY, RUN } from '../run/summary-keys.js';
import type { VerifyContext } from './context.js';

/** The newest commits that the table's property lists: many more than happen between two attempts of an activity. */
const COMMITS_KEPT = 200;

/** Collects the files of one day's verdicts, and commits them together. */
export class VerdictWriter {
  private readonly files: DataFile[] = [];

  private constructor(
    private readonly context: VerifyContext,
    private readonly table: LoadedTable,
    private readonly commitId: string,
    private readonly day: string,
    private readonly origin: VerdictOrigin,
  ) {}

  /**
   * Creates the table if it does not exist yet.
   * @param commitId the same for each attempt: names the verification and the day
   */
  static async open(
    context: VerifyContext,
    commitId: string,
    day: string,
    origin: VerdictOrigin,
  ): Promise<VerdictWriter> {
    const { catalog, config, signal } = context;
    const settings = tableSettings(INTEGRITY_COLUMNS, SORTED_BY.integrity);
    const create = { schema: schemaOf(INTEGRITY_COLUMNS), partitionByDayOf: 'ts', ...settings };
    const table = await catalog.ensureTable(identifierOf(config, 'integrity'), create, signal);
    const evolved = await evolveTable(catalog, table, INTEGRITY_COLUMNS, { settings, signal });
    return new VerdictWriter(context, evolved, commitId, day, origin);
  }

  /** True if an earlier attempt has committed the verdicts of the day. */
  get isDone(): boolean {
    return findRecent(this.table.metadata, this.commitId) !== undefined;
  }

  /** Stores verdicts as data files, which become part of the table by {@link commit}. */
  async add(verdicts: readonly Verdict[]): Promise<void> {
    if (verdicts.length === 0) return;
    const { pool, signal } = this.context;
    const schema = currentSchema(this.table.metadata);
    const packed = packRows(verdicts, VERDICT_SHAPE);
    for (const written of await pool.writeIntegrity({ verdicts: packed, schema, ...this.origin }, signal))
      this.files.push({ ...written.file, path: await storeFile(this.table, this.owner, written, signal) });
  }

  /** Commits the files. A later attempt finds the commit, in a snapshot or in the table's property, and adds nothing. */
  async commit(): Promise<void> {
    const { catalog, config, signal } = this.context;
    const manifests =
      this.files.length === 0 ? [] : [await storeManifest(this.table, this.owner, this.files, 'data', signal)];
    await appendManifests({
      catalog,
      identifier: identifierOf(config, 'integrity'),
      commitId: this.commitId,
      manifests,
      summary: { [DELIVERY_DAY]: this.day, [RUN]: this.origin.run },
      find: ({ metadata }) => findRecent(metadata, this.commitId),
      prepare: async ({ metadata }) => {
        const commit = { id: this.commitId, day: this.day, announced: 0 };
        return { properties: withCommit(metadata, commit, (_, newer) => newer >= COMMITS_KEPT) };
      },
      signal,
    });
  }

  private get owner(): string {
    return this.commitId.replaceAll('/', '-');
  }
}
