/** Reads the parts of a commit's batches, each of them once. */
import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import { z } from 'zod';
import type { TableRole } from '../cloudtrail/tables.js';
import type { LedgerEntry } from '../ledger/entry.js';
import { ledgerEntry } from '../run/schemas.js';
import { parsed, readWork } from '../run/versioned.js';
import { BATCH_PART, type BatchResult, type StoredFile } from '../run/work-area.js';
import { readAhead } from '../storage/concurrency.js';
import type { ObjectStore } from '../storage/object-store.js';

/** Number of parts that are read concurrently: about a hundred bytes for each file of the bucket. */
const PARTS_AT_ONCE = 8;

/** A data file of the commit. */
export interface GroupFile extends StoredFile {
  /** Index of its batch result. `fileRows` has indexes of entries in the whole result, not in the part. */
  result: number;
}

/** The ledger entries of a part as compressed JSON: about 100 bytes per entry instead of 1,000. */
type PackedEntries = Buffer;

interface Read {
  files: GroupFile[];
  /** For each result, the entries of its parts, in order. */
  entries: PackedEntries[][];
}

/**
 * The parts of a commit. The tables need the data files of all batches at the same time, and afterwards the ledger needs the
 * entries of one batch at a time. So the entries are kept, compressed, when the files are read.
 */
export class GroupParts {
  private all?: Promise<Read>;

  constructor(
    private readonly warehouse: ObjectStore,
    private readonly results: readonly BatchResult[],
    private readonly signal?: AbortSignal,
  ) {}

  /** Returns the data files of the commit in one table, in the order of batches and files. */
  async files(role: TableRole): Promise<GroupFile[]> {
    return (await this.read()).files.filter((file) => file.role === role);
  }

  /** Returns the entries of a batch result, by its index. */
  async entries(result: number): Promise<LedgerEntry[]> {
    const entries: LedgerEntry[] = [];
    for (const packed of (await this.read()).entries[result]) entries.push(...(await unpack(packed)));
    return entries;
  }

  private read(): Promise<Read> {
    this.all ??= this.readAll();
    return this.all;
  }

  private async readAll(): Promise<Read> {
    const read: Read = { files: [], entries: this.results.map(() => []) };
    const keys = this.results.flatMap(({ parts }, result) => parts.map((key) => ({ key, result })));
    const parts = readAhead(keys, PARTS_AT_ONCE, async ({ key, result }) => {
      const { files, entries, writer } = await readWork(this.warehouse, key, BATCH_PART, this.signal);
      const packed = await pack(entries.map((entry) => ({ ...entry, ...writer })));
      return { files, packed, count: entries.length, result };
    });
    const before = this.results.map(() => 0);
    for await (const { files, packed, count, result } of parts) {
      for (const { fileRows, ...file } of files) {
        const ofResult = fileRows?.map((rows) => ({ ...rows, file: rows.file + before[result] }));
        read.files.push({ ...file, fileRows: ofResult, result });
      }
      read.entries[result].push(packed);
      before[result] += count;
    }
    return read;
  }
}

const ENTRIES = z.array(ledgerEntry);

async function pack(entries: readonly LedgerEntry[]): Promise<PackedEntries> {
  return promisify(deflateRaw)(JSON.stringify(entries));
}

async function unpack(packed: PackedEntries): Promise<LedgerEntry[]> {
  return parsed(ENTRIES, JSON.parse((await promisify(inflateRaw)(packed)).toString('utf8')));
}
