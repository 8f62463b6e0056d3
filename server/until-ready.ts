/** Waits until an embedded server and its UI are ready, and sets how long the server keeps ended workflows. */
import { setTimeout as wait } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import type { Timestamp } from '@temporalio/common';
import { LOOPBACK } from '../net/free-port.js';
import { answers } from './dev-server-file.js';

/** Milliseconds. Starting takes two seconds on an idle machine, and ten times as long on a busy one. */
const START_LIMIT = 60_000;
const DAY_SECONDS = 86_400;

/**
 * Waits until the namespace can be described, which is some time after the port opens, and makes it keep ended workflows for
 * `historyDays`. Returns a message if it takes too long.
 *
 * Another server may have won the race for the gRPC port and would look healthy. Ours opens its HTTP port, which no other
 * process knows, only once it has the gRPC port. The HTTP port rejects all requests, but accepts connections.
 */
export async function untilHealthy(
  address: string,
  httpPort: number,
  { namespace, historyDays }: { namespace: string; historyDays?: number },
  signal: AbortSignal,
): Promise<string | undefined> {
  const deadline = Date.now() + START_LIMIT;
  // gRPC waits a second after a refused connection, so poll with a plain socket.
  while (!signal.aborted && !((await answers(`${LOOPBACK}:${httpPort}`)) && (await answers(address)))) {
    if (Date.now() > deadline) return `is not listening after ${START_LIMIT / 1000} s`;
    await wait(50);
  }
  let last: unknown;
  while (!signal.aborted && Date.now() < deadline) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: deadline - Date.now() });
      try {
        await connection.withDeadline(deadline, () => keepHistory(connection, namespace, historyDays));
        return undefined;
      } finally {
        await connection.close();
      }
    } catch (error) {
      last = error;
      await wait(50);
    }
  }
  return `is not ready after ${START_LIMIT / 1000} s (${String(last)})`;
}

/**
 * Makes the namespace keep ended workflows for this long. `start-dev` creates it with one day, and has no option for it.
 * Workflows that had ended before keep the time that was set when they ended.
 */
async function keepHistory(connection: Connection, namespace: string, days: number | undefined): Promise<void> {
  const { workflowService } = connection;
  const { config } = await workflowService.describeNamespace({ namespace });
  const seconds = (days ?? 0) * DAY_SECONDS;
  if (days === undefined || Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) === seconds) return;
  // The protobuf encoder accepts a plain number instead of a Long.
  const workflowExecutionRetentionTtl = { seconds } as unknown as Timestamp;
  await workflowService.updateNamespace({ namespace, config: { workflowExecutionRetentionTtl } });
}

/** Waits until the UI returns data: its pages load at once, but its own connection to the server takes up to a second longer. */
export async function untilUiAnswers(
  uiUrl: string,
  namespace: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const data = `${uiUrl}/api/v1/namespaces/${encodeURIComponent(namespace)}`;
  const deadline = Date.now() + START_LIMIT;
  while (!signal.aborted) {
    const status = await fetch(data, { signal }).then(
      async (response) => {
        await response.body?.cancel();
        return response.status;
      },
      () => undefined,
    );
    if (status === 200) return undefined;
    if (Date.now() > deadline)
      return `does not serve its UI after ${START_LIMIT / 1000} s (${status ?? 'no response'})`;
    await wait(50);
  }
  return undefined;
}
