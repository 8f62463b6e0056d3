/**
 * What integration tests share: one Temporal server, and a Python with independent Iceberg readers. Both go to them
 * through the environment. In CI a missing one fails the run: a build must not be green because it tested nothing.
 */
import './resolve-ts.js'; // First: the imports after it need it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserMistake } from '../../errors/index.js';
import { findRestCatalog } from '../../servers/rest-catalog.js';
import { findVersitygw } from '../../servers/versitygw.js';
import { type EmbeddedServer, startEmbeddedServer } from '../../worker/embedded-server.js';
import { findServerBinary } from '../../worker/server-binary.js';
import { PYTHON, pythonEnvironment } from './python-environment.js';
import { REST_PROGRAM } from './rest.js';
import { S3_BINARY } from './s3.js';
import { ADDRESS, BINARY, UI } from './temporal.js';

/** Handed to the teardown, which runs in this process too. */
export interface TestServer {
  server: EmbeddedServer;
  projectDir: string;
}

declare global {
  var trailmillTestServer: TestServer | undefined;
}

export default async function globalSetup(): Promise<void> {
  await Promise.all([startServer(), findPython(), findS3Server(), findRestServer()]);
}

async function startServer(): Promise<void> {
  const log = (line: string) => process.stderr.write(`[temporal] ${line}\n`);
  const projectDir = mkdtempSync(join(tmpdir(), 'trailmill-test-server-'));
  try {
    const binary = await findServerBinary({ env: process.env, log });
    // High ports: a developer's own server keeps the usual ones.
    const server = await startEmbeddedServer({
      binary,
      projectDir,
      database: join(projectDir, 'temporal.db'),
      port: 17_233,
      uiPort: 18_233,
      namespace: 'default',
      log,
    });
    process.env[BINARY] = binary;
    process.env[ADDRESS] = server.address;
    process.env[UI] = server.uiUrl;
    globalThis.trailmillTestServer = { server, projectDir };
  } catch (error) {
    rmSync(projectDir, { recursive: true, force: true });
    if (process.env.CI || !(error instanceof UserMistake)) throw error;
    log(`*** SKIPPED: all tests that need a Temporal server. ${error.message} ${error.cure ?? ''}`);
  }
}

async function findPython(): Promise<void> {
  const log = (line: string) => process.stderr.write(`[python] ${line}\n`);
  try {
    process.env[PYTHON] = await pythonEnvironment(log);
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim() : String(error);
    if (process.env.CI) throw new Error(`PyIceberg and DuckDB cannot be had: ${reason}`, { cause: error });
    log(`*** SKIPPED: all tests with PyIceberg and DuckDB. ${reason} Set TRAILMILL_PYTHON to a Python 3.10 or newer.`);
  }
}

async function findS3Server(): Promise<void> {
  const log = (line: string) => process.stderr.write(`[s3] ${line}\n`);
  try {
    process.env[S3_BINARY] = await findVersitygw({ env: process.env, log });
  } catch (error) {
    if (process.env.CI || !(error instanceof UserMistake)) throw error;
    log(`*** SKIPPED: all tests that need an S3 server. ${error.message} ${error.cure ?? ''}`);
  }
}

async function findRestServer(): Promise<void> {
  const log = (line: string) => process.stderr.write(`[rest] ${line}\n`);
  try {
    process.env[REST_PROGRAM] = JSON.stringify(await findRestCatalog({ env: process.env, log }));
  } catch (error) {
    if (process.env.CI || !(error instanceof UserMistake)) throw error;
    log(`*** SKIPPED: all tests that need a REST catalog. ${error.message} ${error.cure ?? ''}`);
  }
}
