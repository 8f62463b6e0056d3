/** `trailmill check` on a project that is right: what it explains, what it tries, and its exit code. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ExplainedTable } from '../../../client/check/explain';
import type { Probe } from '../../../client/check/probe';
import { probeWarehouse } from '../../../client/check/probes';
import { writeProject } from '../../../config/project-files';
import { createMemoryStore } from '../../../storage/memory';
import { runCommand, type Said } from '../../support/run-command';

let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'trailmill-check-'));
  write('bucket/AWSLogs/123456789012/CloudTrail/x.json.gz', '');
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

function write(name: string, text: string): void {
  const path = join(project, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

async function check(...flags: string[]): Promise<Said> {
  const said = await runCommand(['check', ...flags], project);
  return { ...said, stdout: said.stdout.replaceAll(project, '<project>') };
}

interface Report {
  ok: boolean;
  files: string[];
  tables: ExplainedTable[];
  remarks: string[];
  source: { deduplicate: unknown; integrity: unknown };
  probes: Probe[];
}

async function report(...flags: string[]): Promise<Report & { code: number }> {
  const { code, stdout, stderr } = await check('--json', ...flags);
  expect(stderr).toBe('');
  return { code, ...(JSON.parse(stdout) as Report) };
}

test('a new project is right once its bucket is there; nothing runs yet, and that is no failure', async () => {
  writeProject(project);
  const { code, stdout } = await check();
  expect(code).toBe(0);
  expect(stdout.replace(/\d+ managed columns/g, 'N managed columns')).toMatchInlineSnapshot(`
"The configuration of <project> is valid.
  temporal.yaml
  log_sources/aws_cloudtrail/log_source.yml
  log_sources/aws_cloudtrail/tables/default.yml
  log_sources/aws_cloudtrail/tables/insights.yml
  log_sources/aws_cloudtrail/tables/digest.yml

Tables
  ✓ aws_cloudtrail: N managed columns
  ✓ aws_cloudtrail_insights: N managed columns
  ✓ aws_cloudtrail_digest: N managed columns
  duplicate events are removed: deliveries within 30 days of each other are compared
  log files are verified by \`trailmill verify\` only; their hashes are recorded

Access
  ✓ location   file://<project>/bucket has AWSLogs/
  ✓ warehouse  file://<project>/warehouse is writable and supports conditional writes
  ✓ catalog    storage catalog at file://<project>/warehouse: the next run creates aws_cloudtrail, aws_cloudtrail_insights, aws_cloudtrail_digest, aws_cloudtrail_rejects, aws_cloudtrail_files
  – server     the embedded server, which is not running
               Start it, with a worker: trailmill dev
"
`);
  // What was written to try the warehouse is deleted again.
  expect(readdirSync(join(project, 'warehouse/_trailmill/check'))).toEqual([]);
});

test('each column is explained: its type, its place in the record, and who asked for it', async () => {
  write(
    'log_sources/trail/log_source.yml',
    `ingest: {location: ./bucket, s3_source: {key_pattern: "AWSLogs/1.*"}}
schema:
  fields:
    - {name: team.bucket, type: string, from: requestParameters.bucketName}
`,
  );
  write(
    'log_sources/trail/tables/default.yml',
    `schema:
  ecs_field_names: [host.name]
  fields:
    - name: team.tags
      type: {type: list, element: {type: struct, fields: [{name: key, type: string}]}}
      from: requestParameters."tag.set".items
    - {name: team.flag, type: boolean, default: false}
transform: ./rows.mjs
`,
  );
  write('rows.mjs', 'export default (row) => row;');
  const { code, stdout } = await check();
  expect(code).toBe(0);
  expect(
    stdout.slice(stdout.indexOf('Tables'), stdout.indexOf('  ✓ warehouse')).replace(/\d+ managed/, 'N managed'),
  ).toMatchInlineSnapshot(`
"Tables
  ✓ aws_cloudtrail: N managed columns, 4 custom
      host.name    string                     (the transform)                    log_sources/trail/tables/default.yml:2
      team.bucket  string                     requestParameters.bucketName       log_sources/trail/log_source.yml:4
      team.tags    list<struct<key: string>>  requestParameters."tag.set".items  log_sources/trail/tables/default.yml:4
      team.flag    boolean                    (default false, or the transform)  log_sources/trail/tables/default.yml:7
      every row is processed by <project>/rows.mjs
  – aws_cloudtrail_insights: skipped, because there is no log_sources/trail/tables/insights.yml
  – aws_cloudtrail_digest: skipped, because there is no log_sources/trail/tables/digest.yml
  duplicate events are removed: deliveries within 30 days of each other are compared
  log files are verified by \`trailmill verify\` only; their hashes are recorded

Transforms
  ✓ aws_cloudtrail: rows.mjs
      it was not run over records: the bucket has no files of this kind where
      the newest ones should be

Access
  ✓ location   file://<project>/bucket has AWSLogs/; only keys that match AWSLogs/1.* are read
"
`);
  expect(stdout).not.toContain('eventName');
  expect((await check('--columns')).stdout).toMatch(/ event\.action +string +eventName +managed\n/);

  const { tables, files } = await report();
  expect(files).toEqual(['log_sources/trail/log_source.yml', 'log_sources/trail/tables/default.yml']);
  const columns = tables[0].columns;
  expect(columns.find(({ name }) => name === 'event.action')).toMatchObject({ from: 'eventName', origin: 'managed' });
  expect(columns.find(({ name }) => name === 'event.type')).toMatchObject({
    from: null,
    filledBy: 'computed from event.action, event.provider',
  });
  expect(columns.find(({ name }) => name === 'labels')).toMatchObject({ filledBy: 'a transform', origin: 'managed' });
  expect(tables.map(({ name, wanted }) => [name, wanted])).toEqual([
    ['aws_cloudtrail', true],
    ['aws_cloudtrail_insights', false],
    ['aws_cloudtrail_digest', false],
  ]);
});

test('whether repeated events are kept, and how far apart they are looked for', async () => {
  const line = async (text: string): Promise<unknown[]> => {
    write('log_sources/trail/log_source.yml', `ingest: {location: ./bucket}\n${text}`);
    const { stdout } = await check();
    return [/^ +duplicate events .*$/m.exec(stdout)?.[0].trim(), (await report()).source.deduplicate];
  };
  expect(await line('')).toEqual([
    'duplicate events are removed: deliveries within 30 days of each other are compared',
    { windowDays: 30 },
  ]);
  expect(await line('deduplicate: {window_days: 1}\n')).toEqual([
    'duplicate events are removed: deliveries within 1 day of each other are compared',
    { windowDays: 1 },
  ]);
  expect(await line('deduplicate: false\n')).toEqual(['duplicate events are kept, one row per delivery', null]);
});

test('when log files are verified, and with which keys', async () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1_024 });
  write('keys/a.pem', String(publicKey.export({ type: 'spki', format: 'pem' })));
  write('log_sources/trail/tables/digest.yml', '');
  const lines = async (text: string): Promise<string | undefined> => {
    write('log_sources/trail/log_source.yml', `ingest: {location: ./bucket}\n${text}`);
    return /^ +log files [\s\S]*?(?=\n\n)/m.exec((await check()).stdout)?.[0];
  };
  expect(await lines('')).toBe('  log files are verified by `trailmill verify` only; their hashes are recorded');
  expect(await lines('integrity: {mode: verify, bucket: original}\n')).toMatchInlineSnapshot(`
"  log files are verified by scheduled runs
    digests were delivered to the bucket original
    public keys come from CloudTrail (ListPublicKeys)"
`);
  expect(await lines('integrity: {mode: required, bucket: original, keys: ./keys}\n')).toMatchInlineSnapshot(`
"  log files are ingested once a valid digest lists them, and quarantined if none does within 26 hours
    digests were delivered to the bucket original
    1 public key in <project>/keys"
`);
  expect((await report()).source.integrity).toEqual({
    mode: 'required',
    bucket: 'original',
    keys: '<project>/keys',
    fingerprints: [expect.stringMatching(/^[0-9a-f]{32}$/)],
    holdHours: 26,
  });
});

test('what is hardly meant gets a remark', async () => {
  write(
    'log_sources/trail/log_source.yml',
    `ingest: {location: ./bucket}
schema:
  fields:
    - {name: team.bucket, type: string, from: requestParamters.bucketName}
    - {name: team.name, type: string}
`,
  );
  expect(await report()).toMatchObject({
    code: 0,
    remarks: [
      'log_sources/trail/log_source.yml:4  team.bucket is read from requestParamters.bucketName, but requestParamters is not a known key of records. Did you mean requestParameters?',
      'log_sources/trail/log_source.yml:5  team.name is never filled: it has no from and no default, and its table has no transform.',
    ],
  });
});

test('without files, flags are enough', async () => {
  expect(await report('--location', 'bucket')).toMatchObject({ code: 0, ok: true, files: [] });
});

describe('what cannot be reached: exit code 1, with its cure, and the others are tried nevertheless', () => {
  test('the bucket', async () => {
    const { code, ok, probes } = await report('--location', 'nowhere');
    expect({ code, ok }).toEqual({ code: 1, ok: false });
    expect(probes.map(({ what, state }) => `${what} ${state}`)).toEqual([
      'location failed',
      'warehouse ok',
      'catalog ok',
      'server waiting',
    ]);
    expect(probes[0].cure).toMatch(/--location/);
    expect((await check('--location', 'bucket/AWSLogs')).stdout).toMatch(
      /✗ location +There is no AWSLogs\/.*\n +Use the parent directory/,
    );
  });

  test('the server', async () => {
    const { code, probes } = await report('--location', 'bucket', '--address', '127.0.0.1:9');
    expect(code).toBe(1);
    expect(probes.at(-1)).toMatchObject({
      what: 'server',
      state: 'failed',
      message: expect.stringContaining('127.0.0.1:9'),
    });
  }, 20_000);

  test('a warehouse in which commits could be lost', async () => {
    const store = createMemoryStore('careless');
    const careless = { ...store, uri: store.uri, put: (key: string, body: Uint8Array) => store.put(key, body) };
    await expect(probeWarehouse(careless)).rejects.toThrow(/does not support conditional writes/);
    expect(await probeWarehouse(store)).toMatchObject({ state: 'ok' });
  });
});
