/**
 * The Iceberg project's REST catalog server, for tests and benchmarks: its catalog is a SQLite file, its tables are on S3.
 *
 * It has no authentication, and it listens on all interfaces: there is no setting for that. Its credentials are for an S3 server
 * on this machine.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { LOOPBACK } from '../../net/free-port.js';
import { environmentWithout } from './environment.js';
import { findJava } from './java.js';
import { LoopbackServer } from './loopback-server.js';
import { type MavenOptions, mavenJars } from './maven.js';
import { REST_CATALOG_JARS } from './rest-catalog-jars.js';
import type { S3Credentials } from './s3-server.js';

/** The programs that the server needs. */
export interface RestCatalogProgram {
  java: string;
  jars: readonly string[];
}

/** The options of the REST catalog. */
export interface RestCatalogOptions extends RestCatalogProgram {
  /** Location of tables that are created without one: `s3://bucket/prefix`. */
  warehouse: string;
  s3: { endpoint: string; region: string; credentials: S3Credentials };
  /** Directory for the catalog's database and the log, which is kept. Default: a temporary one, removed by `stop`. */
  directory?: string;
  port?: number;
  /** Whether to vend the server's S3 credentials to clients, with each table. Default: no. */
  vendCredentials?: boolean;
}

/** A running Iceberg REST catalog. */
export interface RestCatalog {
  /** Base URL for clients: `http://127.0.0.1:port`, followed by `/v1/…`. */
  readonly uri: string;
  /** Process id; `undefined` while it is down. */
  readonly pid: number | undefined;
  /** Kills it with SIGKILL: running requests are aborted. */
  kill(): Promise<void>;
  /** Restarts it after `kill`, with the same catalog at the same address. */
  start(): Promise<void>;
  /** Stops it and removes its temporary directory. */
  stop(): Promise<void>;
}

/** Finds Java and the jars, which are downloaded if they are not in the cache (140 MB, once). */
export async function findRestCatalog(options: MavenOptions): Promise<RestCatalogProgram> {
  const java = await findJava(options.env);
  return { java, jars: await mavenJars('Iceberg REST server', REST_CATALOG_JARS, options) };
}

/** Starts the server; resolves once it responds, after one to two seconds. */
export async function startRestCatalog(options: RestCatalogOptions): Promise<RestCatalog> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'trailmill-rest-')));
  const discard = async () => {
    if (options.directory === undefined) await rm(directory, { recursive: true, force: true });
  };
  const server = await LoopbackServer.start(
    {
      title: 'Iceberg REST server',
      program: options.java,
      args: () => [
        // For a fast start and little memory, with temporary files in its own directory.
        ...['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx512m', `-Djava.io.tmpdir=${directory}`],
        ...['-cp', options.jars.join(delimiter), 'org.apache.iceberg.rest.RESTCatalogServer'],
      ],
      env: (port) => ({ ...environmentWithout(USER_SETTINGS), ...catalogSettings(options, directory, port) }),
      logFile: join(directory, 'rest-catalog.log'),
      answers: async (port, signal) => {
        const response = await fetch(`http://${LOOPBACK}:${port}/v1/config`, { signal });
        await response.body?.cancel();
        return response.ok;
      },
    },
    options.port,
  ).catch(async (error: unknown) => {
    await discard();
    throw error;
  });
  return {
    uri: `http://${LOOPBACK}:${server.port}`,
    get pid() {
      return server.pid;
    },
    kill: () => server.kill(),
    start: () => server.start(),
    stop: async () => {
      await server.stop();
      await discard();
    },
  };
}

/** The server reads a catalog property `a.b-c` from `CATALOG_A_B__C`. */
function catalogSettings(options: RestCatalogOptions, directory: string, port: number): Record<string, string> {
  const { warehouse, s3, vendCredentials = false } = options;
  return {
    CATALOG_REST_PORT: String(port),
    CATALOG_CATALOG__IMPL: 'org.apache.iceberg.jdbc.JdbcCatalog',
    CATALOG_URI: `jdbc:sqlite:file:${join(directory, 'catalog.db')}`,
    CATALOG_JDBC_SCHEMA__VERSION: 'V1',
    // One connection: SQLite rejects a second writer immediately ("database is locked"), where a catalog would wait or conflict.
    CATALOG_CLIENTS: '1',
    CATALOG_WAREHOUSE: warehouse,
    CATALOG_IO__IMPL: 'org.apache.iceberg.aws.s3.S3FileIO',
    CATALOG_S3_ENDPOINT: s3.endpoint,
    CATALOG_S3_PATH__STYLE__ACCESS: 'true',
    CATALOG_S3_ACCESS__KEY__ID: s3.credentials.accessKeyId,
    CATALOG_S3_SECRET__ACCESS__KEY: s3.credentials.secretAccessKey,
    CATALOG_CLIENT_REGION: s3.region,
    CATALOG_INCLUDE__CREDENTIALS: String(vendCredentials),
  };
}

/** Variables of the user that would affect the server. */
const USER_SETTINGS = /^(AWS_|CATALOG_|JAVA_TOOL_OPTIONS$|JDK_JAVA_OPTIONS$|_JAVA_OPTIONS$|CLASSPATH$)/;
