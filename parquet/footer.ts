/** The end of a Parquet file: Bloom filters and the footer (parquet.thrift: BloomFilterHeader, FileMetaData). */
import type { NestedField, Schema } from '../iceberg/types.js';
import type { Range, WrittenChunk } from './chunk.js';
import type { Leaf } from './leaves.js';
import type { Sink } from './sink.js';
import { ThriftWriter } from './thrift.js';
import { CONVERTED, ENCODING, LOGICAL, PAGE, parquetType, REPETITION } from './types.js';

const CREATED_BY = 'trailmill';

export interface WrittenGroup {
  rows: number;
  chunks: WrittenChunk[];
}

/**
 * Writes the Bloom filters and the footer. There is no page index: a file of events is read as a whole, and what it would say of a page of ids, which
 * are the only chunks of more than one page, leaves out none. `before`: bytes of the file that are no longer in `out`.
 */
export function writeFooter(
  out: Sink,
  schema: Schema,
  leaves: readonly Leaf[],
  rows: number,
  groups: readonly WrittenGroup[],
  before = 0,
): void {
  const filters = writeBloomFilters(out, groups, before);
  const thrift = new ThriftWriter(out);
  const start = out.length;
  thrift.fields(() => {
    thrift.i32(1, 1);
    thrift.structs(2, elementsOf(schema), (element) => schemaElement(thrift, element));
    thrift.i64(3, rows);
    thrift.structs(4, groups, (group) => {
      thrift.structs(1, group.chunks, (chunk) => {
        thrift.i64(2, 0);
        thrift.struct(3, () => columnMetadata(thrift, chunk, filters.get(chunk)));
      });
      rowGroup(thrift, group, groups.indexOf(group));
    });
    thrift.binary(6, CREATED_BY);
    // The order of all types is the one that the format defines for them.
    thrift.structs(7, leaves, () => thrift.struct(1));
  });
  out.int32(out.length - start);
}

/** Where a Bloom filter is in the file. */
interface Place {
  offset: number;
  bytes: number;
}

/** Writes the Bloom filters of all chunks, which stand between the last row group and the footer (parquet.thrift). */
function writeBloomFilters(out: Sink, groups: readonly WrittenGroup[], before: number): Map<WrittenChunk, Place> {
  const thrift = new ThriftWriter(out);
  const places = new Map<WrittenChunk, Place>();
  for (const chunk of groups.flatMap(({ chunks }) => chunks)) {
    const { bloomFilter } = chunk;
    if (bloomFilter === undefined) continue;
    const offset = out.length;
    thrift.fields(() => {
      thrift.i32(1, bloomFilter.length);
      // Split blocks, XXH64, not compressed: the only members of their unions.
      for (const union of [2, 3, 4]) thrift.struct(union, () => thrift.struct(1));
    });
    out.append(bloomFilter);
    places.set(chunk, { offset: before + offset, bytes: out.length - offset });
  }
  return places;
}

/** The fields of a row group after its chunks. */
function rowGroup(thrift: ThriftWriter, { rows, chunks }: WrittenGroup, number: number): void {
  const sum = (of: (chunk: WrittenChunk) => number): number => chunks.reduce((total, chunk) => total + of(chunk), 0);
  thrift.i64(
    2,
    sum((chunk) => chunk.uncompressedBytes),
  );
  thrift.i64(3, rows);
  if (chunks.length > 0) thrift.i64(5, firstPage(chunks[0]));
  thrift.i64(
    6,
    sum((chunk) => chunk.bytes),
  );
  thrift.i16(7, number);
}

function firstPage({ dictionaryOffset, dataOffset }: WrittenChunk): number {
  return dictionaryOffset ?? dataOffset;
}

function columnMetadata(thrift: ThriftWriter, chunk: WrittenChunk, filter: Place | undefined): void {
  const { leaf, codec, slots, nulls, range, dictionaryOffset, bytes, uncompressedBytes } = chunk;
  const encoding = dictionaryOffset === undefined ? ENCODING.plain : ENCODING.rleDictionary;
  thrift.i32(1, parquetType(leaf.type).physical);
  thrift.i32s(2, dictionaryOffset === undefined ? [encoding, ENCODING.rle] : [ENCODING.plain, ENCODING.rle, encoding]);
  thrift.binaries(3, leaf.path);
  thrift.i32(4, codec);
  thrift.i64(5, slots);
  thrift.i64(6, uncompressedBytes);
  thrift.i64(7, bytes);
  thrift.i64(9, chunk.dataOffset);
  if (dictionaryOffset !== undefined) thrift.i64(11, dictionaryOffset);
  thrift.struct(12, () => statistics(thrift, nulls, range));
  const kinds: { page: number; encoding: number; count: number }[] = [
    { page: PAGE.data, encoding, count: chunk.dataPages },
  ];
  if (dictionaryOffset !== undefined) kinds.unshift({ page: PAGE.dictionary, encoding: ENCODING.plain, count: 1 });
  thrift.structs(13, kinds, (kind) => {
    thrift.i32(1, kind.page);
    thrift.i32(2, kind.encoding);
    thrift.i32(3, kind.count);
  });
  if (filter === undefined) return;
  thrift.i64(14, filter.offset);
  thrift.i32(15, filter.bytes);
}

function statistics(thrift: ThriftWriter, nulls: number, range: Range | undefined): void {
  thrift.i64(3, nulls);
  if (range === undefined) return;
  thrift.binary(5, range.upper.bytes);
  thrift.binary(6, range.lower.bytes);
  thrift.bool(7, range.upper.exact);
  thrift.bool(8, range.lower.exact);
}

/** An element of the schema tree, depth first. */
interface Element {
  name: string;
  repetition?: number;
  children?: number;
  id?: number;
  type?: NestedField['type'];
}

function elementsOf(schema: Schema): Element[] {
  const elements: Element[] = [{ name: 'table', children: schema.fields.length }];
  const add = ({ id, name, required, type }: Pick<NestedField, 'id' | 'name' | 'required' | 'type'>): void => {
    const element: Element = { name, repetition: required ? REPETITION.required : REPETITION.optional, id, type };
    elements.push(element);
    if (typeof type === 'string') return;
    if (type.type === 'struct') {
      element.children = type.fields.length;
      for (const field of type.fields) add(field);
    } else {
      element.children = 1;
      elements.push({ name: 'list', repetition: REPETITION.repeated, children: 1 });
      add({ id: type['element-id'], name: 'element', required: type['element-required'], type: type.element });
    }
  };
  for (const field of schema.fields) add(field);
  return elements;
}

function schemaElement(thrift: ThriftWriter, { name, repetition, children, id, type }: Element): void {
  const leaf = typeof type === 'string' ? parquetType(type) : undefined;
  const isList = typeof type === 'object' && type.type === 'list';
  const converted = isList ? CONVERTED.list : leaf?.converted;
  const logical = isList ? LOGICAL.list : leaf?.logical;
  if (leaf !== undefined) thrift.i32(1, leaf.physical);
  if (repetition !== undefined) thrift.i32(3, repetition);
  thrift.binary(4, name);
  if (children !== undefined) thrift.i32(5, children);
  if (converted !== undefined) thrift.i32(6, converted);
  if (id !== undefined) thrift.i32(9, id);
  if (logical !== undefined) thrift.struct(10, () => thrift.struct(logical, logicalOf(thrift, logical)));
}

function logicalOf(thrift: ThriftWriter, logical: number): (() => void) | undefined {
  if (logical !== LOGICAL.timestamp) return undefined;
  return () => {
    // Adjusted to UTC, in microseconds.
    thrift.bool(1, true);
    thrift.struct(2, () => thrift.struct(2));
  };
}
