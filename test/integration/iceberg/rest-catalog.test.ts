/** The catalog port on Iceberg's own REST server, with its tables on a real S3 server. */
import type { LoadedTable } from '../../../iceberg/catalog';
import { evolveTable } from '../../../iceberg/evolve-table';
import { formatJson } from '../../../iceberg/json';
import { keyOf } from '../../../iceberg/location';
import { writeManifestList } from '../../../iceberg/manifest-list';
import { schemaOf } from '../../../iceberg/schema';
import { currentSchema, currentSpec, snapshotById } from '../../../iceberg/snapshot';
import { tableSettings } from '../../../iceberg/table-settings';
import type { ColumnSpec } from '../../../iceberg/types';
import { parseAddress, type S3Address } from '../../../storage/address';
import type { CredentialProvider } from '../../../storage/s3/credentials';
import { createS3Store } from '../../../storage/s3/store';
import { append, contentsOf, tableIn } from '../../support/appends';
import { useOwnRest, useRest } from '../../support/rest';
import { describeWithRestCatalog, freshName } from '../../support/servers';

const COLUMNS: ColumnSpec[] = [
  { name: 'ts', type: 'timestamptz', required: true, doc: 'time' },
  { name: 'event.id', type: 'string', doc: 'id' },
  { name: 'related.ip', type: { list: 'string' }, doc: 'addresses' },
];
const CREATE = { schema: schemaOf(COLUMNS), partitionByDayOf: 'ts' };
const names = (count: number, prefix = 'w') =>
  Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(2, '0')}`);

describeWithRestCatalog('a table in a REST catalog', () => {
  const rest = useRest();
  let count = 0;
  const top = freshName('logs');
  const identifier = () => ({ namespace: `${top}.cloudtrail`, name: `events_${++count}` });
  beforeEach(() => rest().proxy.behave());

  it('is created with its namespaces, and is the same for another client', async () => {
    const id = identifier();
    const one = rest().open();
    expect(await one.loadTable(id)).toBeUndefined();
    const made = await one.ensureTable(id, { ...CREATE, properties: { 'trailmill.test': 'ü' } });
    expect(made.location).toBe(`${rest().warehouse}/${top}/cloudtrail/${id.name}`);
    expect(made.metadataLocation).toMatch(/\/metadata\/00000-.*\.metadata\.json$/);
    expect(made.metadata).toMatchObject({ 'format-version': 2, properties: { 'trailmill.test': 'ü' } });
    expect(currentSchema(made.metadata)).toEqual(CREATE.schema);
    expect(currentSpec(made.metadata).fields).toEqual([
      { 'source-id': 1, 'field-id': 1000, name: 'ts_day', transform: 'day' },
    ]);
    expect(made.store.uri).toBe(rest().warehouse.replace(/\/[^/]+$/, ''));
    const other = await tableIn(rest().open(), id);
    expect({ ...other, store: undefined }).toEqual({ ...made, store: undefined });
    expect((await rest().open().ensureTable(id, CREATE)).metadata['table-uuid']).toBe(made.metadata['table-uuid']);
  });

  it('has the ids that the server assigns, whatever was proposed', async () => {
    const schema = JSON.parse(JSON.stringify(CREATE.schema).replace(/"((?:element-)?id)":(\d+)/g, '"$1":10$2'));
    const { metadata } = await rest()
      .open()
      .ensureTable(identifier(), { ...CREATE, schema });
    expect(schema.fields[0].id).toBe(101);
    expect(currentSchema(metadata)).toEqual(CREATE.schema);
    expect(currentSpec(metadata).fields[0]['source-id']).toBe(1);
  });

  it('that ten clients create at once is one table', async () => {
    const id = { ...identifier(), namespace: `${top}.made.at.once` };
    const made = await Promise.all(names(10).map(() => rest().open().ensureTable(id, CREATE)));
    expect(new Set(made.map(({ metadata }) => metadata['table-uuid'])).size).toBe(1);
  });

  it('accepts new columns, even if several clients notice at the same time that they are missing', async () => {
    const id = identifier();
    const table = await rest().open().ensureTable(id, CREATE);
    const more: ColumnSpec[] = [...COLUMNS, { name: 'event.kind', type: 'string', doc: 'kind' }];
    const evolved = await Promise.all(names(4).map(() => evolveTable(rest().open(), table, more)));
    const ids = evolved.map(({ metadata }) => metadata['current-schema-id']);
    expect(ids).toEqual([1, 1, 1, 1]);
    const { metadata } = await tableIn(rest().open(), id);
    expect(metadata.schemas).toHaveLength(2);
    expect(metadata['last-column-id']).toBe(7);
  });

  it('gets its settings when it is created, or later, and keeps existing ones', async () => {
    const settings = tableSettings([{ ...COLUMNS[1], lookup: true }], ['event.id', 'ts']);
    const [made, old] = [identifier(), identifier()];
    const catalog = rest().open();
    await catalog.ensureTable(made, { ...CREATE, ...settings });
    const own = { 'write.metadata.metrics.default': 'counts' };
    const before = await catalog.ensureTable(old, { ...CREATE, properties: own });
    await Promise.all(names(3).map(() => evolveTable(rest().open(), before, COLUMNS, { settings })));
    for (const [id, properties] of [
      [made, settings.properties],
      [old, { ...settings.properties, ...own }],
    ] as const) {
      const { metadata } = await tableIn(rest().open(), id);
      expect(metadata.properties).toMatchObject(properties);
      const order = metadata['sort-orders'].find((each) => each['order-id'] === metadata['default-sort-order-id']);
      expect(order?.fields.map((field) => field['source-id'])).toEqual([4, 1]);
    }
  });

  it('refuses a commit whose requirement is not met, and is unchanged', async () => {
    const catalog = rest().open();
    const before = await catalog.ensureTable(identifier(), CREATE);
    const updates = [{ action: 'set-properties' as const, updates: { a: 'b' } }];
    for (const requirement of [
      { type: 'assert-table-uuid' as const, uuid: '11111111-1111-1111-1111-111111111111' },
      { type: 'assert-ref-snapshot-id' as const, ref: 'main', 'snapshot-id': 5n },
      { type: 'assert-current-schema-id' as const, 'current-schema-id': 7 },
      { type: 'assert-last-assigned-field-id' as const, 'last-assigned-field-id': 77 },
    ]) {
      await expect(catalog.commit(before, [requirement], updates)).rejects.toMatchObject({ name: 'CommitConflict' });
    }
    const after = await tableIn(catalog, before.identifier);
    expect(after.metadataLocation).toBe(before.metadataLocation);
    const done = await catalog.commit(
      before,
      [{ type: 'assert-ref-snapshot-id', ref: 'main', 'snapshot-id': null }],
      updates,
    );
    expect(done.metadata.properties).toMatchObject({ a: 'b' });
  });

  it('that was dropped causes a conflict, and then an error message', async () => {
    const catalog = rest().open();
    const table = await catalog.ensureTable(identifier(), CREATE);
    const path = `/v1/namespaces/${top}%1Fcloudtrail/tables/${table.identifier.name}`;
    expect((await fetch(`${rest().uri}${path}`, { method: 'DELETE' })).ok).toBe(true);
    await expect(catalog.commit(table, [], [])).rejects.toMatchObject({ name: 'CommitConflict' });
    await expect(append(catalog, table.identifier, 'x', { manifests: [], allowEmpty: true })).rejects.toMatchObject({
      name: 'TableUnusable',
      message: `The table ${top}.cloudtrail.${table.identifier.name} is not in the REST catalog at ${rest().proxy.endpoint}.`,
    });
  });

  it('keeps every digit of the snapshot ids of other writers', async () => {
    const catalog = rest().open();
    const id = identifier();
    const table = await catalog.ensureTable(id, CREATE);
    const theirs = 9_223_372_036_854_775_783n;
    await commitAs(table, theirs);
    await append(catalog, id, 'ours');
    const { metadata } = await tableIn(rest().open(), id);
    const ours = snapshotById(metadata, metadata['current-snapshot-id']);
    expect(ours?.['parent-snapshot-id']).toBe(theirs);
    expect(metadata['snapshot-log'][0]['snapshot-id']).toBe(theirs);
    expect((await contentsOf(catalog, id)).commits).toEqual(['ours', undefined]);
  });

  /** Commits an empty snapshot as another writer. */
  async function commitAs(table: LoadedTable, snapshotId: bigint): Promise<void> {
    const key = `${keyOf(table.store, table.location)}/metadata/snap-theirs.avro`;
    const list = await writeManifestList(table.store, key, { id: snapshotId, sequenceNumber: 1n }, []);
    const snapshot = {
      'snapshot-id': snapshotId,
      'sequence-number': 1,
      'timestamp-ms': Date.now(),
      'manifest-list': list,
      summary: { operation: 'append' },
      'schema-id': 0,
    };
    const body = formatJson({
      requirements: [],
      updates: [
        { action: 'add-snapshot', snapshot },
        { action: 'set-snapshot-ref', 'ref-name': 'main', type: 'branch', 'snapshot-id': snapshotId },
      ],
    });
    const path = `/v1/namespaces/${top}%1Fcloudtrail/tables/${table.identifier.name}`;
    const answer = await fetch(`${rest().uri}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(answer.status).toBe(200);
  }

  it('accepts commits after another branch has used the next sequence number', async () => {
    const catalog = rest().open();
    const id = identifier();
    const table = await catalog.ensureTable(id, CREATE);
    const first = await append(catalog, id, 'one');
    let branched = false;
    const prepare = async (before: LoadedTable) => {
      if (branched) return {};
      branched = true;
      // Commits the same sequence number, based on the same state, to another branch.
      const { metadata } = before;
      const snapshot = {
        ...metadata.snapshots[0],
        'snapshot-id': 77n,
        'parent-snapshot-id': metadata.snapshots[0]['snapshot-id'],
        'sequence-number': metadata['last-sequence-number'] + 1n,
      };
      await catalog.commit(
        before,
        [],
        [
          { action: 'add-snapshot', snapshot },
          { action: 'set-snapshot-ref', 'ref-name': 'side', type: 'branch', 'snapshot-id': 77n },
        ],
      );
      return {};
    };
    const second = await append(catalog, id, 'two', { prepare });
    expect(first.snapshotId).not.toBe(second.snapshotId);
    expect((await contentsOf(catalog, id)).commits).toEqual(['one', 'two']);
    expect(table.metadata['table-uuid']).toBe((await tableIn(catalog, id)).metadata['table-uuid']);
  });

  it.each([
    ['a commit whose answer was lost', 'POST', /\/tables\/events_\d+$/, 'swallow'],
    ['a commit whose first request failed', 'POST', /\/tables\/events_\d+$/, 'refuse'],
  ] as const)('has %s exactly once', async (_name, method, path, kind) => {
    const catalog = rest().open();
    const id = identifier();
    await catalog.ensureTable(id, CREATE);
    const rule = rest().proxy.addRule({ fault: { kind }, method, path, times: 3 });
    const results = [];
    for (const name of names(3)) results.push(await append(catalog, id, name, { rows: 5 }));
    expect(rule.hitCount).toBe(3);
    expect(results.every(({ alreadyCommitted }) => !alreadyCommitted)).toBe(true);
    expect(await contentsOf(catalog, id)).toEqual({ files: names(3), rows: 15, commits: names(3), total: '15' });
  });

  it('is created once even if all answers are lost', async () => {
    const id = { ...identifier(), namespace: `${freshName('lost')}.answers` };
    const rules = [/\/namespaces$/, /\/namespaces$/, /\/tables$/].map((path) =>
      rest().proxy.addRule({ fault: { kind: 'swallow' }, method: 'POST', path, times: 1 }),
    );
    const table = await rest().open().ensureTable(id, CREATE);
    expect(rules.map(({ hitCount }) => hitCount)).toEqual([1, 1, 1]);
    expect((await tableIn(rest().open(), id)).metadata['table-uuid']).toBe(table.metadata['table-uuid']);
  });

  it('is an error within the time limit if the server never answers', async () => {
    rest().proxy.addRule({ fault: { kind: 'silence' } });
    await expect(
      rest()
        .open({}, { timeoutMs: 200, maxAttempts: 2, sleep: async () => {} })
        .loadTable(identifier()),
    ).rejects.toMatchObject({
      name: 'StorageUnavailable',
      message: expect.stringContaining('did not respond within 0.2 s'),
    });
  });
});

describeWithRestCatalog('a REST catalog that vends credentials', () => {
  const rest = useOwnRest({ vendCredentials: true });
  const TABLE = { namespace: 'logs', name: 'events' };

  it('is all that a client needs to write and to read', async () => {
    const given: (CredentialProvider | undefined)[] = [];
    const openStore = (address: string, credentials?: CredentialProvider) => {
      given.push(credentials);
      return createS3Store({ ...(parseAddress(address) as S3Address), credentials });
    };
    const catalog = rest().open({}, { openStore });
    await catalog.ensureTable(TABLE, CREATE);
    await append(catalog, TABLE, 'one', { rows: 3 });
    expect(await contentsOf(catalog, TABLE)).toMatchObject({ files: ['one'], rows: 3 });
    const { accessKeyId } = rest().s3.rootCredentials;
    expect(await given[0]?.()).toMatchObject({ accessKeyId });
    expect(given).toHaveLength(1);
  });
});
