/** Independent Iceberg readers in tests, with the Python environments that the global setup has found or created. */
import {
  type MoreReaders,
  type Reader,
  startMoreReaders as startMoreReadersWith,
  startReader as startReaderWith,
} from '../../dev/servers/iceberg-readers.js';

export {
  MORE_READER_PACKAGES,
  READER_PACKAGES,
  type Reader,
  type ReaderRow,
} from '../../dev/servers/iceberg-readers.js';

/** Environment variable that passes the Python with the readers from the global setup to the test files. */
export const PYTHON = 'TRAILMILL_TEST_PYTHON';
/** The same for the Python with Polars, Daft and chDB. */
export const MORE_PYTHON = 'TRAILMILL_TEST_MORE_PYTHON';

/** Like `describe`; skipped if the readers are not available. The global setup has said why; in CI it has failed. */
export function describeWithReaders(name: string, body: () => void): void {
  const { skip } = describe;
  if (process.env[PYTHON]) describe(name, body);
  else skip(`${name} (no PyIceberg and DuckDB)`, body);
}

/** Starts the reader process. */
export async function startReader(): Promise<Reader> {
  const python = process.env[PYTHON];
  if (!python) throw new Error(`${PYTHON} is not set: put the test into describeWithReaders.`);
  return startReaderWith(python);
}

/** Like `describe`; skipped if Polars, Daft and chDB are not available. */
export function describeWithMoreReaders(name: string, body: () => void): void {
  const { skip } = describe;
  if (process.env[MORE_PYTHON]) describe(name, body);
  else skip(`${name} (no Polars, Daft and chDB)`, body);
}

/** Starts the process of Polars, Daft and chDB. */
export async function startMoreReaders(): Promise<MoreReaders> {
  const python = process.env[MORE_PYTHON];
  if (!python) throw new Error(`${MORE_PYTHON} is not set: put the test into describeWithMoreReaders.`);
  return startMoreReadersWith(python);
}
