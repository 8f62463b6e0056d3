/** SQL over tables of which a file is damaged: the answer is the file and what to do, not what DuckDB makes of its bytes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTables as openRun } from '../../activities/run-context';
import { keyOf } from '../../iceberg/location';
import { createStorageCatalog } from '../../iceberg/storage-catalog';
import { openTables } from '../../query/open-tables';
import { createFileStore } from '../../storage/file';
import { type Target, WAYS, type Way } from '../support/damage';
import { DAY, filesOf, ingestWholeDay, memoryRun, records, trailFile, trailKey } from '../support/runs';

const directory = mkdtempSync(join(tmpdir(), 'trailmill-damage-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function onDisk() {
  const warehouse = createFileStore(mkdtempSync(join(directory, 'w-')));
  const run = { ...memoryRun({ batchFiles: 1 }), warehouse, catalog: createStorageCatalog(warehouse) };
  for (const name of ['one', 'two'])
    await run.bucket.put(trailKey(name), trailFile(records(200, `${DAY}T12:00:00Z`, {}, name)));
  await ingestWholeDay(run);
  return run;
}

type Run = Awaited<ReturnType<typeof onDisk>>;

async function ask({ warehouse }: Run): Promise<unknown> {
  const tables = await openTables(createStorageCatalog(warehouse), 'trailmill', { sql: 'aws_cloudtrail' });
  try {
    return await tables.query('SELECT count(DISTINCT event.id) AS n, max(event.action) AS a FROM aws_cloudtrail');
  } finally {
    tables.close();
  }
}

const WITHIN = 'overwritten in its middle';

/** A whole other file DuckDB reads without a word: runs and audits tell. */
const READ_BY_DUCKDB = (Object.keys(WAYS) as Way[]).filter((way) => way !== 'replaced by another of its kind');

it.each([...READ_BY_DUCKDB, WITHIN])('a data file that is %s', async (way) => {
  const run = await onDisk();
  const { warehouse } = run;
  const [file, other] = await filesOf(run, 'default');
  const target: Target = { key: keyOf(warehouse, file.path), other: keyOf(warehouse, other.path) };
  const { body } = await warehouse.get(target.key);
  if (way === WITHIN) {
    const changed = Buffer.from(body);
    changed.fill(0x5a, changed.length >> 3, changed.length >> 1);
    await warehouse.put(target.key, changed);
  } else await WAYS[way as Way](warehouse, target);
  const answer = await ask(run).catch((error: unknown) => error);
  expect(answer).toMatchObject({ name: 'TableUnusable', cure: expect.stringContaining(`Restore ${file.path}`) });
  expect((answer as Error).message).toContain(`${file.path}, a data file of aws_cloudtrail, `);
  expect((answer as Error).message).not.toContain('LINE 1');
  await warehouse.put(target.key, body);
  expect(await ask(run)).toEqual([{ n: '400', a: 'GetObject' }]);
});

it('a manifest that is gone', async () => {
  const run = await onDisk();
  const { default: table } = await openRun(run);
  const list = table!.metadata.snapshots[0]['manifest-list'];
  await run.warehouse.delete(keyOf(run.warehouse, list));
  await expect(ask(run)).rejects.toThrow(`${list}, a manifest list of aws_cloudtrail, is gone.`);
});

it('a mistake in the SQL stays one', async () => {
  const run = await onDisk();
  const tables = await openTables(createStorageCatalog(run.warehouse), 'trailmill');
  await expect(tables.query('SELECT nothing FROM aws_cloudtrail')).rejects.toMatchObject({ name: 'UserMistake' });
  await expect(tables.query("SELECT strptime('x', '%Y') FROM aws_cloudtrail")).rejects.toMatchObject({
    name: 'UserMistake',
  });
  tables.close();
});
