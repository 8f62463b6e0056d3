/** Why records were rejected and files were not read: a line for each error code. Pure. */
import type { Totals } from '../../protocol/totals.js';
import { counted } from '../../text/numbers.js';

type Rejected = NonNullable<Totals['rejectedFor']>[number];
type Unread = Totals['quarantinedFor'][number];

/** `bad_time: 3 records, such as: eventTime is not a time: "soon"` */
export function rejectedText({ code, records, message }: Rejected): string {
  return `${code}: ${counted(records, 'record')}, such as: ${message}`;
}

/** `not_gzip: 3 files, such as s3://…` */
export function unreadText({ code, files, example }: Unread): string {
  return `${code}: ${counted(files, 'file')}, such as ${example}`;
}
