/** The three managed tables of a sample bucket, as PyIceberg and DuckDB read them. */
import { allTables, ICEBERG_NAMESPACE, tableNameOf } from '../../../cloudtrail/tables';
import { createStorageCatalog } from '../../../iceberg/storage-catalog';
import { type SampleManifest, writeSample } from '../../../sample/index';
import { type Harness, startHarness } from '../../support/harness';
import { describeWithReaders, type Reader, startReader } from '../../support/python';
import { describeWithTemporal, temporalAddress } from '../../support/temporal';

const ROLES = ['default', 'insights', 'digest'] as const;

describeWithTemporal('the three tables of a sample bucket', () =>
  describeWithReaders('as other readers see them', () => {
    let harness: Harness;
    let reader: Reader;
    let manifest: SampleManifest;
    const metadata = { default: '', insights: '', digest: '' };

    beforeAll(async () => {
      reader = await startReader();
      harness = await startHarness(temporalAddress());
      manifest = await writeSample(harness.bucket, { days: 2, accounts: 2, regions: 1, eventsPerHour: 20, seed: 4 });
      await harness.startWorker();
      const handle = await harness.backfill(manifest.delivery, {}, undefined, allTables(harness.source));
      await handle.result();
      const catalog = createStorageCatalog(harness.warehouse);
      for (const role of ROLES) {
        const table = await catalog.loadTable({
          namespace: ICEBERG_NAMESPACE,
          name: tableNameOf(harness.source, role),
        });
        metadata[role] = table?.metadataLocation ?? '';
      }
    });
    afterAll(async () => {
      await reader?.close();
      await harness?.close();
    });

    it.each(ROLES)('%s has as many rows as the sample says', async (role) => {
      expect(await reader.count({ metadata: metadata[role] })).toBe(manifest.tables[role]);
    });

    it('Insights: Start and End can be joined, and the attributions are in nested lists', async () => {
      const sql = `WITH i AS (SELECT aws.cloudtrail.shared_event_id AS id, aws.cloudtrail.insight_details AS d FROM t)
        SELECT count(*)::INT AS pairs,
          bool_and(e.d.statistics.insight_duration >= s.d.statistics.insight_duration) AS longer,
          bool_and(e.d.statistics.insight_average > e.d.statistics.baseline_average) AS more,
          bool_and(starts_with(e.d.attributions[1].insight[1].value, 'arn:aws:')) AS who,
          bool_and(len(e.d.attributions[2].baseline) = 0) AS none
        FROM i AS s JOIN i AS e ON s.id = e.id AND s.d.state = 'Start' AND e.d.state = 'End'`;
      expect(await reader.duckdb({ tables: { t: metadata.insights }, sql })).toEqual([
        { pairs: manifest.tables.insights / 2, longer: true, more: true, who: true, none: true },
      ]);
      const [row] = await reader.rows({ metadata: metadata.insights, select: ['aws', 'event'] });
      const { insight_details: details } = (row.aws as { cloudtrail: { insight_details: unknown } }).cloudtrail;
      expect(details).toMatchObject({
        state: expect.stringMatching(/^(Start|End)$/),
        statistics: { baseline_duration: expect.anything(), insight_average: expect.any(Number) },
        attributions: [
          {
            attribute: 'userIdentityArn',
            insight: [{ value: expect.stringContaining('arn:'), average: expect.any(Number) }],
            baseline: [{ value: expect.stringContaining('arn:') }],
          },
          { attribute: 'userAgent', baseline: [] },
        ],
      });
    });

    it('digests: their chain has no gap, and they list every other object of the bucket', async () => {
      const sql = `WITH d AS (SELECT aws.cloudtrail.digest AS d, cloud.account.id AS account FROM t)
        SELECT count(*)::INT AS links, bool_and(b.d.previous_signature = a.d.signature) AS signed,
          bool_and(b.d.start_time = a.d.end_time) AS hourly
        FROM d AS a JOIN d AS b ON b.d.previous_s3_object = a.d.s3_object`;
      const chains = manifest.accounts.length;
      expect(await reader.duckdb({ tables: { t: metadata.digest }, sql })).toEqual([
        { links: manifest.tables.digest - chains, signed: true, hourly: true },
      ]);
      const listed = `SELECT count(DISTINCT f.s3_object)::INT AS files FROM (SELECT unnest(aws.cloudtrail.digest.log_files) AS f FROM t)
        WHERE f.hash_algorithm = 'SHA-256' AND (f.newest_event_time IS NULL OR f.newest_event_time >= f.oldest_event_time)`;
      expect(await reader.duckdb({ tables: { t: metadata.digest }, sql: listed })).toEqual([
        { files: manifest.total.objects - manifest.tables.digest },
      ]);
      const filter = 'aws.cloudtrail.digest.previous_signature is null';
      expect(await reader.rows({ metadata: metadata.digest, filter, select: ['file'] })).toHaveLength(chains);
    });

    it('default: a query over structs and lists', async () => {
      const sql = `SELECT count(*)::INT AS n FROM t
        WHERE list_contains(event.type, 'info') AND aws.cloudtrail.user_identity.type = 'AssumedRole'`;
      const [{ n }] = await reader.duckdb({ tables: { t: metadata.default }, sql });
      expect(n).toBeGreaterThan(0);
      expect(n).toBeLessThan(manifest.tables.default);
    });
  }),
);
