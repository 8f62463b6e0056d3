/** cloud.account.id. */
import type { AnyColumn } from '../../columnar/nested.js';
import type { StringColumn } from '../../columnar/string-column.js';
import { type Computed, copyText } from './derivation.js';

/** Length of an account id. https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html */
const DIGITS = 12;

/** Whether the text is an account id, rather than empty, `ANONYMOUS_PRINCIPAL` or another placeholder. */
function isAccountId(column: AnyColumn, row: number): boolean {
  if (!column.has(row)) return false;
  const { data, offsets } = column as StringColumn;
  const from = offsets[row];
  const to = offsets[row + 1];
  if (to - from !== DIGITS) return false;
  for (let i = from; i < to; i++) if (data[i] < 48 || data[i] > 57) return false;
  return true;
}

/** cloud.account.id: the first input that is an account id. */
export const cloudAccountId: Computed = {
  inputs: [
    'aws.cloudtrail.user_identity.account_id',
    'aws.cloudtrail.recipient_account_id',
    'aws.cloudtrail.aggregated.account_id',
  ],
  run(columns, out, row) {
    for (const column of columns) if (isAccountId(column, row)) return copyText(column, out, row);
  },
};
