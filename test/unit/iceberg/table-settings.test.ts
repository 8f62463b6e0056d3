/** Tables have settings for other writers of their files; existing settings are kept. */
import { allTables, SORTED_BY, TABLE_ROLES, type TableRole, tablesOf } from '../../../cloudtrail/tables';
import type { Catalog } from '../../../iceberg/catalog';
import { evolveTable } from '../../../iceberg/evolve-table';
import { schemaOf } from '../../../iceberg/schema';
import { createStorageCatalog } from '../../../iceberg/storage-catalog';
import { tableSettings } from '../../../iceberg/table-settings';
import type { ColumnSpec } from '../../../iceberg/types';
import { ensureTables } from '../../../run/context';
import { createMemoryStore } from '../../../storage/memory';
import { ingestWholeDay, memoryRun, records, trailFile, trailKey } from '../../support/runs';

const COLUMNS: ColumnSpec[] = [
  { name: 'ts', type: 'timestamptz', required: true, doc: '' },
  { name: 'user.arn', type: 'string', lookup: true, doc: '' },
  { name: 'text', type: 'string', doc: '' },
];
const SETTINGS = tableSettings(COLUMNS, ['user.arn', 'ts']);
const FULL = 'write.metadata.metrics.column.user.arn';
const BLOOM = 'write.parquet.bloom-filter-enabled.column.user.arn';
const identifier = { namespace: 'logs', name: 'events' };
const ascending = (id: number) => ({
  transform: 'identity',
  'source-id': id,
  direction: 'asc',
  'null-order': 'nulls-first' as const,
});

/** A table as earlier versions created it. */
async function oldTable(): Promise<{ catalog: Catalog; load: () => ReturnType<Catalog['ensureTable']> }> {
  const catalog = createStorageCatalog(createMemoryStore('w'));
  const load = async () => (await catalog.loadTable(identifier))!;
  await catalog.ensureTable(identifier, { schema: schemaOf(COLUMNS), partitionByDayOf: 'ts' });
  return { catalog, load };
}

it('a new table has them from its first version on', async () => {
  const catalog = createStorageCatalog(createMemoryStore('w'));
  const create = { schema: schemaOf(COLUMNS), partitionByDayOf: 'ts', ...SETTINGS };
  const table = await catalog.ensureTable(identifier, create);
  expect(table.metadata).toMatchObject({
    'default-sort-order-id': 1,
    'sort-orders': [
      { 'order-id': 0, fields: [] },
      { 'order-id': 1, fields: [ascending(4), ascending(1)] },
    ],
    properties: { [FULL]: 'full', [BLOOM]: 'true', 'write.metadata.metrics.default': 'truncate(16)' },
  });
  expect(await evolveTable(catalog, table, COLUMNS, { settings: SETTINGS })).toBe(table);
});

it('an old table gets them, including those for new columns, once for all workers', async () => {
  const { catalog, load } = await oldTable();
  const wanted: ColumnSpec[] = [...COLUMNS, { name: 'user.id', type: 'string', lookup: true, doc: '' }];
  const settings = tableSettings(wanted, ['user.id']);
  const before = await load();
  const evolved = await Promise.all([1, 2, 3].map(() => evolveTable(catalog, before, wanted, { settings })));
  const { metadata } = await load();
  for (const one of evolved) expect(one.metadata['sort-orders']).toEqual(metadata['sort-orders']);
  expect(metadata['default-sort-order-id']).toBe(1);
  expect(metadata['sort-orders']).toEqual([
    { 'order-id': 0, fields: [] },
    { 'order-id': 1, fields: [ascending(5)] },
  ]);
  expect(metadata.properties).toMatchObject(settings.properties);
  expect(metadata.schemas).toHaveLength(2);
});

it('existing settings stay: a property, a sort order, and a removed sort order', async () => {
  const { catalog, load } = await oldTable();
  const own = { [FULL]: 'none', 'write.metadata.metrics.default': 'counts' };
  await catalog.commit(await load(), [], [{ action: 'set-properties', updates: own }]);
  const mine = { 'order-id': 7, fields: [{ ...ascending(1), direction: 'desc' as const }] };
  await catalog.commit(
    await load(),
    [],
    [
      { action: 'add-sort-order', 'sort-order': mine },
      { action: 'set-default-sort-order', 'sort-order-id': -1 },
    ],
  );
  const { metadata } = await evolveTable(catalog, await load(), COLUMNS, { settings: SETTINGS });
  expect(metadata.properties).toMatchObject({ ...own, [BLOOM]: 'true' });
  expect(metadata['default-sort-order-id']).toBe(1);
  expect(metadata['sort-orders']).toEqual([
    { 'order-id': 0, fields: [] },
    { ...mine, 'order-id': 1 },
  ]);
  // Spark's `WRITE UNORDERED`.
  const unordered = { ...(await load()), metadata: { ...metadata, 'default-sort-order-id': 0 } };
  expect(await evolveTable(catalog, unordered, COLUMNS, { settings: SETTINGS })).toBe(unordered);
});

it('a catalog that omits some of them gets only one request', async () => {
  const { catalog, load } = await oldTable();
  let commits = 0;
  const forgetful: Catalog = {
    ...catalog,
    async commit(table) {
      commits++;
      return table;
    },
  };
  const before = await load();
  expect(await evolveTable(forgetful, before, COLUMNS, { settings: SETTINGS })).toBe(before);
  expect(commits).toBe(1);
});

it.each(TABLE_ROLES)('%s: its order and its lookup columns are columns that it has', (role) => {
  const { columns } = tablesOf('t', allTables('t'))[role as TableRole]!;
  const types = new Map(columns.map(({ name, type }) => [name, type]));
  for (const name of SORTED_BY[role]) expect(typeof types.get(name)).toBe('string');
  const lookups = columns.filter(({ lookup }) => lookup);
  expect(lookups.length).toBeGreaterThan(0);
  for (const { type } of lookups) expect(type).toBe('string');
});

it('a run adds them to tables of earlier versions', async () => {
  const run = memoryRun();
  const { catalog } = run;
  await run.bucket.put(trailKey('one'), trailFile(records(1)));
  const { ensureTable } = catalog;
  catalog.ensureTable = (of, { schema, partitionByDayOf }, signal) =>
    ensureTable(of, { schema, partitionByDayOf }, signal);
  await ingestWholeDay(run);
  for (const table of Object.values(await ensureTables(run))) {
    expect(table.metadata['default-sort-order-id']).toBe(1);
    expect(Object.keys(table.metadata.properties)).toContain('write.metadata.metrics.default');
  }
});
