/** `trailmill iam-policy`: the least that IAM has to allow, by what the configuration names. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { partitionOf } from '../../../aws/regions';
import type { PolicyDocument, Statement } from '../../../iam/policy';
import { runCommand, type Said } from '../../support/run-command';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'trailmill-iam-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const LOGS = 's3://acme-logs?region=eu-west-1';
const LAKE = 's3://acme-lake/security/trailmill?region=eu-west-1';
const READER = 'arn:aws:iam::123456789012:role/reader';

const iamPolicy = (...argv: string[]): Promise<Said> => runCommand(['iam-policy', ...argv], cwd);

async function policy(...argv: string[]): Promise<PolicyDocument> {
  const { code, stdout, stderr } = await iamPolicy(...argv);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as PolicyDocument;
}

/** What is allowed, on what. */
const grants = ({
  Statement: all,
}: PolicyDocument): Record<string, [readonly string[], readonly string[] | undefined]> =>
  Object.fromEntries(all.map(({ Sid, Action, Resource }: Statement) => [Sid, [Action, Resource]]));

function configure(catalog: string): void {
  mkdirSync(join(cwd, 'log_sources', 'aws_cloudtrail'), { recursive: true });
  writeFileSync(
    join(cwd, 'log_sources', 'aws_cloudtrail', 'log_source.yml'),
    `name: aws_cloudtrail\nmanaged:\n  type: AWS_CLOUDTRAIL\ningest:\n  location: ${LOGS}\nwarehouse: ${LAKE}\ncatalog:\n${catalog}`,
  );
}

it('reads AWSLogs/ below the prefix, and writes the warehouse, and nothing else', async () => {
  expect(await policy('--location', LOGS, '--key-prefix', 'org', '--warehouse', LAKE)).toMatchSnapshot();
});

it('has no prefix if the whole bucket is the warehouse', async () => {
  const { Statement: all } = await policy('--location', LOGS, '--warehouse', 's3://lake', '--write');
  expect(all.find(({ Sid }) => Sid === 'ListWarehouse')).not.toHaveProperty('Condition');
  expect(all.map(({ Sid }) => Sid)).toEqual(['ListWarehouse', 'WriteWarehouse', 'CleanWarehouse']);
});

it('never allows writing to the logs, and deleting only in the work area and in the folders of tables', async () => {
  const { Statement: all } = await policy('--location', LOGS, '--warehouse', LAKE);
  const writes = all.filter(({ Action }) => Action.some((action) => /Put|Delete/.test(action)));
  for (const { Resource = [] } of writes) expect(Resource.join()).not.toMatch('acme-logs');
  const deletes = writes.filter(({ Action }) => Action.includes('s3:DeleteObject'));
  expect(deletes.flatMap(({ Resource = [] }) => Resource)).toEqual([
    'arn:aws:s3:::acme-lake/security/trailmill/_trailmill/*',
    'arn:aws:s3:::acme-lake/security/trailmill/*/metadata/*',
    'arn:aws:s3:::acme-lake/security/trailmill/*/data/*',
  ]);
});

it('allows writing to the location of the catalog’s tables, unless it is below the warehouse', async () => {
  const catalog = (location: string) => `  type: rest\n  uri: https://catalog.example.com\n  location: ${location}\n`;
  configure(catalog('s3://acme-tables/cloudtrail'));
  expect(grants(await policy('--write'))).toMatchObject({
    WriteTables: [
      ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'],
      ['arn:aws:s3:::acme-tables/cloudtrail/*'],
    ],
    CleanTables: [
      ['s3:DeleteObject'],
      ['arn:aws:s3:::acme-tables/cloudtrail/*/metadata/*', 'arn:aws:s3:::acme-tables/cloudtrail/*/data/*'],
    ],
  });
  configure(catalog('s3://acme-lake/security/trailmill/tables'));
  expect(Object.keys(grants(await policy('--write')))).toEqual(['ListWarehouse', 'WriteWarehouse', 'CleanWarehouse']);
});

it('adds the keys of what is encrypted: to read the logs, and to write the warehouse', async () => {
  const key = (id: string) => `arn:aws:kms:eu-west-1:123456789012:key/${id}`;
  const flags = ['--kms-key', key('a'), '--kms-key', key('b'), '--warehouse-kms-key', key('c')];
  const found = grants(await policy('--location', LOGS, '--warehouse', LAKE, ...flags));
  expect(found.DecryptLogs).toEqual([['kms:Decrypt'], [key('a'), key('b')]]);
  expect(found.UseWarehouseKey).toEqual([['kms:Decrypt', 'kms:GenerateDataKey'], [key('c')]]);
});

it.each([
  ['eu-west-1', 'aws'],
  ['us-gov-west-1', 'aws-us-gov'],
  ['cn-north-1', 'aws-cn'],
  ['us-iso-east-1', 'aws-iso'],
  ['us-isob-west-1', 'aws-iso-b'],
  ['eu-isoe-west-1', 'aws-iso-e'],
  ['us-isof-south-1', 'aws-iso-f'],
  ['eusc-de-east-1', 'aws-eusc'],
  [undefined, 'aws'],
])('names the partition of %s', async (region, partition) => {
  expect(partitionOf(region).id).toBe(partition);
  const query = region === undefined ? '' : `?region=${region}`;
  const found = await policy('--location', `s3://logs${query}`, '--warehouse', `s3://lake${query}`);
  for (const [, resources] of Object.values(grants(found)))
    for (const resource of resources ?? []) expect(resource).toMatch(new RegExp(`^arn:${partition}:`));
});

describe('the public keys of digests', () => {
  const asked = async (text: string, ...flags: string[]): Promise<boolean> => {
    configure(`  type: storage\n${text}`);
    mkdirSync(join(cwd, 'log_sources', 'aws_cloudtrail', 'tables'), { recursive: true });
    writeFileSync(join(cwd, 'log_sources', 'aws_cloudtrail', 'tables', 'digest.yml'), '');
    const { stdout } = await iamPolicy(...flags);
    const { ListPublicKeys } = grants(JSON.parse(stdout) as PolicyDocument);
    if (ListPublicKeys !== undefined) expect(ListPublicKeys).toEqual([['cloudtrail:ListPublicKeys'], ['*']]);
    return ListPublicKeys !== undefined;
  };

  it.each([
    ['may be read where runs verify', 'integrity: verify\n', [], true],
    ['may be read where files are held back', 'integrity: required\n', ['--read'], true],
    ['are not for who writes', 'integrity: required\n', ['--write'], false],
    ['are not needed where they are in a directory', 'integrity: {mode: verify, keys: ./keys}\n', [], false],
    ['are not needed where nothing verifies', '', [], false],
    ['may be read on demand', '', ['--verify'], true],
    ['are not needed on demand where they are in a directory', 'integrity: {keys: ./keys}\n', ['--verify'], false],
  ])('%s', async (_, text, flags, expected) => {
    expect(await asked(text, ...flags)).toBe(expected);
  });

  it('are not part of a bucket’s policy', async () => {
    const principal = ['--read', '--principal', 'arn:aws:iam::210987654321:role/trailmill'];
    expect(await asked('integrity: verify\n', ...principal)).toBe(false);
  });

  it('may be read even if the logs are a copy on disk', async () => {
    const { Statement: all } = await policy('--location', LOGS, '--warehouse', LAKE, '--verify');
    expect(all.map(({ Sid }) => Sid)).toContain('ListPublicKeys');
    const { stdout } = await iamPolicy('--location', cwd, '--warehouse', LAKE, '--verify', '--read');
    expect(Object.keys(grants(JSON.parse(stdout) as PolicyDocument))).toEqual(['ListPublicKeys']);
  });
});

describe('a role that reads', () => {
  const location = `${LOGS}&access_role_arn=${READER}&external_id=secret-42`;

  it('is assumed by the worker’s identity, which then needs no read access', async () => {
    const found = grants(await policy('--location', location, '--warehouse', LAKE));
    expect(found.AssumeReader).toEqual([['sts:AssumeRole'], [READER]]);
    expect(Object.keys(found)).toEqual(['AssumeReader', 'ListWarehouse', 'WriteWarehouse', 'CleanWarehouse']);
  });

  it('has a policy of its own, and trusts one principal with the external id', async () => {
    const flags = ['--location', location, '--warehouse', LAKE];
    expect(Object.keys(grants(await policy(...flags, '--read')))).toEqual(['ListLogs', 'ReadLogs']);
    const principal = 'arn:aws:iam::210987654321:role/trailmill';
    expect(await policy(...flags, '--trust', '--principal', principal)).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'TrustTrailmill',
          Effect: 'Allow',
          Principal: { AWS: principal },
          Action: ['sts:AssumeRole'],
          Condition: { StringEquals: { 'sts:ExternalId': 'secret-42' } },
        },
      ],
    });
  });

  it.each([
    [['--trust'], /needs a principal/, /--principal ARN/],
    [['--trust', '--write', '--principal', 'x'], /warehouse is accessed without a role/, /access_role_arn/],
    [['--principal', 'x'], /is for one bucket/, /--read .* --write/],
  ])('reports what is missing: %j', async (flags, message, cure) => {
    const { code, stderr, stdout } = await iamPolicy('--location', location, '--warehouse', LAKE, ...flags);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(cure);
  });
});

describe('the catalog', () => {
  it('of Glue is one database, with vended credentials unless they are off', async () => {
    const rest = (more = '') =>
      `  type: rest\n  uri: https://glue.eu-west-1.amazonaws.com/iceberg\n  warehouse: "123456789012"\n  sigv4: {service: glue, region: eu-west-1}\n${more}`;
    configure(rest());
    const found = await policy('--write');
    expect(found.Statement.filter(({ Sid }) => !/Warehouse/.test(Sid))).toMatchSnapshot();
    configure(rest('  vended_credentials: false\n'));
    expect(Object.keys(grants(await policy('--write')))).not.toContain('VendedCredentials');
  });

  it('of S3 Tables is one table bucket', async () => {
    const bucket = 'arn:aws:s3tables:eu-west-1:123456789012:bucket/lake';
    configure(
      `  type: rest\n  uri: https://s3tables.eu-west-1.amazonaws.com/iceberg\n  warehouse: ${bucket}\n  sigv4: {service: s3tables, region: eu-west-1}\n`,
    );
    const found = await policy('--write');
    expect(found.Statement.filter(({ Sid }) => !/Warehouse/.test(Sid))).toMatchSnapshot();
  });

  it('of another server needs no IAM', async () => {
    configure('  type: rest\n  uri: http://127.0.0.1:8181\n');
    expect(Object.keys(grants(await policy('--write')))).toEqual(['ListWarehouse', 'WriteWarehouse', 'CleanWarehouse']);
  });
});

it('says that directories need none', async () => {
  const { code, stdout, stderr } = await iamPolicy('--location', './logs', '--warehouse', './lake');
  expect(code).toBe(0);
  expect(stdout).toBe('Nothing in this configuration needs an IAM policy.\n');
  expect(stderr.match(/is a directory: it needs no IAM policy/g)).toHaveLength(2);
  const json = await iamPolicy('--location', './logs', '--warehouse', './lake', '--json');
  expect(json.stdout).toBe('null\n');
});
