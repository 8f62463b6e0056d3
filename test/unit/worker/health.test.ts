/** The health port under clients that mean no good: many, slow, large, silent. Real sockets. */
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { closeAll, createBoundedServer, listenAt } from '../../../net/bounded-http';
import { freePort } from '../../../net/free-port';
import { type HealthServer, PROBE_BOUNDS, startHealth } from '../../../worker/health';
import { startMetricsGate } from '../../../worker/metrics-gate';
import { Readiness } from '../../../worker/readiness';
import { until } from '../../support/cli';

let port: number;
let health: HealthServer;
const sockets: Socket[] = [];
beforeEach(async () => {
  port = await freePort(0);
  health = await startHealth(`127.0.0.1:${port}`, new Readiness());
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await health.close();
});

interface Held {
  socket: Socket;
  said: () => string;
  closed: Promise<void>;
}

function open(bytes = ''): Promise<Held> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    let said = '';
    socket.on('data', (data) => (said += data));
    socket.on('error', () => {});
    const closed = new Promise<void>((end) => socket.once('close', () => end()));
    socket.once('connect', () => {
      if (bytes !== '') socket.write(bytes);
      resolve({ socket, said: () => said, closed });
    });
  });
}

async function healthy(): Promise<number> {
  return (await fetch(`http://127.0.0.1:${port}/healthz`, { headers: { connection: 'close' } })).status;
}

function ask(method: string, body?: string): Promise<{ status?: number; allow?: string; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, method, path: '/healthz', agent: false }, (answer) => {
      let text = '';
      answer.on('data', (data) => (text += data));
      answer.on('end', () => resolve({ status: answer.statusCode, allow: answer.headers.allow, body: text }));
    });
    asked.once('error', reject);
    asked.end(body);
  });
}

it('a thousand connections with half a request do not block a probe, and few stay open', async () => {
  const held: Held[] = [];
  for (let i = 0; i < 20; i++) {
    held.push(...(await Promise.all(Array.from({ length: 50 }, () => open('GET /healthz HTTP/1.1\r\nHost: x\r\n')))));
    expect(await healthy()).toBe(200);
  }
  await wait(200);
  expect(held.filter(({ socket }) => !socket.destroyed && !socket.readableEnded).length).toBeLessThanOrEqual(
    PROBE_BOUNDS.connections,
  );
});

it('one that sends a byte now and then is closed within the time for headers', async () => {
  const started = Date.now();
  const slow = await open('GET /healthz HTTP/1.1\r\nX: ');
  const drip = setInterval(() => slow.socket.write('a'), 100);
  await slow.closed;
  clearInterval(drip);
  expect(Date.now() - started).toBeLessThan(PROBE_BOUNDS.headersTimeout + 3_000);
  expect(slow.said()).toMatch(/^HTTP\/1\.1 408 /);
});

it('one that sends nothing, and one that never sends its announced body, are closed', async () => {
  const silent = await open();
  const bodiless = await open('GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n');
  await Promise.all([silent.closed, bodiless.closed]);
});

it('one that does not read the response is closed', async () => {
  const bounds = { ...PROBE_BOUNDS, idleTimeout: 300 };
  const server = createBoundedServer(bounds, (_request, response) => response.end(Buffer.alloc(64 << 20)));
  const free = await freePort(0);
  await listenAt(server, { host: '127.0.0.1', port: free });
  const socket = connect(free, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'));
  socket.on('error', () => {});
  socket.pause();
  const connections = (): Promise<number> => new Promise((resolve) => server.getConnections((_, n) => resolve(n)));
  await until(
    async () => (await connections()) === 1,
    () => 'It is not connected.',
  );
  await until(
    async () => (await connections()) === 0,
    () => 'It is still connected.',
  );
  socket.destroy();
  await closeAll(server);
});

it('headers without end are refused', async () => {
  const large = await open(`GET /healthz HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(PROBE_BOUNDS.maxHeaderSize)}\r\n\r\n`);
  await large.closed;
  expect(large.said()).toMatch(/^HTTP\/1\.1 431 /);
});

it('answers GET and HEAD, and nothing else', async () => {
  expect(await ask('GET')).toMatchObject({ status: 200, body: '{"status":"starting","underWay":[]}\n' });
  expect(await ask('HEAD')).toMatchObject({ status: 200, body: '' });
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE']) {
    expect(await ask(method, 'x'.repeat(100))).toMatchObject({ status: 405, allow: 'GET, HEAD' });
  }
});

it('closes at once, whoever is connected', async () => {
  await Promise.all(Array.from({ length: 50 }, () => open('GET /healthz HTTP/1.1\r\n')));
  const started = Date.now();
  await health.close();
  expect(Date.now() - started).toBeLessThan(1_000);
});

it('the metrics have the same limits', async () => {
  const exporter = { host: '127.0.0.1', port };
  const gatePort = await freePort(0);
  const close = await startMetricsGate(`127.0.0.1:${gatePort}`, exporter);
  const gate = `http://127.0.0.1:${gatePort}`;
  expect(await (await fetch(`${gate}/healthz`)).json()).toMatchObject({ status: 'starting' });
  expect((await fetch(`${gate}/healthz`, { method: 'POST' })).status).toBe(405);
  await health.close();
  expect((await fetch(`${gate}/healthz`)).status).toBe(502);
  await expect(startMetricsGate(`127.0.0.1:${gatePort}`, exporter)).rejects.toMatchObject({ name: 'UserMistake' });
  await close();
});
