/** The requests to STS to assume a role, and when they are repeated: a small server in its place records them. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { S3Options } from '../../../storage/address';
import { connectBucket } from '../../../storage/s3/client';
import { credentialsFor, NoCredentials } from '../../../storage/s3/credentials';
import { errorFactsOf } from '../../../storage/s3/facts';
import { resolveSettings } from '../../../storage/s3/settings';

const ROLE = 'arn:aws:iam::123456789012:role/logs';
const saved = { ...process.env };
let sts: Server;
let asked: URLSearchParams[];
let scopes: string[];
/** Milliseconds for which the next credentials are valid; `undefined`: it refuses. */
let lifetime: number | undefined;

beforeEach(async () => {
  asked = [];
  scopes = [];
  lifetime = 3_600_000;
  sts = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    asked.push(new URLSearchParams(body));
    scopes.push(/Credential=([^,]+)/.exec(request.headers.authorization ?? '')?.[1] ?? '');
    response.setHeader('Content-Type', 'text/xml');
    if (lifetime === undefined) {
      response.statusCode = 403;
      response.end(
        '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: ada may not</Message></Error></ErrorResponse>',
      );
      return;
    }
    const expiration = new Date(Date.now() + lifetime).toISOString();
    response.end(
      '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>' +
        `<AccessKeyId>ASIA${asked.length}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>` +
        `<Expiration>${expiration}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
    );
  });
  await new Promise<void>((resolve) => sts.listen(0, '127.0.0.1', resolve));
  for (const name of Object.keys(process.env)) if (/^AWS_(?!SDK_)/.test(name)) delete process.env[name];
  Object.assign(process.env, {
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_ACCESS_KEY_ID: 'AKIAOWN',
    AWS_SECRET_ACCESS_KEY: 'own',
    AWS_ENDPOINT_URL_STS: `http://127.0.0.1:${(sts.address() as AddressInfo).port}`,
  });
});
afterEach(async () => {
  process.env = { ...saved };
  sts.closeAllConnections();
  await new Promise((resolve) => sts.close(resolve));
});

async function assume(options: S3Options) {
  return credentialsFor(options, await resolveSettings(options))();
}

it('requests the role in the region of the bucket, with the credentials found', async () => {
  const options = { roleArn: ROLE, region: 'eu-west-1', externalId: 'org-1', roleSessionName: 'night' };
  expect(await assume(options)).toMatchObject({ accessKeyId: 'ASIA1', sessionToken: 't' });
  expect(Object.fromEntries(asked[0])).toMatchObject({
    Action: 'AssumeRole',
    RoleArn: ROLE,
    ExternalId: 'org-1',
    RoleSessionName: 'night',
  });
  expect(scopes[0]).toMatch(/^AKIAOWN\/\d{8}\/eu-west-1\/sts\//);
});

it('uses its own session name if none is configured', async () => {
  await assume({ roleArn: ROLE, region: 'us-gov-west-1' });
  expect(asked[0].get('RoleSessionName')).toBe('trailmill');
  expect(asked[0].has('ExternalId')).toBe(false);
  expect(scopes[0]).toContain('/us-gov-west-1/');
});

it('sends one request for all concurrent callers, and another before the credentials expire', async () => {
  const options = { roleArn: ROLE, region: 'eu-west-2' };
  const { client } = await connectBucket('logs', options, undefined);
  const keys = await Promise.all(Array.from({ length: 10 }, () => client.config.credentials()));
  expect(new Set(keys.map(({ accessKeyId }) => accessKeyId))).toEqual(new Set(['ASIA1']));
  expect(asked).toHaveLength(1);

  lifetime = 60_000;
  const other = await connectBucket('logs', { ...options, roleSessionName: 'short' }, undefined);
  const first = await other.client.config.credentials();
  // Five minutes before the end counts as the end.
  expect((await other.client.config.credentials()).accessKeyId).not.toBe(first.accessKeyId);
});

it('distinguishes a denied role from a denied request', async () => {
  lifetime = undefined;
  const error = await assume({ roleArn: ROLE, region: 'eu-west-1' }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(NoCredentials);
  expect(error).toMatchObject({ role: ROLE, hadSome: false });
  expect(errorFactsOf((error as NoCredentials).reason)).toMatchObject({
    name: 'AccessDenied',
    status: 403,
    message: 'User: ada may not',
  });
});
