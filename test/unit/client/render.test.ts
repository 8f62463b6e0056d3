import { renderControl } from '../../../client/backfill/control';
import { JsonView, LinesView } from '../../../client/backfill/progress';
import { renderStatus } from '../../../client/backfill/render';
import { renderList, renderStarted } from '../../../client/backfill/render-list';
import { renderBars, renderFooter, renderLine } from '../../../client/backfill/render-progress';
import { type BackfillView, pauseOf } from '../../../client/backfill/view';
import { follow } from '../../../client/backfill/watch';
import { differences } from '../../../client/demo/checks';
import { renderAnswer, renderChecks } from '../../../client/demo/render';
import { workflowUrl } from '../../../client/session/session';
import { commandFailure } from '../../../client/terminal/failure';
import { percent } from '../../../client/terminal/numbers';
import { Output } from '../../../client/terminal/output';
import { StorageAccessDenied, UserMistake } from '../../../errors/index';
import { backfillId } from '../../../protocol/ids';
import { nearest } from '../../../text/nearest';
import { bytes, count, counted, duration } from '../../../text/numbers';
import { RateMeter } from '../../../workflows/ui/rate';

const START = Date.parse('2024-06-15T12:00:00Z');
const RATE = { filesPerSecond: 1, eventsPerSecond: 1234.5, bytesPerSecond: 2_500_000, secondsLeft: 125 };

function view(more: Partial<BackfillView> = {}): BackfillView {
  return {
    id: 'backfill/aws_cloudtrail/2023-07-10..2023-07-12',
    runId: 'r',
    state: 'running',
    from: '2023-07-10',
    to: '2023-07-12',
    startedAt: new Date(START).toISOString(),
    closedAt: null,
    paused: false,
    pausedReason: null,
    days: { total: 3, done: 1, failed: 0, running: ['2023-07-11', '2023-07-12'], waiting: [] },
    window: { daysInFlight: 2, batchesInFlight: 4 },
    planned: { files: 2000, bytes: 30_000_000 },
    totals: {
      files: 1204,
      bytes: 12_345_678,
      events: 98_765,
      rejects: 0,
      dropped: 0,
      duplicates: 0,
      quarantined: 0,
      quarantinedFor: [],
      skipped: 0,
      replaced: 0,
    },
    failures: [],
    unknown: null,
    damaged: [],
    unread: null,
    ignored: [],
    error: null,
    retries: [],
    worker: null,
    taskQueue: 'trailmill',
    ui: 'http://127.0.0.1:8233/x',
    ...more,
  };
}

describe('numbers', () => {
  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [999_499, '999 kB'],
    [999_500, '1.00 MB'],
    [12_345_678, '12.3 MB'],
    [1e15, '1.00 PB'],
    [5e18, '5000 PB'],
  ])('%d bytes', (value, text) => expect(bytes(value)).toBe(text));

  test.each([
    [0, '0 s'],
    [59.4, '59 s'],
    [59.6, '1 min'],
    [200, '3 min 20 s'],
    [7500, '2 h 5 min'],
    [273_600, '3 d 4 h'],
  ])('%d seconds', (value, text) => expect(duration(value)).toBe(text));

  test('counts and shares', () => {
    expect(count(1_234_567)).toBe('1,234,567');
    expect([counted(1, 'file'), counted(2, 'file')]).toEqual(['1 file', '2 files']);
    expect([percent(0, 0), percent(0, 5), percent(9999, 10_000), percent(5, 5)]).toEqual([
      '–',
      '0 %',
      '99.9 %',
      '100 %',
    ]);
  });
});

describe('a backfill in words', () => {
  test('while it runs', () => {
    expect(renderStatus(view(), START + 65_000)).toBe(
      [
        'backfill/aws_cloudtrail/2023-07-10..2023-07-12: running',
        '  started     2024-06-15 12:00 UTC, 1 min 5 s ago',
        '  days        1 of 3 done, in progress: 2023-07-11, 2023-07-12',
        '  in flight   up to 2 days, 4 batches of each',
        '  files       1,204 of 2,000',
        '  bytes       12.3 MB of 30.0 MB',
        '  events      98,765',
        '  UI          http://127.0.0.1:8233/x',
      ].join('\n'),
    );
  });

  test('while it is paused, or waits for another run', () => {
    const paused = view({
      paused: true,
      pausedReason: 'the disk is full',
      days: { total: 3, done: 1, failed: 0, running: ['2023-07-11'], waiting: ['2023-07-12'] },
      window: { daysInFlight: 1, batchesInFlight: 1 },
    });
    const id = 'backfill/aws_cloudtrail/2023-07-10..2023-07-12';
    expect(renderStatus(paused, START).split('\n').slice(0, 5)).toEqual([
      `${id}: paused`,
      `  paused      the disk is full; resume with \`trailmill backfill resume '${id}'\``,
      '  started     2024-06-15 12:00 UTC, 0 s ago',
      '  days        1 of 3 done, in progress: 2023-07-11, waiting for another run: 2023-07-12',
      '  in flight   up to 1 day, 1 batch of each',
    ]);
    expect(renderStatus({ ...paused, pausedReason: null }, START)).toContain(`  paused      resume with`);
    expect(renderLine(paused, RATE)).toMatch(/2\.50 MB\/s, paused$/);
    expect(renderFooter(paused, RATE)).toMatch(/ · paused$/);
    expect(renderBars(paused)[0].text).toBe('1/3  2023-07-11  1 waiting');
  });

  test('names folders that nobody understands', () => {
    const first = ['AWSLogs/12345678901/', 'AWSLogs/123456789012/Cloudtrail/'];
    const text = renderStatus(view({ unknown: { folders: 3, first } }), START);
    expect(text).toMatch(
      / {2}ignored {5}3 unrecognized folders; .*trailmill plan.*\n {14}AWSLogs\/12345678901\/\n {14}AWSLogs\/.*Cloudtrail\/\n {14}… and 1 more\n/,
    );
    expect(renderStatus(view({ unknown: { folders: 0, first: [] } }), START)).toBe(renderStatus(view(), START));
  });

  test('nobody answers, and its memo says that it is paused', () => {
    const silent = view({ paused: true, days: null, window: null, planned: null, totals: null, worker: true });
    expect(renderLine(silent, RATE)).toMatch(/^paused, no worker on its task queue trailmill responds/);
    expect(renderStatus(silent, START)).toMatch(/: paused\n[\s\S]*no worker on its task queue trailmill responds/);
    const { paused, pausedReason } = pauseOf('running', { paused: { reason: 'lunch' } });
    expect([paused, pausedReason]).toEqual([true, 'lunch']);
    for (const memo of [undefined, {}]) expect(pauseOf('running', memo).paused).toBe(false);
    // It was cancelled while it was paused.
    expect(pauseOf('cancelled', { paused: { reason: null } }).paused).toBe(false);
  });

  test('after pause, resume and window', () => {
    const state = { paused: false, daysInFlight: 4, batchesInFlight: 1 };
    expect(renderControl('b', state)).toBe('b: running, up to 4 days, 1 batch of each.');
    expect(renderControl('b', { ...state, paused: true, pausedReason: 'lunch' })).toBe(
      "b: paused (lunch), up to 4 days, 1 batch of each once it is resumed. Batches in progress finish.\n  resume      trailmill backfill resume 'b'",
    );
  });

  test('when a start meets one that runs', () => {
    const started = { id: 'b', attached: true, paused: false, ui: null };
    expect(renderStarted(started, 1)).toBe('b is already running: attached to it.');
    expect(renderStarted({ ...started, paused: true }, 1)).toBe(
      "b is already running, and paused: attached to it.\n  resume      trailmill backfill resume 'b'",
    );
  });

  test('after it failed: failures, rejects and quarantined files are named', () => {
    const text = renderStatus(
      view({
        state: 'failed',
        closedAt: new Date(START + 90_000).toISOString(),
        days: { total: 3, done: 2, failed: 1, running: [], waiting: [] },
        planned: null,
        totals: {
          files: 10,
          bytes: 10,
          events: 5,
          rejects: 1,
          dropped: 4,
          duplicates: 7,
          quarantined: 2,
          quarantinedFor: [{ code: 'corrupt_gzip', files: 2, example: 'AWSLogs/a.json.gz' }],
          skipped: 3,
          replaced: 1,
        },
        failures: [{ day: '2023-07-11', error: 'The disk is full.' }],
        error: '1 of 3 days failed.',
        ui: null,
      }),
      START,
    );
    expect(text).toContain('took 1 min 30 s');
    expect(text).toContain('2 of 3 done, 1 failed');
    expect(text).toContain('rejects     1 record');
    expect(text).toContain('dropped     4 records, by a transform');
    expect(text).toContain('duplicates  7 records: copies of events that are already in the table');
    expect(text).toContain('quarantined 2 files: retry them with --retry-quarantined');
    expect(text).toContain('corrupt_gzip: 2 files, such as AWSLogs/a.json.gz');
    expect(text).toContain('skipped     3 files');
    expect(text).toContain('replaced    1 file: see `notes` in the files table');
    expect(text).toContain('2023-07-11  The disk is full.');
  });

  it('what was not read, and what was left out, is named', () => {
    const first = [{ key: 'AWSLogs/x.json.gz', moveTo: null }];
    const unread = { files: 1_000, atLeast: true, first };
    const ignored = [{ why: 'partial_copy' as const, files: 2, example: 'AWSLogs/y.part' }];
    const text = renderStatus(view({ state: 'completed', unread, ignored }), START);
    expect(text).toContain('  not read    1,000 or more CloudTrail files are not read, because');
    expect(text).toContain('              AWSLogs/x.json.gz\n              … and more\n');
    expect(text).toContain('  ignored     2 files look like unfinished copies');
    expect(text).toContain('such as AWSLogs/y.part');
  });

  test('hundreds of failures are counted', () => {
    const failures = Array.from({ length: 25 }, (_, day) => ({ day: `2023-01-${day}`, error: 'x' }));
    expect(renderStatus(view({ failures }), START)).toContain('and 5 more days');
  });

  test('without a worker', () => {
    const silent = view({ days: null, planned: null, totals: null, worker: false });
    const nobody =
      /no worker polls its task queue trailmill, so it makes no progress\. Start one with `trailmill worker`/;
    expect(renderStatus(silent, START)).toMatch(nobody);
    expect(renderLine(silent, RATE)).toMatch(nobody);
    expect(renderFooter(silent, RATE)).toMatch(nobody);
    expect(renderBars(silent).map((bar) => bar.total)).toEqual([0, 0, 0]);
  });

  test('as a line and as bars', () => {
    expect(renderLine(view(), RATE)).toBe(
      '1/3 days, 1,204/2,000 files, 12.3 MB, 98,765 events, 1,235 events/s, 2.50 MB/s, about 2 min 5 s left',
    );
    expect(renderFooter(view(), RATE)).toBe('98,765 events · 1,235 events/s, 2.50 MB/s · about 2 min 5 s left');
    expect(renderBars(view()).map(({ value, total }) => [value, total])).toEqual([
      [1, 3],
      [1204, 2000],
      [12_345_678, 30_000_000],
    ]);
  });

  test('in a list', () => {
    const { id, runId, state, paused, pausedReason, from, to, startedAt, closedAt, ui } = view();
    const listed = { id, runId, state, paused, pausedReason, from, to, startedAt, closedAt, ui };
    const text = renderList([listed], START + 5000, false);
    expect(text).toMatch(/id +state +started +took/);
    expect(text).toMatch(/2023-07-10\.\.2023-07-12 +running +2024-06-15 12:00 UTC +5 s/);
    expect(renderList([{ ...listed, paused: true }], START, false)).toMatch(/2023-07-12 +paused +2024/);
    expect(renderList([], START, false)).toMatch(/No backfills yet/);
    expect(renderList([], START, true)).toBe('No matching backfills.');
  });
});

describe('rate and time left', () => {
  const measured = (more: Partial<BackfillView>) => ({ ...view(more), startedAt: Date.parse(view().startedAt) });

  test('come from the last minute, and from what is planned', () => {
    const meter = new RateMeter();
    const half = { ...view().totals!, bytes: 15_000_000, events: 1000 };
    const begin = { ...half, bytes: 0, events: 0 };
    const all = { days: { total: 3, done: 0, failed: 0, running: ['a', 'b', 'c'], waiting: [] } };
    expect(meter.measure(measured({ ...all, totals: begin }), START).secondsLeft).toBeNull();
    const rate = meter.measure(measured({ ...all, totals: half }), START + 10_000);
    expect(rate).toMatchObject({ eventsPerSecond: 100, bytesPerSecond: 1_500_000, secondsLeft: 10 });
  });

  test('days that are not planned yet count too', () => {
    const meter = new RateMeter();
    const days = { total: 6, done: 1, failed: 0, running: ['a', 'b'], waiting: ['c'] };
    const totals = { ...view().totals!, bytes: 10_000_000 };
    // 30 MB planned for three days make 60 MB for six; 10 MB took 10 s.
    expect(meter.measure(measured({ days, totals }), START + 10_000).secondsLeft).toBeCloseTo(50);
  });
});

describe('watching', () => {
  const written: string[] = [];
  const sink = { write: (text: string) => written.push(text) };
  const clock = { time: START };
  const io = { now: () => clock.time };
  const output = new Output(
    {
      ...io,
      stdout: sink,
      stderr: sink,
      cwd: '',
      env: {},
      onInterrupt: () => () => {},
      exit: () => {},
      readStdin: async () => '',
      ask: async () => undefined,
    },
    false,
  );
  beforeEach(() => {
    written.length = 0;
    clock.time = START;
  });

  test('prints a line when something changed, and not every second', async () => {
    const views = [
      view(),
      view(),
      ...Array.from({ length: 8 }, (_, n) => view({ planned: { files: n, bytes: 1 } })),
      view({ state: 'completed' }),
    ];
    let at = 0;
    const read = async (): Promise<BackfillView> => {
      clock.time += 1000;
      return views[at++];
    };
    const watched = await follow(new LinesView(io, output), io, read, new AbortController().signal, 0);
    expect(watched).toMatchObject({ interrupted: false, view: { state: 'completed' } });
    expect(written).toHaveLength(4);
  });

  test('ends at Ctrl-C while an answer is on its way', async () => {
    const controller = new AbortController();
    const watched = follow(new LinesView(io, output), io, () => new Promise(() => {}), controller.signal, 0);
    controller.abort();
    expect(await watched).toEqual({ interrupted: true, view: undefined });
  });

  test('outlives a server that restarts, but not one that stays away', async () => {
    const gone = Object.assign(new Error('14 UNAVAILABLE'), { code: 14 });
    let calls = 0;
    const read = async (): Promise<BackfillView> => {
      clock.time += 1000;
      if (++calls < 5) throw gone;
      return view({ state: 'completed' });
    };
    const silent = { show: () => {}, wait: () => {}, stop: () => {} };
    const { signal } = new AbortController();
    expect((await follow(silent, io, read, signal, 0)).view?.state).toBe('completed');
    const never = async (): Promise<BackfillView> => {
      clock.time += 1000;
      throw gone;
    };
    await expect(follow(silent, io, never, signal, 0)).rejects.toBe(gone);
  });

  test('with --json, the lines are views, and stderr says once in a while that the server does not answer', async () => {
    const [lines, notes] = [[] as unknown[], [] as string[]];
    const json = new JsonView(io, { value: (line: unknown) => lines.push(line), note: (text) => notes.push(text) });
    let calls = 0;
    const read = async (): Promise<BackfillView> => {
      clock.time += 1000;
      calls++;
      if (calls === 1 || calls === 35) return view({ planned: { files: calls, bytes: 1 } });
      if (calls === 40) return view({ state: 'completed' });
      throw Object.assign(new Error('14 UNAVAILABLE'), { code: 14 });
    };
    await follow(json, io, read, new AbortController().signal, 0);
    expect(lines).toHaveLength(3);
    // At once, after 30 seconds, and at once after an answer.
    expect(notes).toHaveLength(3);
    for (const note of notes) expect(note).toMatch(/^The Temporal server has not answered since \d\d:\d\d:\d\d UTC/);
  });
});

describe('failures', () => {
  test('the exit code says whose it is; a stack only when it is asked for', () => {
    expect(commandFailure(new UserMistake('Bad.', 'Do.'), {}, '')).toEqual({
      message: 'Bad.',
      cure: 'Do.',
      exitCode: 2,
    });
    expect(commandFailure(new StorageAccessDenied('No.'), {}, '').exitCode).toBe(1);
    const unknown = commandFailure(new TypeError('x is\nundefined'), {}, '');
    expect(unknown).toMatchObject({ message: 'Unexpected error: x is undefined', exitCode: 1 });
    expect(unknown.cure).toMatch(/TRAILMILL_DEBUG=1/);
    expect(unknown.stack).toBeUndefined();
    expect(commandFailure(new TypeError('x'), { TRAILMILL_DEBUG: '1' }, '').stack).toMatch(/TypeError/);
    const gone = Object.assign(new Error('14 UNAVAILABLE'), { code: 14 });
    expect(commandFailure(new Error('Failed', { cause: gone }), {}, '').message).toMatch(/stopped answering/);
  });

  test('the nearest word', () => {
    const words = ['CloudTrail', 'CloudTrail-Digest', 'CloudTrail-Insight'];
    expect(nearest('insights', words)).toBe('CloudTrail-Insight');
    expect(nearest('cloudtrail', words)).toBe('CloudTrail');
    expect(nearest('ClodTrail-Digest', words)).toBe('CloudTrail-Digest');
    expect(nearest('vpcflowlogs', words)).toBeUndefined();
    // Two letters in the wrong order are one slip.
    expect(nearest('nmae', ['mac', 'name'])).toBe('name');
    expect(nearest('', words)).toBeUndefined();
  });
});

describe('the demo', () => {
  test('ticks what adds up', () => {
    const text = renderChecks([
      { table: 'aws_cloudtrail', what: 'events', expected: 1000, found: 1000, ok: true },
      { table: 'aws_cloudtrail_files', what: 'ingested', expected: 2, found: 1, ok: false },
    ]);
    expect(text).toMatch(/aws_cloudtrail +events +1,000 +1,000 +✓/);
    expect(text).toMatch(/aws_cloudtrail_files +ingested +2 +1 +✗/);
  });

  test('says where an answer differs', () => {
    expect(differences([{ name: 'a', count: 1 }], [{ name: 'a', count: 1 }])).toEqual([]);
    const wrong = differences(
      [
        { name: 'a', count: 1 },
        { name: 'b', count: 1 },
      ],
      [
        { name: 'a', count: 2 },
        { name: 'c', count: 3 },
      ],
    );
    expect(wrong).toEqual(['a: 1 instead of 2', 'b: 1, which is not in the sample', 'c: missing, 3 expected']);
    const question = { id: 'failedLogins', title: 'Who?', sql: 'SELECT 1\nFROM x' } as const;
    expect(renderAnswer(question, [], wrong)).toMatch(/SELECT 1\n.*FROM x[\s\S]*no rows[\s\S]*✗ differs/);
    expect(renderAnswer(question, [{ name: 'a', count: 12 }], [])).toMatch(/12 {2}a\n.*✓/);
  });
});

describe('addresses', () => {
  test('ids are readable, stable, and different for different work', () => {
    const id = (filter = {}) => backfillId('aws_cloudtrail', '2023-07-10', '2023-07-12', filter);
    expect(id()).toBe('backfill/aws_cloudtrail/2023-07-10..2023-07-12');
    expect(id({ kinds: [], regions: [] })).toBe(id());
    expect(id({ regions: ['us-east-1', 'eu-west-1'], kinds: ['CloudTrail'] })).toBe(
      `${id()}/CloudTrail,eu-west-1,us-east-1`,
    );
    const many = Array.from({ length: 300 }, (_, n) => String(n).padStart(12, '0'));
    expect(id({ accounts: many }).length).toBeLessThan(200);
    expect(id({ accounts: many })).not.toBe(id({ accounts: many.slice(1) }));
    expect(id({ accounts: [...many].reverse() })).toBe(id({ accounts: many }));
  });

  test('the page of a workflow', () => {
    const cluster = { uiUrl: 'http://127.0.0.1:8233', namespace: 'default' };
    expect(workflowUrl(cluster, 'a/b..c')).toBe('http://127.0.0.1:8233/namespaces/default/workflows/a%2Fb..c');
    expect(workflowUrl({ namespace: 'default' }, 'a')).toBeNull();
  });
});
