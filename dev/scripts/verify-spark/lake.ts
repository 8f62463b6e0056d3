/** The servers of a verification, an organization's sample in S3, and Trailmill's commands on it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { AuditReport } from '../../../audit/report.js';
import { type SampleManifest, type SampleOptions, writeSample } from '../../../sample/index.js';
import { startEmbeddedServer } from '../../../server/embedded-server.js';
import { findServerBinary } from '../../../server/server-binary.js';
import type { ObjectStore } from '../../../storage/object-store.js';
import { openStore } from '../../../storage/open.js';
import { type BackfillRun, runBackfill, WORKER_ENVIRONMENT } from '../../bench/backfill-process.js';
import { FaultProxy } from '../../servers/fault-proxy.js';
import type { Reach } from '../../servers/reach.js';
import { findRestCatalog, startRestCatalog } from '../../servers/rest-catalog.js';
import { createBuckets, rootEnvironment, startS3Server } from '../../servers/s3-server.js';
import { findVersitygw } from '../../servers/versitygw.js';

/** The types of catalogs that are verified. */
export const CATALOGS = ['storage', 'rest'] as const;
/** A name of {@link CATALOGS}. */
export type CatalogType = (typeof CATALOGS)[number];

/** The log source, which is the prefix of the table names. */
export const LAKE_SOURCE = 'organization';
/** The namespace of the tables in both catalogs. */
export const LAKE_NAMESPACE = 'security';
/** The bucket of the warehouses, where both catalogs have their work areas. */
const LAKE = 'lake';
const LOGS = 'logs';
/** High ports, because another server may use the default ones. */
const PORTS = { port: 29_233, uiPort: 30_233 };

/** The sample bucket and its tables, with the servers. */
export interface Lake {
  /** The proxy between the readers and S3, which counts what they read. */
  proxy: FaultProxy;
  /** How the readers access S3. */
  reach: Reach;
  restUri: string;
  /** Address of the tables of the storage catalog. */
  warehouse: string;
  sample: SampleManifest;
  storage: ObjectStore;
  /** Delivers one more file for a day: `records` of the first account, in us-east-1. */
  deliver(day: string, name: string, records: readonly object[]): Promise<void>;
  /** Ingests these delivery days, with or without the configured column `team.bucket`. */
  ingest(type: CatalogType, range: LakeRange, withColumn: boolean): Promise<BackfillRun>;
  audit(type: CatalogType, range: LakeRange): Promise<AuditReport>;
}

/** First and last delivery day, both inclusive. */
export interface LakeRange {
  from: string;
  to: string;
}

/** Starts all servers in an empty directory and runs `work`; always stops the servers. */
export async function withLake(
  directory: string,
  size: Partial<SampleOptions>,
  log: (line: string) => void,
  work: (lake: Lake) => Promise<void>,
): Promise<void> {
  const stops: (() => Promise<unknown>)[] = [];
  try {
    const s3 = await startS3Server({ binary: await findVersitygw({ env: process.env, log }) });
    stops.push(() => s3.stop());
    const { endpoint, region, rootCredentials: credentials } = s3;
    const proxy = await FaultProxy.start({ target: endpoint });
    stops.push(() => proxy.close());
    const rest = await startRestCatalog({
      ...(await findRestCatalog({ env: process.env, log })),
      // Not in Trailmill's warehouse: the catalog chooses the location of its tables.
      warehouse: 's3://catalog/tables',
      s3: { endpoint, region, credentials },
    });
    stops.push(() => rest.stop());
    const temporal = await startEmbeddedServer({
      binary: await findServerBinary({ env: process.env, log }),
      projectDir: directory,
      database: join(directory, 'temporal.db'),
      ...PORTS,
      namespace: 'default',
      log,
    });
    stops.push(() => temporal.stop());
    Object.assign(process.env, rootEnvironment(s3));
    await createBuckets(s3, LOGS, LAKE, 'catalog');

    log('Writing the sample …');
    const address = (place: string): string => `s3://${place}?endpoint=${endpoint}`;
    const bucket = openStore(address(LOGS));
    const sample = await writeSample(bucket, { ...size, organization: true });
    const project = (type: CatalogType): string => join(directory, type);
    const configure = (type: CatalogType, withColumn: boolean): void => {
      const catalog = type === 'rest' ? `type: rest, uri: "${rest.uri}", ` : '';
      writeProject(project(type), [
        `name: ${LAKE_SOURCE}`,
        `ingest: {location: "${address(LOGS)}"}`,
        `warehouse: "${address(`${LAKE}/${type}`)}"`,
        `catalog: {${catalog}namespace: ${LAKE_NAMESPACE}}`,
        ...(withColumn
          ? ['schema: {fields: [{name: team.bucket, type: string, from: requestParameters.bucketName}]}']
          : []),
      ]);
    };
    await work({
      proxy,
      reach: { endpoint: proxy.endpoint, region, credentials },
      restUri: rest.uri,
      warehouse: `s3://${LAKE}/storage`,
      sample,
      storage: openStore(address(`${LAKE}/storage`)),
      deliver: async (day, name, records) => {
        const [account] = sample.accounts;
        const [stamp, folder] = [day.replaceAll('-', ''), day.replaceAll('-', '/')];
        const key = `AWSLogs/${sample.organization}/${account}/CloudTrail/us-east-1/${folder}`;
        const file = `${account}_CloudTrail_us-east-1_${stamp}T2350Z_${name}.json.gz`;
        await bucket.put(`${key}/${file}`, gzipSync(JSON.stringify({ Records: records })));
      },
      ingest: async (type, range, withColumn) => {
        configure(type, withColumn);
        const where = { directory: project(type), address: temporal.address, taskQueue: type };
        return runBackfill({ ...where, ...range, start: startWorker });
      },
      audit: (type, range) => audit(project(type), range),
    });
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

function writeProject(directory: string, lines: readonly string[]): void {
  const source = join(directory, 'log_sources', LAKE_SOURCE);
  mkdirSync(join(source, 'tables'), { recursive: true });
  for (const table of ['default', 'insights', 'digest']) writeFileSync(join(source, 'tables', `${table}.yml`), '');
  writeFileSync(join(source, 'log_source.yml'), `${lines.join('\n')}\n`);
}

/** Starts a worker and ignores its output: if it ends early, the backfill rejects. */
function startWorker(argv: readonly string[]): ChildProcess {
  return spawn(process.execPath, [...argv], { stdio: 'ignore', env: { ...process.env, ...WORKER_ENVIRONMENT } });
}

/** Runs the audit like a user: with the command. It exits with 1 if something differs, which the report has as well. */
async function audit(project: string, { from, to }: LakeRange): Promise<AuditReport> {
  const main = join(__dirname, '..', '..', '..', 'client', 'main.js');
  const argv = [main, 'audit', '--project', project, '--from', from, '--to', to, '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, argv, { maxBuffer: 1 << 28 }).catch(
    (error: Error & { code?: unknown; stdout: string }) => {
      if (error.code !== 1) throw error;
      return error;
    },
  );
  return JSON.parse(stdout) as AuditReport;
}
