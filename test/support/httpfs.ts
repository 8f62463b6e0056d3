/** DuckDB's S3 extension in integration tests: got once by the global setup, by the way that the program gets it. */
import { DuckDBInstance } from '@duckdb/node-api';
import { loadHttpfs } from '../../query/httpfs.js';
import { describeWithS3 } from './servers.js';

/** Environment name between the global setup and the test files. */
export const HTTPFS = 'TRAILMILL_TEST_HTTPFS';

export const hasHttpfs = (): boolean => process.env[HTTPFS] !== undefined;

/** Like `describeWithS3`; DuckDB can read S3, too. */
export function describeWithDuckDbOnS3(name: string, body: () => void): void {
  const { skip } = describe;
  if (hasHttpfs()) describeWithS3(name, body);
  else skip(`${name} (no httpfs of DuckDB)`, body);
}

/** Puts it into the cache, where it is not there. */
export async function prepareHttpfs(log: (line: string) => void): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await loadHttpfs(connection, { env: process.env, log });
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
