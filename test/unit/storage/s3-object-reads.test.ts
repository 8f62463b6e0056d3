/** Reads of objects that skip the SDK's middleware: their requests, outputs and errors are those of the SDK. Nothing is sent. */
import { Readable } from 'node:stream';
import { GetObjectCommand, type GetObjectCommandInput } from '@aws-sdk/client-s3';
import { type HttpRequest, HttpResponse } from '@smithy/core/protocols';
import fc from 'fast-check';
import type { S3Options } from '../../../storage/address';
import { type Connection, connectBucket } from '../../../storage/s3/client';
import type { CredentialProvider } from '../../../storage/s3/credentials';
import { bindAnswer } from '../../../storage/s3/exchange';
import { errorFactsOf } from '../../../storage/s3/facts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const KEYS: CredentialProvider = async () => ({ accessKeyId: 'a', secretAccessKey: 's', sessionToken: 't' });

beforeEach(() => {
  jest.useFakeTimers({
    now: NOW,
    doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'setInterval', 'queueMicrotask', 'performance'],
  });
});
afterEach(() => jest.useRealTimers());

const connect = (options: S3Options = {}, credentials = KEYS): Promise<Connection> =>
  connectBucket('logs', { region: 'eu-west-1', ...options }, credentials);

/** The request that the SDK would send, without our reads. */
async function requestOfSdk({ client }: Connection, input: GetObjectCommandInput): Promise<HttpRequest> {
  const command = new GetObjectCommand(input);
  let found: HttpRequest | undefined;
  bindAnswer(command, (request) => {
    found = request;
    throw new Error('caught');
  });
  await expect(client.send(command)).rejects.toThrow('caught');
  return found as HttpRequest;
}

/** Has a connection's requests answered. Returns the requests. */
function answer({ client }: Connection, response: () => HttpResponse): HttpRequest[] {
  const requests: HttpRequest[] = [];
  client.config.requestHandler.handle = async (request: HttpRequest) => {
    requests.push(request);
    return { response: response() };
  };
  return requests;
}

const input = (more: Partial<GetObjectCommandInput> = {}): GetObjectCommandInput => ({
  Bucket: 'logs',
  Key: 'k',
  ...more,
});
const found = (headers: Record<string, string> = {}, statusCode = 200, body = 'hello'): HttpResponse =>
  new HttpResponse({
    statusCode,
    headers: {
      'content-length': String(body.length),
      etag: '"e"',
      'last-modified': 'Thu, 01 Jan 2026 10:20:30 GMT',
      ...headers,
    },
    body: Readable.from([Buffer.from(body)]),
  });

it.each<[string, S3Options]>([
  ['AWS', {}],
  ['AWS, by path', { pathStyle: true }],
  ['China', { region: 'cn-north-1' }],
  ['a server', { endpoint: 'http://127.0.0.1:7070' }],
  ['a server, by host', { endpoint: 'https://o.example:8443', pathStyle: false }],
  ['a server below a path', { endpoint: 'https://o.example/s3' }],
])('a request equals the one that the SDK would send, including the signature: %s', async (_name, options) => {
  const connection = await connect(options);
  const etag = fc.option(fc.constant('"0123"'), { nil: undefined });
  const request = fc.record({
    Key: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((key) => !/\p{Surrogate}/u.test(key)),
    IfMatch: etag,
    Range: fc.option(fc.constant('bytes=5-9'), { nil: undefined }),
    RequestPayer: fc.option(fc.constant('requester' as const), { nil: undefined }),
    ExpectedBucketOwner: fc.constantFrom(undefined, '123456789012', '210987654321'),
  });
  const examples = ['a//b/../c/./d/', '/a b+c=%ü', "!'()*~", 'key', '../x', 'a?b#c&d'].map((Key) => ({ Key }));
  await fc.assert(
    fc.asyncProperty(fc.oneof(request, fc.constantFrom(...examples)), async (given) => {
      const wanted = await requestOfSdk(connection, input(given));
      const made = await connection.reads.requestOf(new GetObjectCommand(input(given)));
      expect(made).toEqual(wanted);
    }),
    { numRuns: 60, examples: examples.map((example) => [example]) },
  );
});

it('a request with other fields is built by the SDK', async () => {
  const { reads } = await connect();
  expect(await reads.requestOf(new GetObjectCommand(input({ VersionId: 'v' })))).toBeUndefined();
  expect(await reads.requestOf(new GetObjectCommand(input({ VersionId: undefined })))).toBeDefined();
});

it('an output equals that of the SDK, in all fields that are read', async () => {
  const responses: Record<string, () => HttpResponse> = {
    whole: () => found(),
    part: () => found({ 'content-range': 'bytes 5-9/20' }, 206),
    'with metadata': () => found({ 'x-amz-meta-signature': 'abc, def', 'x-amz-meta-': 'x', 'x-amz-request-id': 'r' }),
    empty: () => found({}, 200, ''),
    'without a length': () => {
      const response = found();
      delete response.headers['content-length'];
      return response;
    },
    'without an ETag': () => {
      const response = found();
      delete response.headers.etag;
      return response;
    },
  };
  const connection = await connect();
  for (const response of Object.values(responses)) {
    answer(connection, response);
    const ours = await connection.reads.send(new GetObjectCommand(input()), undefined);
    const theirs = await connection.client.send(new GetObjectCommand(input()));
    const read = ({ ContentLength, ContentRange, ETag, LastModified, Metadata }: typeof ours) => ({
      ...{ ContentLength, ContentRange, ETag, LastModified, Metadata },
    });
    expect(read(ours)).toEqual(read(theirs));
    expect(await (ours.Body as Readable).toArray()).toEqual(await (theirs.Body as Readable).toArray());
  }
});

const xml = (code: string, more = '') => `<Error><Code>${code}</Code><Message>Said by S3.</Message>${more}</Error>`;

it.each<[string, number, string, Record<string, string>]>([
  ['NoSuchKey', 404, xml('NoSuchKey'), {}],
  ['PreconditionFailed', 412, xml('PreconditionFailed'), {}],
  ['AccessDenied', 403, xml('AccessDenied'), {}],
  ['SlowDown', 503, xml('SlowDown'), {}],
  ['PermanentRedirect', 301, xml('PermanentRedirect'), { 'x-amz-bucket-region': 'eu-west-3' }],
  ['AuthorizationHeaderMalformed', 400, xml('AuthorizationHeaderMalformed', '<Region>eu-west-3</Region>'), {}],
  ['InvalidObjectState', 403, xml('InvalidObjectState'), {}],
  ['ExpiredToken', 400, xml('ExpiredToken'), {}],
  ['no body', 403, '', {}],
  ['not of S3', 502, '<html>Bad gateway</html>', {}],
])('an error equals that of the SDK, with one request: %s', async (_name, status, body, headers) => {
  const connection = await connect();
  const requests = answer(connection, () => {
    const all = { 'content-type': 'application/xml', 'x-amz-request-id': 'r', ...headers };
    return new HttpResponse({ statusCode: status, headers: all, body: Readable.from([Buffer.from(body)]) });
  });
  const failure = (call: Promise<unknown>) => call.then(() => expect(true).toBe(false), errorFactsOf);
  const ours = await failure(connection.reads.send(new GetObjectCommand(input()), undefined));
  expect(requests).toHaveLength(1);
  expect(ours).toEqual(await failure(connection.client.send(new GetObjectCommand(input()))));
});

it('requests are signed with credentials that are still valid', async () => {
  let asked = 0;
  const { reads } = await connect({}, async () => ({
    accessKeyId: `key${++asked}`,
    secretAccessKey: 's',
    expiration: new Date(NOW + asked * 3_600_000),
  }));
  const signer = async () => {
    const request = await reads.requestOf(new GetObjectCommand(input()));
    return /Credential=(\w+)/.exec(request?.headers.authorization ?? '')?.[1];
  };
  expect(await signer()).toBe('key1');
  expect(await signer()).toBe('key1');
  jest.setSystemTime(NOW + 3_600_001);
  expect(await signer()).toBe('key2');
});

it('unavailable credentials are reported, and requested again', async () => {
  let asked = 0;
  const connection = await connect({}, async () => {
    asked++;
    throw new Error('no credentials today');
  });
  for (const _ of [1, 2])
    await expect(connection.reads.send(new GetObjectCommand(input()), undefined)).rejects.toThrow(
      'no credentials today',
    );
  expect(asked).toBe(2);
});

it('a wrong clock is detected, and its correction too', async () => {
  const connection = await connect();
  const minute = 60_000;
  const server = NOW + 60 * minute;
  const requests = answer(connection, () => {
    const [, ...parts] = /(....)(..)(..)T(..)(..)(..)Z/.exec(requests.at(-1)?.headers['x-amz-date'] ?? '') ?? [];
    const [year, month, ...rest] = parts.map(Number);
    const date = new Date(server).toUTCString();
    // As much as S3 allows.
    if (Math.abs(Date.UTC(year, month - 1, ...rest) - server) <= 15 * minute) return found({ date });
    const body = Readable.from([Buffer.from(xml('RequestTimeTooSkewed'))]);
    return new HttpResponse({ statusCode: 403, headers: { date }, body });
  });
  const get = () => connection.reads.send(new GetObjectCommand(input()), undefined);
  await expect(get()).rejects.toMatchObject({
    name: 'RequestTimeTooSkewed',
    $metadata: expect.objectContaining({ clockSkewCorrected: true }),
  });
  for (let wrong = 60; wrong >= 0; wrong -= 10) {
    jest.setSystemTime(server - wrong * minute);
    await get();
  }
});
