/**
 * SQL over the tables: the catalog says which data files the current snapshots have, DuckDB reads them. The snapshot is
 * taken once, so every question is answered from the same state, whatever is committed meanwhile.
 */
import { fileURLToPath } from 'node:url';
import type { Json } from '@duckdb/node-api';
import { NAMESPACE, nameOf, TABLE_ROLES } from '../cloudtrail/tables.js';
import type { Catalog } from '../iceberg/catalog.js';
import { scanFiles } from '../iceberg/scan.js';
import { currentSchema } from '../iceberg/snapshot.js';
import { createStorageCatalog } from '../iceberg/storage-catalog.js';
import type { IcebergType, PrimitiveType, Schema } from '../iceberg/types.js';
import type { ObjectStore } from '../storage/object-store.js';

export type Row = Record<string, Json>;

export interface OpenTables {
  /** The rows of a query. Numbers that JavaScript cannot hold come as strings. */
  query(sql: string): Promise<Row[]>;
  /** Names of the views, each a table of the catalog. */
  names: string[];
  close(): void;
}

/** Opens the tables of a log source as views of the same names; a table without rows is a view without rows. */
export async function openTables(warehouse: ObjectStore, source = 'aws_cloudtrail'): Promise<OpenTables> {
  // Loaded here: the native library costs start-up time that no other command should pay.
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const close = (): void => {
    connection.closeSync();
    instance.closeSync();
  };
  try {
    // Timestamps are UTC here, whatever the machine thinks of time zones.
    await connection.run("SET TimeZone = 'UTC'");
    const names: string[] = [];
    const catalog = createStorageCatalog(warehouse);
    for (const role of TABLE_ROLES) {
      const name = nameOf(source, role);
      const select = await selectOf(catalog, warehouse, name);
      if (select === undefined) continue;
      await connection.run(`CREATE VIEW ${identifier(name)} AS ${select}`);
      names.push(name);
    }
    const query = async (sql: string): Promise<Row[]> => {
      const reader = await connection.runAndReadAll(sql);
      return reader.getRowObjectsJson() as Row[];
    };
    return { query, names, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** `undefined` when there is no such table. */
async function selectOf(catalog: Catalog, warehouse: ObjectStore, name: string): Promise<string | undefined> {
  const table = await catalog.loadTable({ namespace: NAMESPACE, name });
  if (table === undefined) return undefined;
  const paths: string[] = [];
  for await (const file of scanFiles(warehouse, table.metadata)) paths.push(literal(localPath(file.path)));
  // Without a file DuckDB cannot find the columns: the table's schema says them.
  const empty = emptySelect(currentSchema(table.metadata));
  if (paths.length === 0) return empty;
  const rows = `SELECT * FROM read_parquet([${paths.join(', ')}], union_by_name => true, hive_partitioning => false)`;
  // A column that came later may be in no file yet, and is a column all the same.
  return table.metadata.schemas.length > 1 ? `${rows} UNION ALL BY NAME ${empty}` : rows;
}

function emptySelect(schema: Schema): string {
  const columns = schema.fields.map(({ name, type }) => `NULL::${typeOf(type)} AS ${identifier(name)}`);
  return `SELECT ${columns.join(', ')} WHERE FALSE`;
}

const PRIMITIVES: Record<PrimitiveType, string> = {
  boolean: 'BOOLEAN',
  int: 'INTEGER',
  long: 'BIGINT',
  float: 'FLOAT',
  double: 'DOUBLE',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
  timestamptz: 'TIMESTAMPTZ',
  string: 'VARCHAR',
  binary: 'BLOB',
};

function typeOf(type: IcebergType): string {
  if (typeof type === 'string') return PRIMITIVES[type];
  if (type.type === 'list') return `${typeOf(type.element)}[]`;
  return `STRUCT(${type.fields.map((field) => `${identifier(field.name)} ${typeOf(field.type)}`).join(', ')})`;
}

function localPath(uri: string): string {
  return uri.startsWith('file:') ? fileURLToPath(uri) : uri;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
