/** The flat views: one over each table, with columns that fit a screen. docs/query.md lists them. */
import { INTEGRITY_COLUMNS, LEDGER_COLUMNS, REJECTS_COLUMNS, type TableRole } from '../../cloudtrail/tables.js';
import type { ColumnSpec } from '../../iceberg/types.js';
import { EVENT_COLUMNS } from './events.js';
import { computed, copied, type FlatColumn, type FlatView, json } from './flat-column.js';

const INSIGHT = 'aws.cloudtrail.insight_details';
const DIGEST = 'aws.cloudtrail.digest';

const INSIGHTS: readonly FlatColumn[] = [
  copied('event_time', 'ts', 'When the unusual activity began or ended (UTC)'),
  copied('state', `${INSIGHT}.state`, '`Start` or `End`'),
  copied('insight_type', `${INSIGHT}.insight_type`, '`ApiCallRateInsight` or `ApiErrorRateInsight`'),
  copied('event_source', 'event.provider', 'Service whose calls were unusual: `s3.amazonaws.com`'),
  copied('event_name', 'event.action', 'Call that was unusual: `PutObject`'),
  copied('error_code', `${INSIGHT}.error_code`, 'Error whose rate was unusual'),
  copied('baseline_average', `${INSIGHT}.statistics.baseline_average`, 'Calls or errors per minute before it'),
  copied('insight_average', `${INSIGHT}.statistics.insight_average`, 'Calls or errors per minute during it'),
  copied('duration_minutes', `${INSIGHT}.statistics.insight_duration`, 'How long it has lasted, in minutes'),
  copied('account', 'aws.cloudtrail.recipient_account_id', 'Account that received the Insight'),
  copied('region', 'cloud.region', 'Region of the calls'),
  copied('attributions', `${INSIGHT}.attributions`, 'The callers, user agents and error codes behind the change'),
  json('insight_details', 'aws.cloudtrail.insight_details_raw', 'All details'),
  copied('shared_event_id', 'aws.cloudtrail.shared_event_id', 'The same for the start and the end of an Insight'),
  copied('event_id', 'event.id', 'Unique id of the record'),
  copied('file', 'log.file.path', 'CloudTrail file that the row came from'),
];

const DIGESTS: readonly FlatColumn[] = [
  copied('end_time', 'ts', 'End of the hour that the digest covers (UTC)'),
  copied('start_time', `${DIGEST}.start_time`, 'Start of this hour'),
  copied('account', 'cloud.account.id', 'Account whose log files it lists'),
  copied('region', 'cloud.region', 'Region whose log files it lists'),
  computed('log_files', 'Number of log files that it lists', (of) => `len(${of(`${DIGEST}.log_files`)})`),
  copied('oldest_event_time', `${DIGEST}.oldest_event_time`, 'Time of the oldest event in these files'),
  copied('newest_event_time', `${DIGEST}.newest_event_time`, 'Time of the newest event in these files'),
  copied('bucket', `${DIGEST}.s3_bucket`, 'Bucket that it was delivered to'),
  copied('key', `${DIGEST}.s3_object`, 'Key that it was delivered to'),
  copied('sha256', 'file.hash.sha256', 'Hash of its uncompressed bytes, hex'),
  copied('fingerprint', `${DIGEST}.public_key_fingerprint`, 'Fingerprint of the key that signed it'),
  copied('signature', `${DIGEST}.signature`, 'Its signature, hex'),
  copied('previous_key', `${DIGEST}.previous_s3_object`, 'Key of the previous digest; null for the first of a chain'),
  copied('previous_sha256', `${DIGEST}.previous_hash_value`, 'Hash of the previous digest, hex'),
  copied('file', 'log.file.path', 'Digest file that the row came from'),
];

/** The views, in the order of the docs. */
export const FLAT_VIEWS: readonly FlatView[] = [
  {
    name: 'events',
    role: 'default',
    doc: 'one event: management, data and network activity events',
    columns: EVENT_COLUMNS,
  },
  { name: 'insights', role: 'insights', doc: 'the start or the end of an Insight', columns: INSIGHTS },
  { name: 'digests', role: 'digest', doc: 'a digest file', columns: DIGESTS },
  {
    name: 'files',
    role: 'ledger',
    doc: 'an object of the bucket, which was processed once: the ledger',
    columns: flat(LEDGER_COLUMNS, ['ts', 'status', 'account', 'region', 'kind', 'records', 'rejects', 'error', 'key']),
  },
  {
    name: 'rejects',
    role: 'rejects',
    doc: 'a record that could not become a row',
    columns: flat(REJECTS_COLUMNS, ['ts', 'reason', 'message', 'path', 'record_index']),
  },
  {
    name: 'integrity',
    role: 'integrity',
    doc: 'the result of one verification for one log file, digest or place in a chain of digests',
    columns: flat(INTEGRITY_COLUMNS, ['ts', 'status', 'subject', 'code', 'message', 'account', 'region', 'key']),
  },
];

/** The columns of a table that is flat already: the most useful first, and `ts` under a name that says what it is. */
function flat(columns: readonly ColumnSpec[], first: readonly string[]): FlatColumn[] {
  const rank = ({ name }: ColumnSpec): number => (first.includes(name) ? first.indexOf(name) : first.length);
  const inOrder = [...columns].sort((one, two) => rank(one) - rank(two));
  return inOrder.map(({ name, doc }) => copied(name === 'ts' ? 'delivered_at' : name, name, doc));
}

/** The view over the table of this role. */
export function flatViewOf(role: TableRole): FlatView {
  const view = FLAT_VIEWS.find((one) => one.role === role);
  if (view === undefined) throw new Error(`there is no view over the table of role ${role}`);
  return view;
}
