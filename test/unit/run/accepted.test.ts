/** What a worker accepts of a workflow's input: only runs of its own warehouse, catalog and project. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { defaultTables, ICEBERG_NAMESPACE } from '../../../cloudtrail/tables';
import { describeError, RunRefused } from '../../../errors/index';
import { storageCatalog } from '../../../iceberg/catalog-settings';
import { createStorageCatalog } from '../../../iceberg/storage-catalog';
import type { Accepted } from '../../../run/accepted';
import { type RunConfig, writeRunConfig } from '../../../run/config';
import { type RunContext, runContexts } from '../../../run/context';
import { openStore } from '../../../storage/open';
import { INGEST } from '../../support/runs';

let root: string;
let project: string;
let own: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'trailmill-accepted-')));
  project = join(root, 'project');
  mkdirSync(project);
  own = addressOf('project/warehouse');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const addressOf = (name: string): string => pathToFileURL(join(root, name)).href;

function configOf(more: Partial<RunConfig> = {}): RunConfig {
  const tables = defaultTables('aws_cloudtrail');
  const catalog = storageCatalog(ICEBERG_NAMESPACE);
  return { source: 'aws_cloudtrail', location: own, keyPrefix: '', catalog, ingest: INGEST, tables, ...more };
}

function withTransform(path: string): Partial<RunConfig> {
  const transform = { path, sha256: createHash('sha256').update('').digest('hex') };
  return { tables: [{ ...defaultTables('aws_cloudtrail')[0], transform }] };
}

const opened: string[] = [];

/** What every activity does first. */
function open(ref: string, more: Partial<Accepted> = {}): Promise<RunContext> {
  opened.length = 0;
  const accepted: Accepted = {
    warehouses: [own],
    files: [project],
    catalog: storageCatalog(ICEBERG_NAMESPACE),
    ...more,
  };
  return runContexts({
    accepted,
    openStore(address) {
      opened.push(address);
      return openStore(address);
    },
    openCatalog: (_settings, warehouse) => createStorageCatalog(warehouse),
    report: () => {},
  })(ref);
}

async function refusal(ref: string, more: Partial<Accepted> = {}): Promise<string> {
  const error = await open(ref, more).then(
    () => 'it was accepted',
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(RunRefused);
  return describeError(error).replaceAll(root, '<root>');
}

const write = (config: RunConfig, address = own): Promise<string> =>
  writeRunConfig(openStore(address), config, address);

test('a run of its own warehouse is accepted, however its path is written', async () => {
  const ref = await write(configOf());
  expect((await open(ref)).config.source).toBe('aws_cloudtrail');
  symlinkSync(project, join(root, 'link'));
  expect((await open(ref.replace('/project/', '/link/'))).config.source).toBe('aws_cloudtrail');
  expect(opened).toContain(own);
  expect((await open(ref.replace('/project/', '/project/../project/'))).config.source).toBe('aws_cloudtrail');
});

test('a run of another warehouse is refused with both addresses and the cure, and nothing in it is read', async () => {
  const ref = await write(configOf(), addressOf('evil'));
  const said = await refusal(ref);
  expect(opened).toEqual([]);
  expect(said).toContain(
    "it is in the warehouse file://<root>/evil, but the worker's own warehouse is file://<root>/project/warehouse.",
  );
  expect(said).toMatch(/add file:\/\/<root>\/evil to warehouses \(worker\.allow of temporal\.yaml/);
});

test.each([
  ['below its own', 'project/warehouse/inner'],
  ['above its own', 'project'],
  ['with its own as the beginning of the name', 'project/warehouse2'],
  ['in its project', 'project/bucket'],
])('a warehouse %s is another warehouse', async (_what, place) => {
  await refusal(await write(configOf(), addressOf(place)));
});

test('a link in the place of another warehouse is followed', async () => {
  const evil = await write(configOf(), addressOf('evil'));
  symlinkSync(join(root, 'evil'), join(project, 'elsewhere'));
  await refusal(evil.replace('/evil/', '/project/elsewhere/'));
});

test('a warehouse that worker.allow names is accepted', async () => {
  const other = addressOf('other');
  const ref = await write(configOf(), other);
  expect((await open(ref, { warehouses: [own, other] })).warehouse.uri).toBe(other);
});

test.each([
  ['another endpoint', 's3://lake/tables?endpoint=http://127.0.0.1:9', 's3://lake/tables'],
  ['another bucket', 's3://evil/tables', 's3://lake/tables'],
  ['another prefix', 's3://lake/tables/x', 's3://lake/tables'],
  ['a disk', 'file:///lake/tables', 's3://lake/tables'],
  ['another role', 's3://lake/tables?access_role_arn=arn:aws:iam::123456789012:role/x', 's3://lake/tables'],
])('in S3, %s is another warehouse', async (_what, asked, mine) => {
  const [place, query = ''] = asked.split('?');
  const key = `_trailmill/config/${'0'.repeat(32)}.json`;
  await refusal(`${place}/${key}${query && `?${query}`}`, { warehouses: [mine] });
  expect(opened).toEqual([]);
});

test.each([
  '/_trailmill/config/x.json',
  '/_trailmill/plans/00000000000000000000000000000000.json',
  '/_trailmill/config/../config/00000000000000000000000000000000.json',
  '/_trailmill/config/00000000000000000000000000000000.json/x',
  '/data/00000000000000000000000000000000.json',
  '',
])('%s of its warehouse is not a configuration', async (key) => {
  expect(await refusal(`${own}${key}`)).toMatch(/is not the address of a run configuration/);
});

test('a configuration whose content does not match its name is refused', async () => {
  const ref = await write(configOf());
  const path = new URL(ref);
  writeFileSync(path, readFileSync(path, 'utf8').replace('"keyPrefix": ""', '"keyPrefix": "x"'));
  expect(await refusal(ref)).toMatch(/it was modified after it was written/);
});

test('a transform or a database outside of the project is refused, even through links and ..', async () => {
  writeFileSync(join(root, 'evil.js'), '');
  symlinkSync(join(root, 'evil.js'), join(project, 'link.js'));
  symlinkSync(root, join(project, 'up'));
  for (const path of [
    join(root, 'evil.js'),
    `${project}/../evil.js`,
    join(project, 'link.js'),
    join(project, 'up', 'evil.js'),
    '/missing.js',
    `${project}2/evil.js`,
  ]) {
    expect(await refusal(await write(configOf(withTransform(path))))).toMatch(
      /which is outside of the worker's project/,
    );
    expect(await refusal(await write(configOf({ enrich: { geoip: { city: path } } })))).toMatch(
      /outside of the worker's project <root>\/project.* add it to files \(worker\.allow/s,
    );
  }
  const allowed = { files: [project, join(root, 'evil.js')] };
  const config = configOf({
    ...withTransform(`${project}/../evil.js`),
    enrich: { geoip: { asn: join(root, 'evil.js') } },
  });
  expect((await open(await write(config), allowed)).files).toEqual(allowed.files);
});

test('a transform and a database of the project are accepted', async () => {
  writeFileSync(join(project, 't.js'), '');
  const config = configOf({
    ...withTransform(join(project, 't.js')),
    enrich: { geoip: { city: join(project, 'c.mmdb') } },
  });
  expect((await open(await write(config))).config.enrich?.geoip?.city).toBe(join(project, 'c.mmdb'));
});

test('another REST catalog than its own is refused: secrets would go there', async () => {
  const rest = (uri: string, serverUri?: string): RunConfig['catalog'] => ({
    type: 'rest',
    namespace: 'n',
    rest: { uri, ...(serverUri && { oauth2: { serverUri } }) },
  });
  const ref = await write(configOf({ catalog: rest('http://evil.example') }));
  expect(await refusal(ref)).toMatch(
    /its catalog is http:\/\/evil\.example, but the worker's own catalog is in the warehouse/,
  );
  expect(await refusal(ref, { catalog: rest('http://good.example') })).toMatch(/own catalog is http:\/\/good\.example/);
  const token = await write(configOf({ catalog: rest('http://good.example', 'http://evil.example') }));
  await refusal(token, { catalog: rest('http://good.example') });
  const good = await write(configOf({ catalog: rest('http://good.example') }));
  expect((await open(good, { catalog: rest('http://good.example') })).config.catalog.type).toBe('rest');
});
