/**
 * Many writers that commit to one table at once, even while the catalog is killed repeatedly: the table has every commit,
 * once.
 */
import type { AppendRequest } from '../../../iceberg/append';
import type { Catalog } from '../../../iceberg/catalog';
import { schemaOf } from '../../../iceberg/schema';
import { createStorageCatalog } from '../../../iceberg/storage-catalog';
import { findRecent, recentCommits, withCommit } from '../../../run/recent-commits';
import { createS3Store } from '../../../storage/s3/store';
import { append, contentsOf, tableIn } from '../../support/appends';
import { useOwnRest, useRest } from '../../support/rest';
import { describeWithRestCatalog, freshName } from '../../support/servers';

const CREATE = {
  schema: schemaOf([{ name: 'ts', type: 'timestamptz', required: true, doc: 'time' }]),
  partitionByDayOf: 'ts',
};

describeWithRestCatalog('20 committers at once', () => {
  const rest = useRest();
  const TABLE = { namespace: freshName('logs'), name: 'events' };

  const prefix = freshName('files');
  const inFiles = () => {
    const { endpoint, region, rootCredentials } = rest().s3;
    const [, bucket] = /^s3:\/\/([^/]+)/.exec(rest().warehouse) ?? [];
    return createS3Store({ bucket, prefix, options: { endpoint, region }, credentials: async () => rootCredentials });
  };

  it.each([
    ['a REST catalog', (): Catalog => rest().open()],
    ['a storage catalog', (): Catalog => createStorageCatalog(inFiles())],
  ])('all succeed, with %s on S3, and nothing is lost', async (_name, open) => {
    await open().ensureTable(TABLE, CREATE);
    const all = Array.from({ length: 20 }, (_, index) => `w${String(index).padStart(2, '0')}`);
    const results = await Promise.all(all.map((name, index) => append(open(), TABLE, name, { rows: index + 1 })));
    expect(new Set(results.map(({ snapshotId }) => snapshotId)).size).toBe(20);
    expect(results.every(({ alreadyCommitted }) => !alreadyCommitted)).toBe(true);
    const catalog = open();
    expect(await contentsOf(catalog, TABLE)).toEqual({ files: all, rows: 210, commits: all, total: '210' });
    expect((await tableIn(catalog, TABLE)).metadata.snapshots).toHaveLength(20);
  });
});

describeWithRestCatalog('a REST catalog that is killed repeatedly', () => {
  const rest = useOwnRest();
  const TABLE = { namespace: 'logs', name: 'events' };
  const [WRITERS, COMMITS, KILLS, MOST_KILLS] = [4, 8, 4, 12];
  /** Milliseconds: each kill is followed by the start of a Java process, which takes 30 s on a busy machine. */
  const TIME_LIMIT = 900_000;

  /**
   * Writes while the catalog is killed. Returns the names of the commits, and the number of lost answers.
   * @param more what the commit with a name needs in addition to its file
   * @param after what another client attempts after each commit
   */
  async function writeUnderKills(
    more: (name: string) => Partial<AppendRequest>,
    after: () => Promise<void> = async () => {},
  ): Promise<{ all: string[]; unknown: number }> {
    const { server, proxy, open } = rest();
    await open().ensureTable(TABLE, CREATE);
    let unknown = 0;
    const counting = (catalog: Catalog): Catalog => ({
      ...catalog,
      commit: (...call) =>
        catalog.commit(...call).catch((error: Error) => {
          if (error.name === 'CommitStateUnknown') unknown++;
          throw error;
        }),
    });
    let finished = false;
    const all: string[] = [];
    const write = async (writer: number): Promise<void> => {
      const catalog = counting(open());
      // At least this many, and until the last kill.
      for (let index = 0; index < COMMITS || !finished; index++) {
        const name = `w${writer}-${String(index).padStart(3, '0')}`;
        all.push(name);
        await persistently(() => append(catalog, TABLE, name, { rows: 7, ...more(name) }));
        await after();
      }
    };
    const kill = async (): Promise<void> => {
      for (let kills = 0; kills < KILLS || (unknown === 0 && kills < MOST_KILLS); kills++) {
        await commitUnderWay();
        await server.kill();
        await server.start();
      }
      finished = true;
    };
    /** Resolves shortly after a commit request has passed: before, while or after the server executes it. */
    const commitUnderWay = (): Promise<void> =>
      new Promise((resolve) => {
        const rule = proxy.addRule({
          fault: { kind: 'refuse' },
          method: 'POST',
          when: () => {
            setTimeout(resolve, Math.random() * 80);
            proxy.removeRule(rule);
            return false;
          },
        });
      });
    await Promise.all([kill(), ...Array.from({ length: WRITERS }, (_, writer) => write(writer))]);
    return { all: all.sort(), unknown };
  }

  it(
    'has every commit of every writer once in its history',
    async () => {
      const { all, unknown } = await writeUnderKills(() => ({}));
      expect(unknown).toBeGreaterThan(0);
      const rows = all.length * 7;
      const contents = await contentsOf(rest().open(), TABLE);
      expect(contents).toEqual({ files: all, rows, commits: all, total: String(rows) });
    },
    TIME_LIMIT,
  );

  it(
    'has every commit once although all snapshots but the current one are expired repeatedly',
    async () => {
      const before = (await contentsOf(rest().open(), TABLE)).files;
      let expired = 0;
      const expire = async (): Promise<void> => {
        const table = await tableIn(rest().open(), TABLE);
        const { snapshots, 'current-snapshot-id': current } = table.metadata;
        const ids = snapshots.map((one) => one['snapshot-id']).filter((id) => id !== current);
        if (ids.length === 0) return;
        await rest()
          .open()
          .commit(table, [], [{ action: 'remove-snapshots', 'snapshot-ids': ids }]);
        expired += ids.length;
      };
      const { all, unknown } = await writeUnderKills(
        (name) => {
          const id = `second ${name}`;
          return {
            commitId: id,
            find: ({ metadata }) => findRecent(metadata, id),
            prepare: async ({ metadata }) => ({
              properties: withCommit(metadata, { id, day: '2024-03-05', announced: 0 }, () => false),
            }),
          };
        },
        // It fails if others expire the same snapshots, or if the catalog is killed.
        () => expire().catch(() => {}),
      );
      expect(unknown).toBeGreaterThan(0);
      expect(expired).toBeGreaterThan(0);
      const contents = await contentsOf(rest().open(), TABLE);
      expect(contents.files).toEqual([...before, ...all].sort());
      const { metadata } = await tableIn(rest().open(), TABLE);
      expect(
        recentCommits(metadata)
          .map(({ id }) => id)
          .sort(),
      ).toEqual(all.map((name) => `second ${name}`));
    },
    TIME_LIMIT,
  );

  /** Retries unavailability and conflicts, as an activity does. */
  async function persistently(work: () => Promise<unknown>): Promise<void> {
    for (;;) {
      try {
        await work();
        return;
      } catch (error) {
        if (!['StorageUnavailable', 'CommitStateUnknown', 'CommitConflict'].includes((error as Error).name))
          throw error;
      }
    }
  }
});
