/** What the gate before the UI lets in, and that nothing which comes in breaks it. Real sockets. */
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { freePort } from '../../../net/free-port';
import { chooseUiTarget, rejectionReason, startUiGate } from '../../../server/ui-gate';

const HOST = '127.0.0.1:8233';
const ask = (headers: Record<string, string>, method = 'GET', url = '/namespaces') =>
  rejectionReason({ method, url, headers: { host: HOST, ...headers } });
const LINK = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };

it.each([
  ['a person types', {}],
  ['a program asks', { host: 'localhost:8233' }],
  ['comes through a tunnel with another port', { host: 'localhost:9000', origin: 'http://localhost:9000' }],
  ['a page of the UI asks', { origin: `http://${HOST}`, 'sec-fetch-site': 'same-origin' }],
  ['an address over IPv6 has', { host: '[::1]:8233' }],
  ['a link leads to', LINK],
])('a request that %s is allowed', (_, headers) => {
  expect(ask(headers)).toBeUndefined();
});

it.each([
  ['under the name of an attacker', { host: 'evil.example:8233' }],
  ['under a name that only begins like ours', { host: '127.0.0.1.evil.example:8233' }],
  ['under a name that only ends like ours', { host: 'evil.localhost:8233' }],
  ['under the address of everything', { host: '0.0.0.0:8233' }],
  ['without a name', { host: '' }],
  ['from a page elsewhere', { origin: 'http://evil.example' }],
  ['from a page of another server on this machine', { origin: 'http://127.0.0.1:3000' }],
  ['from the same address over TLS', { origin: `https://${HOST}` }],
  ['from a page without an address', { origin: 'null' }],
  [
    'as an image of a page elsewhere',
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
  ],
  [
    'as an image of another port',
    { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
  ],
  ['in a frame', { ...LINK, 'sec-fetch-dest': 'iframe' }],
])('a request that comes %s is refused', (_, headers) => {
  expect(ask(headers)).toMatch(/^(it comes from another web page|its Host header is)/);
});

it('a request that changes something must have an origin', () => {
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    expect(ask({}, method)).toMatch('has no Origin header');
    expect(ask(LINK, method)).toBeDefined();
    expect(ask({ origin: `http://${HOST}` }, method)).toBeUndefined();
  }
  expect(ask({}, 'GET', `http://${HOST}/`)).toBe('the request names another server');
  expect(ask({}, 'OPTIONS', '*')).toBe('the request names another server');
});

describe('the gate', () => {
  let inner: Server;
  let port: number;
  let close: () => Promise<void>;
  beforeEach(async () => {
    const place = await chooseUiTarget();
    inner = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        response.setHeader('set-cookie', ['a=1', 'b=2']);
        response.end(
          JSON.stringify([request.method, request.url, request.headers.host, Buffer.concat(chunks).toString()]),
        );
      });
    });
    await new Promise<void>((resolve) => inner.listen(place.port, place.host, resolve));
    port = await freePort(0);
    close = await startUiGate(port, place);
  });
  afterEach(async () => {
    await close();
    inner.closeAllConnections();
    inner.close();
  });

  /** What it answers to these bytes, to the end of the connection. */
  const say = (bytes: string): Promise<string> =>
    new Promise((resolve) => {
      let said = '';
      const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'));
      socket.on('data', (data) => (said += data));
      socket.on('error', () => {});
      socket.on('close', () => resolve(said));
    });

  it('forwards path, query, host, body and cookies', async () => {
    const url = `http://127.0.0.1:${port}/a%2Fb?c=d&e`;
    const answer = await fetch(url, { method: 'POST', headers: { origin: `http://127.0.0.1:${port}` }, body: 'body' });
    expect(await answer.json()).toEqual(['POST', '/a%2Fb?c=d&e', `127.0.0.1:${port}`, 'body']);
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(200);
  });

  it('lets a browser cache the files whose names have a hash of their content, and nothing else', async () => {
    const at = async (path: string): Promise<Headers> => (await fetch(`http://127.0.0.1:${port}${path}`)).headers;
    const kept = await at('/_app/immutable/chunks/C98zAyW4.js');
    expect([kept.get('cache-control'), kept.get('vary')]).toEqual([
      'public, max-age=31536000, immutable',
      'Accept-Encoding',
    ]);
    expect(kept.getSetCookie()).toEqual([]);
    for (const path of ['/_app/version.json', '/namespaces?/_app/immutable/', '/api/_app/immutable/x.js'])
      expect((await at(path)).has('cache-control')).toBe(false);
  });

  it('answers any request, and continues', async () => {
    const head = `Host: 127.0.0.1:${port}\r\nConnection: close\r\n`;
    for (const bytes of [
      `GET /\t\f HTTP/1.1\r\n${head}\r\n`,
      `GET /\xff\xfe HTTP/1.1\r\n${head}\r\n`,
      `GET / HTTP/1.1\r\n${head}X: \xff\r\n\r\n`,
      `GET / HTTP/1.1\r\n${head}Host: evil.example\r\n\r\n`,
      'GET / HTTP/1.0\r\n\r\n',
      'GET / HTTP/1.1\r\n\r\n',
      `CONNECT evil.example:80 HTTP/1.1\r\n${head}\r\n`,
      `GET / HTTP/1.1\r\n${head}Upgrade: websocket\r\n\r\n`,
      `POST / HTTP/1.1\r\n${head}Origin: http://127.0.0.1:${port}\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      `GET / HTTP/1.1\r\n${head}X: ${'a'.repeat(100_000)}\r\n\r\n`,
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    ]) {
      await say(bytes);
    }
    expect(await say('GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 403 /);
    expect(await say(`GET / HTTP/1.1\r\n${head}\r\n`)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('says so if the UI does not answer', async () => {
    inner.closeAllConnections();
    await new Promise((resolve) => inner.close(resolve));
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(502);
  });
});
