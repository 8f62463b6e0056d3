/** The health of a worker whose Temporal server goes away and comes back. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../net/free-port';
import type { Condition } from '../../../worker/readiness';
import { Project, until } from '../../support/cli';
import { startOwnTemporal } from '../../support/own-temporal';
import { describeWithTemporal } from '../../support/temporal';

describeWithTemporal('a worker whose server goes away', () => {
  const directory = mkdtempSync(join(tmpdir(), 'trailmill-health-'));
  const project = new Project(join(directory, 'worker'), {});
  const servers: { stop(): Promise<void> }[] = [];
  afterAll(async () => {
    await project.close();
    for (const server of servers) await server.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  async function startServer(port: number) {
    const server = await startOwnTemporal(join(directory, 'server'), port);
    servers.push(server);
    return server;
  }

  it('is alive all the time, and ready as long as the server answers', async () => {
    const server = await startServer(0);
    const health = `127.0.0.1:${await freePort(0)}`;
    await project.start('worker', '--address', server.address, '--health', health, '--json').value();
    const status = async (path: string): Promise<[number, Condition['status']]> => {
      const answer = await fetch(`http://${health}${path}`);
      return [answer.status, ((await answer.json()) as Condition).status];
    };
    const untilReadyIs = (code: number, wanted: Condition['status']): Promise<void> =>
      until(
        async () => `${await status('/readyz')}` === `${code},${wanted}`,
        () => `/readyz never is ${code}, ${wanted}.`,
      );
    expect(await status('/readyz')).toEqual([200, 'ready']);
    await server.stop();
    await untilReadyIs(503, 'not connected');
    expect((await status('/healthz'))[0]).toBe(200);
    await startServer(Number(server.address.split(':')[1]));
    await untilReadyIs(200, 'ready');
    expect((await fetch(`http://${health}/nothing`)).status).toBe(404);
  });
});
