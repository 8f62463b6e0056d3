/** A process that starts an S3 server, says where it is, and waits to be killed: `orphan-server BINARY`. */
import { startS3Server } from '../../servers/s3-server.js';

startS3Server({ binary: process.argv[2] }).then(
  ({ pid, endpoint }) => {
    process.stdout.write(`${JSON.stringify({ pid, endpoint })}\n`);
    setInterval(() => {}, 60_000); // The server does not keep its owner alive.
  },
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exitCode = 1;
  },
);
