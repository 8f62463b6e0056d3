/** What the tests of credentials and permissions rely on: roles, and policies that are enforced. */
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import type { Moto } from '../../../dev/servers/moto';
import { describeWithMoto, freshBucket, s3Client, startOwnMoto } from '../../support/servers';

describeWithMoto('moto', () => {
  let moto: Moto;
  let bucket: string;
  beforeAll(async () => {
    moto = await startOwnMoto();
    bucket = await freshBucket({ ...moto, rootCredentials: moto.anyCredentials });
    const client = s3Client(moto, moto.anyCredentials);
    for (const Key of ['a/1', 'b/1']) await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'x' }));
    client.destroy();
  });
  afterAll(() => moto?.stop());
  afterEach(() => moto.enforcePolicies(false));

  const reading = (resources: string[]) => ({
    statements: [{ effect: 'Allow' as const, actions: ['s3:GetObject'], resources }],
  });

  test('a user has the permissions of the policy while policies are enforced', async () => {
    const user = await moto.createUser(reading([`arn:aws:s3:::${bucket}/a/*`]));
    const client = s3Client(moto, user);
    const get = (Key: string) => client.send(new GetObjectCommand({ Bucket: bucket, Key }));
    await get('b/1');
    await moto.enforcePolicies(true);
    await get('a/1');
    await expect(get('b/1')).rejects.toMatchObject({ name: 'AccessDenied' });
    client.destroy();
  });

  test('unknown credentials are refused while policies are enforced', async () => {
    await moto.enforcePolicies(true);
    const client = s3Client(moto, { accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' });
    await expect(client.send(new GetObjectCommand({ Bucket: bucket, Key: 'a/1' }))).rejects.toMatchObject({
      name: 'InvalidAccessKeyId',
    });
    client.destroy();
  });

  test('a role is assumed, and its policy is enforced', async () => {
    const role = await moto.createRole(reading([`arn:aws:s3:::${bucket}/b/*`]));
    const assume = { effect: 'Allow' as const, actions: ['sts:AssumeRole'], resources: ['*'] };
    const masterCredentials = await moto.createUser({ statements: [assume] });
    await moto.enforcePolicies(true);
    const provider = fromTemporaryCredentials({
      masterCredentials,
      params: { RoleArn: role, RoleSessionName: 'trailmill', ExternalId: 'id' },
      clientConfig: { endpoint: moto.endpoint, region: moto.region },
    });
    const credentials = await provider();
    expect(credentials.sessionToken).toBeTruthy();
    const client = s3Client(moto, credentials);
    await client.send(new GetObjectCommand({ Bucket: bucket, Key: 'b/1' }));
    await expect(client.send(new GetObjectCommand({ Bucket: bucket, Key: 'a/1' }))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    client.destroy();
  });
});
