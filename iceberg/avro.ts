/**
 * Avro object container files (Avro 1.11, "Object Container Files"), based on avsc. avsc's own streams are not used because
 * they drop the `field-id` attributes when longs are read as bigint, and because their random sync marker makes the output
 * differ for equal input.
 */
import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { Type, types } from 'avsc';
import { TableUnusable } from '../errors/index.js';

/** A schema as JSON, with Iceberg's attributes, which avsc's own type does not have. */
export type AvroSchema = string | AvroSchema[] | { [key: string]: unknown };

/** The contents of a container file. */
export interface AvroFile {
  metadata: Record<string, string>;
  schema: AvroSchema;
  records: Record<string, unknown>[];
}

const MAGIC = Buffer.from('Obj\x01');
const SYNC_BYTES = 16;
/** Uncompressed bytes per block. Readers keep a block in memory. */
const BLOCK_BYTES = 1 << 20;

const META = Type.forSchema({ type: 'map', values: 'bytes' });
const PLAIN_LONG = Type.forSchema('long');
const MIN_LONG = -(1n << 63n);
const MAX_LONG = (1n << 63n) - 1n;

/** 64-bit longs as bigint; avsc's default rejects values that a double cannot represent. */
const BIG_LONG = types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(value);
    return bytes;
  },
  fromJSON: (value: number | string) => BigInt(value),
  toJSON: (value: bigint) => Number(value),
  isValid: (value: unknown) => typeof value === 'bigint' && value >= MIN_LONG && value <= MAX_LONG,
  compare: (one: bigint, two: bigint) => (one < two ? -1 : one > two ? 1 : 0),
});

/** Caches of parsed and compiled schemas, by their text: compiling takes milliseconds, and manifests share a few schemas. */
const parsed = new Map<string, AvroSchema>();
const compiled = new Map<string, Type>();
const MAX_COMPILED = 64;

/** Parses the text of a schema. The result is shared, so it must not be changed. */
function schemaOf(text: string): AvroSchema {
  let schema = parsed.get(text);
  if (schema === undefined) {
    schema = JSON.parse(text) as AvroSchema;
    if (parsed.size >= MAX_COMPILED) parsed.clear();
    parsed.set(text, schema);
  }
  return schema;
}

function typeOf(schema: AvroSchema): Type {
  const key = textOf(schema);
  let type = compiled.get(key);
  if (!type) {
    type = Type.forSchema(schema as Parameters<typeof Type.forSchema>[0], {
      wrapUnions: 'never',
      typeHook: (node) => {
        const name = typeof node === 'object' && 'type' in node ? node.type : node;
        return name === 'long' ? BIG_LONG : undefined;
      },
    });
    if (compiled.size >= MAX_COMPILED) compiled.clear();
    compiled.set(key, type);
  }
  return type;
}

/** The texts of schemas: a parsed schema is used for every file that has it. */
const texts = new WeakMap<object, string>();

function textOf(schema: AvroSchema): string {
  if (typeof schema !== 'object') return JSON.stringify(schema);
  let text = texts.get(schema);
  if (text === undefined) {
    text = JSON.stringify(schema);
    texts.set(schema, text);
  }
  return text;
}

/** Encodes records with a schema, for {@link writeAvro}. An encoded record takes a tenth of the memory of an object. */
export function avroEncoder(schema: AvroSchema): (record: object) => Buffer {
  const type = typeOf(schema);
  return (record) => type.toBuffer(record);
}

/**
 * Writes a container file, compressed with deflate. The same input gives the same bytes.
 * @param records a Buffer is a record that {@link avroEncoder} has encoded with the same schema
 */
export function writeAvro(schema: AvroSchema, metadata: Record<string, string>, records: Iterable<object>): Buffer {
  const type = typeOf(schema);
  const header = META.toBuffer(
    Object.fromEntries(
      Object.entries({ 'avro.schema': textOf(schema), 'avro.codec': 'deflate', ...metadata }).map(([name, text]) => [
        name,
        Buffer.from(text),
      ]),
    ),
  );
  const blocks: { count: number; bytes: Buffer }[] = [];
  let pending: Buffer[] = [];
  let size = 0;
  const flush = (): void => {
    if (pending.length > 0) blocks.push({ count: pending.length, bytes: deflateRawSync(Buffer.concat(pending)) });
    pending = [];
    size = 0;
  };
  for (const record of records) {
    const bytes = Buffer.isBuffer(record) ? record : type.toBuffer(record);
    pending.push(bytes);
    size += bytes.length;
    if (size >= BLOCK_BYTES) flush();
  }
  flush();
  const hash = createHash('sha256').update(header);
  for (const block of blocks) hash.update(block.bytes);
  const sync = hash.digest().subarray(0, SYNC_BYTES);
  const parts = [MAGIC, header, sync];
  for (const { count, bytes } of blocks) {
    parts.push(PLAIN_LONG.toBuffer(count), PLAIN_LONG.toBuffer(bytes.length), bytes, sync);
  }
  return Buffer.concat(parts);
}

/** A container file whose records are decoded one after the other. */
export interface OpenAvroFile extends Omit<AvroFile, 'records'> {
  /** Bytes before the records. */
  headerBytes: number;
  /**
   * Can be iterated more than once; one block is decompressed at a time. Throws `TableUnusable` if it cannot be read.
   */
  records: Iterable<Record<string, unknown>>;
}

/**
 * Reads a container file of any writer, with the file's own schema. Throws `TableUnusable` if it cannot be read.
 * @param isWanted returns false for names of fields that are skipped, at any depth
 * @param isWhole returns true for a record that has been read without those fields, and is to have all of them
 */
export function readAvro(
  file: Buffer,
  isWanted?: (field: string) => boolean,
  isWhole?: (record: Record<string, unknown>) => boolean,
): AvroFile {
  const { metadata, schema, records } = openAvro(file, isWanted, isWhole);
  return { metadata, schema, records: [...records] };
}

/** Like {@link readAvro}, without holding all records in memory. */
export function openAvro(
  file: Buffer,
  isWanted?: (field: string) => boolean,
  isWhole: (record: Record<string, unknown>) => boolean = () => false,
): OpenAvroFile {
  const { header, sync, start } = orUnreadable(() => readHeader(file));
  const reader = orUnreadable(() => readerOf(header.schema, isWanted));
  const whole = orUnreadable(() => readerOf(header.schema));
  return {
    ...header,
    headerBytes: start,
    records: {
      *[Symbol.iterator]() {
        for (let at = start; at < file.length; ) {
          const block = orUnreadable(() => readBlock(file, at, header.metadata, sync));
          for (let done = 0, offset = 0; done < block.count; done++) {
            const read = (of: Reader): { value: Record<string, unknown>; offset: number } =>
              orUnreadable(() => decode(of.type, block.bytes, offset, of.resolver));
            const record = read(reader);
            yield reader.resolver !== undefined && isWhole(record.value) ? read(whole).value : record.value;
            offset = record.offset;
          }
          at = block.next;
        }
      },
    },
  };
}

function orUnreadable<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof TableUnusable) throw cause;
    throw new TableUnusable('A manifest or manifest list is not a readable Avro file.', undefined, { cause });
  }
}

function readHeader(file: Buffer): { header: Omit<AvroFile, 'records'>; sync: Buffer; start: number } {
  if (!file.subarray(0, MAGIC.length).equals(MAGIC)) throw new Error('no Avro magic');
  const { value, offset } = decode<Record<string, Buffer>>(META, file, MAGIC.length);
  const metadata = Object.fromEntries(Object.entries(value).map(([name, bytes]) => [name, bytes.toString()]));
  const schema = schemaOf(metadata['avro.schema']);
  const start = offset + SYNC_BYTES;
  return { header: { metadata, schema }, sync: file.subarray(offset, start), start };
}

function readBlock(
  file: Buffer,
  at: number,
  metadata: Record<string, string>,
  sync: Buffer,
): { count: number; bytes: Buffer; next: number } {
  const count = decode<number>(PLAIN_LONG, file, at);
  const length = decode<number>(PLAIN_LONG, file, count.offset);
  const end = length.offset + length.value;
  const next = end + SYNC_BYTES;
  if (!file.subarray(end, next).equals(sync)) throw new Error('a block does not end with the sync marker');
  const bytes = decompress(metadata['avro.codec'] ?? 'null', file.subarray(length.offset, end));
  return { count: count.value, bytes, next };
}

type Resolver = ReturnType<Type['createResolver']>;

interface Reader {
  type: Type;
  resolver?: Resolver;
}

/** Compiled readers that skip fields, by the schema that they read. */
const projected = new WeakMap<Type, Map<(field: string) => boolean, Reader>>();

/** How to read records of a schema without the unwanted fields (Avro 1.11, "Schema Resolution"). */
function readerOf(schema: AvroSchema, isWanted?: (field: string) => boolean): Reader {
  const written = typeOf(schema);
  if (isWanted === undefined) return { type: written };
  const known = projected.get(written) ?? new Map<(field: string) => boolean, Reader>();
  projected.set(written, known);
  let reader = known.get(isWanted);
  if (reader === undefined) {
    const type = typeOf(withFields(schema, isWanted) as AvroSchema);
    reader = { type, resolver: type.createResolver(written) };
    known.set(isWanted, reader);
  }
  return reader;
}

function withFields(schema: unknown, isWanted: (field: string) => boolean): unknown {
  if (Array.isArray(schema)) return schema.map((one) => withFields(one, isWanted));
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => {
      if (key !== 'fields') return [key, withFields(value, isWanted)];
      return [
        key,
        withFields(
          (value as { name: string }[]).filter(({ name }) => isWanted(name)),
          isWanted,
        ),
      ];
    }),
  );
}

function decompress(codec: string, block: Buffer): Buffer {
  if (codec === 'null') return block;
  if (codec === 'deflate') return inflateRawSync(block);
  throw new TableUnusable(
    `A manifest is compressed with ${codec}, which this version cannot read.`,
    'Set write.avro.compression-codec to gzip for the other writers of this table and rewrite its manifests.',
  );
}

/** avsc returns offset -1 for a truncated buffer instead of throwing. */
function decode<T>(type: Type, bytes: Buffer, offset: number, resolver?: Resolver): { value: T; offset: number } {
  const result = type.decode(bytes, offset, resolver) as { value: T; offset: number };
  if (result.offset < 0) throw new Error('truncated');
  return result;
}
