/** Verdicts as rows of the integrity table. Its columns are in cloudtrail/tables.ts. */

import type { INTEGRITY_COLUMNS } from '../cloudtrail/tables.js';
import type { RowShape } from '../columnar/packed-rows.js';
import { statusOf, type Verdict } from './verdict.js';

/** What all verdicts of a verification have in common. */
export interface VerdictOrigin {
  /** The bucket's address, without a slash at the end. */
  bucketUri: string;
  /** Milliseconds since the epoch. */
  verifiedAt: number;
  /** Workflow that verifies. */
  run: string;
}

/** The form in which verdicts are sent to the writing thread. */
export const VERDICT_SHAPE: RowShape<Verdict> = {
  texts: [
    ...(['kind', 'key', 'etag', 'account', 'region', 'trail', 'code', 'message'] as const),
    ...(['digest', 'fingerprint', 'sha256', 'checked'] as const),
  ],
  numbers: ['at'],
};

type Row = Partial<Record<(typeof INTEGRITY_COLUMNS)[number]['name'], string | number | undefined>> & { ts: number };

/** Converts a verdict to a row: values by column name, times in microseconds since the epoch. */
export function rowOf(verdict: Verdict, { bucketUri, verifiedAt, run }: VerdictOrigin): Row {
  const { kind, key, etag, account, region, trail, at, code, message, digest, fingerprint, sha256 } = verdict;
  return {
    ts: at * 1000,
    subject: kind,
    key,
    etag,
    path: `${bucketUri}/${key}`,
    account,
    region,
    trail,
    status: statusOf(verdict),
    code,
    message,
    digest,
    fingerprint,
    sha256,
    checked: verdict.checked ?? 'ledger',
    verified_at: verifiedAt * 1000,
    run,
  };
}
