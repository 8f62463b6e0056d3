/**
 * An organization's bucket on an S3 server, through the real CLI into tables on S3: once registered in files of the
 * warehouse, once in a REST catalog. PyIceberg and DuckDB say what is in them.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditReport } from '../../audit/report';
import type { SampleManifest } from '../../sample';
import { FaultProxy } from '../../servers/fault-proxy';
import type { PyIcebergTable } from '../../servers/iceberg-readers';
import { openStore } from '../../storage/open';
import { Project, promised, type Running, type Up, valuesOf, viewOf } from '../support/cli';
import { duckDbSecret, pyIcebergProperties, type Reach } from '../support/lake-reach';
import { describeWithReaders, type Reader, startReader } from '../support/python';
import { records, trailFile } from '../support/runs';
import { describeWithRestCatalog, freshBucket, freshName, sharedRestCatalog, sharedS3 } from '../support/servers';
import { describeWithTemporal, temporalBinary } from '../support/temporal';

const ACCOUNTS = 40;
const REGIONS = 4;
const SOURCE = 'organization';
const TABLES = ['', '_insights', '_digest', '_rejects', '_files'].map((suffix) => `${SOURCE}${suffix}`);
/** Of the ledger and the rejects: what must differ between runs. */
const OF_THE_RUN = ['batch', 'run', 'attempt'];
const CATALOGS = ['storage', 'rest'] as const;
type CatalogType = (typeof CATALOGS)[number];

describeWithTemporal('an organization trail in S3', () => {
  describeWithRestCatalog('with a REST catalog', () => {
    describeWithReaders('and independent readers', () => {
      const s3 = sharedS3();
      const rest = sharedRestCatalog();
      const namespace = freshName('org').replace('-', '_');
      let directory: string;
      let project: Project;
      let dev: Running;
      let proxy: FaultProxy;
      let python: Reader;
      let buckets: { logs: string; lake: string };
      let sample: SampleManifest;
      let reach: Reach;

      const address = (place: string): string => `s3://${place}?endpoint=${s3.endpoint}`;

      /** The project's log source, with its tables in this catalog. */
      function configure(type: CatalogType, more = ''): void {
        const catalog =
          type === 'rest' ? `{type: rest, uri: "${rest.uri}", namespace: ${namespace}}` : `{namespace: ${namespace}}`;
        writeFileSync(
          project.path('log_sources', 'aws_cloudtrail', 'log_source.yml'),
          `name: ${SOURCE}\ningest: {location: "${address(buckets.logs)}"}\n` +
            `warehouse: "${address(`${buckets.lake}/${type}`)}"\ncatalog: ${catalog}\n${more}`,
        );
      }

      const range = (): string[] => ['--from', sample.delivery.from, '--to', sample.delivery.to];

      async function backfill(type: CatalogType, more?: string) {
        configure(type, more);
        const ended = await project.run('backfill', 'start', ...range(), '--watch', '--json');
        expect(ended).toMatchObject({ code: 0, stderr: '' });
        return viewOf(ended);
      }

      async function audit(): Promise<AuditReport> {
        const ended = await project.run('audit', ...range(), '--json');
        expect(ended).toMatchObject({ code: 0, stderr: '' });
        return valuesOf<AuditReport>(ended)[0];
      }

      /** As PyIceberg finds it: the newest metadata file of the warehouse, or by its name in the REST catalog. */
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

      async function metadataIn(type: CatalogType, name: string): Promise<string> {
        return python.metadata(await tableIn(type, name));
      }

      /** A query with DuckDB; `$1` … are not needed, views are named like the tables, with the catalog before it. */
      async function duckdb<T>(sql: string, names: readonly string[] = TABLES): Promise<T[]> {
        const tables: Record<string, string> = {};
        for (const type of CATALOGS) {
          for (const name of names) tables[`${type}_${name}`] = await metadataIn(type, name);
        }
        return (await python.duckdb({ tables, setup: [duckDbSecret(reach)], sql })) as T[];
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
        project = new Project(directory, { TRAILMILL_TEMPORAL_BINARY: temporalBinary(), ...credentials });
        expect(await project.run('init', '--json')).toMatchObject({ code: 0, stderr: '' });
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
        const made = await project.run('sample', '--out', address(buckets.logs), ...size, '--organization', '--json');
        expect(made).toMatchObject({ code: 0, stderr: '' });
        [sample] = valuesOf<SampleManifest>(made);
        dev = project.start('dev', '--json');
        await Promise.all([
          dev.value<Up>(),
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

      it('is ingested whole into both catalogs, and the audit of both is clean', async () => {
        console.time('all');
        for (const type of CATALOGS) {
          const { state, totals, failures } = await backfill(type);
          console.timeLog('all', type);
          expect({ state, totals, failures }).toEqual({ state: 'completed', totals: promised(sample), failures: [] });
          expect(await audit()).toMatchObject({ clean: true });
          console.timeLog('all', type, 'audit');
        }
      });

      it('is the same tables in both, row for row', async () => {
        const kept = `COLUMNS(name -> name NOT IN (${OF_THE_RUN.map((name) => `'${name}'`).join(', ')}))`;
        const only = (one: CatalogType, other: CatalogType, name: string): string =>
          `(SELECT count(*)::INT FROM (SELECT ${kept} FROM ${one}_${name} EXCEPT ALL SELECT ${kept} FROM ${other}_${name}))`;
        const sql = TABLES.map(
          (name) =>
            `SELECT '${name}' AS name, ${CATALOGS.map((type) => `(SELECT count(*)::INT FROM ${type}_${name}) AS ${type}`)},
              ${only('storage', 'rest', name)} AS only_storage, ${only('rest', 'storage', name)} AS only_rest`,
        ).join(' UNION ALL ');
        const rows = await duckdb(sql);
        console.log(rows);
        const counts = [sample.tables.default, sample.tables.insights, sample.tables.digest, 0, sample.total.objects];
        expect(rows).toEqual(
          TABLES.map((name, index) => ({
            name,
            storage: counts[index],
            rest: counts[index],
            only_storage: 0,
            only_rest: 0,
          })),
        );
      });
    });
  });
});
