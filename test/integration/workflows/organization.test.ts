/**
 * The real CLI ingests an organization's bucket on an S3 server into tables on S3, which are registered once in files of the
 * warehouse and once in a REST catalog. PyIceberg and DuckDB check their contents.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditReport } from '../../../audit/report';
import { FaultProxy } from '../../../dev/servers/fault-proxy';
import type { PyIcebergTable } from '../../../dev/servers/iceberg-readers';
import { duckDbSecret, pyIcebergProperties, type Reach } from '../../../dev/servers/reach';
import type { SampleManifest } from '../../../sample/index';
import { openStore } from '../../../storage/open';
import {
  allowWarehouses,
  Project,
  promised,
  type Running,
  type Up,
  valuesOf,
  viewOf,
  withoutWaiting,
} from '../../support/cli';
import { describeWithReaders, type Reader, startReader } from '../../support/python';
import { records, trailFile } from '../../support/runs';
import { describeWithRestCatalog, freshBucket, freshName, sharedRestCatalog, sharedS3 } from '../../support/servers';
import { describeWithTemporal, temporalAddress } from '../../support/temporal';

const ACCOUNTS = 12;
const REGIONS = 3;
/** Unique to this test: the Temporal server is shared. */
const SOURCE = freshName('organization').replace('-', '_');
const QUEUE = ['--task-queue', SOURCE];
const TABLES = ['', '_insights', '_digest', '_rejects', '_files'].map((suffix) => `${SOURCE}${suffix}`);
/** Columns of the ledger and the rejects that must differ between runs. */
const OF_THE_RUN = ['batch', 'run', 'attempt'];
const CATALOGS = ['storage', 'rest'] as const;
type CatalogType = (typeof CATALOGS)[number];
/** Days of the events: those of the sample, and those of the late file. */
const [DAY, NEXT_DAY] = ['2024-02-28', '2024-02-29'];
/** Number of events in the late file. */
const LATE = 7;

interface Range {
  from: string;
  to: string;
}

interface Compared {
  name: string;
  storage: number;
  rest: number;
  onlyStorage: number;
  onlyRest: number;
}

describeWithTemporal('an organization trail in S3', () => {
  describeWithRestCatalog('with a REST catalog', () => {
    describeWithReaders('and independent readers', () => {
      const s3 = sharedS3();
      const rest = sharedRestCatalog();
      const namespace = freshName('org').replace('-', '_');
      let directory: string;
      let project: Project;
      let worker: Running;
      let proxy: FaultProxy;
      let python: Reader;
      let buckets: { logs: string; lake: string };
      let sample: SampleManifest;
      let reach: Reach;
      /** The newest snapshot of the default table after the first run. */
      const before: Partial<Record<CatalogType, string>> = {};

      const address = (place: string): string => `s3://${place}?endpoint=${s3.endpoint}`;

      /** Writes the project's log source, with its tables in this catalog. */
      function configure(type: CatalogType, more = ''): void {
        const catalog =
          type === 'rest' ? `{type: rest, uri: "${rest.uri}", namespace: ${namespace}}` : `{namespace: ${namespace}}`;
        writeFileSync(
          project.path('log_sources', 'aws_cloudtrail', 'log_source.yml'),
          `name: ${SOURCE}\ningest: {location: "${address(buckets.logs)}"}\n` +
            `warehouse: "${address(`${buckets.lake}/${type}`)}"\ncatalog: ${catalog}\n${more}`,
        );
      }

      async function backfill(type: CatalogType, { from, to }: Range, more?: string) {
        configure(type, more);
        const range = ['--from', from, '--to', to];
        const ended = await project.ask('backfill', 'start', ...range, ...QUEUE, '--watch', '--json');
        expect(withoutWaiting(ended)).toMatchObject({ code: 0, stderr: '' });
        return viewOf(ended);
      }

      async function audit({ from, to }: Range): Promise<AuditReport> {
        const ended = await project.ask('audit', '--from', from, '--to', to, '--json');
        expect(ended).toMatchObject({ code: 0, stderr: '' });
        return valuesOf<AuditReport>(ended)[0];
      }

      /** The table as PyIceberg finds it: by its newest metadata file in the warehouse, or by its name in the REST catalog. */
      async function tableIn(type: CatalogType, name: string): Promise<PyIcebergTable> {
        if (type === 'rest') {
          return {
            catalog: { type: 'rest', uri: rest.uri, ...pyIcebergProperties(reach) },
            table: `${namespace}.${name}`,
          };
        }
        const folder = `${namespace}/${name}/metadata`;
        const store = openStore(address(`${buckets.lake}/storage`));
        const version = (await store.get(`${folder}/version-hint.text`)).body.toString().trim();
        return {
          metadata: `s3://${buckets.lake}/storage/${folder}/v${version}.metadata.json`,
          properties: pyIcebergProperties(reach),
        };
      }

      /** Queries all tables of both catalogs with DuckDB; the name of each view is the catalog, then the table's name. */
      async function duckdb<T>(sql: string): Promise<T[]> {
        const tables: Record<string, string> = {};
        for (const type of CATALOGS) {
          for (const name of TABLES) tables[`${type}_${name}`] = await python.metadata(await tableIn(type, name));
        }
        return (await python.duckdb({ tables, setup: [duckDbSecret(reach)], sql })) as T[];
      }

      /** Row counts of each table in both catalogs, and how many of the rows the other catalog does not have. */
      async function compared(): Promise<Compared[]> {
        const kept = `COLUMNS(name -> name NOT IN (${OF_THE_RUN.map((name) => `'${name}'`).join(', ')}))`;
        const only = (one: CatalogType, other: CatalogType, name: string): string =>
          `(SELECT count(*)::INT FROM (SELECT ${kept} FROM ${one}_${name} EXCEPT ALL SELECT ${kept} FROM ${other}_${name}))`;
        const selects = TABLES.map(
          (name) => `SELECT '${name}' AS name,
            (SELECT count(*)::INT FROM storage_${name}) AS storage, (SELECT count(*)::INT FROM rest_${name}) AS rest,
            ${only('storage', 'rest', name)} AS "onlyStorage", ${only('rest', 'storage', name)} AS "onlyRest"`,
        );
        return duckdb<Compared>(selects.join(' UNION ALL '));
      }

      /** The result of `compared` for equal catalogs with these row counts. */
      const equal = (counts: readonly number[]): Compared[] =>
        TABLES.map((name, i) => ({ name, storage: counts[i], rest: counts[i], onlyStorage: 0, onlyRest: 0 }));

      /** Keys of the data files that are read through the proxy during the query. */
      async function filesReadBy(query: () => Promise<unknown>): Promise<string[]> {
        const read = new Set<string>();
        const rule = proxy.addRule({
          fault: { kind: 'refuse' },
          when: ({ method, path }) => {
            const key = decodeURIComponent(path.split('?')[0]);
            if (method === 'GET' && key.endsWith('.parquet')) read.add(key);
            return false;
          },
        });
        await query();
        proxy.removeRule(rule);
        return [...read].sort();
      }

      beforeAll(async () => {
        const { accessKeyId, secretAccessKey } = s3.rootCredentials;
        const credentials = {
          AWS_ACCESS_KEY_ID: accessKeyId,
          AWS_SECRET_ACCESS_KEY: secretAccessKey,
          AWS_REGION: s3.region,
        };
        Object.assign(process.env, credentials);
        proxy = await FaultProxy.start({ target: s3.endpoint });
        reach = { endpoint: proxy.endpoint, region: s3.region, credentials: s3.rootCredentials };
        buckets = { logs: await freshBucket(s3), lake: await freshBucket(s3) };
        directory = mkdtempSync(join(tmpdir(), 'trailmill-organization-'));
        project = new Project(directory, {
          TEMPORAL_ADDRESS: temporalAddress(),
          ...credentials,
        });
        expect(await project.ask('init', '--json')).toMatchObject({ code: 0, stderr: '' });
        // The worker is configured with the REST catalog and its warehouse; it also does the runs of the other.
        configure('rest');
        allowWarehouses(project, JSON.stringify(address(`${buckets.lake}/storage`)));
        const size = [
          '--days',
          '1',
          '--accounts',
          String(ACCOUNTS),
          '--regions',
          String(REGIONS),
          '--events-per-hour',
          '30',
        ];
        const made = await project.ask('sample', '--out', address(buckets.logs), ...size, '--organization', '--json');
        expect(made).toMatchObject({ code: 0, stderr: '' });
        [sample] = valuesOf<SampleManifest>(made);
        worker = project.start('worker', ...QUEUE, '--json');
        await Promise.all([
          worker.value<Up>(),
          startReader().then((reader) => {
            python = reader;
          }),
        ]);
      });

      afterAll(async () => {
        await python?.close();
        await project?.close();
        await proxy?.close();
        rmSync(directory, { recursive: true, force: true });
      });

      it('is ingested completely into both catalogs, and the audit of both is clean', async () => {
        for (const type of CATALOGS) {
          const { state, totals, failures } = await backfill(type, sample.delivery);
          expect({ state, totals, failures }).toEqual({ state: 'completed', totals: promised(sample), failures: [] });
          expect(await audit(sample.delivery)).toMatchObject({ clean: true });
          before[type] = (await python.snapshots(await tableIn(type, SOURCE))).at(-1)?.id as string;
        }
        expect(Object.keys(sample.eventDays)).toEqual([DAY]);
      });

      it('has the same tables in both, row for row', async () => {
        const { tables, total } = sample;
        expect(await compared()).toEqual(equal([tables.default, tables.insights, tables.digest, 0, total.objects]));
      });

      it('gets a late file and an additional column, and is still the same in both', async () => {
        const [account] = sample.accounts;
        const folder = `AWSLogs/${sample.organization}/${account}/CloudTrail/us-east-1/2024/02/29`;
        const late = records(LATE, `${NEXT_DAY}T10:00:00Z`, { requestParameters: { bucketName: 'acme-logs' } });
        const key = `${folder}/${account}_CloudTrail_us-east-1_20240229T1010Z_late.json.gz`;
        await openStore(address(buckets.logs)).put(key, trailFile([...late, { eventName: 'WithoutATime' }]));
        const day = { from: NEXT_DAY, to: NEXT_DAY };
        for (const type of CATALOGS) {
          const { totals } = await backfill(
            type,
            day,
            'schema: {fields: [{name: team.bucket, type: string, from: requestParameters.bucketName}]}\n',
          );
          expect(totals).toMatchObject({ files: 1, events: LATE, rejects: 1, quarantined: 0 });
          expect(await audit(day)).toMatchObject({ clean: true });
        }
        const { tables, total } = sample;
        const counts = [tables.default + LATE, tables.insights, tables.digest, 1, total.objects + 1];
        expect(await compared()).toEqual(equal(counts));
      });

      it('is counted correctly by PyIceberg, from the warehouse and through the catalog', async () => {
        const { tables, total } = sample;
        const counts = [tables.default + LATE, tables.insights, tables.digest, 1, total.objects + 1];
        for (const type of CATALOGS) {
          const found = [];
          for (const name of TABLES) found.push(await python.count(await tableIn(type, name)));
          expect([type, ...found]).toEqual([type, ...counts]);
        }
      });

      it('is counted correctly by DuckDB through the catalog', async () => {
        const attach = `ATTACH '' AS lake (TYPE iceberg, ENDPOINT '${rest.uri}', AUTHORIZATION_TYPE 'none')`;
        const sql = `SELECT count(*)::INT AS all, count(team.bucket)::INT AS late FROM lake.${namespace}.${SOURCE}`;
        const rows = await python.duckdb({ tables: {}, setup: [duckDbSecret(reach), attach], sql });
        expect(rows).toEqual([{ all: sample.tables.default + LATE, late: LATE }]);
      });

      it.each(CATALOGS)('is pruned to the files of a day: %s', async (type) => {
        const table = await tableIn(type, SOURCE);
        const later = await python.files({ ...table, filter: `ts >= '${NEXT_DAY}T00:00:00+00:00'` });
        const all = await python.files(table);
        expect(later).toEqual([expect.stringContaining(`/data/ts_day=${NEXT_DAY}/`)]);
        const others = all.filter((file) => !later.includes(file));
        expect(others.length).toBeGreaterThan(0);
        for (const file of others) expect(file).toContain(`/data/ts_day=${DAY}/`);

        const tables = { t: await python.metadata(table) };
        const setup = [duckDbSecret(reach)];
        const sql = 'SELECT count(DISTINCT event.id)::INT AS n FROM t';
        const where = `WHERE ts >= TIMESTAMPTZ '${NEXT_DAY} 00:00:00+00'`;
        const keyOf = (file: string): string => file.slice('s3:/'.length);
        const read = await filesReadBy(async () => {
          expect(await python.duckdb({ tables, setup, sql: `${sql} ${where}` })).toEqual([{ n: LATE }]);
        });
        expect(read).toEqual(later.map(keyOf));
        // Without the filter it does read them.
        expect(await filesReadBy(() => python.duckdb({ tables, setup, sql }))).toEqual(all.map(keyOf).sort());
      });

      it.each(CATALOGS)('has nulls in old rows, values in new ones, and a readable old snapshot: %s', async (type) => {
        const table = await tableIn(type, SOURCE);
        const old = sample.tables.default;
        const filled = await python.rows({
          ...table,
          filter: `ts >= '${NEXT_DAY}T00:00:00+00:00'`,
          select: ['team.bucket'],
        });
        expect(filled).toEqual(Array.from({ length: LATE }, () => ({ team: { bucket: 'acme-logs' } })));
        expect(await python.count({ ...table, filter: 'team.bucket is null' })).toBe(old);
        expect(await python.count({ ...table, snapshot: before[type] })).toBe(old);
        const metadata = await python.metadata(table);
        const rows = await python.duckdb({
          tables: { now: metadata, earlier: { metadata, snapshot: before[type] } },
          setup: [duckDbSecret(reach)],
          sql: `SELECT (SELECT count(*) FROM earlier)::INT AS before, count(*)::INT AS now, count(team.bucket)::INT AS filled FROM now`,
        });
        expect(rows).toEqual([{ before: old, now: old + LATE, filled: LATE }]);
      });

      it('causes no warning from beginning to end', async () => {
        const { code, stderr } = await worker.interrupt();
        expect([code, stderr]).toEqual([0, expect.not.stringMatching(/warning/i)]);
        expect(stderr).toContain('Stopped: all activities are finished.');
      });
    });
  });
});
