/**
 * Where the settings of a bucket come from: first the address, then the environment and the AWS configuration files. No
 * request is sent.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { parseAddress, type S3Options } from '../../../storage/address';
import { Bucket } from '../../../storage/s3/bucket';
import { connectBucket } from '../../../storage/s3/client';
import { resolveSettings } from '../../../storage/s3/settings';

const directories: string[] = [];
const saved = { ...process.env };

beforeEach(() => {
  for (const name of Object.keys(process.env)) if (/^AWS_(?!SDK_)/.test(name)) delete process.env[name];
  // There is no metadata service here, so it is not requested.
  process.env.AWS_EC2_METADATA_DISABLED = 'true';
  configure('', '');
});
afterAll(() => {
  process.env = saved;
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

/** Files with a new name each time: the SDK reads a file once. */
function configure(config: string, credentials = ''): void {
  const directory = mkdtempSync(join(tmpdir(), 'trailmill-aws-'));
  directories.push(directory);
  writeFileSync(join(directory, 'config'), config);
  writeFileSync(join(directory, 'credentials'), credentials);
  process.env.AWS_CONFIG_FILE = join(directory, 'config');
  process.env.AWS_SHARED_CREDENTIALS_FILE = join(directory, 'credentials');
}

const CONFIG = `
[default]
region = eu-central-1

[profile own]
region = eu-north-1
endpoint_url = https://own.example:9000/
s3 =
    addressing_style = virtual

[profile both]
region = ap-south-1
services = mine
endpoint_url = https://all.example
request_checksum_calculation = when_supported

[services mine]
s3 =
    endpoint_url = http://s3.example

[profile path]
region = eu-west-3
s3 =
    addressing_style = path

[profile aws]
ignore_configured_endpoint_urls = true
endpoint_url = https://own.example
`;

describe('the settings of a bucket', () => {
  it('are those of the address, whatever else is set', async () => {
    configure(CONFIG);
    Object.assign(process.env, { AWS_REGION: 'us-west-2', AWS_ENDPOINT_URL: 'http://env.example', AWS_PROFILE: 'own' });
    const options: S3Options = { region: 'sa-east-1', endpoint: 'http://127.0.0.1:7070', pathStyle: false };
    expect(await resolveSettings(options)).toMatchObject({
      region: 'sa-east-1',
      endpoint: 'http://127.0.0.1:7070',
      pathStyle: false,
    });
  });

  it.each<[string, Record<string, string>, S3Options, object]>([
    ['AWS_REGION', { AWS_REGION: 'us-west-2', AWS_DEFAULT_REGION: 'x-1' }, {}, { region: 'us-west-2' }],
    ['AWS_DEFAULT_REGION', { AWS_DEFAULT_REGION: 'us-east-2' }, {}, { region: 'us-east-2' }],
    ['the default profile', {}, {}, { region: 'eu-central-1', pathStyle: false, endpoint: undefined }],
    ['AWS_PROFILE', { AWS_PROFILE: 'path' }, {}, { region: 'eu-west-3', pathStyle: true, endpoint: undefined }],
    ['the profile of the address', { AWS_PROFILE: 'path' }, { profile: 'own' }, { region: 'eu-north-1' }],
    [
      'endpoint_url, and virtual if it is configured',
      { AWS_PROFILE: 'own' },
      {},
      { endpoint: 'https://own.example:9000', pathStyle: false },
    ],
    [
      'the section of services before the profile',
      { AWS_PROFILE: 'both' },
      {},
      { endpoint: 'http://s3.example', stsEndpoint: 'https://all.example', pathStyle: true, checksumsChosen: true },
    ],
    [
      'AWS_ENDPOINT_URL_S3 before AWS_ENDPOINT_URL',
      { AWS_ENDPOINT_URL_S3: 'http://s3.env', AWS_ENDPOINT_URL: 'http://env', AWS_PROFILE: 'both' },
      {},
      { endpoint: 'http://s3.env', stsEndpoint: 'http://env', pathStyle: true },
    ],
    ['no endpoint if they are to be ignored', { AWS_PROFILE: 'aws' }, {}, { endpoint: undefined, pathStyle: false }],
    [
      'no endpoint if the environment disables it',
      { AWS_ENDPOINT_URL: 'http://env', AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' },
      {},
      { endpoint: undefined },
    ],
  ])('come from %s', async (_name, environment, options, expected) => {
    configure(CONFIG);
    Object.assign(process.env, environment);
    expect(await resolveSettings(options)).toMatchObject(expected);
  });

  it('start in us-east-1 if no region is configured', async () => {
    expect(await resolveSettings({ endpoint: 'http://127.0.0.1:7070' })).toMatchObject({ region: 'us-east-1' });
    expect(await resolveSettings({})).toMatchObject({ region: 'us-east-1' });
    const roleArn = 'arn:aws-us-gov:iam::123456789012:role/logs';
    expect(await resolveSettings({ roleArn })).toMatchObject({ region: 'us-gov-west-1' });
  });
});

/** The URL that a request would go to: the request is intercepted. */
async function urlOf(address: string, key = 'k'): Promise<string> {
  const parsed = parseAddress(address);
  if (parsed.scheme !== 's3') throw new Error(address);
  const credentials = async () => ({ accessKeyId: 'a', secretAccessKey: 's' });
  const { client } = await connectBucket(parsed.bucket, parsed.options, credentials);
  const bucket = await Bucket.open(parsed.bucket, parsed.options, credentials);
  let url = '';
  const caught = client.middlewareStack.clone();
  caught.add(
    () => async (args) => {
      const { protocol, hostname, port, path } = args.request as Record<string, string>;
      url = `${protocol}//${hostname}${port ? `:${port}` : ''}${path}`;
      return { response: {}, output: { $metadata: {} } };
    },
    { step: 'finalizeRequest', priority: 'low', name: 'caught' },
  );
  const command = new GetObjectCommand({ ...bucket.parameters, Key: key });
  await command.resolveMiddleware(caught, client.config as S3Client['config'], {})({ input: command.input });
  return url;
}

describe('requests go', () => {
  it.each([
    ['s3://my-logs?region=eu-west-1', 'https://my-logs.s3.eu-west-1.amazonaws.com/k'],
    ['s3://my-logs?region=us-east-1', 'https://my-logs.s3.us-east-1.amazonaws.com/k'],
    ['s3://my-logs?region=us-gov-west-1', 'https://my-logs.s3.us-gov-west-1.amazonaws.com/k'],
    ['s3://my-logs?region=cn-north-1', 'https://my-logs.s3.cn-north-1.amazonaws.com.cn/k'],
    ['s3://my-logs?region=eusc-de-east-1', 'https://my-logs.s3.eusc-de-east-1.amazonaws.eu/k'],
    ['s3://my-logs?region=eu-west-1&path_style=true', 'https://s3.eu-west-1.amazonaws.com/my-logs/k'],
    // A certificate for *.s3… does not cover two levels.
    ['s3://my.logs?region=eu-west-1', 'https://s3.eu-west-1.amazonaws.com/my.logs/k'],
    ['s3://my-logs?endpoint=http://127.0.0.1:7070', 'http://127.0.0.1:7070/my-logs/k'],
    ['s3://my-logs?endpoint=https://o.example&path_style=false', 'https://my-logs.o.example/k'],
  ])('from %s to %s', async (address, url) => {
    expect(await urlOf(address)).toBe(url);
  });

  it('with the key unchanged except for encoding', async () => {
    const address = 's3://my-logs?region=eu-west-1';
    const host = 'https://my-logs.s3.eu-west-1.amazonaws.com';
    expect(await urlOf(address, 'a//b/../c/./d/')).toBe(`${host}/a//b/../c/./d/`);
    expect(await urlOf(address, '/a b+c=%ü')).toBe(`${host}//a%20b%2Bc%3D%25%C3%BC`);
  });

  it('through one client per set of options', async () => {
    const one = await connectBucket('logs', { region: 'eu-west-1' }, undefined);
    expect(await connectBucket('logs', { region: 'eu-west-1', requesterPays: true }, undefined)).toBe(one);
    expect(await connectBucket('logs', { region: 'eu-west-1', profile: 'x' }, undefined)).not.toBe(one);
    expect(await connectBucket('logs', { region: 'eu-west-1' }, undefined, 'eu-west-2')).not.toBe(one);
    expect(
      await connectBucket('logs', { region: 'eu-west-1' }, async () => ({ accessKeyId: 'a', secretAccessKey: 's' })),
    ).not.toBe(one);
    expect(await connectBucket('other', { region: 'eu-west-1' }, undefined)).not.toBe(one);
  });
});
