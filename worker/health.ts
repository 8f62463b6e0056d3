/** Liveness and readiness over HTTP, for Kubernetes, ECS and load balancers: /healthz and /readyz. */
import { createServer, type Server } from 'node:http';
import { hostAndPort } from '../config/telemetry.js';
import { UserMistake } from '../errors/index.js';
import type { Condition, Readiness } from './readiness.js';

export interface HealthServer {
  close(): Promise<void>;
}

/** Listens at `host:port` until it is closed. Throws `UserMistake` where it cannot. */
export async function startHealth(address: string, readiness: Readiness): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const answer = (code: number, body: object): void => {
      response.writeHead(code, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(`${JSON.stringify(body)}\n`);
    };
    const tell = (condition: Condition, well: boolean): void => answer(well ? 200 : 503, condition);
    switch (request.url?.replace(/\?.*/, '')) {
      // A worker that stops, or whose server is away, is alive: nobody is to kill it. One that failed does not come back.
      case '/healthz':
        return tell(readiness.now(), readiness.now().status !== 'failed');
      case '/readyz':
        return void readiness.asked().then((condition) => tell(condition, condition.status === 'ready'));
      default:
        return answer(404, { error: 'There are /healthz and /readyz.' });
    }
  });
  await listen(server, address);
  // Work keeps the process alive, not this.
  server.unref();
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new UserMistake(
          `The health server cannot listen on ${address} (${error.code}).`,
          'Give another address (--health, TRAILMILL_HEALTH).',
          { cause: error },
        ),
      ),
    );
    server.listen(hostAndPort(address), () => resolve());
  });
}
