/** Repeated events as independent readers see them: removed by Iceberg's position deletes. */
import { allTables, ICEBERG_NAMESPACE, type TableRole, tableNameOf } from '../../../cloudtrail/tables';
import { createStorageCatalog } from '../../../iceberg/storage-catalog';
import { type Harness, startHarness } from '../../support/harness';
import { describeWithReaders, type Reader, startReader } from '../../support/python';
import { records, trailFile, trailKey } from '../../support/runs';
import { describeWithTemporal, temporalAddress } from '../../support/temporal';

const DAYS = ['2024-03-05', '2024-03-06'];
const RANGE = { from: DAYS[0], to: DAYS[1] };

describeWithTemporal('events that were delivered twice', () =>
  describeWithReaders('as other readers see them', () => {
    let harness: Harness;
    let reader: Reader;

    beforeAll(async () => {
      reader = await startReader();
      harness = await startHarness(temporalAddress());
      await harness.startWorker();
      // An organization trail and an account trail deliver the same events, on the day and again on the next day.
      for (const day of DAYS)
        for (const name of ['a', 'b']) {
          const list = records(1500, `${DAYS[0]}T10:00:00Z`, { recipientAccountId: '111122223333' }, name);
          const key = trailKey(name, { day });
          await harness.bucket.put(key, trailFile(list));
          await harness.bucket.put(key.replace('AWSLogs/', 'AWSLogs/o-abcdefghij/'), trailFile(list));
        }
      const handle = await harness.backfill(
        RANGE,
        { batchFiles: 1, groupBatches: 2 },
        undefined,
        allTables(harness.source),
      );
      expect((await handle.result()).totals).toMatchObject({ files: 8, events: 3000, duplicates: 9000 });
    });
    afterAll(async () => {
      await reader?.close();
      await harness?.close();
    });

    async function metadataOf(role: TableRole): Promise<string> {
      const catalog = createStorageCatalog(harness.warehouse);
      const table = await catalog.loadTable({ namespace: ICEBERG_NAMESPACE, name: tableNameOf(harness.source, role) });
      return table?.metadataLocation ?? '';
    }

    it('are one row each, and none is missing', async () => {
      const metadata = await metadataOf('default');
      const sql = 'SELECT count(*)::INT AS events, count(DISTINCT event.id)::INT AS ids FROM t';
      expect(await reader.duckdb({ tables: { t: metadata }, sql })).toEqual([{ events: 3000, ids: 3000 }]);
      const rows = await reader.rows({ metadata, select: ['event'] });
      expect(rows).toHaveLength(3000);
      expect(new Set(rows.map((row) => (row.event as { id: string }).id)).size).toBe(3000);
    });

    it('are also one row each with a filter that prunes files', async () => {
      const metadata = await metadataOf('default');
      const filter = "ts >= '2024-03-05T10:10:00+00:00' and ts < '2024-03-05T10:11:00+00:00'";
      expect(await reader.rows({ metadata, filter, select: ['event'] })).toHaveLength(120);
      const sql = "SELECT count(*)::INT AS n FROM t WHERE ts >= '2024-03-05 10:10:00Z' AND ts < '2024-03-05 10:11:00Z'";
      expect(await reader.duckdb({ tables: { t: metadata }, sql })).toEqual([{ n: 120 }]);
    });

    it('are counted in the ledger, so that its counts add up to the table', async () => {
      const ledger = await reader.rows({ metadata: await metadataOf('ledger') });
      const sum = (name: string): number => ledger.reduce((total, row) => total + Number(row[name]), 0);
      expect([ledger.length, sum('records'), sum('duplicates')]).toEqual([8, 3000, 9000]);
      for (const row of ledger) expect(Number(row.records) + Number(row.duplicates)).toBe(1500);
    });

    it('are in the snapshot summaries, with deletes counted as in Iceberg', async () => {
      const snapshots = await reader.snapshots({ metadata: await metadataOf('default') });
      const last = snapshots[snapshots.length - 1].summary;
      expect(last).toMatchObject({ 'total-records': '12000', 'total-position-deletes': '9000' });
      // A snapshot that only announces a commit has no files, and readers accept it.
      const [first] = await reader.snapshots({ metadata: await metadataOf('ledger') });
      expect(first.summary).toMatchObject({ operation: 'append', 'added-data-files': '0' });
      expect(await reader.count({ metadata: await metadataOf('ledger'), snapshot: first.id })).toBe(0);
    });
  }),
);
