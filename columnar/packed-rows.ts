/**
 * Rows of texts and numbers, packed for another thread: one text and one array for each property. Cloning one object
 * per row takes several times as long, and repeats the names of its properties.
 */

/** Packed rows. Structured-cloneable. */
export interface PackedRows {
  rows: number;
  texts: { name: string; text: string /** UTF-16 code units; -1: undefined. */; lengths: Int32Array }[];
  numbers: { name: string /** NaN: undefined. */; values: Float64Array }[];
}

/** The properties of `T` whose values are texts, or numbers other than NaN. */
export interface RowShape<T> {
  texts: readonly (keyof T & string)[];
  numbers: readonly (keyof T & string)[];
}

/** Packs rows; properties that the shape does not have are left out. */
export function packRows<T extends object>(rows: readonly T[], { texts, numbers }: RowShape<T>): PackedRows {
  return {
    rows: rows.length,
    texts: texts.map((name) => {
      const values: string[] = [];
      const lengths = new Int32Array(rows.length);
      for (let row = 0; row < rows.length; row++) {
        const value = rows[row][name] as string | undefined;
        lengths[row] = value === undefined ? -1 : value.length;
        if (value !== undefined) values.push(value);
      }
      return { name, text: values.join(''), lengths };
    }),
    numbers: numbers.map((name) => {
      const values = new Float64Array(rows.length);
      for (let row = 0; row < rows.length; row++) values[row] = (rows[row][name] as number | undefined) ?? Number.NaN;
      return { name, values };
    }),
  };
}

/** Unpacks the rows. Absent properties are `undefined`, so that all rows have the same shape. */
export function unpackRows<T extends object>({ rows, texts, numbers }: PackedRows): T[] {
  const unpacked: Record<string, string | number | undefined>[] = Array.from({ length: rows }, () => ({}));
  for (const { name, text, lengths } of texts) {
    let end = 0;
    for (let row = 0; row < rows; row++) {
      const from = end;
      if (lengths[row] > 0) end += lengths[row];
      unpacked[row][name] = lengths[row] < 0 ? undefined : text.slice(from, end);
    }
  }
  for (const { name, values } of numbers) {
    for (let row = 0; row < rows; row++) unpacked[row][name] = Number.isNaN(values[row]) ? undefined : values[row];
  }
  return unpacked as T[];
}
