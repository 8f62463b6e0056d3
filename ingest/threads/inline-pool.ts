/** A decoder pool without threads, for the docs' examples and for tests. */

import { readDigests } from '../../integrity/read-digests.js';
import { readLedgerFiles } from '../../integrity/read-ledger.js';
import { readLedger } from '../../ledger/read.js';
import { ledgerRows } from '../../ledger/rows.js';
import { storedEntries } from '../../ledger/stored-entries.js';
import { decodeChunk } from '../chunk.js';
import { countRows } from '../tasks/count-rows.js';
import { findRows } from '../tasks/find-rows.js';
import { hashObject } from '../tasks/hash-object.js';
import { readDeletes } from '../tasks/read-deletes.js';
import { readDigestObject } from '../tasks/read-digest-object.js';
import { readEventList } from '../tasks/read-event-list.js';
import { readValues } from '../tasks/read-values.js';
import { writeDeletes } from '../tasks/write-deletes.js';
import { writeIntegrity, writeLedger } from '../write-parquet.js';
import type { DecoderPool } from './decoder-pool.js';

/** Works in the caller's thread, but on copies: a task that cannot be sent to a thread fails here too. */
export const inlinePool: DecoderPool = {
  ingestChunk: (task) => decodeChunk(structuredClone(task)),
  writeLedger: (task) => writeLedger(structuredClone(task)),
  readLedger: async (task) => readLedger(task),
  writeDeletes: (task) => writeDeletes(structuredClone(task)),
  readEventList: async (parquet) => readEventList(parquet),
  readValues: async (parquet) => readValues(parquet),
  readDeletes: async (parquet) => structuredClone(await readDeletes(parquet)),
  countRows: async (task) => structuredClone(await countRows(task)),
  findRows: async (task) => findRows(structuredClone(task)),
  storedEntries: async (task) => structuredClone(await storedEntries(task)),
  ledgerRows: async (task) => structuredClone(await ledgerRows(task)),
  readDigests: async (task) => structuredClone(await readDigests(task)),
  readLedgerFiles: async (task) => structuredClone(await readLedgerFiles(task)),
  writeIntegrity: (task) => writeIntegrity(structuredClone(task)),
  hashObject: async (task) => hashObject(task),
  readDigestObject: async (task) => structuredClone(readDigestObject(task)),
  close: async () => {},
};
