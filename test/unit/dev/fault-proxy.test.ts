/** What the fault proxy does to requests, told by a small server behind it and a client that keeps its connection. */
import { createHash } from 'node:crypto';
import { Agent, createServer, type IncomingHttpHeaders, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { FaultProxy } from '../../../dev/servers/fault-proxy';
import { kmsAccessDenied, s3ErrorAnswer } from '../../../dev/servers/s3-errors';

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** What the server behind has got, in the order of arrival. */
interface Got {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  bytes: number;
  connection: number;
}

let origin: Server;
let connections: number;
let got: Got[];
/** Paths of the requests that it has finished. */
let done: string[];
let proxy: FaultProxy;
let agent: Agent;
/** How long the server takes for `/slow`, and for the body of `/early`. */
const SLOW_MS = 150;
const BODY = Buffer.alloc(300_000, 'abcdefg');

beforeEach(async () => {
  got = [];
  done = [];
  connections = 0;
  origin = createServer((incoming, response) => {
    let bytes = 0;
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    incoming.once('end', async () => {
      const { method = '', url: path = '', headers } = incoming;
      got.push({ method, path, headers, bytes, connection: incoming.socket.remotePort ?? 0 });
      if (path === '/never') return;
      response.setHeader('X-Origin', 'yes');
      if (path === '/slow') await wait(SLOW_MS);
      if (path === '/early') {
        response.flushHeaders();
        await wait(SLOW_MS);
      }
      done.push(path);
      response.end(path === '/empty' ? '' : BODY);
    });
  });
  origin.on('connection', () => connections++);
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve));
  proxy = await FaultProxy.start({ target: `http://127.0.0.1:${(origin.address() as AddressInfo).port}` });
  agent = new Agent({ keepAlive: true });
});
afterEach(async () => {
  agent.destroy();
  await proxy.close();
  origin.closeAllConnections();
  await new Promise((resolve) => origin.close(resolve));
});

function ask(path: string, method = 'GET', body?: Buffer, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(`${proxy.endpoint}${path}`, { method, agent, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('error', reject);
      answer.once('end', () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) }),
      );
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

/** Until it holds: the other end hears of a cut a moment later. */
async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !holds(); await wait(5)) {
    if (Date.now() > end) throw new Error('It never came.');
  }
}

test('a proxy without rules changes nothing, and keeps connections on both sides', async () => {
  const answer = await ask('/a?b=%2F', 'PUT', BODY, { 'X-Amz-Thing': 'v', host: 'bucket.example' });
  expect([answer.status, answer.headers['x-origin']]).toEqual([200, 'yes']);
  expect(digest(answer.body)).toBe(digest(BODY));
  expect(got[0]).toMatchObject({ method: 'PUT', path: '/a?b=%2F', bytes: BODY.length });
  // The signature covers the host that the client has named.
  expect(got[0].headers).toMatchObject({ 'x-amz-thing': 'v', host: 'bucket.example' });
  for (let i = 0; i < 5; i++) await ask('/again');
  expect(connections).toBe(1);
});

test.each([['HEAD'], ['DELETE'], ['POST'], ['PUT']])('%s without a body goes through', async (method) => {
  expect((await ask('/empty', method)).status).toBe(200);
  expect(got[0]).toMatchObject({ method, bytes: 0 });
});

test('a client that waits to be asked for its body is asked', async () => {
  const answer = await new Promise<number | undefined>((resolve, reject) => {
    const headers = { Expect: '100-continue', 'Content-Length': String(BODY.length) };
    const sent = request(`${proxy.endpoint}/a`, { method: 'PUT', headers }, (response) => {
      resolve(response.resume().statusCode);
    });
    sent.once('continue', () => sent.end(BODY));
    sent.once('error', reject);
    sent.flushHeaders();
  });
  expect(answer).toBe(200);
  expect(got[0].bytes).toBe(BODY.length);
});

test('latency is added to every request, to all of them at once', async () => {
  proxy.latencyMs = 200;
  const started = performance.now();
  await Promise.all(Array.from({ length: 20 }, () => ask('/a')));
  const took = performance.now() - started;
  expect(took).toBeGreaterThan(195);
  // One after another would be four seconds.
  expect(took).toBeLessThan(2_000);
});

test('counts requests by method, and how many were under way at once', async () => {
  await Promise.all([ask('/slow'), ask('/slow'), ask('/slow', 'PUT', BODY)]);
  await ask('/a', 'HEAD');
  expect(proxy.counts).toEqual({
    requests: 4,
    byMethod: { GET: 2, PUT: 1, HEAD: 1 },
    maxInFlight: 3,
    overLimit: 0,
  });
  proxy.resetCounts();
  expect(proxy.counts).toEqual({ requests: 0, byMethod: {}, maxInFlight: 0, overLimit: 0 });
});

test('above the limit of requests under way it answers SlowDown, and recovers', async () => {
  proxy.maxInFlight = 2;
  const statuses = (await Promise.all(Array.from({ length: 5 }, () => ask('/slow')))).map(({ status }) => status);
  expect(statuses.sort()).toEqual([200, 200, 503, 503, 503]);
  expect(proxy.counts.overLimit).toBe(3);
  expect(got).toHaveLength(2);
  expect((await ask('/slow')).status).toBe(200);
});

test('answers what a rule says to the requests that it names, so many times, and they never arrive', async () => {
  const rule = proxy.addRule({
    fault: { kind: 'answer', answer: s3ErrorAnswer('PermanentRedirect', { region: 'eu-central-1' }) },
    method: 'GET',
    path: /^\/bucket\//,
    when: ({ headers }) => headers['x-user'] === 'someone',
    skip: 1,
    times: 2,
  });
  const statuses: number[] = [];
  const from = { 'X-User': 'someone' };
  for (let i = 0; i < 4; i++) statuses.push((await ask('/bucket/k', 'GET', undefined, from)).status);
  expect(statuses).toEqual([200, 301, 301, 200]);
  for (const answer of [
    await ask('/other/k', 'GET', undefined, from),
    await ask('/bucket/k', 'PUT', BODY, from),
    await ask('/bucket/k'),
  ])
    expect(answer.status).toBe(200);
  expect(rule.hitCount).toBe(2);
  expect(got).toHaveLength(5);
});

test('an error is one that S3 gives', async () => {
  proxy.addRule({
    fault: { kind: 'answer', answer: s3ErrorAnswer('PermanentRedirect', { region: 'eu-central-1' }) },
    times: 1,
  });
  const redirect = await ask('/b', 'PUT', BODY);
  expect(redirect.headers['x-amz-bucket-region']).toBe('eu-central-1');
  expect(redirect.body.toString()).toContain('<Code>PermanentRedirect</Code>');
  const key = 'arn:aws:kms:us-east-1:111122223333:key/k';
  proxy.addRule({
    fault: { kind: 'answer', answer: kmsAccessDenied('arn:aws:iam::111122223333:user/"a" & <b>', key) },
  });
  const denied = await ask('/b');
  expect(denied.status).toBe(403);
  expect(denied.body.toString()).toMatch(
    /&lt;b&gt; is not authorized to perform: kms:Decrypt on resource: arn:aws:kms/,
  );
  const head = await ask('/b', 'HEAD');
  expect([head.status, head.body.length]).toEqual([403, 0]);
  // What was said about a request before it was read to its end does not spoil its connection.
  proxy.behave();
  expect((await ask('/b')).status).toBe(200);
});

test('cuts a body after so many bytes', async () => {
  proxy.addRule({ fault: { kind: 'cut', afterBytes: 100_000 } });
  let received = 0;
  const failure = new Promise<Error>((resolve) => {
    request(`${proxy.endpoint}/a`, { agent }, (answer) => {
      answer.on('data', (chunk: Buffer) => {
        received += chunk.length;
      });
      answer.once('error', resolve);
    }).end();
  });
  expect(await failure).toMatchObject({ code: 'ECONNRESET' });
  expect(received).toBe(100_000);
});

test('sends a body slowly, and whole', async () => {
  proxy.addRule({ fault: { kind: 'slow', bytes: 50_000, everyMs: 30 } });
  const started = performance.now();
  const { body } = await ask('/a');
  expect(digest(body)).toBe(digest(BODY));
  expect(performance.now() - started).toBeGreaterThan(150);
});

// S3 itself begins some answers, such as that of CompleteMultipartUpload, long before it has done the work.
test.each([['/slow'], ['/early']])('swallows an answer when the server has done its work: %s', async (path) => {
  proxy.addRule({ fault: { kind: 'swallow' }, method: 'PUT' });
  await expect(ask(path, 'PUT', BODY)).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(got).toEqual([expect.objectContaining({ method: 'PUT', bytes: BODY.length })]);
  expect(done).toEqual([path]);
});

test('says nothing although the server has answered, until the client gives up', async () => {
  proxy.addRule({ fault: { kind: 'silence' } });
  const sent = request(`${proxy.endpoint}/a`, { method: 'PUT', agent });
  const failure = new Promise((resolve) => sent.once('error', resolve));
  sent.once('response', () => {
    throw new Error('It was answered.');
  });
  sent.end(BODY);
  await until(() => got.length === 1);
  sent.destroy(new Error('given up'));
  expect(await failure).toMatchObject({ message: 'given up' });
  expect(proxy.counts.maxInFlight).toBe(1);
});

test('refuses a request before the server has heard of it', async () => {
  proxy.addRule({ fault: { kind: 'refuse' }, times: 1 });
  await expect(ask('/a')).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(got).toEqual([]);
  expect((await ask('/a')).status).toBe(200);
});

test('a server that is gone looks like one', async () => {
  await ask('/a');
  origin.closeAllConnections();
  await new Promise((resolve) => origin.close(resolve));
  await expect(ask('/a')).rejects.toMatchObject({ code: expect.stringMatching(/^E(CONNRESET|PIPE)$/) });
});

test('a client that goes away takes its request with it', async () => {
  let cut = false;
  origin.once('request', (incoming) => incoming.socket.once('close', () => (cut = true)));
  const sent = request(`${proxy.endpoint}/never`, { agent });
  sent.once('error', () => {});
  sent.end();
  await until(() => got.length === 1);
  sent.destroy();
  await until(() => cut);
});

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

test('a request that is held goes on when it may, untouched', async () => {
  let release = (): void => {};
  const until = new Promise<void>((resolve) => {
    release = resolve;
  });
  proxy.addRule({ fault: { kind: 'hold', until }, path: /held/ });
  const held = ask('/held', 'PUT', BODY);
  await ask('/other');
  expect(got.map(({ path }) => path)).toEqual(['/other']);
  release();
  expect(digest((await held).body)).toBe(digest(BODY));
  expect(got[1]).toMatchObject({ path: '/held', bytes: BODY.length });
});
