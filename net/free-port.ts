/** Free ports of this machine: for the embedded server, and for test servers. */
import { createServer } from 'node:net';

/** The embedded server only listens on the loopback address, because it has no access control. */
export const LOOPBACK = '127.0.0.1';

/**
 * "Any" port is one below the ephemeral range of the system (Linux: from 32768; macOS and Windows: from 49152), whose ports are
 * given to other programs at any time: also between this check and its use, and while a server restarts. It is random, so that
 * programs that start at the same time do not conflict.
 */
const ANY_FIRST = 20_000;
const ANY_COUNT = 12_000;
/** Then the system chooses. */
const ANY_ATTEMPTS = 100;

/** Returns a free port: `preferred`, one of the next 50, or any; 0 means any. Ports in `excluded` are skipped. */
export async function freePort(preferred: number, excluded: readonly number[] = []): Promise<number> {
  const isFree = async (port: number): Promise<boolean> =>
    !excluded.includes(port) && (await probe(port)) !== undefined;
  const last = Math.min(preferred + 50, 65_535);
  for (let port = preferred; preferred > 0 && port <= last; port++) {
    if (await isFree(port)) return port;
  }
  for (let attempt = 0; attempt < ANY_ATTEMPTS; attempt++) {
    const port = ANY_FIRST + Math.floor(Math.random() * ANY_COUNT);
    if (await isFree(port)) return port;
  }
  for (;;) {
    const port = await probe(0);
    if (port !== undefined && !excluded.includes(port)) return port;
  }
}

/** Listens briefly and returns the port, or `undefined` if it is in use or not allowed. */
function probe(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, LOOPBACK, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
}
