/** A process that starts an S3 server, prints its process id, and waits to be killed: `orphan-server BINARY`. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startS3Server } from '../../dev/servers/s3-server.js';

const directory = mkdtempSync(join(tmpdir(), 'trailmill-orphan-'));
startS3Server({ binary: process.argv[2], directory }).then(
  ({ pid }) => {
    process.stdout.write(`${JSON.stringify({ pid, directory })}\n`);
    setInterval(() => {}, 60_000); // The server does not keep its owner alive.
  },
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exitCode = 1;
  },
);
