/** Where a record is in its file: for showing the exact bytes that a row was made of. */
import { MANAGED_COLUMNS } from '../table-columns.js';
import type { TableKey } from '../table-config.js';
import { FileDecoder } from './file-decoder.js';
import type { ByteRange } from './read-context.js';

/** Rows are dropped when they exceed this: only the ranges are wanted. */
const MAX_BYTES = 8 << 20;

/**
 * Returns the range of the record's text in its file; `undefined` if the file has no record with this index. In a file as
 * CloudTrail writes it, that is the record's own text. A record in a string or another wrapper has the range of the outermost
 * one, as in the rejects table. Throws `UnreadableFile` for a file that would be quarantined.
 * @param bytes the uncompressed file, in any delivery format
 * @param index the record's position in the file, from 0: the column `aws.cloudtrail.record_index`
 * @param table the table that the file is routed to: not `digest`
 */
export function recordRange(
  bytes: Uint8Array,
  index: number,
  table: Exclude<TableKey, 'digest'> = 'default',
): ByteRange | undefined {
  let found: ByteRange | undefined;
  // The decoder counts the records of its tables: any other way of counting could be off by one.
  const decoder = new FileDecoder(MANAGED_COLUMNS[table], 'records', {
    onRecord: (at, range) => {
      if (at === index) found = range;
    },
  });
  const { rejects } = decoder.decode(bytes, '', { maxBytes: MAX_BYTES, take: () => {} });
  if (found !== undefined) return found;
  const reject = rejects.find((one) => one.index === index);
  return reject && { from: reject.from, to: reject.to };
}
