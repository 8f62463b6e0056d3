/**
 * What stands at the address of the metrics: the SDK's exporter takes any number of connections and waits for slow ones
 * without end, and each of them is a file of the process.
 */
import { Agent } from 'node:http';
import { hostAndPort } from '../config/telemetry.js';
import { UserMistake } from '../errors/index.js';
import { closeAll, createBoundedServer, listenAt } from '../net/bounded-http.js';
import { forwardRequest, type HttpTarget, sendText } from '../net/forward.js';
import { PROBE_BOUNDS } from './health.js';

/** Listens at `host:port` and passes on to the exporter. Gives what closes it; throws `UserMistake` where it cannot listen. */
export async function startMetricsGate(address: string, exporter: HttpTarget): Promise<() => Promise<void>> {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const server = createBoundedServer(PROBE_BOUNDS, (request, response) => {
    if (request.method === 'GET' || request.method === 'HEAD')
      forwardRequest(request, response, exporter, agent, 'The exporter');
    else sendText(response, 405, 'Ask with GET or HEAD.');
  });
  await listenAt(server, hostAndPort(address)).catch((error: NodeJS.ErrnoException) => {
    throw new UserMistake(
      `The metrics cannot listen on ${address} (${error.code}).`,
      'Give another address (--metrics, TRAILMILL_METRICS).',
      { cause: error },
    );
  });
  return async () => {
    await closeAll(server);
    agent.destroy();
  };
}
