/** Reads the strings of an Arrow column. */
import { type Data, DataType, type Utf8, type Vector } from 'apache-arrow';

/** Returns the string of a row; `undefined` for null. */
export type TextReader = (row: number) => string | undefined;

/**
 * Returns a reader of a column; an absent column has only nulls. Rows must be read in ascending order. It decodes the
 * bytes of a column's buffer directly, in a third of the time of `Vector.get`.
 */
export function textReader(column: Vector | null | undefined): TextReader {
  if (column == null) return () => undefined;
  if (!DataType.isUtf8(column.type)) {
    return (row) => {
      const value: unknown = column.get(row);
      return value == null ? undefined : String(value);
    };
  }
  const chunks = (column.data as readonly Data<Utf8>[]).map((data) => {
    const { length, valueOffsets: offsets, values, nullCount } = data;
    return { data, length, offsets, isFull: nullCount === 0, bytes: Buffer.from(values.buffer, values.byteOffset) };
  });
  let [chunk, start] = [0, 0];
  return (row) => {
    while (row - start >= chunks[chunk].length) start += chunks[chunk++].length;
    const { data, offsets, isFull, bytes } = chunks[chunk];
    const at = row - start;
    return isFull || data.getValid(at) ? bytes.toString('utf8', offsets[at], offsets[at + 1]) : undefined;
  };
}
