/** Everything fits into the terminal: nothing is wrapped at 80 columns, and in a pipe nothing is shortened. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { joinDays } from '../../../audit/report';
import { renderAudit } from '../../../client/audit/render';
import { renderDays } from '../../../client/backfill/render-days';
import { renderDayList, renderList } from '../../../client/backfill/render-list';
import { renderDeployment } from '../../../client/deployment/render';
import { renderTables } from '../../../client/query/render-tables';
import { renderSchedule, renderSchedules } from '../../../client/schedule/render';
import { Output } from '../../../client/terminal/output';
import { labeled, renderTable } from '../../../client/terminal/table';
import { widthOf } from '../../../client/terminal/width';
import { shortenPages, wrapLines } from '../../../client/terminal/wrap';
import { renderUpkeep } from '../../../client/upkeep/render';
import { NOTHING_UNREAD } from '../../../plan/unread-tally';
import { NO_COUNTS } from '../../../protocol/audit-messages';
import { runCommand } from '../../support/run-command';

const NOW = Date.parse('2024-06-15T12:00:00Z');
const SINCE = '2024-06-15T10:00:00.000Z';
const ID = 'backfill/aws_cloudtrail/2023-07-10..2023-07-12/CloudTrail,eu-west-1,us-east-1,111122223333';
const URL = `http://127.0.0.1:8233/namespaces/default/workflows/${encodeURIComponent(ID)}/0190c5a2-7b7e-7000-8000-000000000000`;
const NAME = 'a_table_with_a_long_name_of_which_there_are_several_aws_cloudtrail_organization';
const SENTENCE =
  'The object store has answered 503 Slow Down to every request of the last ten minutes, so it was given up.';
const MANY = 123_456_789_012;

const run = {
  id: ID,
  runId: 'r',
  state: 'terminated' as const,
  paused: false,
  pausedReason: null,
  from: '2023-07-10',
  to: '2023-07-12',
  startedAt: SINCE,
  closedAt: null,
  ui: URL,
};
const counts = {
  plannedFiles: MANY,
  files: MANY - 1,
  bytes: MANY,
  events: MANY,
  rejects: MANY,
  quarantined: MANY,
  knownFiles: MANY,
};
const day = {
  day: '2023-07-10',
  state: 'terminated' as const,
  id: ID,
  runId: 'r',
  startedAt: SINCE,
  closedAt: null,
  counts,
  error: SENTENCE,
  ui: URL,
};
const schedule = {
  id: 'schedule/aws_cloudtrail/an-hourly-schedule-with-a-long-name',
  source: 'aws_cloudtrail',
  name: 'daily' as never,
  rhythm: { cron: ['17 */2 * * MON-FRI'] } as never,
  timeZone: 'America/Argentina/Buenos_Aires',
  jitterSeconds: 1,
  lookBackDays: 1,
  paused: true,
  note: SENTENCE,
  upToDate: false,
  next: [],
  running: [],
  counts: { started: MANY, missed: MANY, dropped: MANY },
  ui: URL,
};
const group = {
  ...NO_COUNTS,
  day: '2024-03-05',
  account: '111122223333',
  region: 'eu-west-1',
  kind: 'CloudTrail-NetworkActivity',
};
const large = Object.fromEntries(Object.keys(NO_COUNTS).map((name) => [name, MANY]));
const report = joinDays(
  { source: 's', location: `s3://${NAME}/${NAME}`, warehouse: 'w', from: '2024-03-05', to: '2024-03-06', filter: {} },
  [
    {
      day: '2024-03-05',
      groups: [
        { ...group, ...large },
        { ...group, ...large, kind: 'CloudTrail-Insight' },
      ] as never,
      differences: { count: 0, first: [] },
      quarantined: { count: 0, first: [] },
      replaced: { count: 0, first: [] },
      ignored: [],
    } as never,
  ],
  { inRange: NOTHING_UNREAD.inRange, elsewhere: NOTHING_UNREAD.elsewhere },
);
const table = {
  name: NAME,
  location: `s3://${NAME}/${NAME}`,
  metadataLocation: '',
  rows: MANY,
  liveRows: MANY,
  dataFiles: MANY,
  deleteFiles: MANY,
  bytes: MANY,
  snapshots: MANY,
  firstDay: '2023-07-10',
  lastDay: '2023-07-12',
  committedAt: SINCE,
  columns: [{ name: NAME, type: `struct<${NAME}: string>`, required: true, doc: SENTENCE }],
  health: {
    smallFiles: MANY,
    deleteFiles: MANY,
    snapshots: MANY,
    manifests: MANY,
    manifestBytes: MANY,
    metadataFolder: { objects: MANY, bytes: MANY, complete: false },
  },
  recent: [
    {
      id: '1234567890123456789',
      committedAt: SINCE,
      operation: 'overwrite',
      addedRows: MANY,
      deletedRows: MANY,
      deliveryDay: '2023-07-10',
      run: ID,
      commit: ID,
    },
  ],
} as never;
const sum = { files: MANY, bytes: MANY };
const upkeep = {
  done: [
    {
      table: NAME,
      compacted: { days: MANY, before: sum, after: sum },
      snapshotsExpired: MANY,
      unused: { bytes: MANY },
      oldMetadata: { bytes: MANY },
      dropped: { days: MANY, rows: MANY },
      postponed: 2,
    },
  ],
  workArea: { plans: MANY },
} as never;
const view = { columns: true, snapshots: true, health: true };
const versions = [{ buildId: `${NAME}-${NAME}`, status: 'draining', createdAt: SINCE }];

const RENDERERS: Readonly<Record<string, (width?: number) => string>> = {
  'backfill list': (width) => renderList([run], NOW, false, width),
  'backfill list --days': (width) => renderDayList([{ ...day, backfill: ID }], width),
  'backfill status': (width) => renderDays({ days: [day], leftOut: {} }, NOW, width),
  audit: (width) => renderAudit(report, width),
  tables: (width) =>
    renderTables([table], view, [{ kind: NAME, objects: MANY, bytes: MANY, complete: true }] as never, width),
  'schedule list': (width) => renderSchedules([{ ...schedule, next: [SINCE] }], NOW, width),
  'schedule describe': (width) => renderSchedule({ ...schedule, runs: [run] }, NOW, width),
  'deployment describe': (width) =>
    renderDeployment({ name: NAME, current: NAME, ramping: null, versions } as never, 'own', width),
  upkeep: (width) => renderUpkeep(upkeep, width),
};

/** What `say` prints on a terminal of so many columns. */
function said(text: string, columns?: number): string[] {
  let all = '';
  const stdout = { write: (more: string) => (all += more), ...(columns === undefined ? {} : { isTTY: true, columns }) };
  new Output({ stdout, stderr: stdout, env: { NO_COLOR: '1' } } as never, false).say(text);
  return all.split('\n');
}

/** Lines that a terminal would wrap, but for single words and commands: these are copied as a whole. */
const tooLong = (lines: readonly string[], width: number): string[] =>
  lines.filter((line) => line.length > width && !/^(`[^`]*`|\S+)$/.test(line.trim()));

describe.each(Object.keys(RENDERERS))('%s', (name) => {
  it.each([80, 120])('fits into %d columns', (width) => {
    const lines = said(RENDERERS[name](width), width);
    expect(tooLong(lines, width)).toEqual([]);
    expect(lines.join('\n')).toContain('--json has all');
  });

  it('is not shortened in a pipe', () => {
    const text = RENDERERS[name]();
    expect(said(text).join('\n')).toBe(`${text}\n`);
    expect(text).not.toMatch(/…|--json has all/);
  });
});

it('an ordinary id of a backfill is whole at 80 columns', () => {
  const id = 'scheduled/aws_cloudtrail/2023-07-10..2023-07-12';
  expect(renderList([{ ...run, id, state: 'completed' }], NOW, false, 80)).toContain(id);
});

describe('a table', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', '-', ' ', '漢', 'é', '😀'), maxLength: 60 });
  const tables = fc
    .array(
      fc.record({
        name: fc.constantFrom('id', 'state', 'files', 'a long name'),
        right: fc.boolean(),
        narrow: fc.constantFrom('keep', 'drop', undefined),
      }),
      { minLength: 1, maxLength: 9 },
    )
    .chain((columns) =>
      fc.record({
        columns: fc.constant(columns),
        rows: fc.array(fc.array(word, { minLength: columns.length, maxLength: columns.length }), { maxLength: 4 }),
      }),
    );

  it('fits whatever is in it, and says what is missing', () => {
    fc.assert(
      fc.property(
        tables,
        fc.integer({ min: 60, max: 160 }),
        fc.constantFrom(0, 2),
        ({ columns, rows }, width, indent) => {
          // Numbers are short.
          const all = columns.map(({ name, right, narrow }) => ({
            name,
            narrow,
            align: right ? ('right' as const) : ('left' as const),
          }));
          const cells = rows.map((row) =>
            row.map((cell, at) => (all[at].align === 'right' ? [...cell].slice(0, 12).join('') : cell)),
          );
          const whole = renderTable(all, cells, indent);
          const text = renderTable(all, cells, indent, undefined, width);
          // Only so many columns can be kept: texts take 12 columns at least, numbers are whole, and gaps take two.
          const least = all.reduce((sum, { name, narrow, align }, at) => {
            const natural = Math.max(widthOf(name), ...cells.map((row) => widthOf(row[at])));
            return narrow === 'keep' ? sum + 2 + (align === 'right' ? natural : Math.min(natural, 12)) : sum;
          }, indent - 2);
          if (least > width) return;
          for (const line of text.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(width);
          if (whole.split('\n').every((line) => widthOf(line) <= width) && !text.includes('--json'))
            expect(text).toBe(whole);
          else expect(text.replace(/\s+/g, ' ')).toContain('--json has all.');
        },
      ),
    );
  });

  it('splits no character where a text is cut', () => {
    const columns = [{ name: 'name' }, { name: 'id', narrow: 'keep' as const }];
    const rows = [['a漢漢漢漢😀😀a', '2023-07-10']];
    expect(renderTable(columns, rows, 0, undefined, 25).split('\n').slice(0, 2)).toEqual([
      'name           id',
      'a漢漢漢漢😀…   2023-07-10',
    ]);
  });

  it('leaves out URLs before anything else, and shortens a reason last', () => {
    const columns = [
      { name: 'day', narrow: 'keep' as const },
      { name: 'note' },
      { name: 'page', narrow: 'drop' as const },
    ];
    const rows = [['2023-07-10', 'a note that is fine', URL]];
    expect(renderTable(columns, rows, 0, undefined, 80).split('\n')).toEqual([
      'day         note',
      '2023-07-10  a note that is fine',
      'Not shown: page. --json has all.',
    ]);
  });
});

describe('a line', () => {
  it('is broken between words, and continues below its text', () => {
    expect(wrapLines(labeled('error', SENTENCE), 80).split('\n')).toEqual([
      '  error       The object store has answered 503 Slow Down to every request of',
      '              the last ten minutes, so it was given up.',
    ]);
    expect(wrapLines(`  - ${SENTENCE}`, 80).split('\n')[1]).toMatch(/^ {4}\S/);
  });

  it('keeps a command and a URL whole, if need be on a line of its own', () => {
    const command = `\`trailmill backfill resume 'backfill/aws_cloudtrail/2023-07-10..2023-07-12'\``;
    expect(wrapLines(labeled('paused', `the disk is full; resume with ${command}`), 80).split('\n')).toEqual([
      '  paused      the disk is full; resume with',
      `  ${command}`,
    ]);
    expect(wrapLines(`See ${URL} for more.`, 80)).toBe(`See\n  ${URL}\n  for more.`);
  });

  it('loses nothing, whatever it says', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'bc', ' ', '`', '\n', '…'), maxLength: 400 });
    fc.assert(
      fc.property(text, fc.integer({ min: 30, max: 120 }), (given, width) => {
        const wrapped = wrapLines(given, width);
        expect(wrapped.replace(/\s+/g, '')).toBe(given.replace(/\s+/g, ''));
        for (const line of wrapped.split('\n'))
          if (line.length > width) expect(line.trim()).toMatch(/^(`[^`]*`\S*|\S+)$/);
      }),
    );
  });
});

describe('help', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'trailmill-help-'));
  afterAll(() => rmSync(cwd, { recursive: true, force: true }));
  const page = async (command: readonly string[]): Promise<string> => {
    let text = '';
    const stdout = { write: (more: string) => (text += more), isTTY: true, columns: 80 };
    await runCommand([...command, '--help'], cwd, Date.now, { stdout });
    return text;
  };
  /** All commands, from the lists of the pages. */
  const commands = async (command: readonly string[]): Promise<string[][]> => {
    const [, list = ''] = (await page(command)).split('\nCommands:\n');
    const names = [...(list.split('\n\n')[0] ?? '').matchAll(/^ {2}([a-z-]+)/gm)].map(([, name]) => name);
    const below = await Promise.all(
      names.filter((name) => name !== 'help').map((name) => commands([...command, name])),
    );
    return [[...command], ...below.flat()];
  };

  it('fits into 80 columns, on every page', async () => {
    const all = await commands([]);
    expect(all.length).toBeGreaterThan(30);
    const long = await Promise.all(all.map(async (command) => tooLong((await page(command)).split('\n'), 80)));
    expect(long.flat()).toEqual([]);
  });
});

test('the URL of a page that does not fit is the command that opens the page', () => {
  const id = 'backfill/aws_cloudtrail/2024-02-28..2024-02-29';
  const url = `http://127.0.0.1:8233/namespaces/default/workflows/${encodeURIComponent(id)}`;
  const text = `Started.\n  UI          ${url}\n`;
  expect(shortenPages(text, 80)).toBe(`Started.\n  UI          trailmill open ${id}\n`);
  expect(shortenPages(text, 120)).toBe(text);
});
