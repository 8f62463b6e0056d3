/** The messages that a new user gets if access to a bucket does not work, from a real server where possible. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kmsAccessDenied, type S3ErrorCode, s3ErrorAnswer } from '../../../dev/servers/s3-errors';
import { putBucketPolicy } from '../../../dev/servers/s3-policy';
import { describeError, type TrailmillError } from '../../../errors/index';
import type { ObjectStore } from '../../../storage/object-store';
import { createS3Store } from '../../../storage/s3/store';
import { useS3 } from '../../support/s3';
import { describeWithS3, freshBucket, s3Client, startOwnS3 } from '../../support/servers';
import { listAll, text } from '../../support/storage-contract';

describeWithS3('a new user learns what is wrong and what to do', () => {
  const s3 = useS3();
  let bucket: string;
  let store: ObjectStore;
  const onEnd: (() => Promise<void>)[] = [];
  afterAll(() => Promise.all(onEnd.map((end) => end())));

  beforeEach(async () => {
    bucket = await s3().newBucket();
    store = s3().open({ bucket });
    await store.put('logs/a', text('a'));
    await store.put('secret/b', text('b'));
  });

  async function failure(call: Promise<unknown>): Promise<string> {
    const error = await call.then(
      () => undefined,
      (reason: TrailmillError) => reason,
    );
    return `${error?.name}: ${describeError(error)}`;
  }

  it('with a wrong access key', async () => {
    const credentials = async () => ({ accessKeyId: 'AKIAWRONG', secretAccessKey: 'x' });
    const said = await failure(s3().open({ bucket, credentials }).get('logs/a'));
    expect(said).toMatch(/^UserMistake: GetObject s3:\/\/.*\/logs\/a: .*InvalidAccessKeyId.*Check the access key/);
  });

  it('with a wrong secret, which is not repeated', async () => {
    const { accessKeyId } = s3().server.rootCredentials;
    const credentials = async () => ({ accessKeyId, secretAccessKey: 'not-this-one' });
    const said = await failure(listAll(s3().open({ bucket, credentials }), ''));
    expect(said).toMatch(/^UserMistake: ListObjectsV2 .*SignatureDoesNotMatch.*AWS_SECRET_ACCESS_KEY/);
    expect(said).not.toContain('not-this-one');
  });

  it('without s3:ListBucket, without s3:GetObject on a prefix, without s3:PutObject', async () => {
    const own = await startOwnS3();
    onEnd.push(() => own.stop());
    const { endpoint, rootCredentials: root } = own;
    const name = await freshBucket(own);
    const theirBucket = { bucket: name, options: { endpoint } };
    await s3()
      .open({ ...theirBucket, credentials: async () => root })
      .put('logs/a', text('a'));
    const user = await own.createUser();
    await putBucketPolicy(s3Client(own, root), name, [
      { effect: 'Allow', user: user.accessKeyId, actions: ['s3:GetObject'], on: { keys: 'logs/*' } },
    ]);
    const theirs = s3().open({ ...theirBucket, credentials: async () => user });
    expect((await theirs.get('logs/a')).body.toString()).toBe('a');
    expect(await failure(listAll(theirs, 'logs/'))).toMatch(
      new RegExp(`^StorageAccessDenied: .*AccessDenied.*Grant s3:ListBucket on arn:aws:s3:::${name} to`),
    );
    expect(await failure(theirs.get('secret/b'))).toMatch(
      new RegExp(`^StorageAccessDenied: .*secret/b.*Grant s3:GetObject on arn:aws:s3:::${name}/secret/\\* to`),
    );
    expect(await failure(theirs.head('secret/b'))).toMatch(/^StorageAccessDenied: HeadObject .*403.*s3:GetObject/);
    expect(await failure(theirs.put('logs/c', text('c')))).toMatch(/^StorageAccessDenied: .*Grant s3:PutObject on/);
    expect(await failure(theirs.delete('logs/a'))).toMatch(/^StorageAccessDenied: .*Grant s3:DeleteObject on/);
  });

  it('if the bucket does not exist', async () => {
    const nowhere = s3().open({ bucket: 'no-such-bucket' });
    for (const call of [() => listAll(nowhere, ''), () => nowhere.get('x'), () => nowhere.put('x', text('x'))]) {
      expect(await failure(call())).toMatch(
        /^UserMistake: .*the bucket no-such-bucket does not exist at http:.*Check its name/,
      );
    }
  });

  it('if the server is down', async () => {
    const gone = s3().open({ bucket, options: { endpoint: 'http://127.0.0.1:9' } });
    expect(await failure(gone.get('logs/a'))).toMatch(
      /^StorageUnavailable: .*127\.0\.0\.1:9 refused the connection.*Start/,
    );
  });

  it('if the bucket is in another region: nothing, because it is found', async () => {
    const elsewhere = s3().open({ bucket, options: { region: 'eu-west-3' } });
    expect((await elsewhere.get('logs/a')).body.toString()).toBe('a');
    s3().proxy.resetCounts();
    expect((await listAll(elsewhere, '')).keys).toEqual(['logs/a', 'secret/b']);
    // No further request goes to the wrong region.
    expect(s3().proxy.counts.requests).toBe(1);
  });

  it.each<[S3ErrorCode, { region?: string }, RegExp]>([
    ['PermanentRedirect', {}, /^UserMistake: .*is not in us-east-1.*get-bucket-location/],
    ['PermanentRedirect', { region: 'us-east-1' }, /^UserMistake: .*is not in us-east-1 \(PermanentRedirect\)\./],
    ['ExpiredToken', {}, /^StorageUnavailable: .*have expired.*aws sso login.*continues automatically/],
    ['RequestTimeTooSkewed', {}, /^StorageUnavailable: .*clock of this machine is wrong.*timedatectl/],
  ])('when S3 answers %s %j', async (code, details, expected) => {
    s3().proxy.addRule({ fault: { kind: 'answer', answer: s3ErrorAnswer(code, details) } });
    expect(await failure(store.get('logs/a'))).toMatch(expected);
    expect(await failure(store.put('logs/a', text('x')))).toMatch(expected);
    expect(await failure(listAll(store, 'logs/'))).toMatch(expected);
  });

  it('without kms:Decrypt, with the name of the key', async () => {
    const key = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
    const answer = kmsAccessDenied('arn:aws:iam::111122223333:user/ada', key);
    s3().proxy.addRule({ fault: { kind: 'answer', answer } });
    expect(await failure(store.get('logs/a'))).toContain(`Grant kms:Decrypt on ${key} to the identity`);
  });

  it('without kms:Decrypt, with the name of the key from the object if the error of S3 does not have it', async () => {
    const key = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
    const message = 'not authorized to perform: kms:Decrypt on the resource associated with this ciphertext';
    const headers = { 'x-amz-server-side-encryption': 'aws:kms', 'x-amz-server-side-encryption-aws-kms-key-id': key };
    const { proxy } = s3();
    proxy.addRule({ fault: { kind: 'answer', answer: s3ErrorAnswer('AccessDenied', { message }) }, method: 'GET' });
    proxy.addRule({ fault: { kind: 'answer', answer: { status: 200, headers } }, method: 'HEAD' });
    expect(await failure(store.get('logs/a'))).toContain(`Grant kms:Decrypt on ${key} to the identity`);
  });

  describe('about credentials:', () => {
    const saved = { ...process.env };
    let directory: string;
    beforeEach(() => {
      directory = mkdtempSync(join(tmpdir(), 'trailmill-aws-'));
      for (const name of Object.keys(process.env)) if (/^AWS_(?!SDK_)/.test(name)) delete process.env[name];
      process.env.AWS_EC2_METADATA_DISABLED = 'true';
      process.env.AWS_CONFIG_FILE = join(directory, 'config');
      process.env.AWS_SHARED_CREDENTIALS_FILE = join(directory, 'credentials');
    });
    afterEach(() => {
      process.env = { ...saved };
      rmSync(directory, { recursive: true, force: true });
    });
    const open = (profile?: string) =>
      createS3Store({ bucket, prefix: '', options: { endpoint: s3().proxy.endpoint, region: 'us-east-1', profile } });

    it('if there are none', async () => {
      expect(await failure(open().get('logs/a'))).toMatch(
        /^UserMistake: .*no AWS credentials were found\. .*AWS_PROFILE/,
      );
    });

    it('if the profile does not exist', async () => {
      expect(await failure(open('nobody').get('logs/a'))).toMatch(
        /^UserMistake: .*the profile nobody provides no.*aws configure list-profiles/,
      );
    });

    it('nothing if the profile has them, even next to others in the environment, and the SDK does not warn', async () => {
      const { accessKeyId, secretAccessKey } = s3().server.rootCredentials;
      writeFileSync(
        join(directory, 'credentials'),
        `[root]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
      );
      process.env.AWS_ACCESS_KEY_ID = 'AKIAOTHER';
      process.env.AWS_SECRET_ACCESS_KEY = 'other';
      const warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
      expect((await open('root').get('logs/a')).body.toString()).toBe('a');
      expect(warn).not.toHaveBeenCalled();
      warn.mockRestore();
    });
  });
});
