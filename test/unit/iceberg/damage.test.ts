import type { TableRole } from '../../../cloudtrail/tables';
import { damagedFiles } from '../../../commit/whole-tables';
import { StorageAccessDenied } from '../../../errors/index';
import { locationOf } from '../../../iceberg/location';
import { damageOf } from '../../../iceberg/rest/errors';
import { createStorageCatalog } from '../../../iceberg/storage-catalog';
import { discover } from '../../../plan/discover';
import { ensureTables } from '../../../run/context';
import { readWork } from '../../../run/versioned';
import { BATCH } from '../../../run/work-area';
import { assertWritable } from '../../../run/writable';
import { audit, kindsOf, type Run } from '../../support/audit';
import { contentOf, copyOf } from '../../support/crashes';
import { FIRST, type Kind, nextRun, SECOND, tablesIn, targetOf, twoDays, WAYS, type Way } from '../../support/damage';
import { records, trailFile, trailKey } from '../../support/runs';

let healthy: Run;
/** The contents of the tables once the late file is ingested. */
let expected: Record<string, string[]>;

const late = (run: Run): Promise<unknown> =>
  run.bucket.put(trailKey('late', { day: FIRST }), trailFile(records(2, `${FIRST}T14:00:00Z`, {}, 'late')));

beforeAll(async () => {
  healthy = await twoDays();
  const other = await copyOf(healthy);
  await late(other);
  await nextRun(other, FIRST);
  expected = await contentOf(other);
});

const KINDS: readonly [role: TableRole, kind: Kind][] = [
  ['default', 'metadata file'],
  ['default', 'manifest list'],
  ['default', 'manifest'],
  ['default', 'data file'],
  ['rejects', 'data file'],
  ['ledger', 'metadata file'],
  ['ledger', 'manifest list'],
  ['ledger', 'manifest'],
  ['ledger', 'data file'],
];
const CASES = KINDS.flatMap(([role, kind]) => (Object.keys(WAYS) as Way[]).map((way) => [role, kind, way] as const));

describe('a damaged file', () => {
  it.each(CASES)('%s: %s %s', async (role, kind, way) => {
    const run = await copyOf(healthy);
    const target = await targetOf(run, role, kind);
    const location = locationOf(run.warehouse, target.key);
    const { body } = await run.warehouse.get(target.key);
    await WAYS[way](run.warehouse, target);
    run.catalog = createStorageCatalog(run.warehouse);
    const before = await tablesIn(run.warehouse);
    // A run reads no data files, except those of the ledger for its own day: of others it knows the sizes.
    const size = await run.warehouse.head(target.key).then(
      (head) => head.size,
      () => -1,
    );
    const onlyRead = kind === 'data file' && size === body.length;

    // The audit of the day names it, and completes.
    const report = await audit(run, { day: FIRST });
    const what = way === 'deleted' ? 'file_gone' : 'file_unreadable';
    const found = report.differences.first.filter((one) => one.what === 'file_gone' || one.what === 'file_unreadable');
    expect(found.map((one) => [one.what, one.subject])).toEqual([[what, location]]);
    expect(found[0].cure).toMatch(/Restore it/);
    expect(report.groups[0].listed).toBe(2);
    // Another day is also audited: the damage belongs to the first one, unless it affects the whole table.
    const other = await audit(run, { day: SECOND });
    expect(other.groups[0].listed).toBe(2);
    const ofTable = kind === 'metadata file' || kind === 'manifest list';
    expect(other.differences.first.map((one) => one.subject)).toEqual(ofTable ? [location] : []);

    await late(run);
    for (const day of [FIRST, SECOND]) {
      if (onlyRead && !(role === 'ledger' && day === FIRST)) continue;
      if (kind === 'data file' && day === SECOND) {
        // A run over another day continues, and reports it at its end.
        const [damaged] = await damagedFiles({ ...run, catalog: createStorageCatalog(run.warehouse) });
        expect(damaged).toMatchObject({ name: 'TableUnusable', cure: expect.stringContaining(`Restore ${location}`) });
        continue;
      }
      const error = await nextRun(run, day).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ name: 'TableUnusable', cure: expect.stringContaining(`Restore ${location}`) });
      expect(String((error as Error).message)).toContain(location);
    }
    // Nothing is written to any table.
    expect(await tablesIn(run.warehouse)).toEqual(before);

    await run.warehouse.put(target.key, body);
    run.catalog = createStorageCatalog(run.warehouse);
    await nextRun(run, FIRST);
    expect(await contentOf(run)).toEqual(expected);
    for (const day of [FIRST, SECOND]) expect(kindsOf(await audit(run, { day }))).toEqual([]);
  });
});

describe('looking at the bucket', () => {
  const look = (run: Run, checkTables?: boolean) =>
    discover(
      { ...run, catalog: createStorageCatalog(run.warehouse) },
      { config: 'c', filter: {}, range: { from: FIRST, to: SECOND }, checkTables },
      new AbortController().signal,
    );

  it('reports damaged data files to a backfill', async () => {
    const run = await copyOf(healthy);
    const { key } = await targetOf(run, 'default', 'data file');
    await run.warehouse.delete(key);
    expect((await look(run, true)).damaged).toEqual([expect.stringContaining(locationOf(run.warehouse, key))]);
  });

  it('is not stopped for an audit by a damaged table, which the audit itself finds', async () => {
    const run = await copyOf(healthy);
    const { key } = await targetOf(run, 'default', 'metadata file');
    await run.warehouse.put(key, Buffer.from('{'));
    expect(await look(run)).not.toHaveProperty('damaged');
  });
});

describe('versions that are gone', () => {
  const versionsOf = async (run: Run, table: string): Promise<string[]> => {
    const keys = [...(await tablesIn(run.warehouse)).keys()];
    const versions = keys.filter((key) => new RegExp(`/${table}/metadata/v\\d+\\.`).test(key));
    return versions.sort((one, two) => Number(/v(\d+)/.exec(one)?.[1]) - Number(/v(\d+)/.exec(two)?.[1]));
  };
  const hintOf = (table: string): string => `trailmill/${table}/metadata/version-hint.text`;

  it.each([
    ['aws_cloudtrail', 1, 'aws_cloudtrail_files'],
    ['aws_cloudtrail', 2, 'aws_cloudtrail_files'],
    ['aws_cloudtrail_rejects', 1, 'aws_cloudtrail_files'],
    ['aws_cloudtrail_files', 2, 'aws_cloudtrail'],
    ['aws_cloudtrail_files', 3, 'aws_cloudtrail'],
  ])('of %s, the newest %i with the hint, are detected by %s', async (table, count, witness) => {
    const run = await copyOf(healthy);
    const versions = await versionsOf(run, table);
    for (const key of [hintOf(table), ...versions.slice(-count)]) await run.warehouse.delete(key);
    const before = await tablesIn(run.warehouse);
    const message = new RegExp(
      `^The table ${table} has lost its newest versions: .*/${table}/metadata/v.*, but according to ${witness} `,
    );
    await expect(nextRun(run, FIRST)).rejects.toMatchObject({ message: expect.stringMatching(message) });
    await expect(ensureTables({ ...run, catalog: createStorageCatalog(run.warehouse) })).rejects.toThrow(message);
    expect(await tablesIn(run.warehouse)).toEqual(before);
    run.catalog = createStorageCatalog(run.warehouse);
    expect(kindsOf(await audit(run, { day: FIRST }))).toContainEqual(expect.stringMatching(/^file_gone /));
  });

  it.each([
    ['aws_cloudtrail', 'aws_cloudtrail_files'],
    ['aws_cloudtrail_files', 'aws_cloudtrail'],
  ])('%s as a whole is not created again', async (table, witness) => {
    const run = await copyOf(healthy);
    for (const key of (await tablesIn(run.warehouse)).keys())
      if (key.startsWith(`trailmill/${table}/`)) await run.warehouse.delete(key);
    const message = new RegExp(
      `^The table ${table} is gone from the storage catalog at .*, but according to ${witness} it had`,
    );
    await expect(nextRun(run, FIRST)).rejects.toMatchObject({ message: expect.stringMatching(message) });
    expect(await versionsOf(run, table)).toEqual([]);
  });

  it('the last one of the ledger: its commit is reported as incomplete, and nothing is written before it is restored', async () => {
    const run = await copyOf(healthy);
    const versions = await versionsOf(run, 'aws_cloudtrail_files');
    const newest = versions[versions.length - 1];
    const { body } = await run.warehouse.get(newest);
    for (const key of [hintOf('aws_cloudtrail_files'), newest]) await run.warehouse.delete(key);
    await late(run);
    const before = await tablesIn(run.warehouse);
    await expect(nextRun(run, FIRST)).rejects.toMatchObject({
      name: 'TableUnusable',
      message: expect.stringMatching(/^The ledger announces an incomplete commit, but its description, .*, is gone\.$/),
      cure: expect.stringContaining('has lost its newest metadata file, restore the ledger'),
    });
    expect(await tablesIn(run.warehouse)).toEqual(before);
    await run.warehouse.put(newest, body);
    run.catalog = createStorageCatalog(run.warehouse);
    await nextRun(run, FIRST);
    expect(await contentOf(run)).toEqual(expected);
  });

  it('in a process that has loaded the newest one, without any hint', async () => {
    const run = await copyOf(healthy);
    await ensureTables(run);
    const versions = await versionsOf(run, 'aws_cloudtrail_rejects');
    const newest = versions[versions.length - 1];
    for (const key of [hintOf('aws_cloudtrail_rejects'), newest]) await run.warehouse.delete(key);
    await expect(ensureTables(run)).rejects.toMatchObject({ path: locationOf(run.warehouse, newest), how: 'gone' });
  });

  it.each(['0', '1', 'v3 perhaps', ''])('is not reported if the hint is %j and all versions exist', async (text) => {
    const run = await copyOf(healthy);
    await run.warehouse.put(hintOf('aws_cloudtrail'), Buffer.from(text));
    await late(run);
    await nextRun(run, FIRST);
    expect(await contentOf(run)).toEqual(expected);
  });
});

describe('a file of the work area', () => {
  it.each([
    ['', 'it is empty'],
    ['{"a":', 'cannot be read: '],
    ['null', 'neither an object nor an array'],
  ])('that is %j is named', async (text, why) => {
    const { warehouse } = await copyOf(healthy);
    await warehouse.put('_trailmill/x.json', Buffer.from(text));
    const told = readWork(warehouse, '_trailmill/x.json', BATCH);
    await expect(told).rejects.toMatchObject({
      message: expect.stringContaining(`${locationOf(warehouse, '_trailmill/x.json')}, a work file of`),
      cure: expect.stringContaining('Restore'),
    });
    await expect(told).rejects.toThrow(why);
  });
});

describe('a warehouse that is read-only', () => {
  it('is reported before anything else, with the permission that is needed', async () => {
    const run = await copyOf(healthy);
    run.warehouse.put = async (key) => {
      throw new StorageAccessDenied(
        `PutObject ${key}: AWS denied access (AccessDenied).`,
        'Grant s3:PutObject on b/*.',
      );
    };
    const said = {
      name: 'StorageAccessDenied',
      message: expect.stringMatching(/^The warehouse memory:\/\/warehouse is not writable: PutObject _trailmill/),
      cure: 'Grant s3:PutObject on b/*.',
    };
    await expect(assertWritable(run.warehouse)).rejects.toMatchObject(said);
    await expect(nextRun(run, FIRST)).rejects.toMatchObject(said);
  });
});

describe('a REST catalog that cannot read a metadata file', () => {
  const path = 's3://b/w/t/metadata/00003-ab.metadata.json';
  const of = (status: number, message: string) =>
    damageOf({ kind: 'errorResponse', status, message, json: true }, `It said ${message}`, {
      operation: 'load a table',
    });

  it.each([
    [404, `Location does not exist: ${path}`, 'gone'],
    [500, `Failed to open input stream for file: ${path} (No such file)`, 'gone'],
    [500, `Failed to read file: ${path}`, 'unreadable'],
  ])('%i %s', (status, message, how) => {
    expect(of(status, message)).toMatchObject({ path, how, cure: expect.stringContaining(`Restore ${path}`) });
  });

  it('is not confused with one that has no such table, or that is busy', () => {
    expect(of(404, 'Table does not exist: a.b')).toBeUndefined();
    expect(of(503, `${path} is busy`)).toBeUndefined();
  });
});
