/** The decoder without threads of its own, for where nothing has to stay on time: the docs' examples, and tests. */

import { readLedger } from '../../ledger/read.js';
import { ledgerRows } from '../../ledger/rows.js';
import { decodeChunk } from '../chunk.js';
import { countRows } from '../tasks/count-rows.js';
import { readDeletes } from '../tasks/read-deletes.js';
import { readEventIds } from '../tasks/read-event-ids.js';
import { writeDeletes } from '../tasks/write-deletes.js';
import { writeLedger } from '../write-parquet.js';
import type { DecoderPool } from './decoder-pool.js';

/** Works in the caller's thread, and on copies, as the threads do: a task that cannot be sent to one fails here too. */
export const inlinePool: DecoderPool = {
  ingestChunk: (task) => decodeChunk(structuredClone(task)),
  writeLedger: (task) => writeLedger(structuredClone(task)),
  readLedger: async (question) => readLedger(question),
  writeDeletes: (task) => writeDeletes(structuredClone(task)),
  readEventIds: async (parquet) => readEventIds(parquet),
  readDeletes: async (parquet) => structuredClone(await readDeletes(parquet)),
  countRows: async (task) => structuredClone(await countRows(task)),
  ledgerRows: async (parquet, slice) => structuredClone(await ledgerRows({ parquet, slice })),
  close: async () => {},
};
