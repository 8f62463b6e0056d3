/** What other tests rely on in the S3 server: rights, conditions, restarts, an end; alone and behind the fault proxy. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { FaultProxy } from '../../servers/fault-proxy';
import { s3Error } from '../../servers/s3-errors';
import { type PolicyStatement, putBucketPolicy } from '../../servers/s3-policy';
import { type S3Credentials, type S3Server, startS3Server } from '../../servers/s3-server';
import { isAlive } from '../../worker/install-lock';
import { describeWithS3, freshBucket, s3Client, sharedS3, startOwnS3 } from '../support/servers';

/** The name of the error, or what was answered. */
const outcome = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'done',
    (error: Error & { $metadata?: { httpStatusCode?: number } }) => `${error.name} ${error.$metadata?.httpStatusCode}`,
  );

describeWithS3('the S3 server', () => {
  let root: S3Client;
  let bucket: string;
  const clients: S3Client[] = [];
  const as = (credentials: S3Credentials, server = sharedS3() as { endpoint: string; region: string }) => {
    const client = s3Client(server, credentials);
    clients.push(client);
    return client;
  };
  const put = (client: S3Client, Key: string, more: object = {}) =>
    client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Buffer.from(Key), ...more }));
  const get = (client: S3Client, Key: string) => client.send(new GetObjectCommand({ Bucket: bucket, Key }));
  const list = (client: S3Client) => client.send(new ListObjectsV2Command({ Bucket: bucket }));

  beforeAll(async () => {
    bucket = await freshBucket(sharedS3());
    root = as(sharedS3().rootCredentials);
    for (const key of ['open/1', 'closed/1']) await put(root, key);
  });
  afterAll(() => {
    for (const client of clients) client.destroy();
  });
  // Also after a test that failed: one that listens would keep the run from ending.
  const proxies: FaultProxy[] = [];
  const proxied = async (latencyMs = 0) => {
    const proxy = await FaultProxy.start({ target: sharedS3().endpoint, latencyMs });
    proxies.push(proxy);
    return proxy;
  };
  afterEach(async () => {
    for (const proxy of proxies.splice(0)) await proxy.close();
  });

  describe('users', () => {
    let server: S3Server;
    let user: S3Credentials;
    beforeAll(async () => {
      server = await startOwnS3();
      root = as(server.rootCredentials, server);
      bucket = await freshBucket(server);
      for (const key of ['open/1', 'closed/1']) await put(root, key);
      user = await server.createUser();
    });
    afterAll(async () => {
      await server?.stop();
      root = as(sharedS3().rootCredentials);
      bucket = await freshBucket(sharedS3());
    });
    const allow = (statements: Omit<PolicyStatement, 'user'>[]) =>
      putBucketPolicy(
        root,
        bucket,
        statements.map((statement) => ({ ...statement, user: user.accessKeyId })),
      );
    const tries = async () => {
      const client = as(user, server);
      return {
        list: await outcome(list(client)),
        open: await outcome(get(client, 'open/1')),
        closed: await outcome(get(client, 'closed/1')),
        put: await outcome(put(client, 'open/2')),
      };
    };
    const denied = 'AccessDenied 403';

    test('may do nothing without a policy', async () => {
      expect(await tries()).toEqual({ list: denied, open: denied, closed: denied, put: denied });
    });

    test('may read and not list', async () => {
      await allow([{ effect: 'Allow', actions: ['s3:GetObject'], on: { keys: '*' } }]);
      expect(await tries()).toEqual({ list: denied, open: 'done', closed: 'done', put: denied });
    });

    test('may read all but one prefix', async () => {
      await allow([
        { effect: 'Allow', actions: ['s3:ListBucket'], on: 'bucket' },
        { effect: 'Allow', actions: ['s3:GetObject', 's3:PutObject'], on: { keys: '*' } },
        { effect: 'Deny', actions: ['s3:GetObject'], on: { keys: 'closed/*' } },
      ]);
      expect(await tries()).toEqual({ list: 'done', open: 'done', closed: denied, put: 'done' });
    });

    test('are known by their keys, in the region of the server, at about the right time', async () => {
      expect(await outcome(list(as({ ...user, secretAccessKey: 'wrong' }, server)))).toBe('SignatureDoesNotMatch 403');
      expect(await outcome(list(as({ accessKeyId: 'nobody', secretAccessKey: 'x' }, server)))).toBe(
        'InvalidAccessKeyId 403',
      );
      const elsewhere = { endpoint: server.endpoint, region: 'eu-west-1' };
      expect(await outcome(list(as(user, elsewhere)))).toBe('AuthorizationHeaderMalformed 400');
      const late = new S3Client({
        ...{ endpoint: server.endpoint, region: server.region, credentials: user, forcePathStyle: true },
        maxAttempts: 1,
        systemClockOffset: -3_600_000,
      });
      clients.push(late);
      expect(await outcome(list(late))).toBe('RequestTimeTooSkewed 403');
    });
  });

  test('of 20 writers through the proxy that want to be the first, one is', async () => {
    const proxy = await proxied(20);
    const client = as(sharedS3().rootCredentials, { ...sharedS3(), endpoint: proxy.endpoint });
    const first = await Promise.all(
      Array.from({ length: 20 }, () => outcome(put(client, 'first', { IfNoneMatch: '*' }))),
    );
    expect(first.filter((said) => said === 'done')).toHaveLength(1);
    expect(first.filter((said) => said === 'PreconditionFailed 412')).toHaveLength(19);
    const { ETag: IfMatch } = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'first' }));
    const next = await Promise.all(
      Array.from({ length: 20 }, (_, i) => outcome(put(client, 'first', { IfMatch, Body: Buffer.from(`${i}`) }))),
    );
    expect(next.filter((said) => said === 'done')).toHaveLength(1);
    expect(proxy.counts.byMethod).toEqual({ PUT: 40, HEAD: 1 });
    expect(proxy.counts.maxInFlight).toBe(20);
  });

  test('an answer that the proxy swallows leaves the object written', async () => {
    const proxy = await proxied();
    const client = as(sharedS3().rootCredentials, { ...sharedS3(), endpoint: proxy.endpoint });
    proxy.addRule({ fault: { kind: 'swallow' }, method: 'PUT', times: 1 });
    // By the words: under jest the SDK wraps errors of Node, which are of another realm there, and drops their codes.
    await expect(put(client, 'uncertain', { IfNoneMatch: '*' })).rejects.toThrow('socket hang up');
    // The same server, asked directly: the work was done before the connection was cut.
    expect(await outcome(get(root, 'uncertain'))).toBe('done');
    expect(await outcome(put(client, 'uncertain', { IfNoneMatch: '*' }))).toBe('PreconditionFailed 412');
  });

  test("the proxy's errors are errors of S3 to the SDK", async () => {
    const proxy = await proxied();
    const client = as(sharedS3().rootCredentials, { ...sharedS3(), endpoint: proxy.endpoint });
    for (const code of ['SlowDown', 'InternalError', 'ExpiredToken', 'RequestTimeTooSkewed', 'AccessDenied'] as const) {
      const answer = s3Error(code);
      proxy.addRule({ fault: { kind: 'answer', answer }, times: 1 });
      expect(await outcome(list(client))).toBe(`${code} ${answer.status}`);
    }
    const moved = s3Error('PermanentRedirect', { region: 'eu-central-1' });
    proxy.addRule({ fault: { kind: 'answer', answer: moved }, times: 1 });
    await expect(list(client)).rejects.toMatchObject({
      name: 'PermanentRedirect',
      $response: { headers: { 'x-amz-bucket-region': 'eu-central-1' } },
    });
    expect(await outcome(list(client))).toBe('done');
  });

  test('a killed server comes back with its objects and users, at the same address', async () => {
    const server = await startOwnS3();
    const client = as(server.rootCredentials, server);
    bucket = await freshBucket(server);
    await put(client, 'kept', { Metadata: { who: 'me' } });
    const user = await server.createUser();
    await server.kill();
    expect(server.pid).toBeUndefined();
    await expect(get(client, 'kept')).rejects.toThrow(/ECONN|socket hang up/);
    await server.start();
    expect((await get(client, 'kept')).Metadata).toEqual({ who: 'me' });
    expect(await outcome(get(as(user, server), 'kept'))).toBe('AccessDenied 403');
    await server.stop();
    bucket = await freshBucket(sharedS3());
  });

  test('where files have no extended attributes, what S3 knows is kept beside them', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'trailmill-s3-'));
    // versitygw on such a file system, as it says it there.
    const binary = join(directory, 'versitygw');
    const says = 'xattr check failed: xattrs are not supported on this filesystem';
    writeFileSync(
      binary,
      `#!/bin/sh\ncase "$*" in *--sidecar*|admin*) exec '${sharedS3().binary}' "$@";; *) echo '${says}'; exit 1;; esac\n`,
    );
    chmodSync(binary, 0o755);
    const server = await startS3Server({ binary, directory });
    bucket = await freshBucket(server);
    const client = as(server.rootCredentials, server);
    await put(client, 'k', { Metadata: { who: 'me' } });
    expect((await get(client, 'k')).Metadata).toEqual({ who: 'me' });
    await server.stop();
    rmSync(directory, { recursive: true });
    bucket = await freshBucket(sharedS3());
  });

  test('ends when the process that started it is killed', async () => {
    const scripts = join(__dirname, '..', 'support');
    const args = ['-r', join(scripts, 'register-ts.js'), join(scripts, 'orphan-server.ts'), sharedS3().binary];
    const owner = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await new Promise<string[]>((resolve, reject) => {
      createInterface({ input: owner.stdout }).once('line', (...lines) => resolve(lines as string[]));
      owner.once('exit', () => reject(new Error('The owner ended.')));
    });
    const { pid } = JSON.parse(line) as { pid: number };
    expect(isAlive(pid)).toBe(true);
    owner.kill('SIGKILL');
    for (const end = Date.now() + 20_000; isAlive(pid) && Date.now() < end; ) await wait(50);
    expect(isAlive(pid)).toBe(false);
  });
});
