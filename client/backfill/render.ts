/** Renders the status of a backfill, and its summary. Pure. */
import { unlistedText } from '../../aws/regions.js';
import { windowText } from '../../protocol/control.js';
import { count, counted, duration } from '../../text/numbers.js';
import { allPrintable } from '../../text/printable.js';
import { estimateText, expectedTotals, ofExpected } from '../../workflows/ui/expected.js';
import { knownText } from '../../workflows/ui/known-text.js';
import { rejectedText, unreadText } from '../../workflows/ui/reason-text.js';
import { ignoredLine, unreadLines, unreadTitle } from '../../workflows/ui/unread-text.js';
import { moment, percent } from '../terminal/numbers.js';
import { labeled } from '../terminal/table.js';
import { retryTexts } from './render-retries.js';
import type { BackfillState, BackfillView } from './view.js';

/** The most failures that are listed; the others are counted. `--json` has them all. */
const MOST_FAILURES = 20;
const MOST_RETRIES = 10;

/** What `backfill status` prints, and the summary at the end of `--watch`. */
export function renderStatus(given: BackfillView, now: number): string {
  const view = allPrintable(given);
  const lines = [`${view.id}: ${stateText(view)}`];
  if (view.paused) {
    const why = view.pausedReason === null ? '' : `${view.pausedReason}; `;
    lines.push(labeled('paused', `${why}resume with \`trailmill backfill resume '${view.id}'\``));
  }
  const ended = view.closedAt === null ? now : Date.parse(view.closedAt);
  const took = duration((ended - Date.parse(view.startedAt)) / 1000);
  lines.push(
    labeled('started', `${moment(view.startedAt)}, ${view.closedAt === null ? `${took} ago` : `took ${took}`}`),
  );
  if (view.days !== null)
    lines.push(labeled('days', daysText(view.days, view.state === 'running' ? view.share : undefined)));
  if (view.window !== null) lines.push(labeled('in flight', windowText(view.window)));
  lines.push(...totalsRows(view));
  const step = view.state === 'running' ? stepText(view) : undefined;
  if (view.totals === null && view.state === 'running')
    lines.push(labeled('progress', `unknown: ${noResponseText(view)}`));
  else if (step !== undefined) lines.push(labeled('now', step));
  lines.push(...retryTexts(view.retries, now, MOST_RETRIES).map((text, n) => labeled(n === 0 ? 'retrying' : '', text)));
  if (view.error !== null) lines.push(labeled('error', view.error));
  lines.push(
    ...failureRows(view),
    ...damagedRows(view),
    ...unreadRows(view),
    ...unknownRows(view),
    ...regionRows(view),
  );
  if (view.ui !== null) lines.push(labeled('UI', view.ui));
  return lines.join('\n');
}

/** Why the progress is unknown. */
export function noResponseText({ worker, taskQueue }: BackfillView): string {
  return worker === false
    ? `no worker polls its task queue ${taskQueue}, so it makes no progress. Start one with \`trailmill worker\` (or \`trailmill dev\`).`
    : `no worker on its task queue ${taskQueue} responds: it is busy, or has just stopped. Start one with \`trailmill worker\` (or \`trailmill dev\`).`;
}

/** The displayed state. On the server, a paused backfill is running. */
export function stateText({ state, paused }: Pick<BackfillView, 'state' | 'paused'>): BackfillState | 'paused' {
  return paused ? 'paused' : state;
}

/** What it does before there is anything to count; `undefined` afterwards, and if that is unknown. */
export function stepText({ days, planned, discovered, paused }: BackfillView): string | undefined {
  if (days === null || paused) return undefined;
  if (discovered === false) return 'listing the accounts, kinds and regions of the bucket';
  const planning = days.running.length - ((planned?.days ?? Number.NaN) - days.done - days.failed);
  // While other days are ingested, planning is not what it waits for.
  if (planning > 0 && planning === days.running.length)
    return `planning ${counted(planning, 'day')}: listing their files`;
  if (days.running.length === 0 && days.waiting.length > 0)
    return `waiting for another run that is working on ${days.waiting.join(', ')}`;
  return undefined;
}

function daysText(days: NonNullable<BackfillView['days']>, share: number | undefined): string {
  const parts = [`${count(days.done)} of ${count(days.total)} done`];
  if (share !== undefined && days.running.length > 0) parts[0] += ` (${percent(share, 1)} of the whole)`;
  if (days.failed > 0) parts.push(`${count(days.failed)} failed`);
  if (days.running.length > 0) parts.push(`in progress: ${days.running.join(', ')}`);
  if (days.waiting.length > 0) parts.push(`waiting for another run: ${days.waiting.join(', ')}`);
  return parts.join(', ');
}

function totalsRows(view: BackfillView): string[] {
  const { totals, planned, days } = view;
  if (totals === null) return [];
  const running = view.state === 'running' && planned !== null && days !== null;
  const expected = running ? expectedTotals(days, planned) : undefined;
  const known = knownText(view.known, totals.files);
  const rows =
    known !== undefined && totals.files === 0 && !expected?.files
      ? [labeled('files', known)]
      : [
          labeled('files', ofExpected(totals.files, expected, 'files')),
          ...(known === undefined ? [] : [labeled('', known)]),
          labeled('bytes', ofExpected(totals.bytes, expected, 'bytes')),
          ...(expected === undefined || expected.exact
            ? []
            : [labeled('', `The totals are ${estimateText(expected, days?.total ?? 0)}.`)]),
          labeled('events', count(totals.events)),
        ];
  if (totals.rejects > 0) {
    rows.push(labeled('rejects', `${counted(totals.rejects, 'record')}: see the rejects table`));
    for (const reason of totals.rejectedFor ?? []) rows.push(labeled('', rejectedText(reason)));
    rows.push(labeled('', 'after a fix, read them again with --reprocess --status rejected'));
  }
  if (totals.dropped > 0) rows.push(labeled('dropped', `${counted(totals.dropped, 'record')}, by a transform`));
  if (totals.duplicates > 0) {
    rows.push(
      labeled('duplicates', `${counted(totals.duplicates, 'record')}: copies of events that are already in the table`),
    );
  }
  if (totals.quarantined > 0) {
    rows.push(labeled('quarantined', `${counted(totals.quarantined, 'file')}: retry them with --retry-quarantined`));
    for (const reason of totals.quarantinedFor) rows.push(labeled('', unreadText(reason)));
  }
  for (const { code, files, example } of totals.kept ?? [])
    rows.push(labeled('kept', `${counted(files, 'file')} could not be read again (${code}), such as ${example}`));
  if (totals.skipped > 0) rows.push(labeled('skipped', `${counted(totals.skipped, 'file')} of kinds without a table`));
  if (totals.replaced > 0) {
    rows.push(labeled('replaced', `${counted(totals.replaced, 'file')}: see \`notes\` in the files table`));
  }
  return rows;
}

function failureRows(view: BackfillView): string[] {
  const shown = view.failures.slice(0, MOST_FAILURES).map(({ day, error }) => labeled('failed', `${day}  ${error}`));
  const more = view.failures.length - shown.length;
  return more > 0 ? [...shown, labeled('', `… and ${counted(more, 'more day')}: --json lists them all`)] : shown;
}

function damagedRows({ damaged }: BackfillView): string[] {
  return damaged.map((text, n) => labeled(n === 0 ? 'damaged' : '', text));
}

function unreadRows({ unread, ignored }: BackfillView): string[] {
  const texts =
    unread === null || unreadTitle(unread) === '' ? [] : [`${unreadTitle(unread)}:`, ...unreadLines(unread)];
  return [
    ...texts.map((text, n) => labeled(n === 0 ? 'not read' : '', text)),
    ...ignored.map((one, n) => labeled(n === 0 ? 'ignored' : '', ignoredLine(one))),
  ];
}

function unknownRows({ unknown }: BackfillView): string[] {
  if (unknown === null || unknown.folders === 0) return [];
  const more = unknown.folders - unknown.first.length;
  return [
    labeled(
      'ignored',
      `${counted(unknown.folders, 'unrecognized folder')}; \`trailmill plan\` shows what they look like`,
    ),
    ...unknown.first.map((folder) => labeled('', folder)),
    ...(more > 0 ? [labeled('', `… and ${count(more)} more`)] : []),
  ];
}

function regionRows({ unlistedRegions }: BackfillView): string[] {
  const text = unlistedText(unlistedRegions ?? []);
  return text === undefined ? [] : [labeled('note', text)];
}
