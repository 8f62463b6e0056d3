/** Ports for servers that start later, or that restart. */
import { createServer, type Server } from 'node:net';
import { freePort, LOOPBACK } from '../../../net/free-port';

/** The first port that Linux gives to other programs by itself; macOS and Windows begin later. */
const EPHEMERAL = 32_768;
const listening: Server[] = [];

async function take(port: number): Promise<void> {
  const server = createServer();
  listening.push(server);
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, LOOPBACK, resolve));
}

afterEach(async () => {
  for (const server of listening.splice(0)) await new Promise((resolve) => server.close(resolve));
});

it('is never a port that the system may give to another program in the meantime', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, () => freePort(0)));
  expect(Math.max(...ports)).toBeLessThan(EPHEMERAL);
  expect(Math.min(...ports)).toBeGreaterThan(1_023);
  // Programs that ask at the same time rarely get the same one.
  expect(new Set(ports).size).toBeGreaterThan(40);
});

it('is the preferred one, or the next one that is neither in use nor excluded', async () => {
  const preferred = await freePort(0);
  expect(await freePort(preferred)).toBe(preferred);
  await take(preferred);
  const next = await freePort(preferred);
  expect(next).toBeGreaterThan(preferred);
  expect(next).toBeLessThanOrEqual(preferred + 50);
  expect(await freePort(preferred, [next])).toBeGreaterThan(next);
});
