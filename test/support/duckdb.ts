/** DuckDB in memory, for tests of SQL. */
import type { DuckDBConnection } from '@duckdb/node-api';

/** An open DuckDB. Must be closed. */
export interface OpenDuckDb {
  connection: DuckDBConnection;
  close(): void;
}

export async function openDuckDb(): Promise<OpenDuckDb> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  return {
    connection,
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
