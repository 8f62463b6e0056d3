/** Ports for the embedded server: the preferred one if it is free, otherwise one nearby. */
import { createServer } from 'node:net';

/** The embedded server only listens on the loopback address, because it has no access control. */
export const LOOPBACK = '127.0.0.1';

/** Returns a free port: `preferred`, one of the next 50, or any; 0 means any. Ports in `excluded` are skipped. */
export async function freePort(preferred: number, excluded: readonly number[] = []): Promise<number> {
  const last = Math.min(preferred + 50, 65_535);
  for (let port = preferred; preferred > 0 && port <= last; port++) {
    if (!excluded.includes(port) && (await probe(port)) !== undefined) return port;
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
