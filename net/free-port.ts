/** Ports for the embedded server: the usual one where it is free, else one nearby. */
import { createServer } from 'node:net';

/** The embedded server listens here only: it has no access control. */
export const LOOPBACK = '127.0.0.1';

/** Tries `preferred` and the 50 after it, then takes any; 0 takes any at once. Ports in `not` are passed over. */
export async function freePort(preferred: number, not: readonly number[] = []): Promise<number> {
  const last = Math.min(preferred + 50, 65_535);
  for (let port = preferred; preferred > 0 && port <= last; port++) {
    if (!not.includes(port) && (await listenOn(port)) !== undefined) return port;
  }
  for (;;) {
    const port = await listenOn(0);
    if (port !== undefined && !not.includes(port)) return port;
  }
}

/** Listens for a moment; gives the port, or `undefined` where it is taken or not allowed. */
function listenOn(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, LOOPBACK, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
}
