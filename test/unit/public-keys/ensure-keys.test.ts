/** The keys that digests need, from the warehouse and from CloudTrail: a small server that speaks AWS JSON 1.1 is in its place. */

import { createHash, generateKeyPairSync } from 'node:crypto';
import { keyOf, type PublicKey, pkcs1Of } from '../../../integrity/keys';
import { ensureKeys, type WantedKey } from '../../../public-keys/ensure-keys';
import type { RunConfig } from '../../../run/config';
import { loadKeys, storedKeyKey, storeKeys } from '../../../run/key-store';
import { createMemoryStore } from '../../../storage/memory';
import type { ObjectStore } from '../../../storage/object-store';
import { AnsweringServer, type Asked, type Told } from '../../support/answering-server';
import { memoryRun, NEVER } from '../../support/runs';

const keys = Array.from({ length: 4 }, () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1_024 });
  return keyOf({ der: publicKey.export({ type: 'pkcs1', format: 'der' }) }) as PublicKey;
});
const [A, B, C, D] = keys;
const FROM = Date.UTC(2024, 2, 5);
const TO = Date.UTC(2024, 2, 6);
const NOW = Date.UTC(2024, 2, 7);

let cloudTrail: AnsweringServer;
let warehouse: ObjectStore;
const saved = { ...process.env };

beforeEach(async () => {
  cloudTrail = await AnsweringServer.start();
  warehouse = createMemoryStore('warehouse');
  for (const name of Object.keys(process.env)) if (/^AWS_(?!SDK_)/.test(name)) delete process.env[name];
  Object.assign(process.env, {
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_ACCESS_KEY_ID: 'AKIAOWN',
    AWS_SECRET_ACCESS_KEY: 'own',
    AWS_ENDPOINT_URL_CLOUDTRAIL: cloudTrail.uri,
  });
});
afterEach(async () => {
  process.env = { ...saved };
  await cloudTrail.close();
});

const config = (change: Partial<RunConfig> = {}): RunConfig => ({
  ...memoryRun().config,
  location: 's3://logs?region=eu-central-1',
  ...change,
});
const want = (
  { fingerprint }: { fingerprint: string },
  region = 'eu-west-1',
  change: Partial<WantedKey> = {},
): WantedKey => ({
  ...{ fingerprint, region, from: FROM, to: TO },
  ...change,
});
const ensure = (wanted: WantedKey[], change?: Partial<RunConfig>, signal = NEVER) =>
  ensureKeys({ config: config(change), warehouse }, wanted, signal, NOW);

const described = ({ key, fingerprint }: PublicKey): object => ({
  Value: pkcs1Of(key.export({ type: 'spki', format: 'der' })).toString('base64'),
  ValidityStartTime: FROM / 1_000,
  ValidityEndTime: TO / 1_000 + 0.5,
  Fingerprint: fingerprint,
});
const page = (some: readonly PublicKey[], NextToken?: string): Told =>
  answer({ PublicKeyList: some.map(described), NextToken });
const answer = (body: object, status = 200): Told => ({
  status,
  body,
  headers: { 'content-type': 'application/x-amz-json-1.1' },
});
const failure = (status: number, type: string, message: string): Told => answer({ __type: type, message }, status);
const regionOf = ({ headers }: Asked): string =>
  /Credential=[^/]+\/\d+\/([^/]+)\/cloudtrail\//.exec(headers.authorization ?? '')?.[1] ?? '';

it('queries CloudTrail in the region of the digests for the time of the digests, and stores the answer', async () => {
  cloudTrail.answer = () => page([A, B]);
  expect(await ensure([want(A)])).toEqual({ known: [A.fingerprint], unknown: [] });
  expect(cloudTrail.asked).toHaveLength(1);
  const [asked] = cloudTrail.asked;
  expect(asked.headers['x-amz-target']).toMatch(/CloudTrail_20131101\.ListPublicKeys$/);
  expect([regionOf(asked), JSON.parse(asked.body)]).toEqual([
    'eu-west-1',
    { StartTime: FROM / 1_000, EndTime: TO / 1_000 },
  ]);
  const { key: _, ...found } = (await loadKeys(warehouse, [A.fingerprint])).get(A.fingerprint) as PublicKey;
  expect(found).toEqual({ fingerprint: A.fingerprint, der: A.der, validFrom: FROM, validTo: TO + 500 });
  const file = JSON.parse((await warehouse.get(storedKeyKey(A.fingerprint))).body.toString('utf8'));
  expect(file).toMatchObject({ origin: { from: 'cloudtrail', region: 'eu-west-1' }, storedAt: NOW });

  // The other key of the answer is there as well: nobody is asked again.
  expect(await ensure([want(B), want(A, 'us-east-1')])).toMatchObject({ known: [B.fingerprint, A.fingerprint] });
  expect(cloudTrail.asked).toHaveLength(1);
});

it('queries each region once, for the whole time of its digests, with all pages', async () => {
  cloudTrail.answer = (asked) => {
    if (regionOf(asked) === 'us-east-1') return page([C]);
    return asked.body.includes('NextToken') ? page([B]) : page([A], 'more');
  };
  const early = { from: FROM - 86_400_000 };
  // The earliest is neither the first nor the last, and neither is the latest.
  const wanted = [want(A, 'eu-west-1', { to: TO - 1_000 }), want(B, 'eu-west-1', early), want(B), want(C, 'us-east-1')];
  expect(await ensure(wanted)).toEqual({ known: [A, B, C].map(({ fingerprint }) => fingerprint), unknown: [] });
  const questions = cloudTrail.asked.map((asked) => `${regionOf(asked)} ${asked.body}`).sort();
  const period = `"EndTime":${TO / 1_000}`;
  expect(questions).toHaveLength(3);
  expect(questions.filter((text) => text.startsWith('eu-west-1'))).toEqual([
    expect.stringContaining(`"StartTime":${early.from / 1_000}`),
    expect.stringContaining(`"StartTime":${early.from / 1_000}`),
  ]);
  for (const question of questions) expect(question).toContain(period);
});

it('does not read pages forever', async () => {
  cloudTrail.answer = () => page([A], 'the same');
  expect((await ensure([want(B)])).unknown).toHaveLength(1);
  expect(cloudTrail.asked.length).toBeLessThan(4);
});

it('says that CloudTrail does not know a key', async () => {
  cloudTrail.answer = () => page([B]);
  expect(await ensure([want(A), want(B)])).toEqual({
    known: [B.fingerprint],
    unknown: [
      {
        fingerprint: A.fingerprint,
        region: 'eu-west-1',
        why: 'CloudTrail has no key with this fingerprint in eu-west-1 for the time of the digests.',
      },
    ],
  });
});

it('retries while CloudTrail is busy', async () => {
  cloudTrail.answer = () =>
    cloudTrail.asked.length < 3 ? failure(400, 'ThrottlingException', 'Rate exceeded') : page([A]);
  expect((await ensure([want(A)])).known).toEqual([A.fingerprint]);
  expect(cloudTrail.asked).toHaveLength(3);
});

describe('has a reason instead of a key', () => {
  const why = async (wanted = [want(A)], change?: Partial<RunConfig>): Promise<string[]> =>
    (await ensure(wanted, change)).unknown.map((key) => key.why);
  const REQUEST = 'ListPublicKeys of CloudTrail in eu-west-1: ';

  it.each<[string, Told, RegExp]>([
    [
      'where the permission is missing',
      failure(400, 'AccessDeniedException', 'User: ada is not authorized to perform: cloudtrail:ListPublicKeys'),
      /denied access \(AccessDeniedException\) \(User: ada is not .*\)\. Grant cloudtrail:ListPublicKeys to the identity that reads the logs/,
    ],
    [
      'where the region is not enabled',
      failure(400, 'UnrecognizedClientException', 'The security token included in the request is invalid.'),
      /rejected the credentials .* the region eu-west-1 is not enabled in their account/,
    ],
    [
      'where credentials have expired',
      failure(400, 'ExpiredTokenException', 'The security token is expired'),
      /the AWS credentials have expired \(ExpiredTokenException\)/,
    ],
    [
      'where CloudTrail refuses the time',
      failure(400, 'InvalidTimeRangeException', 'No.'),
      /InvalidTimeRangeException \(No\)\./,
    ],
    ['where the connection is cut', { cut: true }, /hang up|ECONNRESET/],
    ['where something else answers', { status: 404, body: '<html>nginx</html>' }, /./],
    ['where it goes on answering with errors', failure(500, 'InternalFailure', 'Sorry'), /InternalFailure \(Sorry\)/],
    [
      'where the answer is no key',
      answer({ PublicKeyList: [{ Value: 'AAAA' }, described(B)] }),
      /the response contains an invalid public key: it is not a public key\./,
    ],
    [
      'where the answer is another key than it says',
      answer({ PublicKeyList: [{ ...described(B), Fingerprint: A.fingerprint }] }),
      /its key has the fingerprint .*, but the file says ".*"\./,
    ],
  ])('%s', async (_, told, expected) => {
    cloudTrail.answer = () => told;
    const [text] = await why();
    expect(text.slice(0, REQUEST.length)).toBe(REQUEST);
    expect(text).toMatch(expected);
  });

  it('where there are no credentials', async () => {
    delete process.env.AWS_ACCESS_KEY_ID;
    expect(await why()).toEqual([
      expect.stringMatching(/no AWS credentials were found\. Provide them in the same way as for the AWS CLI/),
    ]);
    expect(cloudTrail.asked).toEqual([]);
  });

  it('where the address of CloudTrail has a password, which stays hidden', async () => {
    process.env.AWS_ENDPOINT_URL_CLOUDTRAIL = 'https://ada:secret@host';
    const [text] = await why();
    expect(text).toMatch(`${REQUEST}The endpoint of cloudtrail https://***@host contains a user name or password.`);
    expect(text).not.toMatch('secret');
  });

  it('where nothing listens', async () => {
    const { uri } = cloudTrail;
    await cloudTrail.close();
    expect(await why()).toEqual([
      // Under jest, the SDK does not know Node's errors as such, and wraps them.
      expect.stringContaining(`ECONNREFUSED ${uri.slice('http://'.length)}`),
    ]);
    cloudTrail = await AnsweringServer.start();
  });

  it('where one region is denied, while another one answers', async () => {
    cloudTrail.answer = (asked) =>
      regionOf(asked) === 'us-east-1' ? page([B]) : failure(400, 'AccessDeniedException', 'no');
    const { known, unknown } = await ensure([want(A), want(B, 'us-east-1'), want(C, 'us-east-1')]);
    expect(known).toEqual([B.fingerprint]);
    expect(unknown.map((key) => key.why)).toEqual([
      expect.stringContaining('denied'),
      expect.stringContaining('CloudTrail has no key with this fingerprint in us-east-1'),
    ]);
  });

  it('where the configuration has a directory: CloudTrail is not queried', async () => {
    await storeKeys(warehouse, [B], { from: 'folder' }, NOW);
    const change = { integrity: { mode: 'verify', keys: 'folder' } } as const;
    expect(await ensure([want(A), want(B)], change)).toEqual({
      known: [B.fingerprint],
      unknown: [
        {
          fingerprint: A.fingerprint,
          region: 'eu-west-1',
          why: 'None of the keys in integrity.keys has this fingerprint.',
        },
      ],
    });
    expect(cloudTrail.asked).toEqual([]);
  });

  it.each<[string, WantedKey, string]>([
    ['for what is no fingerprint', want({ fingerprint: '../config' }), 'It is not a fingerprint'],
    ['for what is no region', want(D, 'eu-west-1.example.com/#'), '"eu-west-1.example.com/#" is not an AWS region.'],
    [
      'for a time to come',
      want(D, 'eu-west-1', { to: Date.UTC(9999, 0) }),
      'CloudTrail did not sign digests at the time',
    ],
    ['for a time before', want(D, 'eu-west-1', { from: 0 }), 'CloudTrail did not sign digests at the time'],
  ])('%s, and the other keys are found', async (_, odd, text) => {
    cloudTrail.answer = () => page([A]);
    const { known, unknown } = await ensure([odd, want(A)]);
    expect([known, unknown.map(({ why }) => why)]).toEqual([[A.fingerprint], [expect.stringContaining(text)]]);
    expect(cloudTrail.asked.map((asked) => JSON.parse(asked.body))).toEqual([
      { StartTime: FROM / 1_000, EndTime: TO / 1_000 },
    ]);
  });
});

it('asks with the role that reads the bucket, which is assumed once', async () => {
  const sts = await AnsweringServer.start();
  process.env.AWS_ENDPOINT_URL_STS = sts.uri;
  const expiration = new Date(Date.now() + 3_600_000).toISOString();
  sts.answer = () => ({
    headers: { 'content-type': 'text/xml' },
    body:
      '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>' +
      '<AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>' +
      `<Expiration>${expiration}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
  });
  cloudTrail.answer = () => page([A, B]);
  const location = 's3://logs?region=eu-central-1&access_role_arn=arn:aws:iam::123456789012:role/reader';
  await ensure([want(A), want(B, 'us-east-1')], { location });
  expect(cloudTrail.asked.map(({ headers }) => /Credential=([^/]+)/.exec(headers.authorization ?? '')?.[1])).toEqual([
    'ASIAROLE',
    'ASIAROLE',
  ]);
  expect(sts.asked).toHaveLength(1);
  await sts.close();
});

it('ends when it is aborted', async () => {
  const stop = new AbortController();
  cloudTrail.answer = () => {
    stop.abort(new Error('told to'));
    return { silent: true };
  };
  await expect(ensure([want(A)], {}, stop.signal)).rejects.toThrow('told to');
});

it('two concurrent callers get the same keys', async () => {
  cloudTrail.answer = () => page([A, B, C]);
  await Promise.all([ensure([want(A)]), ensure([want(B)])]);
  const ring = await loadKeys(
    warehouse,
    [A, B, C].map(({ fingerprint }) => fingerprint),
  );
  for (const [fingerprint, { key }] of ring)
    expect(
      createHash('md5')
        .update(pkcs1Of(key.export({ type: 'spki', format: 'der' })))
        .digest('hex'),
    ).toBe(fingerprint);
  expect(ring.size).toBe(3);
});
