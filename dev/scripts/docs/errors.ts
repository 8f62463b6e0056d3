/** docs/errors.md: what happens after each error, and all codes of files and records, generated from the tables in the source. */
import { LIMITS } from '../../../cloudtrail/decoder/limits.js';
import { REJECT_REASONS } from '../../../cloudtrail/decoder/reject-reasons.js';
import { tableNameOf } from '../../../cloudtrail/tables.js';
import { DEFAULT_SOURCE, RETRY } from '../../../config/defaults.js';
import {
  type ErrorPolicy,
  INTEGRITY_CODES,
  MAX_DEFECT_ATTEMPTS,
  NOTE_CODES,
  POLICY,
  QUARANTINE_CODES,
  SKIP_CODES,
} from '../../../errors/index.js';
import { code } from './columns.js';

/** The page that is generated. */
export const ERRORS_PAGE = 'docs/errors.md';

const LEDGER = code(tableNameOf(DEFAULT_SOURCE.name, 'ledger'));
const INTEGRITY = code(tableNameOf(DEFAULT_SOURCE.name, 'integrity'));
const REJECTS = code(tableNameOf(DEFAULT_SOURCE.name, 'rejects'));

/** The text of the page. */
export function errorsPage(): string {
  return [
    '<!-- Made by `npm run docs` from the tables in errors/ and cloudtrail/decoder/. Do not edit. -->',
    '# Errors',
    INTRODUCTION,
    classes(),
    quarantine(),
    limits(),
    skips(),
    rejects(),
    integrity(),
    '',
  ].join('\n\n');
}

const INTRODUCTION = `A bad file never stops a run, and a bad day never stops the other days. Errors are handled on one of four levels:

| level | what happens | where it is reported |
|---|---|---|
| record | it goes to the rejects table with its text; the rest of its file is ingested | ${REJECTS}, and ${code('rejects')} of its file in ${LEDGER} |
| file | it is quarantined: none of its records are in a table, and the run continues | ${LEDGER}, ${code('status')} and ${code('error')}; the totals of the run |
| plan, batch, commit | it is retried until it succeeds or ${code('retry.give_up_after_hours')} have passed | the pending activity in Temporal's UI, with the message of the last attempt |
| day | it fails, and the others continue | the result of the backfill, ${code('trailmill backfill status')} |

To retry a failed day, start the same range again: finished work is not repeated.

An \`Unexpected error\` is a mistake in Trailmill. When you report one, add what \`trailmill --version\` prints, and the output with \`TRAILMILL_DEBUG=1\`, which has the stack trace.

Files that no run reads, because they are not at a CloudTrail path or because they are unfinished copies, are not errors of a run. They are counted and listed: [what is not read](cli.md#what-is-not-read).`;

function classes(): string {
  const rows = Object.entries(POLICY).map(([name, policy]: [string, ErrorPolicy]) => {
    const { means, cure } = policy;
    return `| ${code(name)} | ${means} | ${actionOf(policy)} | ${levelOf(policy)} | ${cure} |`;
  });
  return `## What happens after an error

Every expected error has a class, and this table determines what happens after it. The name of the class is the type of the failure in Temporal.

| error | when | what happens, and for how long | level | what to do |
|---|---|---|---|---|
${rows.join('\n')}
| anything else | a defect in Trailmill | decoding files: they are decoded in smaller and smaller groups, and a file that fails alone is quarantined as ${code('defect')}; anywhere else: retry, up to ${MAX_DEFECT_ATTEMPTS} attempts; then stop | file; batch; then day | report it, with the message and the stack trace from the UI |

**Retry**: again after 1 s, 2 s, 4 s … up to ${code('retry.maximum_interval_seconds')} (${RETRY.maximumIntervalSeconds}) between two attempts, until ${code('retry.give_up_after_hours')} (${RETRY.giveUpAfterHours}) have passed since the first; then
the day fails with the message of the last attempt. A batch continues after the last chunk that it has written. A worker that has died, or that sends no heartbeat for ${code('retry.heartbeat_timeout_seconds')}
(${RETRY.heartbeatTimeoutSeconds}), is handled in the same way: another worker takes over the batch. If workers die repeatedly at the same file, later attempts isolate it and quarantine it as ${code('defect')}. **Quarantine**: immediately; [below](#files-that-are-quarantined) says when such a file is retried. **Stop**: the day fails immediately, because another attempt would have
the same result. Cancelling is none of these: running work ends within seconds, and does not count as an attempt.`;
}

function actionOf({ action, quarantine }: ErrorPolicy): string {
  const elsewhere = {
    retry: `retry, until ${code('retry.give_up_after_hours')} have passed`,
    replan: 'plan again, immediately',
    stop: 'stop, immediately',
  }[action];
  if (quarantine === undefined) return elsewhere;
  const under = quarantine === 'by reason' ? 'with its code' : `as ${code(quarantine)}`;
  return `reading a file of the bucket: quarantine, ${under}; anywhere else: ${elsewhere}`;
}

function levelOf({ action, quarantine }: ErrorPolicy): string {
  const elsewhere = action === 'retry' ? 'plan, batch or commit; then day' : 'day';
  return quarantine === undefined ? elsewhere : `file; ${elsewhere}`;
}

const RETRIED = {
  object: 'automatically, when the object is replaced (another ETag)',
  outside: `with ${code('--retry-quarantined')}`,
  either: `with ${code('--retry-quarantined')}, or automatically when the object is replaced (another ETag)`,
};

function quarantine(): string {
  const rows = Object.entries(QUARANTINE_CODES).map(
    ([name, { means, change, cure }]) => `| ${code(name)} | ${means} | ${cure} | ${RETRIED[change]} |`,
  );
  return `## Files that are quarantined

A quarantined file is one row of ${LEDGER} with the status ${code('quarantined')}; ${code('error')} begins with one of these codes and a colon. None of its records are in a table, even if only the last
byte is wrong. It is not retried while it is the same object, unless a run is started with ${code('--retry-quarantined')}, which retries all quarantined files of its range once, whatever their code. That adds rows, so
the ledger keeps the earlier results: ${code('attempt')} counts.

| code | what it means | what to do | when it is retried |
|---|---|---|---|
${rows.join('\n')}

${code('access_denied')} is for single files. If ten or more files of a chunk are denied and none of them can be read, a grant is probably missing: the day stops with ${code('StorageAccessDenied')}, and nothing is quarantined.`;
}

function limits(): string {
  const rows = Object.values(LIMITS).map(({ most, of, why }) => `| ${most.toLocaleString('en-US')} | ${of} | ${why} |`);
  return `## Limits of one file

A file that exceeds a limit is quarantined as ${code('over_limit')}: none of its records are in a table. Its uncompressed size is limited by ${code('ingest.max_file_size')} (${code('too_large')}).

| maximum | of what | why |
|---|---|---|
${rows.join('\n')}`;
}

function skips(): string {
  const rowsOf = (column: string, codes: Record<string, { means: string; cure: string }>): string[] =>
    Object.entries(codes).map(([name, { means, cure }]) => `| ${code(name)} | ${column} | ${means} | ${cure} |`);
  return `## Other codes of the ledger

| code | where | what it means | what to do |
|---|---|---|---|
${[...rowsOf(`${code('error')}, status ${code('skipped')}`, SKIP_CODES), ...rowsOf(`${code('notes')}, status ${code('ingested')}`, NOTE_CODES)].join('\n')}`;
}

function rejects(): string {
  const rows = Object.entries(REJECT_REASONS).map(
    ([name, { means, cure }]) => `| ${code(name)} | ${means} | ${cure} |`,
  );
  return `## Records that are rejected

A record that cannot become a row is one row of ${REJECTS}: ${code('reason')} is one of these codes, ${code('message')} has details, ${code('raw')} has the delivered text, and ${code('path')}, ${code('record_index')} and
${code('byte_offset')} have its position. The other records of its file become rows. A record that a transform drops is not rejected: it is counted in ${code('dropped')} of the ledger.

| reason | what it means | what to do |
|---|---|---|
${rows.join('\n')}`;
}

function integrity(): string {
  const rows = Object.entries(INTEGRITY_CODES).map(
    ([name, { of, status, means, cure }]) => `| ${code(name)} | ${of} | ${status} | ${means} | ${cure} |`,
  );
  return `## Results of verification

${code('code')} in ${INTEGRITY} and in the output of [${code('trailmill verify')}](verify.md). **failed**: there is proof that something is wrong. **unproven**: there is not enough to judge it. Results without a code are ${code('valid')}.

| code | of | status | what it means | what to do |
|---|---|---|---|---|
${rows.join('\n')}`;
}
