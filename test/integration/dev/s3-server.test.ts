/** What other tests rely on in the S3 server: permissions, restarts, termination. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { type PolicyStatement, putBucketPolicy } from '../../../dev/servers/s3-policy';
import { type S3Credentials, type S3Server, startS3Server } from '../../../dev/servers/s3-server';
import { isAlive } from '../../../install/processes';
import { outcome, s3Calls } from '../../support/s3-calls';
import { describeWithS3, freshBucket, s3Client, sharedS3, startOwnS3 } from '../../support/servers';

describeWithS3('the S3 server', () => {
  describe('users', () => {
    let server: S3Server;
    let bucket: string;
    let user: S3Credentials;
    beforeAll(async () => {
      server = await startOwnS3();
      bucket = await freshBucket(server);
      const root = s3Calls(server, server.rootCredentials, bucket);
      for (const key of ['open/1', 'closed/1']) await root.put(key);
      user = await server.createUser();
    });
    afterAll(() => server?.stop());

    const allow = (...statements: Omit<PolicyStatement, 'user'>[]) =>
      putBucketPolicy(
        s3Client(server, server.rootCredentials),
        bucket,
        statements.map((statement) => ({ ...statement, user: user.accessKeyId })),
      );
    const tries = async () => {
      const as = s3Calls(server, user, bucket);
      return {
        list: await outcome(as.list()),
        open: await outcome(as.get('open/1')),
        closed: await outcome(as.get('closed/1')),
        put: await outcome(as.put('open/2')),
      };
    };
    const denied = 'AccessDenied 403';

    test('may do nothing without a policy', async () => {
      expect(await tries()).toEqual({ list: denied, open: denied, closed: denied, put: denied });
    });

    test('may read but not list', async () => {
      await allow({ effect: 'Allow', actions: ['s3:GetObject'], on: { keys: '*' } });
      expect(await tries()).toEqual({ list: denied, open: 'done', closed: 'done', put: denied });
    });

    test('may read all but one prefix', async () => {
      await allow(
        { effect: 'Allow', actions: ['s3:ListBucket'], on: 'bucket' },
        { effect: 'Allow', actions: ['s3:GetObject', 's3:PutObject'], on: { keys: '*' } },
        { effect: 'Deny', actions: ['s3:GetObject'], on: { keys: 'closed/*' } },
      );
      expect(await tries()).toEqual({ list: 'done', open: 'done', closed: denied, put: 'done' });
    });

    test('are identified by their keys, in the region of the server, at about the correct time', async () => {
      const list = (credentials: S3Credentials, region = server.region) =>
        outcome(s3Calls({ endpoint: server.endpoint, region }, credentials, bucket).list());
      expect(await list({ ...user, secretAccessKey: 'wrong' })).toBe('SignatureDoesNotMatch 403');
      expect(await list({ accessKeyId: 'nobody', secretAccessKey: 'x' })).toBe('InvalidAccessKeyId 403');
      expect(await list(user, 'eu-west-1')).toBe('AuthorizationHeaderMalformed 400');
      const { endpoint, region } = server;
      const late = new S3Client({ endpoint, region, credentials: user, maxAttempts: 1, systemClockOffset: -3_600_000 });
      expect(await outcome(late.send(new ListBucketsCommand({})))).toBe('RequestTimeTooSkewed 403');
    });
  });

  test('restarts after a kill with its objects and users, at the same address', async () => {
    const server = await startOwnS3();
    try {
      const bucket = await freshBucket(server);
      const root = s3Calls(server, server.rootCredentials, bucket);
      await root.put('kept', { Metadata: { who: 'me' } });
      const user = await server.createUser();
      await server.kill();
      expect(server.pid).toBeUndefined();
      await expect(root.get('kept')).rejects.toThrow(/ECONN|socket hang up/);
      await server.start();
      expect((await root.head('kept')).Metadata).toEqual({ who: 'me' });
      expect(await outcome(s3Calls(server, user, bucket).get('kept'))).toBe('AccessDenied 403');
    } finally {
      await server.stop();
    }
  });

  test('keeps S3 metadata next to the files if they cannot have extended attributes', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'trailmill-s3-'));
    // Like versitygw on such a file system, with its real message.
    const binary = join(directory, 'versitygw');
    const says = 'xattr check failed: xattrs are not supported on this filesystem';
    const script = `case "$*" in *--sidecar*) exec '${sharedS3().binary}' "$@";; *) echo '${says}'; exit 1;; esac`;
    writeFileSync(binary, `#!/bin/sh\n${script}\n`);
    chmodSync(binary, 0o755);
    const server = await startS3Server({ binary, directory });
    try {
      const root = s3Calls(server, server.rootCredentials, await freshBucket(server));
      await root.put('k', { Metadata: { who: 'me' } });
      expect((await root.head('k')).Metadata).toEqual({ who: 'me' });
    } finally {
      await server.stop();
      rmSync(directory, { recursive: true });
    }
  });

  test('reports the output of a program that exits at once', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'trailmill-s3-'));
    const binary = join(directory, 'versitygw');
    writeFileSync(binary, '#!/bin/sh\necho no such disk\nexit 3\n');
    chmodSync(binary, 0o755);
    await expect(startS3Server({ binary, directory })).rejects.toThrow(
      'The S3 server exited with code 3. Its log ends:\nno such disk',
    );
    rmSync(directory, { recursive: true });
  });

  test('ends when the process that started it is killed', async () => {
    const support = join(__dirname, '..', '..', 'support');
    const args = ['-r', join(support, 'register-ts.js'), join(support, 'orphan-server.ts'), sharedS3().binary];
    const owner = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const line = await new Promise<string>((resolve, reject) => {
      createInterface({ input: owner.stdout }).once('line', resolve);
      owner.once('exit', () => reject(new Error('The owner ended.')));
    });
    const { pid, directory } = JSON.parse(line) as { pid: number; directory: string };
    expect(isAlive(pid)).toBe(true);
    owner.kill('SIGKILL');
    for (const end = Date.now() + 20_000; isAlive(pid) && Date.now() < end; ) await wait(50);
    expect(isAlive(pid)).toBe(false);
    rmSync(directory, { recursive: true, force: true });
  });
});
