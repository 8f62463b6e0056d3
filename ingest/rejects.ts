/** Records that cannot become rows: their rows of the rejects table, and counts by reason for messages. */
import { isUtf8 } from 'node:buffer';
import type { Reject } from '../cloudtrail/decoder/read-context.js';
import { REJECTS_COLUMNS, type TableRole } from '../cloudtrail/tables.js';
import type { RejectedFor } from '../protocol/totals.js';
import { shortened } from '../text/printable.js';
import { RowsByDay } from './rows.js';
import type { FetchedFile, Origin } from './types.js';

/** Longest message that travels with the counts, in UTF-16 code units. The rejects table has all of it. */
const MESSAGE_LENGTH = 200;

/** The rejects of a chunk. */
export class ChunkRejects {
  private readonly byReason = new Map<string, RejectedFor>();
  private readonly rows = new RowsByDay(REJECTS_COLUMNS);

  constructor(private readonly origin: Origin) {}

  /** Counts of all rejects by reason. */
  get reasons(): RejectedFor[] {
    return [...this.byReason.values()];
  }

  /** Bytes in column buffers. */
  get bytes(): number {
    return this.rows.bytes;
  }

  /** Returns the rows by day, and starts over with empty buffers; the counts stay. */
  take(): ReturnType<RowsByDay<typeof REJECTS_COLUMNS>['take']> {
    return this.rows.take();
  }

  /** Adds a rejected record of a file. `bytes`: the uncompressed file. `table`: where the record would be a row. */
  add(file: FetchedFile, table: TableRole, bytes: Uint8Array, reject: Reject): void {
    const { index, from, to, reason, message } = reject;
    const text = reject.text ?? bytes.subarray(from, to);
    const encoding = isUtf8(text) ? 'utf-8' : 'base64';
    this.rows.add({
      ts: file.deliveredAt * 1000,
      path: file.uri,
      record_index: index,
      byte_offset: from,
      table,
      reason,
      message,
      raw: Buffer.from(text).toString(encoding === 'base64' ? 'base64' : 'utf8'),
      raw_encoding: encoding,
      batch: this.origin.batch,
      run: this.origin.run,
    });
    const known = this.byReason.get(reason);
    if (known !== undefined) known.records++;
    else {
      const first = { key: file.key, index, message: shortened(message, MESSAGE_LENGTH) };
      this.byReason.set(reason, { code: reason, records: 1, ...first });
    }
  }
}
