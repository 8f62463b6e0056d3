import { pathToFileURL } from 'node:url';
import { ICEBERG_NAMESPACE, tableNameOf } from '../../../cloudtrail/tables';
import { createStorageCatalog } from '../../../iceberg/storage-catalog';
import { type Harness, startHarness } from '../../support/harness';
import { describeWithReaders, type Reader, startReader } from '../../support/python';
import { describeWithRealData, realDataDirectory } from '../../support/real-data';
import { describeWithTemporal, temporalAddress } from '../../support/temporal';

const withEverything = (name: string, body: () => void): void =>
  describeWithRealData(name, () =>
    describeWithTemporal('on a real server', () => describeWithReaders('read back', body)),
  );

withEverything('the 28 real files', () => {
  let harness: Harness;
  let reader: Reader;
  const metadata = { default: '', ledger: '' };

  beforeAll(async () => {
    reader = await startReader();
    harness = await startHarness(temporalAddress());
    await harness.startWorker();
    const location = pathToFileURL(realDataDirectory()).href;
    const handle = await harness.backfill({ from: '2023-07-09', to: '2023-07-11' }, {}, location);
    await handle.result();
    const catalog = createStorageCatalog(harness.warehouse);
    for (const role of ['default', 'ledger'] as const) {
      const table = await catalog.loadTable({ namespace: ICEBERG_NAMESPACE, name: tableNameOf(harness.source, role) });
      metadata[role] = table?.metadataLocation ?? '';
    }
  });
  afterAll(async () => {
    await reader?.close();
    await harness?.close();
  });

  it('are 2,093 events for PyIceberg, and 28 objects in the ledger', async () => {
    expect(await reader.count({ metadata: metadata.default })).toBe(2093);
    const ledger = await reader.rows({ metadata: metadata.ledger, select: ['records', 'status'] });
    expect(ledger).toHaveLength(28);
    expect(ledger.reduce((sum, row) => sum + Number(row.records), 0)).toBe(2093);
    expect(new Set(ledger.map((row) => row.status))).toEqual(new Set(['ingested']));
  });

  it('are 2,093 events for DuckDB, each with its own id and place', async () => {
    const sql = `SELECT count(*)::INT AS events, count(DISTINCT event.id)::INT AS ids,
        count(DISTINCT (log.file.path, aws.cloudtrail.record_index))::INT AS places, min(ts)::VARCHAR < max(ts)::VARCHAR AS spread
      FROM t`;
    expect(await reader.duckdb({ tables: { t: metadata.default }, sql })).toEqual([
      { events: 2093, ids: 2093, places: 2093, spread: true },
    ]);
  });

  it('give the same answer to a query over nested columns in both readers', async () => {
    const filter = "event.action = 'GetUser'";
    const rows = await reader.rows({ metadata: metadata.default, filter, select: ['event', 'user'] });
    const sql = `SELECT count(*)::INT AS n, bool_and(list_contains(event.type, 'info')) AS info,
        bool_and(list_contains(event.category, 'iam')) AS iam FROM t WHERE ${filter}`;
    const [answer] = await reader.duckdb({ tables: { t: metadata.default }, sql });
    expect(answer).toEqual({ n: rows.length, info: true, iam: true });
    expect(rows).toHaveLength(73);
  });

  it('result in a snapshot that names its run', async () => {
    const [snapshot] = await reader.snapshots({ metadata: metadata.default });
    expect(snapshot.summary).toMatchObject({
      'trailmill.run': `backfill/${harness.source}/2023-07-09..2023-07-11`,
      'trailmill.delivery-day': '2023-07-10',
      'added-records': '2093',
    });
  });
});
