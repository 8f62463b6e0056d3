/** DuckDB's S3 extension in integration tests: the global setup obtains it once, in the same way as the program. */
import { DuckDBInstance } from '@duckdb/node-api';
import { loadHttpfs } from '../../query/httpfs.js';
import { describeWithS3 } from './servers.js';

/** Environment variable that tells the test files that the global setup has prepared it. */
export const HTTPFS = 'TRAILMILL_TEST_HTTPFS';

export const hasHttpfs = (): boolean => process.env[HTTPFS] !== undefined;

/** Like `describeWithS3`; DuckDB can also read S3. */
export function describeWithDuckDbOnS3(name: string, body: () => void): void {
  const { skip } = describe;
  if (hasHttpfs()) describeWithS3(name, body);
  else skip(`${name} (no httpfs of DuckDB)`, body);
}

/** Puts it into the cache, if it is not there. */
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
