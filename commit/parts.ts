/** The parts of a commit's batches, each of which is read once. */
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

/** Parts that are read at once: some hundred bytes for each file of the bucket. */
const PARTS_AT_ONCE = 8;

/** A data file of the commit. */
export interface GroupFile extends StoredFile {
  /** Number of the batch result that it belongs to; `fileRows` has the numbers of entries of the whole result. */
  result: number;
}

/** The ledger entries of a part, as compressed JSON: some hundred bytes an entry in place of a thousand. */
type PackedEntries = Buffer;

interface Read {
  files: GroupFile[];
  /** Of each result: those of its parts, in order. */
  entries: PackedEntries[][];
}

/**
 * The tables want the data files of all batches at once, and the ledger the entries of one batch after the other, with the
 * repeated events that were found. What was read for the one is kept for the other, the entries compressed.
 */
export class GroupParts {
  private all?: Promise<Read>;

  constructor(
    private readonly warehouse: ObjectStore,
    private readonly results: readonly BatchResult[],
    private readonly signal?: AbortSignal,
  ) {}

  /** The data files of the commit in one table, in the order of batches and files. */
  async files(role: TableRole): Promise<GroupFile[]> {
    return (await this.read()).files.filter((file) => file.role === role);
  }

  /** The entries of one batch result, by its number. */
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
      const { files, entries } = await readWork(this.warehouse, key, BATCH_PART, this.signal);
      return { files, packed: await pack(entries), count: entries.length, result };
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
