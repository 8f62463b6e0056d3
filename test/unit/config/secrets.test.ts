/** Secrets that somebody has written into a configuration: refused or left out, and never repeated. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { freezeRun } from '../../../client/run/freeze-run';
import { configuredSource } from '../../../client/run/source';
import { startTracing } from '../../../cluster/tracing';
import { loadSettings } from '../../../config/load';
import { telemetrySettings } from '../../../config/telemetry';
import type { CatalogSettings } from '../../../iceberg/catalog-settings';
import { createStorageCatalog } from '../../../iceberg/storage-catalog';
import { openTables } from '../../../query/open-tables';
import { runContexts } from '../../../run/context';
import { parseAddress } from '../../../storage/address';
import { createMemoryStore } from '../../../storage/memory';
import { openStore } from '../../../storage/open';
import { resolveSettings } from '../../../storage/s3/settings';
import { hasUserInfo, hideSecrets } from '../../../text/hide-secrets';
import { runCommand } from '../../support/run-command';

let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'trailmill-secrets-'));
  mkdirSync(join(project, 'bucket'));
  mkdirSync(join(project, 'log_sources/x'), { recursive: true });
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

const SECRET = 'hunter2000';
const USER = 'AKIAUSER';

const LOCATIONS = [
  `s3://${USER}:${SECRET}@bucket/logs`,
  `s3://${USER}:with/slash/${SECRET}@bucket/logs`,
  `s3://${USER}${SECRET}@bucket`,
  `s3a://${USER}:${SECRET}@bucket`,
  `https://${USER}:${SECRET}@host/x`,
  `gs://${USER}:${SECRET}@bucket`,
  `${USER}:${SECRET}@host`,
  `s3://bucket?endpoint=https://${USER}:${SECRET}@host`,
  `s3://bucket?endpoint=https%3A%2F%2F${USER}%3A${SECRET}%40host`,
  `s3://bucket/a?region=eu-west-1&endpoint=http://${SECRET}@127.0.0.1:7070`,
  `s3://bucket?secret_access_key=${SECRET}`,
  `s3://bucket?region=eu-west-1&session_token=${SECRET}`,
];

/** Refused, with exit code 2; nothing is written, and nothing of the secret is said. */
async function refused(argv: string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const before = readdirSync(project, { recursive: true });
  const { code, stdout, stderr } = await runCommand(argv, project, Date.now, {
    env: { TEMPORAL_CONFIG_FILE: '', ...env },
  });
  expect(code).toBe(2);
  expect(stdout + stderr).not.toContain(SECRET);
  expect(stdout + stderr).not.toContain(USER);
  expect(readdirSync(project, { recursive: true })).toEqual(before);
  return stderr;
}

describe('a user name or password in an address', () => {
  it.each(LOCATIONS)('is refused as a location or warehouse, and not repeated: %s', async (location) => {
    await refused(['plan', '--from', '2024-03-05', '--to', '2024-03-05', '--location', location]);
    await refused(['check', '--location', 'bucket', '--warehouse', location]);
    writeFileSync(
      join(project, 'log_sources/x/log_source.yml'),
      `name: x\ningest: {location: bucket}\nwarehouse: ${JSON.stringify(location)}\n`,
    );
    expect(await refused(['check'])).toContain('warehouse: The location');
    writeFileSync(
      join(project, 'log_sources/x/log_source.yml'),
      `name: x\ningest: {location: ${JSON.stringify(location)}}\n`,
    );
    await refused(['check', '--json']);
  });

  const url = `https://${USER}:${SECRET}@host`;
  it.each([
    ['catalog.uri', `catalog: {type: rest, uri: "${url}/iceberg"}`],
    ['catalog.warehouse', `catalog: {type: rest, uri: "https://host", warehouse: "s3://${USER}:${SECRET}@b"}`],
    ['catalog.location', `catalog: {type: rest, uri: "https://host", location: "s3://${USER}:${SECRET}@b/x"}`],
    ['catalog.oauth2.server_uri', `catalog: {type: rest, uri: "https://host", oauth2: {server_uri: "${url}"}}`],
    ['catalog.headers', `catalog: {type: rest, uri: "https://host", headers: "${SECRET}"}`],
    ['s3_source.endpoint', `ingest: {s3_source: {bucket_name: logs, endpoint: "${url}"}}`],
    ['warehouse', `ingest: {location: bucket, key_prefix: x}\nwarehouse: "s3://${USER}:${SECRET}@b"`],
  ])('is refused as %s', async (name, yaml) => {
    writeFileSync(join(project, 'log_sources/x/log_source.yml'), `name: x\n${yaml}\n`);
    const key = name.split('.').at(-1) ?? '';
    expect(await refused(['check'])).toMatch(new RegExp(`log_source.yml:\\d+:\\d+ .*${key}`));
  });

  it.each([`${USER}:${SECRET}@host:7233`, `${SECRET}@host:7233`, `https://${USER}:${SECRET}@host:7233`])(
    'is refused as the address of Temporal or of telemetry: %s',
    async (address) => {
      await refused(['backfill', 'list', '--address', address]);
      await refused(['backfill', 'list'], { TEMPORAL_ADDRESS: address });
      await refused(['worker', '--metrics', address]);
      writeFileSync(join(project, 'temporal.yaml'), `temporal: {address: "${address}"}\n`);
      await refused(['backfill', 'list']);
      expect(() => telemetrySettings({ health: address }, {})).not.toThrow(SECRET);
    },
  );

  it('is refused as the address of the UI', async () => {
    writeFileSync(join(project, 'temporal.yaml'), `temporal: {address: "host:7233", ui_url: "${url}"}\n`);
    await refused(['backfill', 'list']);
  });

  it('is refused in the environment of AWS and of OpenTelemetry', async () => {
    const said = async (work: () => Promise<unknown>) => String(await work().catch((error: Error) => inspect(error)));
    const aws = await said(() => resolveSettings({}, { AWS_ENDPOINT_URL_S3: url, AWS_REGION: 'eu-west-1' }));
    const otel = await said(() => startTracing({ OTEL_EXPORTER_OTLP_ENDPOINT: url }));
    for (const text of [aws, otel]) {
      expect(text).toContain('contains a user name or password');
      expect(text).not.toMatch(`${SECRET}|${USER}`);
    }
  });

  it.each([
    's3://bucket/a@b/c:d@e',
    's3://bucket?endpoint=http://127.0.0.1:7070',
    's3://bucket?role_session_name=trailmill@night&external_id=a:b@c',
    'https://host:8080/x@y',
    'https://host/a:b@c',
  ])('is not found if there is none: %s', (uri) => {
    expect(hasUserInfo(uri)).toBe(false);
    if (uri.startsWith('s3:')) parseAddress(uri);
  });

  it('is not found in paths', () => {
    for (const path of ['a@b', '/x:y@z', 'file:///a@b/c']) expect(parseAddress(path).scheme).toBe('file');
  });

  it('is hidden in the middle of a sentence too', () => {
    expect(hideSecrets(`at "${url}/x" and ${url}`)).toBe('at "https://***@host/x" and https://***@host');
  });
});

describe('values of catalog.headers', () => {
  const yaml = (value: string) =>
    `name: x\ningest: {location: bucket}\nwarehouse: warehouse\ncatalog: {type: rest, uri: "https://host/iceberg", headers: {x-key: ${value}}}\n`;

  it('stay out of what a run is told, of the work area and of `check`; a worker takes its own', async () => {
    writeFileSync(join(project, 'log_sources/x/log_source.yml'), yaml(SECRET));
    const settings = loadSettings({ cwd: project, flags: {}, env: { TEMPORAL_CONFIG_FILE: '' } });
    const frozen = await freezeRun(settings, configuredSource(settings));
    expect(inspect(frozen, { depth: 9 })).not.toContain(SECRET);
    const warehouse = join(project, 'warehouse');
    for (const file of readdirSync(warehouse, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.json'),
    ))
      expect(readFileSync(join(warehouse, file), 'utf8')).not.toMatch(`${SECRET}|x-key`);
    let asked: CatalogSettings | undefined;
    const own = { ...settings.catalog } as CatalogSettings;
    const context = await runContexts({
      accepted: { warehouses: [settings.warehouse], files: [project], catalog: own },
      openStore,
      openCatalog(catalog, store) {
        asked = catalog;
        return createStorageCatalog(store);
      },
      report: () => {},
    })(frozen.input.config);
    expect(asked).toMatchObject({ rest: { headers: { 'x-key': SECRET } } });
    expect(inspect(context.config, { depth: 9 })).not.toContain(SECRET);
    const { stdout, stderr } = await runCommand(['check', '--json', '--address', '127.0.0.1:1'], project);
    expect(stdout).toContain('"catalog":');
    expect(stdout + stderr).not.toContain(SECRET);
  });

  it('do not identify a run: another value is the same configuration', async () => {
    const memos: unknown[] = [];
    for (const value of [SECRET, 'another']) {
      writeFileSync(join(project, 'log_sources/x/log_source.yml'), yaml(value));
      const settings = loadSettings({ cwd: project, flags: {}, env: { TEMPORAL_CONFIG_FILE: '' } });
      memos.push((await freezeRun(settings, configuredSource(settings))).memo);
    }
    expect(memos[0]).toEqual(memos[1]);
  });
});

describe('duckdb_secrets()', () => {
  /** All of DuckDB's ways to look at secrets, and ways around a check of the words. */
  const WAYS = [
    'SELECT * FROM duckdb_secrets()',
    'FROM DuckDB_Secrets(redact := true)',
    'FROM "duckdb_secrets"(redact := true)',
    'FROM system.main.duckdb_secrets()',
    'FROM "system"."main"."duckdb_secrets"()',
    'FROM /* */ system . main . duckdb_secrets ( )',
    `FROM query('FROM system.main.duckdb_' || 'secrets()')`,
    'CREATE TABLE copied AS FROM system.main.duckdb_secrets(); FROM copied',
    "FROM which_secret('s3://lake/x', 's3')",
  ];
  const SETTINGS = `SELECT name FROM duckdb_settings() WHERE name IN ('s3_access_key_id', 's3_secret_access_key', 's3_session_token') AND value <> ''`;

  it.each([...WAYS, SETTINGS])('shows nothing, however it is called: %s', async (sql) => {
    process.env.AWS_ACCESS_KEY_ID = USER;
    process.env.AWS_SECRET_ACCESS_KEY = SECRET;
    const tables = await openTables(createStorageCatalog(createMemoryStore('w')), 'trailmill');
    try {
      expect(await tables.query(sql)).toEqual([]);
      const unredacted = await tables
        .query('SET allow_unredacted_secrets = true; FROM system.main.duckdb_secrets(redact := false)')
        .catch((error: Error) => error.message);
      expect(JSON.stringify(unredacted)).not.toMatch(`${SECRET}|${USER}`);
    } finally {
      tables.close();
      delete process.env.AWS_ACCESS_KEY_ID;
      delete process.env.AWS_SECRET_ACCESS_KEY;
    }
  });
});
