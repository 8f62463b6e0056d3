/** Starts one Temporal server for all integration tests; its address goes to them through the environment. */
import './resolve-ts.js'; // First: the imports after it need it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserMistake } from '../../errors/index.js';
import { type EmbeddedServer, startEmbeddedServer } from '../../worker/embedded-server.js';
import { findServerBinary } from '../../worker/server-binary.js';
import { ADDRESS, BINARY, MISSING, UI } from './temporal.js';

/** Handed to the teardown, which runs in this process too. */
export interface TestServer {
  server: EmbeddedServer;
  projectDir: string;
}

declare global {
  var trailmillTestServer: TestServer | undefined;
}

export default async function globalSetup(): Promise<void> {
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
    // A build must not be green because it tested nothing.
    if (process.env.CI || !(error instanceof UserMistake)) throw error;
    process.env[MISSING] = error.message;
    log(`NO TEMPORAL SERVER: the integration tests that need one are SKIPPED. ${error.message} ${error.cure ?? ''}`);
  }
}
