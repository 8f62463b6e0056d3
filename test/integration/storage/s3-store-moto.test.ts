/** What versitygw does not support, on moto: roles and STS, and keys that no disk can store. */

import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { Moto } from '../../../dev/servers/moto';
import type { ObjectStore } from '../../../storage/object-store';
import { createS3Store } from '../../../storage/s3/store';
import { describeWithMoto, freshBucket, s3Client, startOwnMoto } from '../../support/servers';
import { listAll } from '../../support/storage-contract';

describeWithMoto('the S3 store at moto', () => {
  let moto: Moto;
  let bucket: string;
  const saved = { ...process.env };

  beforeAll(async () => {
    moto = await startOwnMoto();
    bucket = await freshBucket({ ...moto, rootCredentials: moto.anyCredentials });
    const client = s3Client(moto, moto.anyCredentials);
    for (const key of ['AWSLogs/a', 'other/b', 'a//b', '/c', 'd/', 'e/../f', 'g\u0001h']) {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: key }));
    }
    client.destroy();
  });
  afterAll(() => moto?.stop());
  beforeEach(() => {
    for (const name of Object.keys(process.env)) if (/^AWS_(?!SDK_)/.test(name)) delete process.env[name];
    Object.assign(process.env, { AWS_EC2_METADATA_DISABLED: 'true', AWS_CONFIG_FILE: '/dev/null' });
    Object.assign(process.env, { AWS_SHARED_CREDENTIALS_FILE: '/dev/null', AWS_ENDPOINT_URL: moto.endpoint });
  });
  afterEach(async () => {
    await moto.enforcePolicies(false);
    process.env = { ...saved };
  });

  const open = (options = {}): ObjectStore => createS3Store({ bucket, prefix: '', options });

  function signAs({ accessKeyId, secretAccessKey }: { accessKeyId: string; secretAccessKey: string }): void {
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey });
  }

  it('assumes a role, and has exactly the permissions of the role', async () => {
    const role = await moto.createRole({
      statements: [
        { effect: 'Allow', actions: ['s3:GetObject'], resources: [`arn:aws:s3:::${bucket}/AWSLogs/*`] },
        { effect: 'Allow', actions: ['s3:ListBucket'], resources: [`arn:aws:s3:::${bucket}`] },
      ],
    });
    const statements = [{ effect: 'Allow' as const, actions: ['sts:AssumeRole'], resources: [role] }];
    signAs(await moto.createUser({ statements }));
    await moto.enforcePolicies(true);
    const store = open({ roleArn: role, externalId: 'organization-1' });
    expect((await store.get('AWSLogs/a')).body.toString()).toBe('AWSLogs/a');
    expect((await listAll(store, 'AWSLogs/')).keys).toEqual(['AWSLogs/a']);
    await expect(store.get('other/b')).rejects.toThrow(
      expect.objectContaining({
        name: 'StorageAccessDenied',
        cure: expect.stringContaining('s3:GetObject'),
      }),
    );
    // Without the role, the caller is the user, who has no permissions.
    await expect(open().get('AWSLogs/a')).rejects.toThrow('AccessDenied');
  });

  const nothing = { effect: 'Deny' as const, actions: ['*'], resources: ['*'] };

  it('reports which role cannot be assumed, and by whom', async () => {
    const role = await moto.createRole({ statements: [nothing] });
    signAs(await moto.createUser({ statements: [nothing] }));
    await moto.enforcePolicies(true);
    await expect(open({ roleArn: role, region: 'eu-west-1' }).get('AWSLogs/a')).rejects.toThrow(
      expect.objectContaining({
        name: 'UserMistake',
        message: expect.stringMatching(new RegExp(`the role ${role} could not be assumed .*user/user-\\d+`)),
        cure: expect.stringContaining('trust policy'),
      }),
    );
  });

  it('reads keys that no disk can store', async () => {
    signAs(moto.anyCredentials);
    const store = open();
    const { keys } = await listAll(store, '');
    expect(keys).toEqual(['/c', 'AWSLogs/a', 'a//b', 'd/', 'e/../f', 'g\u0001h', 'other/b']);
    for (const key of keys) expect((await store.get(key)).body.toString()).toBe(key);
    expect(await listAll(store, '', { delimiter: '/' })).toEqual({
      keys: ['g\u0001h'],
      prefixes: ['/', 'AWSLogs/', 'a/', 'd/', 'e/', 'other/'],
    });
    expect((await listAll(store, 'a//')).keys).toEqual(['a//b']);
  });
});
