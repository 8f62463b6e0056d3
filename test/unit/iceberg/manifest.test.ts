import { TableUnusable } from '../../../errors/index.js';
import { type AvroSchema, readAvro, writeAvro } from '../../../iceberg/avro.js';
import { readManifest, type WantedMetrics, writeManifest } from '../../../iceberg/manifest.js';
import { completeCounts } from '../../../iceberg/manifest-counts.js';
import { dayBytes, entryOf, readManifestList, writeManifestList } from '../../../iceberg/manifest-list.js';
import type { PartitionSpec } from '../../../iceberg/metadata.js';
import { schemaOf } from '../../../iceberg/schema.js';
import type { DataFile, ManifestFile } from '../../../iceberg/types.js';
import { createMemoryStore } from '../../../storage/memory.js';

const SCHEMA = schemaOf([{ name: 'ts', type: 'timestamptz', doc: 'time' }]);
const SPEC: PartitionSpec = {
  'spec-id': 3,
  fields: [{ 'source-id': 1, 'field-id': 1000, name: 'ts_day', transform: 'day' }],
};

const fileOf = (name: string, day: number, rows = 10): DataFile => ({
  path: `memory://w/${name}`,
  bytes: 100 * rows,
  rows,
  day,
  columnSizes: { 1: 50 },
  valueCounts: { 1: rows },
  nullCounts: { 1: 0 },
  lowerBounds: { 1: Buffer.alloc(8, 1).toString('base64') },
  upperBounds: { 1: Buffer.alloc(8, 2).toString('base64') },
});

describe('Avro files', () => {
  const LONGS: AvroSchema = {
    type: 'record',
    name: 'r',
    fields: [{ name: 'n', type: ['null', 'long'], 'field-id': 9 }],
  };

  it('carry 64-bit longs, attributes and metadata', () => {
    const records = [{ n: 2n ** 63n - 1n }, { n: -(2n ** 63n) }, { n: null }, { n: 0n }];
    const file = readAvro(writeAvro(LONGS, { content: 'data' }, records));
    expect(file.records.map(({ n }) => n)).toEqual(records.map(({ n }) => n));
    expect(file.schema).toEqual(LONGS);
    expect(file.metadata).toMatchObject({ content: 'data', 'avro.codec': 'deflate' });
  });

  it('of many blocks are read back completely, and equal input gives equal bytes', () => {
    const texts: AvroSchema = { type: 'record', name: 'r', fields: [{ name: 't', type: 'string' }] };
    const records = Array.from({ length: 40 }, (_, i) => ({ t: String(i).repeat(50_000) }));
    const bytes = writeAvro(texts, {}, records);
    expect(readAvro(bytes).records.map(({ t }) => t)).toEqual(records.map(({ t }) => t));
    expect(writeAvro(texts, {}, records)).toEqual(bytes);
  });

  it('that are truncated or foreign are rejected, not misread', () => {
    const bytes = writeAvro(LONGS, {}, [{ n: 1n }, { n: 2n }]);
    for (const length of [0, 3, 20, bytes.length - 17, bytes.length - 1]) {
      expect(() => readAvro(bytes.subarray(0, length))).toThrow(TableUnusable);
    }
  });
});

describe('manifests', () => {
  it('are read as they were written, sorted, with inherited ids', async () => {
    const store = createMemoryStore('w');
    const files = [fileOf('c', 11), fileOf('b', 10, 5), fileOf('a', 11)];
    const manifest = await writeManifest(store, 'm.avro', { schema: SCHEMA, spec: SPEC }, files);
    const { body } = await store.get('m.avro');
    expect(manifest).toEqual({
      path: 'memory://w/m.avro',
      length: body.length,
      specId: 3,
      content: 'data',
      addedFiles: 3,
      addedRows: 25,
      addedBytes: 2_500,
      minDay: 10,
      maxDay: 11,
      days: [10, 11],
    });
    const inherited = { status: 'added', snapshotId: null, sequenceNumber: null, fileSequenceNumber: null };
    expect(readManifest(body)).toEqual(
      [fileOf('b', 10, 5), fileOf('a', 11), fileOf('c', 11)].map((file) => ({ ...inherited, content: 'data', file })),
    );
    const { metadata, schema } = readAvro(body);
    expect(metadata).toMatchObject({
      'format-version': '2',
      content: 'data',
      'partition-spec-id': '3',
      'schema-id': '0',
    });
    expect(JSON.stringify(schema)).toContain(
      '"name":"ts_day","field-id":1000,"type":["null",{"type":"int","logicalType":"date"}]',
    );
  });

  it('are read with the metrics of some files and columns only', async () => {
    const store = createMemoryStore('w');
    const bounds = { 1: 'YQ==', 2: 'Yg==' };
    const file = (path: string): DataFile => ({ ...fileOf(path, 1), valueCounts: { 1: 5, 2: 6 }, lowerBounds: bounds });
    await writeManifest(store, 'm', { schema: SCHEMA, spec: SPEC }, [file('a'), file('b')]);
    const { body } = await store.get('m');
    const read = (wanted: WantedMetrics) =>
      readManifest(body, wanted).map(({ file: { path, rows, valueCounts, lowerBounds } }) => [
        `${path} ${rows}`,
        valueCounts,
        lowerBounds,
      ]);
    const { rows } = fileOf('a', 1);
    const paths = ['a', 'b'].map((path) => fileOf(path, 1).path);
    const whole = { 1: 5, 2: 6 };
    expect(read({})).toEqual(paths.map((path) => [`${path} ${rows}`, whole, bounds]));
    expect(read({ columns: new Set([2]), metricsOf: (path) => path === paths[1] })).toEqual([
      [`${paths[0]} ${rows}`, {}, {}],
      [`${paths[1]} ${rows}`, { 2: 6 }, { 2: 'Yg==' }],
    ]);
    expect(read({ columns: new Set(), metricsOf: () => true })).toEqual(
      paths.map((path) => [`${path} ${rows}`, {}, {}]),
    );
  });

  it('of the same files are the same bytes, in whatever order they come', async () => {
    const store = createMemoryStore('w');
    const files = [fileOf('a', 1), fileOf('b', 1), fileOf('c', 0)];
    await writeManifest(store, 'one', { schema: SCHEMA, spec: SPEC }, files);
    await writeManifest(store, 'two', { schema: SCHEMA, spec: SPEC }, files.reverse());
    expect((await store.get('one')).etag).toBe((await store.get('two')).etag);
  });

  it('of deletes are marked in the header and in each entry', async () => {
    const store = createMemoryStore('w');
    const table = { schema: SCHEMA, spec: SPEC, content: 'deletes' } as const;
    expect(await writeManifest(store, 'm', table, [fileOf('a', 1)])).toMatchObject({ content: 'deletes' });
    const { body } = await store.get('m');
    expect(readAvro(body).metadata.content).toBe('deletes');
    expect(readManifest(body)[0].content).toBe('position-deletes');
  });

  it('have the sort order of a data file, and the data file that a delete file is for', async () => {
    const store = createMemoryStore('w');
    const sorted: DataFile = { ...fileOf('a', 1), sortOrderId: 3 };
    const deletes: DataFile = { ...fileOf('d', 1), referencedDataFile: 'memory://w/a' };
    for (const [content, file] of [
      ['data', sorted],
      ['deletes', deletes],
    ] as const) {
      await writeManifest(store, content, { schema: SCHEMA, spec: SPEC, content }, [file]);
      const { body } = await store.get(content);
      expect(readManifest(body)[0].file).toEqual(file);
      const [{ data_file: raw }] = readAvro(body).records as [{ data_file: Record<string, unknown> }];
      expect([raw.sort_order_id, raw.referenced_data_file]).toEqual(
        content === 'data' ? [3, null] : [null, 'memory://w/a'],
      );
    }
    const { schema } = readAvro((await store.get('deletes')).body);
    expect(JSON.stringify(schema)).toContain('"name":"referenced_data_file","field-id":143,');
  });

  it('are not written for a spec other than one day field', async () => {
    const spec = { 'spec-id': 0, fields: [{ ...SPEC.fields[0], transform: 'month' }] };
    const written = writeManifest(createMemoryStore('w'), 'm', { schema: SCHEMA, spec }, [fileOf('a', 1)]);
    await expect(written).rejects.toThrow(TableUnusable);
  });
});

describe('manifest lists', () => {
  const MANIFEST: ManifestFile = {
    path: 'memory://w/m.avro',
    length: 500,
    specId: 3,
    content: 'data',
    addedFiles: 2,
    addedRows: 20,
    addedBytes: 9,
    minDay: 10,
    maxDay: 12,
    days: [10, 12],
  };

  it('keep the entries of other writers bit for bit', async () => {
    const store = createMemoryStore('w');
    const foreign = {
      ...entryOf(MANIFEST, 2n ** 63n - 2n, 2n ** 53n + 1n),
      content: 1,
      deleted_rows_count: 2n ** 60n + 1n,
      existing_files_count: 4,
      partitions: [{ contains_null: true, contains_nan: null, lower_bound: null, upper_bound: dayBytes(4) }],
      key_metadata: Buffer.from('key'),
    };
    const entries = [entryOf(MANIFEST, 5n, 6n), foreign];
    const location = await writeManifestList(store, 'l.avro', { id: 5n, sequenceNumber: 6n }, entries);
    expect(location).toBe('memory://w/l.avro');
    const { body } = await store.get('l.avro');
    expect(readManifestList(body)).toEqual(entries);
    expect(readAvro(body).metadata).toMatchObject({
      'snapshot-id': '5',
      'sequence-number': '6',
      'format-version': '2',
    });
  });

  it('of version 1 are read by field id, and missing counts are computed', async () => {
    const store = createMemoryStore('w');
    const manifest = await writeManifest(store, 'm.avro', { schema: SCHEMA, spec: SPEC }, [
      fileOf('a', 1),
      fileOf('b', 2),
    ]);
    const optional = (name: string, id: number, type: AvroSchema) => ({ name, type: ['null', type], 'field-id': id });
    const version1: AvroSchema = {
      type: 'record',
      name: 'manifest_file',
      fields: [
        { name: 'manifest_path', type: 'string', 'field-id': 500 },
        { name: 'manifest_length', type: 'long', 'field-id': 501 },
        { name: 'partition_spec_id', type: 'int', 'field-id': 502 },
        optional('added_snapshot_id', 503, 'long'),
        optional('added_data_files_count', 504, 'int'),
      ],
    };
    const [entry] = readManifestList(
      writeAvro(version1, {}, [
        {
          manifest_path: manifest.path,
          manifest_length: BigInt(manifest.length),
          partition_spec_id: 3,
          added_snapshot_id: 2n ** 62n + 1n,
          added_data_files_count: 2,
        },
      ]),
    );
    expect(entry).toMatchObject({ content: 0, sequence_number: 0n, added_files_count: 2, added_rows_count: null });
    expect(entry.added_snapshot_id).toBe(2n ** 62n + 1n);
    const [complete] = await completeCounts(store, [entry]);
    expect(complete).toMatchObject({ added_files_count: 2, added_rows_count: 20n, existing_files_count: 0 });
    await writeManifestList(store, 'l', { id: 1n, sequenceNumber: 1n }, [complete]);
    expect(readManifestList((await store.get('l')).body)).toEqual([complete]);
  });
});
