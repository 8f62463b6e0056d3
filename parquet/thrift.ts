/**
 * The part of Thrift's compact protocol that Parquet's metadata needs.
 * https://github.com/apache/thrift/blob/master/doc/specs
 */
import type { Sink } from './sink.js';

/** Types of fields and list elements. A boolean field has its value in its type. */
const THRIFT = { true: 1, false: 2, i16: 4, i32: 5, i64: 6, binary: 8, list: 9, struct: 12 } as const;

export class ThriftWriter {
  /** Id of the last field of the struct that is being written. */
  private last = 0;

  constructor(private readonly sink: Sink) {}

  i32(id: number, value: number): void {
    this.field(id, THRIFT.i32);
    this.integer(value);
  }

  i64(id: number, value: number): void {
    this.field(id, THRIFT.i64);
    this.integer(value);
  }

  bool(id: number, value: boolean): void {
    this.field(id, value ? THRIFT.true : THRIFT.false);
  }

  binary(id: number, value: Uint8Array | string): void {
    this.field(id, THRIFT.binary);
    this.bytes(value);
  }

  /** A struct as a field; without fields, it only identifies a member of a union. */
  struct(id: number, fields?: () => void): void {
    this.field(id, THRIFT.struct);
    this.fields(fields);
  }

  i16(id: number, value: number): void {
    this.field(id, THRIFT.i16);
    this.integer(value);
  }

  i32s(id: number, values: readonly number[]): void {
    this.list(id, THRIFT.i32, values.length);
    for (const value of values) this.integer(value);
  }

  i64s(id: number, values: readonly number[]): void {
    this.list(id, THRIFT.i64, values.length);
    for (const value of values) this.integer(value);
  }

  bools(id: number, values: readonly boolean[]): void {
    this.list(id, THRIFT.true, values.length);
    for (const value of values) this.sink.byte(value ? THRIFT.true : THRIFT.false);
  }

  binaries(id: number, values: readonly (Uint8Array | string)[]): void {
    this.list(id, THRIFT.binary, values.length);
    for (const value of values) this.bytes(value);
  }

  structs<T>(id: number, items: readonly T[], fields: (item: T) => void): void {
    this.list(id, THRIFT.struct, items.length);
    for (const item of items) this.fields(() => fields(item));
  }

  /** The fields of a struct and its end. */
  fields(write?: () => void): void {
    const outer = this.last;
    this.last = 0;
    write?.();
    this.sink.byte(0);
    this.last = outer;
  }

  private field(id: number, type: number): void {
    // Fields are written in ascending order, and no struct of Parquet has a gap of more than 15 ids.
    this.sink.byte(((id - this.last) << 4) | type);
    this.last = id;
  }

  private list(id: number, type: number, size: number): void {
    this.field(id, THRIFT.list);
    if (size < 15) this.sink.byte((size << 4) | type);
    else {
      this.sink.byte(0xf0 | type);
      this.sink.varint(size);
    }
  }

  /** A zigzag integer, whose absolute value is less than 2^52. */
  private integer(value: number): void {
    this.sink.varint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  private bytes(value: Uint8Array | string): void {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    this.sink.varint(bytes.length);
    this.sink.append(bytes);
  }
}
