/** Reads columns of Parquet files, of any writer, as Arrow. It blocks its thread, so call it in decoder threads. */
import { type Field, Struct, type Table, tableFromIPC } from 'apache-arrow';
import { ParquetFile } from 'parquet-wasm/node';

/**
 * Reads some columns of a Parquet file as an Arrow table; `undefined` if the file has none of them. parquet-wasm 0.8's
 * `readParquet` also has an option `columns`, but ignores it and decodes everything.
 * @param columns dotted names; names that the file does not have are ignored
 */
export async function readColumns(parquet: Uint8Array, columns: readonly string[]): Promise<Table | undefined> {
  const file = await ParquetFile.fromFile(new Blob([parquet as Uint8Array<ArrayBuffer>]));
  try {
    const { fields } = tableFromIPC(file.schema().intoIPCStream()).schema;
    const known = columns.filter((name) => hasColumn(fields, name.split('.')));
    if (known.length === 0) return undefined;
    return tableFromIPC((await file.read({ columns: known })).intoIPCStream());
  } finally {
    file.free();
  }
}

/** The dotted names of a file's columns, with members of structs; a list has one name, whatever its elements are. */
export async function parquetColumns(parquet: Uint8Array): Promise<string[]> {
  const file = await ParquetFile.fromFile(new Blob([parquet as Uint8Array<ArrayBuffer>]));
  try {
    return namesOf(tableFromIPC(file.schema().intoIPCStream()).schema.fields, '');
  } finally {
    file.free();
  }
}

function namesOf(fields: readonly Field[], prefix: string): string[] {
  return fields.flatMap(({ name, type }) =>
    type instanceof Struct ? namesOf(type.children, `${prefix}${name}.`) : [`${prefix}${name}`],
  );
}

function hasColumn(fields: readonly Field[], [name, ...rest]: string[]): boolean {
  const field = fields.find((each) => each.name === name);
  if (field === undefined || rest.length === 0) return field !== undefined;
  return field.type instanceof Struct && hasColumn(field.type.children, rest);
}
