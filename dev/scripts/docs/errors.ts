/** docs/errors.md: what happens after each error, and every code of a file and of a record, made of the tables in the source. */
import { LIMITS } from '../../../cloudtrail/decoder/limits.js';
import { REJECT_REASONS } from '../../../cloudtrail/decoder/reject-reasons.js';
import { tableNameOf } from '../../../cloudtrail/tables.js';
import { DEFAULT_SOURCE, RETRY } from '../../../config/defaults.js';
import {
  type ErrorPolicy,
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
    '',
  ].join('\n\n');
}

const INTRODUCTION = `One bad file never stops a run, and one bad day never stops the others. What goes wrong ends on one of four levels:

| level | what happens | where it is told |
|---|---|---|
| record | it goes to the rejects table with its text, and its file goes on | ${REJECTS}, and ${code('rejects')} of its file in ${LEDGER} |
| file | it is quarantined: nothing of it is in a table, and the run goes on | ${LEDGER}, ${code('status')} and ${code('error')}; the totals of the run |
| plan, batch, commit | it is done again, until it succeeds or ${code('retry.give_up_after_hours')} are over | the pending activity in Temporal's UI, with the message of the last try |
| day | it fails, and the others go on | the end of the backfill, ${code('trailmill backfill status')} |

A day that failed is taken up again by starting the same range: what is done is not done again.

Files that no run reads, because they are not where CloudTrail puts them or because they are copies that are not finished, are no error of a run. They are counted and named: [what is not read](cli.md#what-is-not-read).`;

function classes(): string {
  const rows = Object.entries(POLICY).map(([name, policy]: [string, ErrorPolicy]) => {
    const { means, cure } = policy;
    return `| ${code(name)} | ${means} | ${actionOf(policy)} | ${levelOf(policy)} | ${cure} |`;
  });
  return `## What happens after an error

Every error that is thrown on purpose has a class, and this table decides what happens after it. The name of the class is the type of the failure in Temporal.

| error | when | what happens, for how long | on which level | what to do |
|---|---|---|---|---|
${rows.join('\n')}
| anything else | a defect of Trailmill | decoding files: they are decoded in smaller and smaller pieces, and the one that fails alone is quarantined, as ${code('defect')}; anywhere else: retry, up to ${MAX_DEFECT_ATTEMPTS} attempts; then stop | file; batch; then day | tell us, with the message and its stack from the UI |

**Retry**: again after 1 s, 2 s, 4 s … up to ${code('retry.maximum_interval_seconds')} (${RETRY.maximumIntervalSeconds}) between two tries, until ${code('retry.give_up_after_hours')} (${RETRY.giveUpAfterHours}) have passed since the first; then
the day fails with the message of the last try. A batch goes on behind the last chunk that it wrote out. A worker that died, or gives no sign of life for ${code('retry.heartbeat_timeout_seconds')}
(${RETRY.heartbeatTimeoutSeconds}), is the same case: another worker takes the batch. Where workers die at one file again and again, later tries narrow it down, and quarantine it as ${code('defect')}. **Quarantine**: at once; [below](#files-that-are-quarantined) is when such a file is taken again. **Stop**: the day fails at once, since another try would end
the same. Cancelling is none of these: what is under way ends within seconds, and counts as no try.`;
}

function actionOf({ action, quarantine }: ErrorPolicy): string {
  const elsewhere = {
    retry: `retry, until ${code('retry.give_up_after_hours')} are over`,
    replan: 'plan again, immediately',
    stop: 'stop, at once',
  }[action];
  if (quarantine === undefined) return elsewhere;
  const under = quarantine === 'by reason' ? 'with its code' : `as ${code(quarantine)}`;
  return `reading a file of the bucket: quarantine, ${under}; anywhere else: ${elsewhere}`;
}

function levelOf({ action, quarantine }: ErrorPolicy): string {
  const elsewhere = action === 'retry' ? 'plan, batch or commit; then day' : 'day';
  return quarantine === undefined ? elsewhere : `file; ${elsewhere}`;
}

const AGAIN = {
  object: 'by itself, when the object is replaced (another ETag)',
  outside: `with ${code('--retry-quarantined')}`,
  either: `with ${code('--retry-quarantined')}, or by itself when the object is replaced (another ETag)`,
};

function quarantine(): string {
  const rows = Object.entries(QUARANTINE_CODES).map(
    ([name, { means, change, cure }]) => `| ${code(name)} | ${means} | ${cure} | ${AGAIN[change]} |`,
  );
  return `## Files that are quarantined

A quarantined file is one row of ${LEDGER} with the status ${code('quarantined')}; ${code('error')} begins with one of these codes and a colon. Nothing of the file is in a table, also when only its last
byte is wrong. It is not tried again while it is the same object, unless a run is started with ${code('--retry-quarantined')}, which takes all quarantined files of its range once more, whatever their code. It adds rows, so
the ledger keeps what was said before: ${code('attempt')} counts.

| code | what it says of the file | what to do | when it is taken again |
|---|---|---|---|
${rows.join('\n')}

${code('access_denied')} is about single files. Where ten files or more of one chunk are refused and none of it may be read, somebody forgot a grant: the day stops, with ${code('StorageAccessDenied')}, and nothing is quarantined.`;
}

function limits(): string {
  const rows = Object.values(LIMITS).map(({ most, of, why }) => `| ${most.toLocaleString('en-US')} | ${of} | ${why} |`);
  return `## Limits of one file

A file that has more is quarantined as ${code('over_limit')}: nothing of it is in a table. Its size when unzipped is bounded by ${code('ingest.max_file_size')} (${code('too_large')}).

| at the most | of what | why |
|---|---|---|
${rows.join('\n')}`;
}

function skips(): string {
  const rowsOf = (column: string, codes: Record<string, { means: string; cure: string }>): string[] =>
    Object.entries(codes).map(([name, { means, cure }]) => `| ${code(name)} | ${column} | ${means} | ${cure} |`);
  return `## Other codes of the ledger

| code | where | what it says of the file | what to do |
|---|---|---|---|
${[...rowsOf(`${code('error')}, status ${code('skipped')}`, SKIP_CODES), ...rowsOf(`${code('notes')}, status ${code('ingested')}`, NOTE_CODES)].join('\n')}`;
}

function rejects(): string {
  const rows = Object.entries(REJECT_REASONS).map(
    ([name, { means, cure }]) => `| ${code(name)} | ${means} | ${cure} |`,
  );
  return `## Records that are rejected

A record that cannot be a row is one row of ${REJECTS}: ${code('reason')} is one of these codes, ${code('message')} says more, ${code('raw')} has the text as it was delivered, and ${code('path')}, ${code('record_index')} and
${code('byte_offset')} say where it stood. The other records of its file are rows. A record that a transform drops on purpose is none of these: it is counted in ${code('dropped')} of the ledger.

| reason | what it says of the record | what to do |
|---|---|---|
${rows.join('\n')}`;
}
