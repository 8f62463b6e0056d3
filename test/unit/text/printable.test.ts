/** Nothing that others have written acts on a terminal, hides in a line, or begins a line of its own. */
import type { LogEntry } from '@temporalio/worker';
import fc from 'fast-check';
import { type AuditReport, joinDays } from '../../../audit/report';
import { renderAudit } from '../../../client/audit/render';
import { LinesView } from '../../../client/backfill/progress';
import { renderStatus } from '../../../client/backfill/render';
import { renderDays } from '../../../client/backfill/render-days';
import { renderDayList, renderFollow, renderList, renderStarted } from '../../../client/backfill/render-list';
import { renderBars, renderFooter, renderLine } from '../../../client/backfill/render-progress';
import { retryTexts } from '../../../client/backfill/render-retries';
import type { BackfillView } from '../../../client/backfill/view';
import { renderConfiguredTables as renderExplained, renderFiles, renderProbes } from '../../../client/check/render';
import { renderAnswer } from '../../../client/demo/render';
import { renderDeployment } from '../../../client/deployment/render';
import { renderPlan } from '../../../client/plan/render';
import { planReport } from '../../../client/plan/report';
import { Sums } from '../../../client/plan/sums';
import { renderRows, rowWriter } from '../../../client/query/render-rows';
import { renderTables } from '../../../client/query/render-tables';
import { renderSchedule, renderSchedules } from '../../../client/schedule/render';
import { commandFailure, renderFailure } from '../../../client/terminal/failure';
import { Output } from '../../../client/terminal/output';
import { defaultTables } from '../../../cloudtrail/tables';
import { UserMistake } from '../../../errors/index';
import { NOTHING_UNREAD } from '../../../plan/unread-tally';
import { NO_COUNTS } from '../../../protocol/audit-messages';
import { NO_TOTALS } from '../../../protocol/messages';
import { fileError } from '../../../storage/file-errors';
import { s3Error } from '../../../storage/s3/errors';
import { allPrintable, printable, printableJson, printableLines } from '../../../text/printable';
import { shellQuote } from '../../../text/shell-quote';
import { logLine } from '../../../worker/log-lines';
import { batchSummary } from '../../../workflows/ui/activity-summaries';
import { auditDetails } from '../../../workflows/ui/audit-details';
import { backfillDetails, dayDetails } from '../../../workflows/ui/details';
import { INGEST } from '../../support/runs';

/** What acts on a terminal, or is not seen on it. Written out here, not taken from the source. */
const BAD =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
  /[\0-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u115f\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}\ud800-\udfff]|[\ufe00-\ufe0f]/u;

const NASTY: readonly (readonly [string, string])[] = [
  ['clears the screen', '\x1b[2J'],
  ['has a color', '\x1b[31mred\x1b[0m'],
  ['sets the title of the window', '\x1b]0;title\x07'],
  ['has a C1 control sequence', '\x9b2J'],
  ['has NUL, backspace and DEL', 'a\0\b\x7f'],
  ['returns to the beginning of the line', 'x\rok: completed'],
  ['has tabs', 'a\tb'],
  ['begins a line of its own', 'x\nFORGED: completed'],
  ['has Unicode line ends', 'x\u2028FORGED\u2029FORGED\x85FORGED'],
  ['turns the direction', 'gz.\u202enosj\u202c'],
  ['isolates a direction', '\u2066x\u2067y\u2068z\u2069'],
  ['has direction marks', '\u200e\u200f\u061c'],
  ['has zero-width characters', 'a\u200bb\u200cc\u200dd\u2060e\ufeff'],
  ['has soft hyphens and fillers', 'a\xadb\u115fc\u3164'],
  ['has tags and variation selectors', 'a\u{e0041}b\ufe0f'],
  ['has half a character', 'a\ud800'],
];

const START = Date.parse('2024-06-15T12:00:00Z');
const RATE = { filesPerSecond: 1, eventsPerSecond: 1, bytesPerSecond: 1, secondsLeft: 1 };
const TOTALS = (x: string) => ({ ...NO_TOTALS, quarantinedFor: [{ code: x, files: 1, example: x }], quarantined: 1 });
const UNREAD = (x: string) => ({ files: 1, atLeast: false, first: [{ key: x, moveTo: x }] });
const IGNORED = (x: string) => [{ why: 'key_pattern' as const, files: 1, example: x }];
const RETRY = (x: string) => ({
  day: x,
  activity: 'planDay' as const,
  count: 1,
  attempt: 2,
  error: x,
  nextAttemptAt: null,
  ui: x,
});

function view(x: string): BackfillView {
  return {
    id: x,
    runId: x,
    state: 'running',
    from: '2023-07-10',
    to: '2023-07-12',
    startedAt: new Date(START).toISOString(),
    closedAt: null,
    paused: true,
    pausedReason: x,
    days: { total: 3, done: 1, failed: 1, running: [x], waiting: [x] },
    window: { daysInFlight: 2, batchesInFlight: 4 },
    planned: { files: 2000, bytes: 30_000_000 },
    totals: TOTALS(x),
    failures: [{ day: x, error: x }],
    unknown: { folders: 1, first: [x] },
    damaged: [],
    unread: UNREAD(x),
    ignored: IGNORED(x),
    unlistedRegions: [x],
    error: x,
    retries: [RETRY(x)] as BackfillView['retries'],
    worker: null,
    taskQueue: x,
    ui: x,
  };
}

function audit(x: string): AuditReport {
  const about = { source: x, location: x, warehouse: x, from: '2024-03-05', to: '2024-03-06', filter: {} };
  const noted = { count: 1, first: [{ day: x, key: x, etag: x, reason: x }] };
  const what = 'rows_differ' as const;
  const differences = {
    count: 1,
    first: [{ what, day: x, subject: x, table: x, ledger: 1, found: x, cure: x }],
  } as AuditReport['differences'];
  const group = { ...NO_COUNTS, day: '2024-03-05', account: x, region: x, kind: x };
  const day = { day: x, groups: [group], differences, quarantined: noted, replaced: noted, ignored: IGNORED(x) };
  return joinDays(about, [day], { inRange: UNREAD(x), elsewhere: UNREAD(x) });
}

function plan(x: string): string {
  const range = { from: '2023-07-10', to: '2023-07-14' };
  const sums = new Sums(range, defaultTables('aws_cloudtrail'));
  sums.add(sums.group(x, x), sums.days[1], 25_000, false);
  sums.ignored.add('key_pattern', x);
  const about = {
    source: x,
    location: 's3://acme-logs',
    warehouse: 's3://acme-lake',
    ...range,
    filter: {},
    ledger: 'unreadable' as const,
    ledgerError: x,
    ingest: INGEST,
    region: undefined,
  };
  const sources = [{ prefix: x, account: x, region: x, kind: x }];
  const unread = { ...NOTHING_UNREAD, inRange: UNREAD(x), elsewhere: UNREAD(x) };
  const unknown = [{ folder: `AWSLogs/${x}/`, instead: 'account' as const }];
  return renderPlan(planReport(about, { sources, unknown, listings: 1, unread }, sums));
}

const SCHEDULE = (x: string) => ({
  id: x,
  source: x,
  name: 'daily' as never,
  rhythm: null,
  timeZone: x,
  jitterSeconds: 1,
  lookBackDays: 1,
  paused: true,
  note: x,
  upToDate: false,
  next: [],
  running: [],
  counts: { started: 1, missed: 0, dropped: 0 },
  ui: x,
});
const RUN = (x: string) => ({ id: x, runId: x, state: 'failed' as const, paused: false, pausedReason: x, ui: x });
const TIMES = { from: '2023-07-10', to: '2023-07-12', startedAt: new Date(START).toISOString(), closedAt: null };
const DAY = (x: string) => ({
  day: x,
  state: 'failed' as const,
  id: x,
  runId: x,
  startedAt: null,
  closedAt: null,
  counts: null,
  error: x,
  ui: x,
});
const LOG = (x: string): LogEntry => ({
  level: 'WARN',
  message: x,
  timestampNanos: 0n,
  meta: { workflowId: x, activityType: x, key: x, list: [x], error: new Error(x) },
});
const STATUS = (x: string) => ({
  from: x,
  to: x,
  startedAt: 0,
  days: { total: 4, done: 1, failed: 1, running: [x], waiting: [x] },
  control: { paused: true, pausedReason: x, daysInFlight: 2, batchesInFlight: 4 },
  totals: TOTALS(x),
  planned: { files: 1, bytes: 1 },
  failures: [{ day: x, error: x }],
  unknown: { folders: 1, first: [x] },
  unread: UNREAD(x),
  ignored: IGNORED(x),
});

function written(write: (output: Output) => void, json = false): string {
  let all = '';
  const sink = { write: (text: string) => (all += text) };
  write(new Output({ stdout: sink, stderr: sink, env: {} } as never, json));
  return all;
}

/** Every place where texts of others come to a screen. */
const RENDERERS: Readonly<Record<string, (x: string) => string>> = {
  'backfill status': (x) => renderStatus(view(x), START),
  'backfill status --watch in a pipe': (x) =>
    written((output) => new LinesView({ now: () => START }, output).show(view(x), RATE)),
  'backfill status --watch on a terminal': (x) =>
    [
      renderLine(view(x), RATE),
      ...renderBars(view(x)).flatMap(({ label, text }) => [label, text]),
      renderFooter({ ...view(x), totals: null }, RATE),
      ...retryTexts([RETRY(x)], START, 3),
    ].join('\n'),
  'the days of a backfill': (x) => renderDays({ days: [DAY(x)], leftOut: {} }, START),
  'backfill list': (x) => renderList([{ ...RUN(x), ...TIMES }], START, false),
  'backfill list --days': (x) => renderDayList([{ ...DAY(x), backfill: x }]),
  'backfill start': (x) => renderStarted({ id: x, attached: true, paused: true, ui: x }, 1) + renderFollow(x),
  audit: (x) => renderAudit(audit(x)),
  plan,
  check: (x) =>
    [
      renderFiles(x, [x]),
      renderExplained(
        [
          {
            key: 'default',
            name: x,
            wanted: true,
            columns: [{ name: x, type: x, from: x, filledBy: x, origin: x, doc: x }],
            transform: x,
          },
        ],
        {
          files: [x],
          enrich: { geoip: { city: x } } as never,
          deduplicate: undefined,
          integrity: { mode: 'required', bucket: x, holdHours: 1, keys: { directory: x, place: x } },
        },
        [x],
        true,
      ),
      renderProbes([{ what: 'location', state: 'failed', message: x, cure: x }]),
    ].join('\n'),
  'deployment describe': (x) =>
    renderDeployment(
      {
        name: x,
        current: x,
        ramping: { buildId: x, percentage: 1 },
        versions: [{ buildId: x, status: x, createdAt: x }],
      },
      'own',
    ),
  schedules: (x) =>
    [renderSchedules([SCHEDULE(x)], START), renderSchedule({ ...SCHEDULE(x), runs: [] }, START)].join('\n'),
  tables: (x) =>
    renderTables(
      [
        {
          name: x,
          location: x,
          metadataLocation: x,
          rows: 1,
          liveRows: 1,
          dataFiles: 1,
          deleteFiles: 0,
          bytes: 1,
          snapshots: 1,
          firstDay: x,
          lastDay: x,
          committedAt: null,
          columns: [{ name: x, type: x, required: true, doc: x }],
          health: {
            smallFiles: 1,
            deleteFiles: 0,
            snapshots: 1,
            manifests: 1,
            manifestBytes: 1,
            metadataFolder: { objects: 1, bytes: 1, complete: true },
          },
          recent: [
            {
              id: x,
              committedAt: '2024-03-05T00:00:00Z',
              operation: x,
              addedRows: 1,
              deletedRows: 0,
              deliveryDay: x,
              run: x,
              commit: x,
            },
          ],
        },
      ],
      { columns: true, snapshots: true },
    ),
  'query, as a table': (x) => renderRows([x], ['VARCHAR'], [[x]], { more: false }).text,
  'query, as JSON': (x) => {
    const writer = rowWriter('jsonl');
    return writer.head([x]) + writer.rows([[x]]) + writer.end();
  },
  'the answers of the demo': (x) =>
    renderAnswer({ title: 't', sql: 'SELECT 1' } as never, [{ name: x, count: 1 }], [x]),
  'a failure': (x) => renderFailure(commandFailure(new UserMistake(x, x), {}, 'help')),
  'what is said and noted': (x) =>
    written((output) => {
      output.say(printable(x));
      output.note(printable(x));
    }),
  '--json': (x) => written((output) => output.value({ [x]: [x] }), true),
  'the error of a file': (x) => (fileError({ code: 'EACCES' }, x) as Error).message,
  'the error of an object': (x) => {
    const call = { operation: 'GetObject' as const, bucket: 'b', uri: `s3://b/${x}`, options: {} };
    return (s3Error({ name: 'NoSuchKey', $metadata: { httpStatusCode: 404 } }, call) as Error).message;
  },
  'a text log': (x) => logLine('text', LOG(x)),
  'a JSON log': (x) => logLine('json', LOG(x)),
  'the page of a backfill': (x) =>
    backfillDetails(STATUS(x), { id: 'b', filter: {}, discovered: true, cancelled: false }),
  'the page of a day': (x) =>
    dayDetails(
      {
        day: '2024-03-05',
        totals: TOTALS(x),
        planned: { files: 1, bytes: 1 },
        control: { paused: true, pausedReason: x },
        ignored: IGNORED(x),
      } as never,
      { count: 1, reasons: [x] },
      'next',
    ),
  'the page of an audit': (x) => {
    const { differences, unread } = audit(x);
    const days = { done: 1, total: 2 };
    return auditDetails({
      from: '2024-03-05',
      to: '2024-03-06',
      days,
      totals: NO_COUNTS,
      differences,
      unread,
    } as never);
  },
  'a batch': (x) => batchSummary('2024-03-05', { batches: 1, about: [x] }, 0),
  'a word for the shell': shellQuote,
};

describe.each(Object.keys(RENDERERS))('%s', (name) => {
  const render = RENDERERS[name];

  it.each(NASTY)('is safe if a text %s', (_, nasty) => {
    const text = render(nasty);
    expect(text).not.toMatch(BAD);
    // The message of a failure may have several lines: whoever makes it sees to the names in it (see the errors below).
    if (name !== 'a failure') expect(text).not.toMatch(/^ {0,6}FORGED/m);
  });

  // Sentences may have several lines; those are indented.
  const ofNames = !/^(backfill|the days|audit|check|plan|a failure|.* log)/.test(name);
  if (ofNames)
    it('has no additional lines', () => {
      expect(render('x\nFORGED').split('\n').length).toBe(render('xFORGED').split('\n').length);
    });
});

test('any text at all is safe everywhere', () => {
  const texts = fc.string({ unit: 'binary', maxLength: 40 });
  fc.assert(
    fc.property(texts, (text) => {
      for (const render of Object.values(RENDERERS)) expect(render(text)).not.toMatch(BAD);
    }),
    { numRuns: 100 },
  );
});

test('visible characters are unchanged, in every script', () => {
  for (const text of ['AWSLogs/1_a-b.json.gz', 'Zürich, 東京, مرحبا, עברית', '🦊', 'a\\u001b', '\u00a0']) {
    expect(printable(text)).toBe(text);
    expect(printableLines(text)).toBe(text);
    expect(allPrintable({ text })).toEqual({ text });
  }
});

test('escapes are the usual ones', () => {
  expect(printable('a\x1b[2J\n\r\t\u202e\x7f')).toBe('a\\u001b[2J\\n\\r\\t\\u202e\\u007f');
  expect(printableLines('a\nb\r')).toBe('a\nb\\r');
});

test('JSON keeps its meaning', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(printableJson(JSON.stringify(value, null, 2)))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
  for (const [, nasty] of NASTY)
    expect(JSON.parse(printableJson(JSON.stringify({ [nasty]: nasty })))).toEqual({ [nasty]: nasty });
});

test('a quoted word is unchanged by bash', () => {
  // As bash reads $'…': https://www.gnu.org/software/bash/manual/html_node/ANSI_002dC-Quoting.html
  expect(shellQuote("it's\n\u202e\\x")).toBe("$'it\\'s\\n\\u202e\\\\x'");
});
