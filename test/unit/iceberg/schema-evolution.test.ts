/** Growing schemas: what may change, what may not, and that all writers end up with the same schema. */
import { CommitConflict, CommitStateUnknown, TableUnusable } from '../../../errors/index.js';
import type { Catalog, TableUpdate } from '../../../iceberg/catalog.js';
import { evolveTable } from '../../../iceberg/evolve-table.js';
import { newTableMetadata, type TableMetadata } from '../../../iceberg/metadata.js';
import { fieldByName, lastColumnId, leafFields, schemaOf, schemaToWrite } from '../../../iceberg/schema.js';
import { evolveSchema, sameSchema } from '../../../iceberg/schema-evolution.js';
import { currentSchema } from '../../../iceberg/snapshot.js';
import { createStorageCatalog } from '../../../iceberg/storage-catalog.js';
import type { ColumnSpec, IcebergType, NestedField, Schema } from '../../../iceberg/types.js';
import { applyUpdates, checkRequirements } from '../../../iceberg/updates.js';
import { createMemoryStore } from '../../../storage/memory.js';

const TS: ColumnSpec = { name: 'ts', type: 'timestamptz', required: true, doc: 'time' };
const text = (name: string): ColumnSpec => ({ name, type: 'string', doc: name });
const of = (name: string, type: ColumnSpec['type'], required?: boolean): ColumnSpec => ({
  name,
  type,
  required,
  doc: name,
});
const structs = (...members: string[]): ColumnSpec['type'] => ({
  list: { struct: members.map((name) => ({ name, type: 'string' })) },
});

const BEFORE = [TS, text('event.id'), text('aws.cloudtrail.region'), of('resources', structs('arn')), of('n', 'int')];

function evolved(before: readonly ColumnSpec[], wanted: readonly ColumnSpec[]) {
  const schema = schemaOf(before);
  return evolveSchema(schema, lastColumnId(schema), wanted);
}

function refusal(before: readonly ColumnSpec[], wanted: readonly ColumnSpec[]): TableUnusable {
  try {
    evolved(before, wanted);
  } catch (error) {
    if (error instanceof TableUnusable) return error;
    throw error;
  }
  throw new Error('It was not refused.');
}

const paths = (schema: Schema): [path: string, id: number][] =>
  [...leafFields(schema)].map(({ path, id }) => [path, id]);

describe('a schema that needs more columns', () => {
  it('gains them at any depth, after the existing ones, with ids above the last one', () => {
    const wanted = [
      TS,
      text('team.name'),
      text('aws.cloudtrail.reason'),
      text('event.id'),
      text('aws.cloudtrail.region'),
      of('resources', structs('type', 'arn')),
      of('n', 'int'),
      of('tags', { list: 'string' }),
    ];
    const { schema, changes } = evolved(BEFORE, wanted);
    expect(paths(schema)).toEqual([
      ['ts', 1],
      ['event.id', 6],
      ['aws.cloudtrail.region', 8],
      ['aws.cloudtrail.reason', 11],
      ['resources.element.arn', 10],
      ['resources.element.type', 12],
      ['n', 5],
      ['team.name', 14],
      ['tags.element', 16],
    ]);
    expect(fieldByName(schema, 'team')).toMatchObject({ id: 13, required: false });
    expect(fieldByName(schema, 'aws.cloudtrail.reason')).toMatchObject({ doc: 'aws.cloudtrail.reason' });
    expect(changes).toEqual([
      { kind: 'added', column: 'aws.cloudtrail.reason', type: 'string' },
      { kind: 'added', column: 'resources.element.type', type: 'string' },
      { kind: 'added', column: 'team', type: 'struct' },
      { kind: 'added', column: 'tags', type: 'list of string' },
    ]);
  });

  it('is unchanged if it has them all, whatever their order and their docs', () => {
    const schema = schemaOf(BEFORE);
    const wanted = [...BEFORE].reverse().map((column) => ({ ...column, doc: 'in other words' }));
    expect(evolveSchema(schema, 99, wanted)).toEqual({ schema, changes: [] });
  });

  it('never reuses the id of a dropped column', () => {
    const { schema } = evolveSchema(schemaOf([TS]), 40, [TS, text('back.again')]);
    expect(paths(schema)).toEqual([
      ['ts', 1],
      ['back.again', 42],
    ]);
  });

  it('keeps columns that are no longer wanted, in their place', () => {
    const { schema, changes } = evolved(BEFORE, [TS, text('aws.cloudtrail.region')]);
    expect(changes).toEqual([]);
    expect(paths(schema)).toEqual(paths(schemaOf(BEFORE)));
  });

  it('does not touch types that only other writers use', () => {
    const map = { type: 'map', 'key-id': 20, key: 'string', 'value-id': 21, 'value-required': false, value: 'string' };
    const foreign = (id: number, name: string, type: unknown): NestedField =>
      ({ id, name, required: false, type }) as NestedField;
    const plain = schemaOf([TS]);
    const schema = { ...plain, fields: [...plain.fields, foreign(19, 'm', map), foreign(22, 'd', 'decimal(9,2)')] };
    expect(lastColumnId(schema)).toBe(22);
    const { schema: after } = evolveSchema(schema, 22, [TS, text('more')]);
    expect(after.fields.slice(0, 3)).toEqual(schema.fields);
    expect(after.fields[3].id).toBe(23);
  });
});

describe('a column of a table may become', () => {
  it.each([
    ['long', of('a.n', 'int'), of('a.n', 'long')],
    ['double', of('a.n', 'float'), of('a.n', 'double')],
    ['a list of double', of('a.n', { list: 'float' }), of('a.n', { list: 'double' })],
  ])('%s, and keeps its id', (_what, before, after) => {
    const { schema, changes } = evolved([TS, before], [TS, after]);
    expect(schema.fields).toEqual(schemaOf([TS, after]).fields);
    expect(changes).toEqual([expect.objectContaining({ kind: 'widened' })]);
  });

  it('optional, when it is wanted as optional or no longer wanted', () => {
    const before = [TS, of('a', 'string', true), of('b', 'string', true), of('s.c', 'string', true)];
    const { schema, changes } = evolved(before, [TS, of('a', 'string')]);
    expect(schema.fields.map(({ name, required }) => [name, required])).toEqual([
      ['ts', true],
      ['a', false],
      ['b', false],
      ['s', false],
    ]);
    expect(changes.map(({ kind, column }) => `${column} ${kind}`)).toEqual(['a made-optional', 'b made-optional']);
  });

  it('neither required nor narrow again: an optional or wide column stays so', () => {
    const optional = evolved([TS, of('a', 'string')], [TS, of('a', 'string', true)]);
    expect(optional.changes).toEqual([]);
    expect(fieldByName(optional.schema, 'a')?.required).toBe(false);
  });
});

describe('a column of a table may not become', () => {
  it.each([
    ['narrower', of('n', 'long'), of('n', 'int'), 'n is long in the table and cannot become int, which is narrower'],
    ['narrower', of('n', 'double'), of('n', 'float'), 'n is double in the table and cannot become float, which'],
    ['another primitive', of('n', 'string'), of('n', 'long'), 'n is string in the table and cannot become long.'],
    ['a struct', text('n'), text('n.m'), 'n is string in the table and cannot become struct.'],
    ['a list', text('n'), of('n', { list: 'string' }), 'n is string in the table and cannot become list of string.'],
    ['another list', of('n', { list: 'string' }), of('n', { list: 'int' }), 'n.element is string in the table and'],
    ['a date', of('n', 'date'), of('n', 'timestamptz'), 'n is date in the table and cannot become timestamptz.'],
  ])('%s', (_what, before, after, message) => {
    const error = refusal([TS, before], [TS, after]);
    expect(error.message).toContain(message);
    expect(error.cure).toMatch(/^Declare n(\.element)? as \w+, or give the new column another name\.$/);
  });

  it('required, when it is new', () => {
    expect(refusal([TS], [TS, of('a.b', 'string', true)])).toMatchObject({
      message: 'The column a is new and required, but existing rows of the table have no value for it.',
      cure: 'Make the new column optional.',
    });
  });

  it('one that differs from another only in upper and lower case', () => {
    expect(refusal([TS, text('a.Team')], [TS, text('a.team')])).toMatchObject({
      message: "The column a.team differs from the table's a.Team only in case.",
      cure: "Use the table's spelling, a.Team, or choose another name.",
    });
  });

  it('optional, when it identifies the rows', () => {
    const schema = { ...schemaOf([TS, of('a', 'string', true)]), 'identifier-field-ids': [2] };
    expect(() => evolveSchema(schema, 2, [TS])).toThrow('The column a is an identifier field');
    expect(evolveSchema(schema, 2, [TS, of('a', 'string', true)]).schema).toBe(schema);
  });

  it('any of it: all problems are reported at once', () => {
    const { message } = refusal([TS, of('a', 'long'), text('b')], [TS, of('a', 'int'), of('b', 'date')]);
    expect(message).toContain('The column a is');
    expect(message).toContain('The column b is');
  });
});

describe('a data file', () => {
  it("has the wanted columns only, in their order, with the table's ids", () => {
    const before = schemaOf([TS, text('old'), of('r', structs('arn', 'type')), text('s.a')]);
    const wanted = [text('s.b'), TS, of('r', structs('type', 'account', 'arn'))];
    const { schema } = evolveSchema(before, lastColumnId(before), wanted);
    const written = schemaToWrite({ ...schema, 'schema-id': 7 }, wanted);
    expect(written['schema-id']).toBe(7);
    const ids = new Map(paths(schema));
    expect(paths(written)).toEqual(
      ['s.b', 'ts', 'r.element.type', 'r.element.account', 'r.element.arn'].map((path) => [path, ids.get(path)]),
    );
    expect(() => schemaToWrite(before, wanted)).toThrow(TableUnusable);
    expect(() => schemaToWrite(before, [of('old', 'long')])).toThrow(TableUnusable);
  });
});

const metadataOf = (schema: Schema): TableMetadata =>
  newTableMetadata({ schema, partitionByDayOf: 'ts', location: 'memory://w/a/t', uuid: 'u', now: 5 });
const at = { now: 9 };

describe('schema updates of a table', () => {
  const first = metadataOf(schemaOf([TS]));
  const adding = (schema: Schema): TableUpdate[] => [
    { action: 'add-schema', schema },
    { action: 'set-current-schema', 'schema-id': -1 },
  ];
  const wider = evolveSchema(currentSchema(first), 1, [TS, text('a')]).schema;
  const second = applyUpdates(first, adding(wider), at);

  it('give the new schema the next id, and keep the others', () => {
    expect(second).toMatchObject({ 'current-schema-id': 1, 'last-column-id': 2, 'last-updated-ms': 9 });
    expect(second.schemas.map((schema) => schema['schema-id'])).toEqual([0, 1]);
    expect(currentSchema(second).fields.map(({ name }) => name)).toEqual(['ts', 'a']);
    expect(first).toEqual(metadataOf(schemaOf([TS])));
  });

  it('reuse an equal earlier schema, and never lower the last column id', () => {
    const back = applyUpdates(second, adding({ ...schemaOf([TS]), 'schema-id': 5 }), at);
    expect(back).toMatchObject({ 'current-schema-id': 0, 'last-column-id': 2 });
    expect(back.schemas).toEqual(second.schemas);
    const third = applyUpdates(back, adding(evolveSchema(currentSchema(back), 2, [TS, text('b')]).schema), at);
    expect(third).toMatchObject({ 'current-schema-id': 2, 'last-column-id': 3 });
  });

  it('refuse a schema that the table does not have', () => {
    expect(() => applyUpdates(first, [{ action: 'set-current-schema', 'schema-id': 4 }], at)).toThrow('no schema 4');
    expect(() => applyUpdates(first, [{ action: 'set-current-schema', 'schema-id': -1 }], at)).toThrow('no schema');
  });

  it('require the schema and the last column id that the writer saw', () => {
    const schema = (id: number) => ({ type: 'assert-current-schema-id', 'current-schema-id': id }) as const;
    const column = (id: number) => ({ type: 'assert-last-assigned-field-id', 'last-assigned-field-id': id }) as const;
    checkRequirements(second, [schema(1), column(2)]);
    expect(() => checkRequirements(second, [schema(0)])).toThrow(CommitConflict);
    expect(() => checkRequirements(second, [column(1)])).toThrow(CommitConflict);
  });

  it('are distinguished by names, ids, types and docs, not by the JSON notation', () => {
    const reordered = JSON.parse(
      '{"fields":[{"doc":"time","type":"timestamptz","required":true,"name":"ts","id":1}],"type":"struct","schema-id":3}',
    ) as Schema;
    expect(sameSchema(reordered, schemaOf([TS]))).toBe(true);
    expect(sameSchema({ ...reordered, 'identifier-field-ids': [] }, schemaOf([TS]))).toBe(true);
    expect(sameSchema({ ...reordered, 'identifier-field-ids': [1] }, schemaOf([TS]))).toBe(false);
    expect(sameSchema(schemaOf([{ ...TS, doc: 'other' }]), schemaOf([TS]))).toBe(false);
  });
});

describe('tables that several workers evolve', () => {
  const identifier = { namespace: 'logs', name: 'events' };
  const quick = { sleep: async () => {} };

  async function tableIn(columns: readonly ColumnSpec[]): Promise<Catalog> {
    const catalog = createStorageCatalog(createMemoryStore('w'));
    await catalog.ensureTable(identifier, { schema: schemaOf(columns), partitionByDayOf: 'ts' });
    return catalog;
  }
  const load = async (catalog: Catalog) => (await catalog.loadTable(identifier))!;
  const namesOf = (metadata: TableMetadata): string[] => currentSchema(metadata).fields.map(({ name }) => name);

  it('get one new schema from all workers that want the same', async () => {
    const catalog = await tableIn([TS]);
    const loaded = await load(catalog);
    const wanted = [TS, text('a'), text('b.c')];
    const results = await Promise.all([1, 2, 3, 4, 5].map(() => evolveTable(catalog, loaded, wanted)));
    const { metadata } = await load(catalog);
    expect(metadata.schemas).toHaveLength(2);
    for (const result of results) expect(currentSchema(result.metadata)).toEqual(currentSchema(metadata));
  });

  it('get the columns of all workers that want different ones, each with its own id', async () => {
    const catalog = await tableIn([TS]);
    const loaded = await load(catalog);
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => evolveTable(catalog, loaded, [TS, text(name)])));
    const { metadata } = await load(catalog);
    expect(namesOf(metadata).sort()).toEqual(['a', 'b', 'c', 'd', 'ts']);
    expect(new Set(paths(currentSchema(metadata)).map(([, id]) => id)).size).toBe(5);
    // A writer that wants fewer columns changes nothing: old and new versions do not alternate.
    const before = await load(catalog);
    expect(await evolveTable(catalog, before, [TS])).toBe(before);
  });

  it('return to an equal schema if another writer has undone a widening', async () => {
    const catalog = await tableIn([TS, of('n', 'int')]);
    const wanted = [TS, of('n', 'long')];
    await evolveTable(catalog, await load(catalog), wanted);
    await catalog.commit(
      (await catalog.loadTable(identifier))!,
      [],
      [{ action: 'set-current-schema', 'schema-id': 0 }],
    );
    const { metadata } = await evolveTable(catalog, await load(catalog), wanted);
    expect(metadata).toMatchObject({ 'current-schema-id': 1 });
    expect(metadata.schemas).toHaveLength(2);
  });

  it('are checked again after a missing answer', async () => {
    const catalog = await tableIn([TS]);
    let asked = 0;
    const deaf: Catalog = {
      ...catalog,
      async commit(...args) {
        asked++;
        await catalog.commit(...args);
        throw new CommitStateUnknown('no answer');
      },
    };
    const { metadata } = await evolveTable(deaf, await load(catalog), [TS, text('a')], quick);
    expect([asked, namesOf(metadata)]).toEqual([1, ['ts', 'a']]);
  });

  it('end with the conflict if no attempt succeeds, and say which table cannot take a column', async () => {
    const catalog = await tableIn([TS, of('n', 'long')]);
    const crowded: Catalog = {
      ...catalog,
      commit: async () => {
        throw new CommitConflict('always');
      },
    };
    const loaded = await load(catalog);
    const more = [TS, text('a')];
    await expect(evolveTable(crowded, loaded, more, { ...quick, maxAttempts: 3 })).rejects.toBeInstanceOf(
      CommitConflict,
    );
    await expect(evolveTable(catalog, loaded, [TS, of('n', 'int')])).rejects.toMatchObject({
      name: 'TableUnusable',
      message: expect.stringMatching(/^The table logs\.events is incompatible .* n is long in the table/),
      cure: expect.stringContaining('Declare n as long'),
    });
  });
});

describe('nested types of types', () => {
  it('evolve like any other: a struct in a list in a struct', () => {
    const struct = (...fields: NestedField[]): IcebergType => ({ type: 'struct', fields });
    const leaf = (id: number, name: string, type: IcebergType): NestedField => ({ id, name, required: false, type });
    const list = (id: number, element: IcebergType): IcebergType => ({
      type: 'list',
      'element-id': id,
      'element-required': true,
      element,
    });
    const current: Schema = {
      type: 'struct',
      'schema-id': 0,
      fields: [leaf(1, 'r', list(2, struct(leaf(3, 'arn', 'string'))))],
    };
    const { schema, changes } = evolveSchema(current, 3, [of('r', structs('arn', 'kind'))]);
    expect(schema.fields).toEqual([
      leaf(1, 'r', {
        ...(list(2, struct(leaf(3, 'arn', 'string'), leaf(4, 'kind', 'string'))) as object),
        'element-required': false,
      } as IcebergType),
    ]);
    expect(changes.map(({ kind, column }) => [kind, column])).toEqual([
      ['added', 'r.element.kind'],
      ['made-optional', 'r.element'],
    ]);
  });
});
