/** PyIceberg and DuckDB in tests, with the Python that the global setup has found or made. */
import { type Reader, startReader as startReaderWith } from '../../dev/servers/iceberg-readers.js';

export { READER_PACKAGES, type Reader, type ReaderRow } from '../../dev/servers/iceberg-readers.js';

/** Environment name between the global setup and the test files: the Python that has the readers. */
export const PYTHON = 'TRAILMILL_TEST_PYTHON';

/** Like `describe`; skipped where the readers cannot be had. The global setup has said why; in CI it has failed. */
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
